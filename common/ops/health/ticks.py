"""Which ticks of a task were missed: pure, from its schedule and from what history says of its runs."""

from collections.abc import Iterable
from datetime import datetime
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim

from common.runtime.decide import FINAL
from common.runtime.records import RunRecord, Status
from common.tasks import Task

MOST_COUNTED = 200  # ticks; a task that was down for a month is not more down than one that was for two days
FAILURES = frozenset({Status.FAILED_BUG, Status.GAVE_UP})


def missed_ticks(task: Task, last_good: datetime, now: datetime) -> list[datetime]:
    """Return TASK's ticks after LAST_GOOD whose grace is over by NOW, oldest first; aware, in the task's zone."""
    local = last_good.astimezone(ZoneInfo(task.zone))
    over = takewhile(lambda tick: tick + task.grace <= now, CronSim(task.schedule, local))
    return [tick for tick, _ in zip(over, range(MOST_COUNTED), strict=False)]


def last_good(task: Task, records: Iterable[RunRecord]) -> datetime | None:
    """Return when TASK last did its whole work, or rightly had none, by RECORDS; None = not within them.

    A run of one shard, or one with parameters, did a part alone. A chain counts as its last link. A tick that ran a
    second ahead of its time stands for that time.
    """
    good = (record for record in records if _is_good(task, record))
    moments = (moment for record in good for moment in (record.finished_at, record.due) if moment)
    return max(moments, default=None)


def _is_good(task: Task, record: RunRecord) -> bool:
    whole = record.scope == task.name and not record.parameters
    normal = record.status is Status.SKIPPED and record.reason in task.normal_skips
    return whole and (record.status is Status.SUCCEEDED or normal)


def last_failure(task: Task, records: Iterable[RunRecord]) -> RunRecord | None:
    """Return the failure by a bug, or for good, that RECORDS (newest first) end with; None = the last end was none."""
    ended = (record for record in records if record.scope == task.name and record.status in FINAL | FAILURES)
    newest = next(ended, None)
    return newest if newest and newest.status in FAILURES else None
