"""A database that is away costs seconds, says so, and heals."""

import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, insert, text
from sqlalchemy.exc import DBAPIError

from common.db import engine as doors
from common.db import line
from common.db.engine import make_engine, patient, read_transaction, write_transaction
from common.db.tables import fences
from common.errors import DependencyDown
from local.services import Postgres
from tests.support.settings import some_settings

BOUND = 8.0  # seconds: the promise


@contextmanager
def gives_up_within(seconds: float) -> Iterator[None]:
    """Expect DependencyDown("database") within so many SECONDS."""
    start = time.monotonic()
    with pytest.raises(DependencyDown, match="database") as down:
        yield
    assert down.value.dependency == "database"
    assert time.monotonic() - start < seconds


def ask(engine: Engine) -> int:
    with read_transaction(engine) as connection:
        answer: int = connection.execute(text("SELECT 7")).scalar_one()
        return answer


def engine_for(url: str) -> Engine:
    return make_engine(some_settings(database_url=url))


@pytest.fixture
def own_engine(own_postgres: Postgres) -> Iterator[Engine]:
    """Lend an engine that is connected to a server which may be killed."""
    engine = engine_for(own_postgres.url)
    assert ask(engine) == 7
    yield engine
    engine.dispose()


def test_a_closed_port_is_down_at_once() -> None:
    with gives_up_within(1), read_transaction(engine_for("postgresql+pg8000://nobody@127.0.0.1:9/none")):
        pass


def test_a_server_that_accepts_and_says_nothing_is_down_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = engine_for(f"postgresql+pg8000://nobody@127.0.0.1:{silent.getsockname()[1]}/none")

        with gives_up_within(BOUND), write_transaction(engine):
            pass


def test_a_server_that_hangs_up_on_the_greeting_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as rude:

        def hang_up() -> None:
            connection, _ = rude.accept()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # closing resets
            connection.close()

        threading.Thread(target=hang_up).start()
        engine = engine_for(f"postgresql+pg8000://nobody@127.0.0.1:{rude.getsockname()[1]}/none")

        with gives_up_within(1), write_transaction(engine):
            pass


def test_an_unknown_database_is_down(postgres_server: Postgres) -> None:
    engine = engine_for(postgres_server.url.rpartition("/")[0] + "/no_such_database")

    with gives_up_within(1), read_transaction(engine):
        pass


def test_a_paused_server_is_waited_for_once_and_answers_again_when_resumed(
    own_postgres: Postgres, own_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "SILENCE", 1.0)
    own_engine.dispose()
    ask(own_engine)
    assert own_postgres.server is not None
    own_postgres.server.pause()

    with gives_up_within(1.9):
        ask(own_engine)

    own_postgres.server.resume()
    assert ask(own_engine) == 7


def test_a_server_that_falls_silent_in_a_transaction_is_down(
    own_postgres: Postgres, own_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "SILENCE", 1.0)
    own_engine.dispose()
    assert own_postgres.server is not None

    with gives_up_within(1.9), write_transaction(own_engine) as connection:
        own_postgres.server.pause()
        connection.execute(text("SELECT 1"))

    own_postgres.server.resume()
    assert ask(own_engine) == 7


def test_the_bounds_add_up_to_the_promise() -> None:
    statement = float(doors.STATEMENT_TIMEOUT.removesuffix("s"))

    assert statement < line.SILENCE < BOUND
    assert line.CONNECT_TIMEOUT < BOUND
    assert doors.POOL["pool_timeout"] < BOUND


def test_a_restarted_server_is_not_noticed_by_the_next_transaction(
    own_postgres: Postgres, own_engine: Engine
) -> None:
    assert own_postgres.server is not None
    own_postgres.server.restart()

    assert ask(own_engine) == 7


def test_a_server_killed_in_a_transaction_is_down_and_heals(
    own_postgres: Postgres, own_engine: Engine
) -> None:
    assert own_postgres.server is not None

    with gives_up_within(1), write_transaction(own_engine) as connection:
        own_postgres.server.kill()
        connection.execute(text("SELECT 1"))

    with gives_up_within(1):
        ask(own_engine)
    own_postgres.server.start()
    assert ask(own_engine) == 7


