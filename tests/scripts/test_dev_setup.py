"""dev.sh makes .venv by itself: once, with what the machine has, and again after it was interrupted."""

import os
from pathlib import Path

from tests.support.scripts import Bench


def test_uv_is_used_where_there_is_one(bench: Bench) -> None:
    bench.put_python()
    bench.put_uv()

    result = bench.run("dev.sh", "setup")

    venv = bench.root / ".venv"
    assert result.returncode == 0
    assert bench.calls == [
        f"uv venv --quiet --clear --python {bench.stubs}/python3 {venv}",
        f"uv pip sync --quiet --require-hashes --python {venv}/bin/python {bench.root}/requirements.lock",
    ]
    assert f"making {venv} from requirements.lock with uv" in result.stderr


def test_venv_and_pip_are_used_without_uv(bench: Bench) -> None:
    bench.put_python()

    result = bench.run("dev.sh", "setup")

    made, installed = bench.calls
    assert result.returncode == 0
    assert made == f"python -m venv --clear {bench.root}/.venv"
    assert installed.startswith("python -m pip install --quiet --disable-pip-version-check --require-hashes")
    assert "with pip" in result.stderr


def test_a_shim_without_a_uv_behind_it_is_no_uv(bench: Bench) -> None:
    bench.put_python()
    bench.put(bench.stubs / "uv", "#!{bash}\nexit 127\n")

    bench.run("dev.sh", "setup")

    assert bench.calls[0].startswith("python -m venv")


def test_a_finished_setup_is_left_alone(bench: Bench) -> None:
    bench.put_python()
    bench.run("dev.sh", "setup")
    before = bench.calls

    result = bench.run("dev.sh", "setup")

    assert bench.calls == before
    assert "is what requirements.lock says" in result.stderr
    assert "making" not in result.stderr


def test_a_changed_lock_is_installed_into_the_same_venv(bench: Bench) -> None:
    bench.put_python()
    bench.run("dev.sh", "setup")
    (bench.root / "requirements.lock").write_text("one==2 --hash=sha256:2\n")

    bench.run("dev.sh", "setup")

    assert [call.split()[2] for call in bench.calls] == ["venv", "pip", "pip"]


def test_a_setup_that_failed_is_taken_up_again(bench: Bench) -> None:
    bench.put_python()
    bench.fails.touch()
    failed = bench.run("dev.sh", "setup")
    bench.fails.unlink()

    again = bench.run("dev.sh", "setup")

    assert failed.returncode == 3
    assert failed.stderr.splitlines()[-1].endswith("then type the same again")
    assert again.returncode == 0
    assert "making" in again.stderr
    assert "not ready" not in again.stderr


def test_a_venv_that_was_killed_half_way_is_made_anew(bench: Bench) -> None:
    bench.put_python()
    bench.put_python("../clone/.venv/bin/python", old=True)

    assert bench.run("dev.sh", "setup").returncode == 0
    assert bench.calls[0].startswith("python -m venv --clear")


def test_two_setups_at_once_install_once(bench: Bench) -> None:
    bench.put_python()

    both = [bench.start("dev.sh", "setup") for _ in range(2)]

    errors = [process.communicate(timeout=30)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert [call.split()[2] for call in bench.calls] == ["venv", "pip"]
    assert sum("making" in error for error in errors) == 1


def test_an_old_python_is_passed_over(bench: Bench) -> None:
    bench.put_python("python3.12", old=True)
    bench.put_python("python3.11")

    result = bench.run("dev.sh", "setup")

    assert result.returncode == 0
    assert f"{bench.stubs}/python3.11" in result.stderr


def test_the_newest_python_that_every_wheel_knows_comes_first(bench: Bench) -> None:
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        bench.put_python(name)

    assert f"{bench.stubs}/python3.12" in bench.run("dev.sh", "setup").stderr


def test_python_can_be_chosen(bench: Bench, tmp_path: Path) -> None:
    bench.put_python()
    chosen = tmp_path / "mine"
    bench.put_python(os.path.relpath(chosen, bench.stubs))

    assert f"and {chosen};" in bench.run("dev.sh", "setup", PYTHON=str(chosen)).stderr


def test_without_a_python_it_says_what_to_install(bench: Bench) -> None:
    bench.put_python("python3", old=True)

    result = bench.run("dev.sh", "test")

    assert result.returncode == 1
    assert "no Python 3.11 or later" in result.stderr
    assert "apt-get install python3 python3-venv" in result.stderr
    assert bench.calls == []


def test_every_verb_sets_up_what_it_needs_first(bench: Bench) -> None:
    bench.put_python()

    bench.run("dev.sh", "parse", "filing.pdf")

    assert [call.split()[2] for call in bench.calls] == ["venv", "pip", "-m"]


def test_a_dry_run_says_what_it_would_make_and_makes_nothing(bench: Bench) -> None:
    bench.put_python()

    result = bench.run("dev.sh", "--dry-run", "setup")

    assert result.returncode == 0
    assert "would make" in result.stderr
    assert bench.calls == []
    assert not (bench.root / ".venv").exists()
