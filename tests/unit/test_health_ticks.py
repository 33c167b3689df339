"""Which ticks count as missed: by schedule, grace, time zone, and what history says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.ops.health.ticks import last_failure, last_good, missed_ticks
from common.runtime.records import Kind, RunRecord, Status
from common.tasks import CONGRESSIONAL_SYNC, HEALTH_CHECK, NOTIFICATIONS, Task

NEW_YORK = ZoneInfo("America/New_York")
DUE = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
SKIPPING = replace(NOTIFICATIONS, normal_skips=frozenset({"market closed"}))


def ticks_by_the_minute(after: datetime, until: datetime) -> list[datetime]:
    """Return the sync's ticks, found by looking at each minute: `0 8-18/2 * * MON-FRI` in New York."""
    minutes = int((until - after) / timedelta(minutes=1))
    first = after.replace(second=0, microsecond=0)
    times = ((first + timedelta(minutes=n)).astimezone(NEW_YORK) for n in range(minutes + 2))
    return [
        time
        for time in times
        if after < time <= until
        and (time.minute, time.hour % 2) == (0, 0)
        and 8 <= time.hour <= 18
        and time.weekday() < 5
    ]


@settings(max_examples=40, deadline=None)
@given(
    st.datetimes(datetime(2026, 2, 27), datetime(2026, 3, 16))  # noqa: DTZ001 - made aware below
    | st.datetimes(datetime(2026, 10, 23), datetime(2026, 11, 9)),  # noqa: DTZ001
    st.timedeltas(timedelta(0), timedelta(days=5)),
)
def test_missed_ticks_are_those_of_the_clock_on_the_wall_over_days_of_daylight_saving(
    naive: datetime, later: timedelta
) -> None:
    good = naive.replace(tzinfo=UTC)
    now = good + later

    found = missed_ticks(CONGRESSIONAL_SYNC, good, now)

    assert found == ticks_by_the_minute(good, now - CONGRESSIONAL_SYNC.grace)


def test_no_tick_is_missed_on_a_weekend() -> None:
    friday_evening = datetime(2026, 11, 6, 18, 5, tzinfo=NEW_YORK)
    monday_morning = datetime(2026, 11, 9, 8, 29, tzinfo=NEW_YORK)

    assert missed_ticks(CONGRESSIONAL_SYNC, friday_evening, monday_morning) == []
    assert len(missed_ticks(CONGRESSIONAL_SYNC, friday_evening, monday_morning + timedelta(minutes=1))) == 1


def test_counting_ends_after_an_outage_of_months() -> None:
    assert len(missed_ticks(HEALTH_CHECK, DUE - timedelta(days=90), DUE)) == 200


def a_run(status: Status, *, reason: str | None = None, task: Task = NOTIFICATIONS) -> RunRecord:
    run_id = f"{task.name}-20261103T150000Z"
    ended = DUE + timedelta(minutes=2)
    return RunRecord(
        run_id,
        task.name,
        task.name,
        run_id,
        Kind.SCHEDULED,
        status,
        {},
        DUE,
        DUE,
        finished_at=ended,
        reason=reason,
    )


def test_a_success_and_a_normal_skip_are_good() -> None:
    skipped = a_run(Status.SKIPPED, reason="market closed")

    assert last_good(SKIPPING, [a_run(Status.SUCCEEDED)]) == DUE + timedelta(minutes=2)
    assert last_good(SKIPPING, [skipped]) == DUE + timedelta(minutes=2)


def test_a_tick_that_ran_a_second_early_stands_for_its_time() -> None:
    early = replace(a_run(Status.SUCCEEDED), finished_at=DUE - timedelta(seconds=1))

    assert last_good(NOTIFICATIONS, [early]) == DUE


@pytest.mark.parametrize(
    "record",
    [
        a_run(Status.SKIPPED, reason="overlap"),
        a_run(Status.SKIPPED, reason="paused"),
        a_run(Status.FAILED_TRANSIENT),
        a_run(Status.CONTINUED),
        replace(a_run(Status.SUCCEEDED), scope="notifications/drain-1"),
        replace(a_run(Status.SUCCEEDED), parameters={"limit": 1}),
    ],
    ids=lambda record: f"{record.status} {record.reason or record.scope}",
)
def test_what_did_not_do_the_whole_work_is_not_good(record: RunRecord) -> None:
    assert last_good(NOTIFICATIONS, [record]) is None


def test_the_last_end_decides_whether_a_task_is_failing() -> None:
    bug, success = a_run(Status.FAILED_BUG), a_run(Status.SUCCEEDED)

    assert last_failure(NOTIFICATIONS, [bug, success]) == bug
    assert last_failure(NOTIFICATIONS, [success, bug]) is None
    assert last_failure(NOTIFICATIONS, [a_run(Status.RUNNING), bug]) == bug
    assert last_failure(NOTIFICATIONS, []) is None
