"""One JSON line per event, whatever the fields hold."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from common import logs
from common.runtime.records import Status

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
LABELS = "logging.googleapis.com/labels"
TRACE = "logging.googleapis.com/trace"


@dataclass(frozen=True)
class Counts:
    stored: int
    note: str


class Colour(Enum):
    RED = 1


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no text for you")


class Broken(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text for you")


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def log(lines: list[str]) -> logs.Log:
    return logs.bind(function="congressional_sync", clock=lambda: NOON, write=lines.append)


@pytest.fixture
def root_handlers() -> Iterator[list[logging.Handler]]:
    root = logging.getLogger()
    before = root.handlers[:]
    yield root.handlers
    root.handlers[:] = before


def field(log: logs.Log, lines: list[str], value: Any) -> Any:
    log.info("seen", value=value)
    return json.loads(lines[-1])["value"]


def test_an_event_is_one_json_line_with_severity_name_time_and_labels(lines: list[str]) -> None:
    log = logs.bind(
        function="congressional_sync",
        task="congressional_sync",
        run_id="congressional_sync-20261103T130000Z",
        clock=lambda: NOON,
        write=lines.append,
    )

    log.info("task.finished", stored=3)

    assert [json.loads(line) for line in lines] == [
        {
            "severity": "INFO",
            "message": "task.finished",
            "time": "2026-11-03T12:00:00.000000+00:00",
            LABELS: {
                "function": "congressional_sync",
                "task": "congressional_sync",
                "run_id": "congressional_sync-20261103T130000Z",
            },
            "stored": 3,
        }
    ]


def test_times_are_written_in_utc_whatever_zone_the_clock_has(lines: list[str]) -> None:
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    log = logs.bind(function="f", clock=lambda: tokyo, write=lines.append)

    log.info("seen")

    assert json.loads(lines[0])["time"] == "2026-11-03T12:00:00.000000+00:00"


@pytest.mark.parametrize(
    ("project", "expected"), [("capitol", "projects/capitol/traces/0af7"), (None, "0af7")]
)
def test_the_trace_names_its_project_when_it_is_known(
    lines: list[str], project: str | None, expected: str
) -> None:
    log = logs.bind(function="f", trace="0af7", project=project, clock=lambda: NOON, write=lines.append)

    log.warning("seen")

    assert json.loads(lines[0])[TRACE] == expected
    assert json.loads(lines[0])["severity"] == "WARNING"


def test_an_error_carries_its_traceback_where_error_reporting_looks(log: logs.Log, lines: list[str]) -> None:
    try:
        raise ValueError("page 3 has no header")
    except ValueError as error:
        log.error("task.failed", cause=error, doc_id="20026590")

    entry = json.loads(lines[0])
    assert entry["severity"] == "ERROR"
    assert entry["message"].startswith("task.failed\nTraceback (most recent call last):\n")
    assert entry["message"].endswith("ValueError: page 3 has no header")
    assert entry["doc_id"] == "20026590"


def test_an_error_without_an_exception_is_just_its_name(log: logs.Log, lines: list[str]) -> None:
    log.error("task.missed")

    assert json.loads(lines[0])["message"] == "task.missed"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (2**70, hex(2**70)),
        (0.5, 0.5),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (Decimal("350.78"), "350.78"),
        (NOON, "2026-11-03T12:00:00+00:00"),
        (date(2026, 11, 3), "2026-11-03"),
        (timedelta(minutes=2), 120.0),
        (Path("a/b"), "a/b"),
        (Status.FAILED_BUG, "failed: bug"),
        (Colour.RED, 1),
        (("a", 1), ["a", 1]),
        ({"a": {1: {2}}}, {"a": {"1": [2]}}),
        (Counts(3, "x"), {"stored": 3, "note": "x"}),
        (ValueError("bad"), "ValueError: bad"),
        ("\ud800é", "\ud800é"),
    ],
)
def test_any_value_becomes_json(log: logs.Log, lines: list[str], value: Any, expected: Any) -> None:
    assert field(log, lines, value) == expected


def test_a_number_too_long_for_decimal_digits_is_written_in_hex(log: logs.Log, lines: list[str]) -> None:
    assert field(log, lines, 10**5000).startswith("0x")


@pytest.mark.parametrize("value", [Unprintable(), Counts, b"\xff", object()], ids=lambda v: type(v).__name__)
def test_what_json_does_not_know_is_named_by_type(log: logs.Log, lines: list[str], value: object) -> None:
    assert type(value).__name__ in field(log, lines, value)


def test_an_exception_that_cannot_print_itself_is_still_logged(log: logs.Log, lines: list[str]) -> None:
    log.error("task.failed", cause=Broken())

    assert "Broken" in json.loads(lines[0])["message"]
    assert "Broken" in field(log, lines, Broken())


def test_a_value_that_holds_itself_ends_after_a_few_levels(log: logs.Log, lines: list[str]) -> None:
    ring: list[object] = []
    ring.append({"again": ring})

    assert "..." in json.dumps(field(log, lines, ring))
    assert "..." in json.dumps(field(log, lines, {"again": ring}))


def test_a_field_never_replaces_a_key_of_the_line_itself(log: logs.Log, lines: list[str]) -> None:
    log.info("seen", severity="none", time=1)

    entry = json.loads(lines[0])
    assert (entry["severity"], entry["field_severity"], entry["field_time"]) == ("INFO", "none", 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mailed kyle.b+hill@example.co.uk twice", "mailed ***@*** twice"),
        ("postgresql://capitol:s3cret@db/trades", "postgresql://***@db/trades"),
        ("redis://:s3cret@10.0.0.3:6379/0", "redis://***@10.0.0.3:6379/0"),
        ("1,001 @ 3 pm", "1,001 @ 3 pm"),
    ],
)
def test_addresses_and_passwords_never_reach_a_log(
    log: logs.Log, lines: list[str], text: str, expected: str
) -> None:
    assert field(log, lines, text) == expected
    assert field(log, lines, [{text: text}]) == [{expected: expected}]

    log.error(text, cause=ValueError(text))

    assert expected in json.loads(lines[-1])["message"]
    if expected != text:
        assert text not in lines[-1]


def test_an_error_is_told_by_type_and_text_without_an_address() -> None:
    error = ValueError("no row of kyle@example.org at postgresql://capitol:s3cret@db/trades")

    assert logs.type_and_text(error) == "ValueError: no row of ***@*** at postgresql://***@db/trades"


@pytest.mark.parametrize("name", ["password", "sendgrid_api_key", "Authorization", "client_secret"])
def test_a_field_with_a_secrets_name_is_blank(log: logs.Log, lines: list[str], name: str) -> None:
    assert field(log, lines, {name: "abc", "fence": 7}) == {name: "***", "fence": 7}


def test_a_text_longer_than_a_log_entry_can_hold_is_cut(log: logs.Log, lines: list[str]) -> None:
    seen = field(log, lines, "x" * 300_000)

    assert len(seen) < 21_000
    assert seen.endswith("... (300000 characters)")


def test_lines_go_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    logs.bind(function="f").info("seen")

    assert json.loads(capsys.readouterr().out)["message"] == "seen"


def test_a_laptop_keeps_a_copy_per_function(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "data" / "logs"

    logs.bind(function="congressional_sync", folder=folder).info("one")
    logs.bind(function="congressional_sync", folder=folder).info("two")

    kept = (folder / "congressional_sync.jsonl").read_text()
    assert [json.loads(line)["message"] for line in kept.splitlines()] == ["one", "two"]
    assert kept == capsys.readouterr().out


def test_a_folder_that_cannot_be_written_ends_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = tmp_path / "logs"
    blocked.write_text("a file stands where the folder should be")

    logs.bind(function="f", folder=blocked).info("seen")

    assert json.loads(capsys.readouterr().out)["message"] == "seen"


def test_what_libraries_warn_of_becomes_lines_too(
    log: logs.Log, lines: list[str], root_handlers: list[logging.Handler]
) -> None:
    root_handlers[:] = [logging.StreamHandler()]
    logs.capture_libraries(log)
    library = logging.getLogger("a.library")

    library.info("GET https://example.org/?key=1")
    library.warning("pool of %d is full", 10)
    library.warning("%d", "not a number")
    try:
        raise OSError("connection reset")
    except OSError:
        library.exception("gave up")

    entries = [json.loads(line) for line in lines]
    assert [(e["severity"], e["message"].splitlines()[0], e["logger"]) for e in entries] == [
        ("WARNING", "pool of 10 is full", "a.library"),
        ("WARNING", "%d", "a.library"),
        ("ERROR", "gave up", "a.library"),
    ]
    assert entries[2]["message"].endswith("OSError: connection reset")


def test_libraries_speak_through_the_latest_log_only(
    log: logs.Log, lines: list[str], root_handlers: list[logging.Handler]
) -> None:
    later: list[str] = []
    plain = logging.StreamHandler()
    kept = logging.NullHandler()
    root_handlers[:] = [plain, kept]

    logs.capture_libraries(log)
    logs.capture_libraries(logs.bind(function="g", write=later.append))
    logging.getLogger("a.library").warning("seen")

    assert (len(lines), len(later)) == (0, 1)
    assert plain not in root_handlers
    assert kept in root_handlers
