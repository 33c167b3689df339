"""What `./dev.sh logs` shows of the lines that common/logs.py writes."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from common import logs
from local.logs import entries, main, stop, wait

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


@pytest.fixture
def data_dir(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    for run_id in ("sync-1", "sync-2"):
        log = logs.bind(
            function="congressional_sync", run_id=run_id, folder=tmp_path / "logs", clock=lambda: NOON
        )
        log.info("task.started", reason=None)
        log.error("task.failed", cause=ValueError("page 3 has no header"), doc_id="20026590")
    logs.bind(function="api", folder=tmp_path / "logs", clock=lambda: NOON).info("seen")
    capsys.readouterr()
    return tmp_path


def show(data_dir: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(data_dir), *arguments])


def test_each_event_is_a_line_with_time_severity_fields_and_run(data_dir: Path) -> None:
    result = show(data_dir, "congressional_sync")

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0] == "2026-11-03 12:00:00.000 INFO    task.started  sync-1"
    assert lines[1] == '2026-11-03 12:00:00.000 ERROR   task.failed doc_id="20026590"  sync-1'
    assert "ValueError: page 3 has no header" in lines[2]


def test_one_run_can_be_picked(data_dir: Path) -> None:
    result = show(data_dir, "congressional_sync", "--run", "sync-2")

    assert "sync-2" in result.stdout
    assert "sync-1" not in result.stdout


def test_errors_can_be_picked(data_dir: Path) -> None:
    result = show(data_dir, "congressional_sync", "--errors")

    assert result.stdout.count("task.failed") == 2
    assert "task.started" not in result.stdout


def test_it_says_so_when_no_line_is_what_was_asked_for(data_dir: Path) -> None:
    result = show(data_dir, "congressional_sync", "--run", "sync-3")

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"no such line in {data_dir}/logs/congressional_sync.jsonl\n"


def test_a_line_without_a_run_is_shown_without_one(data_dir: Path) -> None:
    result = show(data_dir, "api")

    assert result.stdout == "2026-11-03 12:00:00.000 INFO    seen\n"


def test_a_function_that_never_ran_is_named_beside_those_that_did(data_dir: Path) -> None:
    result = show(data_dir, "notifications")

    assert result.exit_code == 2
    assert "notifications has logged nothing" in result.stderr
    assert "api, congressional_sync" in result.stderr


def test_following_goes_on_after_a_moment() -> None:
    assert wait()


def test_the_latest_of_several_places_is_shown(data_dir: Path) -> None:
    older = data_dir / "demo" / "logs" / "api.jsonl"
    older.parent.mkdir(parents=True)
    older.write_text("not even JSON\n")
    os.utime(older, (0, 0))

    assert "seen" in show(data_dir, "api").stdout


def test_nothing_logged_at_all_is_said_as_such(tmp_path: Path) -> None:
    assert "none yet" in show(tmp_path, "api").stderr


def test_following_waits_for_the_rest_of_a_line(data_dir: Path) -> None:
    file = data_dir / "logs" / "api.jsonl"
    file.write_text('{"message":')
    pieces = iter(['"one"}\n', '{"message": "two"}\n{"mess'])

    def more() -> bool:
        piece = next(pieces, None)
        if piece is None:
            return stop()
        with file.open("a") as writer:
            writer.write(piece)
        return True

    assert [entry["message"] for entry in entries(file, keep_on=more)] == ["one", "two"]
