"""The one place that reads the time."""

from datetime import UTC, timedelta
from pathlib import Path

from common.clock import ahead_by, utc_now


def test_now_is_aware_and_in_utc() -> None:
    assert utc_now().tzinfo is UTC


def test_time_does_not_run_backwards() -> None:
    first, second = utc_now(), utc_now()

    assert timedelta(0) <= second - first < timedelta(minutes=1)


def test_a_clock_is_ahead_by_what_its_file_says_at_each_look(tmp_path: Path) -> None:
    file = tmp_path / "ahead"
    file.write_text("0")
    now = ahead_by(file)
    before = now()

    file.write_text("86400.5")

    assert timedelta(seconds=86400) < now() - before < timedelta(seconds=86460)
