"""The one place that reads the time."""

from datetime import UTC, timedelta

from common.clock import utc_now


def test_now_is_aware_and_in_utc() -> None:
    assert utc_now().tzinfo is UTC


def test_time_does_not_run_backwards() -> None:
    first, second = utc_now(), utc_now()

    assert timedelta(0) <= second - first < timedelta(minutes=1)
