"""One JSON object per event on stdout, which is what Cloud Logging wants.

Keys: severity, message (the event's name), time, logging.googleapis.com/trace and labels (function, task, run id) as in
https://cloud.google.com/logging/docs/structured-logging; then the event's own fields.
"""

import dataclasses
import json
import logging
import math
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from decimal import Decimal
from enum import Enum
from functools import singledispatch
from pathlib import Path, PurePath
from typing import Any

from common.clock import Clock, utc_now

LONGEST_TEXT = 20_000  # characters; Cloud Logging refuses entries over 256 KiB
DEEPEST = 8  # levels of a nested field; a field that holds itself ends here
TRACE = "logging.googleapis.com/trace"
LABELS = "logging.googleapis.com/labels"
RESERVED = frozenset({"severity", "message", "time", TRACE, LABELS})

_CREDENTIALS = re.compile(r"://[^/\s@]*@")
_ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_SECRET_NAME = re.compile(r"password|secret|api_?key|authorization", re.IGNORECASE)

Write = Callable[[str], None]
"""Takes one line without its end."""


def to_stdout(line: str) -> None:
    """Print LINE in one write, so that the lines of two threads never mix."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def to_stdout_and(file: Path) -> Write:
    """Return a writer that prints each line and appends it to FILE, for a laptop's log viewer."""

    def write(line: str) -> None:
        to_stdout(line)
        with suppress(OSError):  # a full disk must not end a run whose line stdout already has
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("a", encoding="ascii") as lines:
                lines.write(line + "\n")

    return write


@dataclass(frozen=True, slots=True)
class Log:
    """Writes events that carry the labels and trace it was bound to. Never raises because of a field's value."""

    labels: Mapping[str, str]
    trace: str | None
    clock: Clock
    write: Write

    def info(self, event: str, /, **fields: Any) -> None:
        """Record that EVENT happened."""
        self._emit("INFO", event, fields)

    def warning(self, event: str, /, **fields: Any) -> None:
        """Record EVENT as something an operator may want to look at."""
        self._emit("WARNING", event, fields)

    def error(self, event: str, /, *, cause: BaseException | None = None, **fields: Any) -> None:
        """Record EVENT as a failure; CAUSE's traceback follows its name, where Error Reporting finds it."""
        lines = [event, *traceback.format_exception(cause)] if cause else [event]
        self._emit("ERROR", "\n".join(line.rstrip() for line in lines), fields)

    def _emit(self, severity: str, message: str, fields: Mapping[str, Any]) -> None:
        entry = {
            "severity": severity,
            "message": safe_text(message),
            "time": self.clock().astimezone(UTC).isoformat(timespec="microseconds"),
            **({TRACE: self.trace} if self.trace else {}),
            LABELS: dict(self.labels),
            **{_free_name(name): _field(name, value) for name, value in fields.items()},
        }
        self.write(json.dumps(entry))


def bind(
    *,
    function: str,
    task: str | None = None,
    run_id: str | None = None,
    trace: str | None = None,
    project: str | None = None,
    folder: Path | None = None,
    clock: Clock = utc_now,
    write: Write | None = None,
) -> Log:
    """Return a log whose lines say who speaks. TRACE is a trace id; FOLDER (Settings.log_folder) keeps a copy."""
    labels = {"function": function, "task": task, "run_id": run_id}
    default = to_stdout_and(folder / f"{function}.jsonl") if folder else to_stdout
    return Log(
        labels={name: value for name, value in labels.items() if value},
        trace=f"projects/{project}/traces/{trace}" if project and trace else trace,
        clock=clock,
        write=write or default,
    )


class _Libraries(logging.Handler):
    """Turns what libraries log into lines of LOG."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)  # httpx logs every URL at INFO
        self.log = log

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        say = self.log.warning if record.levelno < logging.ERROR else self.log.error
        say(_message(record), logger=record.name, **({"cause": error} if error else {}))


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # the library's own format string and arguments disagree
        return str(record.msg)


def capture_libraries(log: Log) -> None:
    """From now on, warnings and errors of libraries become lines of LOG, instead of bare text."""
    root = logging.getLogger()
    for handler in root.handlers[:]:
        # functions-framework puts two plain ones there; a former run may have left ours
        if type(handler) in {logging.StreamHandler, _Libraries}:
            root.removeHandler(handler)
    root.addHandler(_Libraries(log))


def _free_name(name: str) -> str:
    return f"field_{name}" if name in RESERVED else name


def _field(name: str, value: object, depth: int = 0) -> Any:
    return "***" if _SECRET_NAME.search(name) else _json(value, depth)


def safe_text(text: str) -> str:
    """Return TEXT without e-mail addresses and URL passwords, cut to what a log entry can hold."""
    short = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}... ({len(text)} characters)"
    return _ADDRESS.sub("***@***", _CREDENTIALS.sub("://***@", short))


def type_and_text(error: BaseException) -> str:
    """Return ERROR's type and text as `safe_text` makes it, for records, findings and whoever is told of it."""
    return safe_text(f"{type(error).__name__}: {error}")


@singledispatch
def _json(value: object, depth: int) -> Any:
    """Return VALUE as JSON can hold it; what has no version here is shown by type, as its str may raise."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _json({f.name: getattr(value, f.name) for f in dataclasses.fields(value)}, depth)
    return object.__repr__(value)


@_json.register(str)
@_json.register(Decimal)
@_json.register(PurePath)
def _(value: object, depth: int) -> str:  # noqa: ARG001 - one signature for all versions
    return safe_text(str(value))


@_json.register
def _(value: date, depth: int) -> str:  # noqa: ARG001
    return value.isoformat()


@_json.register(bool)
@_json.register(type(None))
def _(value: object, depth: int) -> object:  # noqa: ARG001
    return value


@_json.register
def _(value: int, depth: int) -> int | str:  # noqa: ARG001
    return int(value) if abs(value) < 2**63 else safe_text(hex(value))


@_json.register
def _(value: float, depth: int) -> float | str:  # noqa: ARG001
    return value if math.isfinite(value) else str(value)


@_json.register
def _(value: Enum, depth: int) -> Any:
    return _json(value.value, depth)


@_json.register
def _(value: timedelta, depth: int) -> float:  # noqa: ARG001
    return value.total_seconds()


@_json.register
def _(value: BaseException, depth: int) -> str:  # noqa: ARG001
    return safe_text("".join(traceback.format_exception_only(value)).strip())


@_json.register(Mapping)
def _(value: Mapping[object, object], depth: int) -> object:
    if depth == DEEPEST:
        return "..."
    named = {str(_json(key, depth + 1)): inner for key, inner in value.items()}
    return {name: _field(name, inner, depth + 1) for name, inner in named.items()}


@_json.register(list)
@_json.register(tuple)
@_json.register(set)
@_json.register(frozenset)
def _(value: Iterable[object], depth: int) -> object:
    return "..." if depth == DEEPEST else [_json(inner, depth + 1) for inner in value]
