"""Missed runs, seen by a check every ten minutes: what stops is reported at once, and what runs is never reported."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.ops.health.runs import tasks
from common.ops.health.verdict import Color
from common.prices.sessions import is_open
from common.runtime.decide import scheduled_id
from common.runtime.records import RunRecord, Status, StoredState, TaskState
from common.tasks import MARKET_CLOSED, STOCK_PRICES, TASKS, Task
from tests.support.looking import a_look

EVERY = timedelta(minutes=10)  # a check
LONGEST_REST = timedelta(days=4)  # a weekend with a holiday before it
MOMENT = timedelta(seconds=1)
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")

PERIODS = (
    (date(2026, 3, 6), date(2026, 3, 11)),  # New York's clocks go forward, on a Sunday
    (date(2026, 10, 30), date(2026, 11, 4)),  # and back
    (date(2026, 11, 24), date(2026, 12, 1)),  # Thanksgiving, and half a day after it
    (date(2026, 12, 23), date(2027, 1, 5)),  # Christmas, New Year
)
moments = st.builds(
    lambda period, share: datetime.combine(period[0], time.min, UTC) + share * (period[1] - period[0]),
    st.sampled_from(PERIODS),
    st.floats(0, 1),
)


def numbers(field: str, lowest: int, highest: int) -> frozenset[int]:
    """Return the numbers that a cron field names: `*`, `7`, `8-18`, each with `/2` or without."""
    span, _, step = field.partition("/")
    first, _, last = span.partition("-")
    whole = (lowest, highest) if first == "*" else (int(first), int(last or first))
    return frozenset(range(whole[0], whole[1] + 1, int(step or 1)))


def ticks(task: Task, after: datetime, until: datetime) -> list[datetime]:
    """Return TASK's ticks, found by looking in each hour at the clock on its wall; no zone here is half an hour off."""
    minute, hour, _, _, weekday = task.schedule.split()
    for number, name in enumerate(WEEKDAYS):
        weekday = weekday.replace(name, str(number))
    minutes, hours, days = numbers(minute, 0, 59), numbers(hour, 0, 23), numbers(weekday, 0, 6)
    first = after.replace(minute=0, second=0, microsecond=0)
    each = (first + n * timedelta(hours=1) for n in range((until - first) // timedelta(hours=1) + 1))
    walls = ((time, time.astimezone(ZoneInfo(task.zone))) for time in each)
    found = (
        time + timedelta(minutes=minute)
        for time, wall in walls
        if wall.hour in hours and wall.weekday() in days
        for minute in sorted(minutes)
    )
    return [tick for tick in found if after < tick <= until]


def a_run(task: Task, tick: datetime, status: Status, took: timedelta) -> RunRecord:
    """Return TICK's record, ended so after it TOOK that long; prices are skipped while the exchange is closed."""
    kind, run_id = scheduled_id(task.name, tick, tick)
    record = RunRecord(run_id, task.name, task.name, run_id, kind, status, {}, tick, tick)
    if task is STOCK_PRICES and status is Status.SUCCEEDED and not is_open(tick):
        record = replace(record, status=Status.SKIPPED, reason=MARKET_CLOSED)
    return replace(
        record, finished_at=tick + took, error="KeyError: 'x'" if status.value.startswith("f") else None
    )


@dataclass(frozen=True)
class Remembered:
    """A history of these records, oldest first; and a lock that nobody holds."""

    records: Sequence[RunRecord]

    def recent(self, *, task: str, limit: int) -> list[RunRecord]:
        return [record for record in reversed(self.records) if record.task == task][:limit]

    def read_state(self, task: str) -> StoredState:
        return StoredState(TaskState(task), None)

    def holder(self, scope: str) -> str | None:
        return None


def look(records: Sequence[RunRecord], now: datetime) -> dict[str, Color]:
    """Return how a check NOW finds each task, by RECORDS of those runs that have ended."""
    remembered = Remembered([record for record in records if cast("datetime", record.finished_at) <= now])
    found = tasks(a_look(now, history=remembered, lock=remembered))
    return {verdict.component.removeprefix("task "): verdict.color for verdict in found}


def done(task: Task, now: datetime, took: timedelta = MOMENT) -> list[RunRecord]:
    """Return the records of TASK's ticks before NOW, each of which did its work and TOOK that long."""
    return [a_run(task, tick, Status.SUCCEEDED, took) for tick in ticks(task, now - LONGEST_REST, now)]


def first_check_at(moment: datetime) -> datetime:
    """Return when the first check is that is not before MOMENT."""
    since = moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return moment + (-since % EVERY)


@settings(max_examples=30)
@given(moments, st.floats(0, 0.99))
def test_tasks_whose_ticks_all_ran_are_never_reported(now: datetime, part_of_grace: float) -> None:
    records = [
        record for task in TASKS.values() for record in done(task, now, took=part_of_grace * task.grace)
    ]

    colors = look(records, now)

    assert colors == dict.fromkeys(TASKS, Color.GREEN)


@settings(max_examples=30)
@given(moments, st.sampled_from(sorted(TASKS)))
def test_a_job_that_is_paused_is_reported_by_the_first_check_after_its_ticks_grace_and_by_none_before(
    stopped: datetime, name: str
) -> None:
    task = TASKS[name]
    ran = done(task, stopped)
    missed = ticks(task, stopped, stopped + LONGEST_REST)[0]
    reported = first_check_at(missed + task.grace)

    before, then = (look(ran, now)[name] for now in (reported - EVERY, reported))

    assert (before, then) == (Color.GREEN, Color.RED)


@settings(max_examples=30)
@given(moments, st.sampled_from(sorted(TASKS)), st.sampled_from([Status.FAILED_BUG, Status.GAVE_UP]))
def test_a_job_that_fails_is_reported_by_the_first_check_after_it_and_by_none_after_a_success(
    since: datetime, name: str, how: Status
) -> None:
    task = TASKS[name]
    failing, next_tick = ticks(task, since, since + 2 * LONGEST_REST)[:2]
    records = [*done(task, since), a_run(task, failing, how, MOMENT)]
    mended = [*records, a_run(task, next_tick, Status.SUCCEEDED, MOMENT)]

    then = look(records, first_check_at(failing + MOMENT))[name]
    afterwards = look(mended, next_tick + MOMENT)[name]

    assert (then, afterwards) == (Color.RED, Color.GREEN)


def test_a_job_that_fails_for_a_while_is_reported_when_its_grace_is_over() -> None:
    task = TASKS["congressional_sync"]
    tick = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
    records = [*done(task, tick - MOMENT), a_run(task, tick, Status.FAILED_TRANSIENT, timedelta(minutes=4))]

    colors = [look(records, tick + timedelta(minutes=late))[task.name] for late in (20, 30)]

    assert colors == [Color.GREEN, Color.RED]


@pytest.mark.parametrize("reason", ["overlap", "paused", "no baseline"])
def test_a_job_whose_ticks_are_skipped_for_another_reason_than_usual_is_reported(reason: str) -> None:
    task = TASKS["notifications"]
    tick = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
    skipped = replace(a_run(task, tick, Status.SKIPPED, MOMENT), reason=reason)

    assert look([*done(task, tick - MOMENT), skipped], tick + task.grace)[task.name] is Color.RED
