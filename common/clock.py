"""The only place that reads the time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

Clock = Callable[[], datetime]
"""Answers the present moment, aware, in UTC."""


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251


def ahead_by(file: Path) -> Clock:
    """Return a clock that runs as this machine's, ahead of it by the seconds that FILE holds at each look."""
    return lambda: utc_now() + timedelta(seconds=float(file.read_text("ascii")))