def end_everybody_else(url: str) -> None:
    other = engine_for(url)
    with write_transaction(other) as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    other.dispose()


def test_a_connection_that_an_operator_ended_is_replaced(postgresql_url: str) -> None:
    engine = engine_for(postgresql_url)
    ask(engine)

    end_everybody_else(postgresql_url)

    assert ask(engine) == 7
    engine.dispose()


def test_a_transaction_whose_connection_an_operator_ended_is_lost_and_the_next_one_works(
    postgresql_url: str,
) -> None:
    engine = engine_for(postgresql_url)

    with gives_up_within(1), write_transaction(engine) as connection:
        connection.execute(insert(fences).values(scope="a", token=1))
        end_everybody_else(postgresql_url)
        connection.execute(text("SELECT 1"))

    with read_transaction(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM fences")).scalar_one() == 0
    engine.dispose()


def test_a_statement_that_takes_too_long_is_ended_by_the_server(postgresql_url: str) -> None:
    engine = engine_for(postgresql_url)

    with gives_up_within(1), read_transaction(engine) as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "6s"
        connection.execute(text("SET LOCAL statement_timeout = '50ms'"))
        connection.execute(text("SELECT pg_sleep(3)"))

    assert ask(engine) == 7
    engine.dispose()


def test_a_patient_block_may_take_longer_and_the_next_transaction_may_not(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "SILENCE", 0.3)
    engine = engine_for(postgresql_url)

    with write_transaction(engine) as connection, patient(connection, 5):
        connection.execute(text("SELECT pg_sleep(0.6)"))

    with gives_up_within(1), write_transaction(engine) as connection:
        connection.execute(text("SELECT pg_sleep(0.9)"))
    engine.dispose()


def test_patience_means_nothing_to_sqlite(sqlite_url: str) -> None:
    engine = engine_for(sqlite_url)

    with write_transaction(engine) as connection, patient(connection, 5):
        assert connection.execute(text("SELECT 7")).scalar_one() == 7

    engine.dispose()


def test_two_transactions_in_each_others_way_end_with_one_down(postgresql_url: str) -> None:
    engine = engine_for(postgresql_url)
    meeting = threading.Barrier(2)
    ends = []

    def touch(connection: Connection, scope: str) -> None:
        connection.execute(text("UPDATE fences SET token = token + 1 WHERE scope = :scope"), {"scope": scope})

    def cross(first: str, second: str) -> None:
        try:
            with write_transaction(engine) as connection:
                touch(connection, first)
                meeting.wait()
                touch(connection, second)
            ends.append("committed")
        except DependencyDown:
            ends.append("down")

    with write_transaction(engine) as connection:
        connection.execute(insert(fences), [{"scope": "a", "token": 1}, {"scope": "b", "token": 1}])
    threads = [threading.Thread(target=cross, args=pair) for pair in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ends) == ["committed", "down"]
    engine.dispose()


def test_a_sqlite_file_that_cannot_be_opened_is_down(tmp_path: Path) -> None:
    engine = engine_for(f"sqlite:///{tmp_path / 'no such folder' / 'file.db'}")

    with gives_up_within(1), read_transaction(engine):
        pass


def test_a_sqlite_file_that_another_writer_keeps_is_down(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "BUSY_TIMEOUT", 0.1)
    engine = engine_for(sqlite_url)
    hog = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    hog.execute("BEGIN IMMEDIATE")

    with gives_up_within(1), write_transaction(engine):
        pass

    hog.close()
    engine.dispose()


def test_a_wrong_statement_is_a_bug_and_not_a_database_that_is_down(engine: Engine) -> None:
    with pytest.raises(DBAPIError, match="no_such_table"), read_transaction(engine) as connection:
        connection.execute(text("SELECT * FROM no_such_table"))


def test_a_driver_that_complains_about_its_user_is_not_a_database_that_is_down(sqlite_url: str) -> None:
    engine = engine_for(sqlite_url)

    with pytest.raises(DBAPIError, match="supply a value"), read_transaction(engine) as connection:
        connection.exec_driver_sql("SELECT :a", {})
    engine.dispose()
