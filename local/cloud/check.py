"""Whether each tick ran exactly once, or was skipped for a reason; nothing else ran; no two runs overlapped.

And whether each filing that somebody follows was mailed exactly once. Pure.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from common.runtime.decide import FINAL
from common.runtime.records import RunRecord, Status
from common.tasks import CONGRESSIONAL_SYNC, TASKS
from local.cloud.evidence import Evidence
from local.cloud.scheduler import Tick

HANDED_OVER = re.compile(r"\w+-h-(?P<by>.+)\.\d+(-\d+)?(\.drain-\d+|\.backfill)?")
OVERLAP = "overlap"


class Wrong(StrEnum):
    """What can be wrong."""

    GAP = "gap"
    DUPLICATE = "duplicate"
    STRANGER = "nobody asked for it"
    OVERLAP = "overlap"
    NO_MAIL = "no mail"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a run, a scope's runs, or the mail about a document: WHICH is its id."""

    wrong: Wrong
    which: str
    what: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What must have run, by hand what else, and what was to be mailed."""

    ticks: tuple[Tick, ...]
    forced: tuple[Tick, ...] = ()
    asked: frozenset[str] = frozenset()
    """Run ids."""
    news: Mapping[str, datetime] = field(default_factory=dict)
    """Document ids of what somebody follows -> when it arrived."""


def check(expected: Expected, seen: Evidence) -> list[Finding]:
    """Return everything that is wrong with what was SEEN; nothing = each tick ran once or was rightly skipped, and its mails left."""
    return [finding for look in LOOKS for finding in look(expected, seen)]


def gaps(expected: Expected, seen: Evidence) -> Iterator[Finding]:
    """Find ticks, forced ones too, that did not run to their end, nor were skipped for a reason."""
    records = {record.run_id: record for record in seen.records}
    for run_id in (*_ids(expected.ticks), *map(forced_id, expected.forced)):
        record = records.get(run_id)
        if record is None:
            yield Finding(Wrong.GAP, run_id, "history has no record of it")
        elif fault := _unfinished(record, records):
            yield Finding(Wrong.GAP, run_id, fault)
        elif record.reason == OVERLAP and not _was_busy(record, seen.records):
            yield Finding(Wrong.GAP, run_id, "skipped as overlapping, but no other run was at work")
    for record in seen.records:
        if record.status not in FINAL:
            yield Finding(Wrong.GAP, record.run_id, f"left open: {record.status}")


def _unfinished(record: RunRecord, records: Mapping[str, RunRecord]) -> str:
    """Return why RECORD's chain does not count as done, empty where it does."""
    while record.continuation and record.status is Status.CONTINUED:
        if record.continuation not in records:
            return f"its continuation {record.continuation} has no record"
        record = records[record.continuation]
    is_done = record.status is Status.SUCCEEDED or (record.status is Status.SKIPPED and record.reason)
    return "" if is_done else f"{record.status}: {record.error or record.reason}"


def _was_busy(skipped: RunRecord, records: Iterable[RunRecord]) -> bool:
    """Whether another run of its scope was at work when SKIPPED was."""
    return any(
        one.scope == skipped.scope
        and one.started_at is not None
        and one.finished_at is not None
        and skipped.finished_at is not None
        and one.started_at <= skipped.finished_at
        and skipped.created_at <= one.finished_at
        for one in records
        if one is not skipped
    )


def duplicates(expected: Expected, seen: Evidence) -> Iterator[Finding]:  # noqa: ARG001 - every look takes both
    """Find runs that did their work twice: by what the functions logged, and by what history and database hold."""
    ends = Counter(one.run_id for one in seen.finished if one.status in FINAL)
    for run_id, times in ends.items():
        if times > 1:
            yield Finding(Wrong.DUPLICATE, run_id, f"came to its end {times} times")
    scopes = {record.run_id: record.scope for record in seen.records}
    tokens = Counter((scopes.get(one.run_id, one.run_id), one.fence) for one in seen.started)
    for (scope, token), times in tokens.items():
        if times > 1:
            yield Finding(Wrong.DUPLICATE, scope, f"{times} attempts worked under fence {token}")
    begun = Counter(one.run_id for one in seen.started)
    for record in seen.records:
        if _locks(record) and begun[record.run_id] != record.attempt:
            what = f"history knows of {record.attempt} attempts, the log of {begun[record.run_id]}"
            yield Finding(Wrong.DUPLICATE, record.run_id, what)


def strangers(expected: Expected, seen: Evidence) -> Iterator[Finding]:
    """Find runs that nobody asked for: no tick, no caller, no run that worked and handed over."""
    asked = {*_ids(expected.ticks), *map(forced_id, expected.forced), *expected.asked}
    asked |= {record.continuation for record in seen.records if record.continuation}
    worked = {record.run_id for record in seen.records if record.attempt}
    for record in seen.records:
        by = HANDED_OVER.fullmatch(record.run_id)
        if record.run_id not in asked and not (by and by["by"] in worked):
            yield Finding(Wrong.STRANGER, record.run_id, f"{record.kind}, {record.status}")


def overlaps(expected: Expected, seen: Evidence) -> Iterator[Finding]:  # noqa: ARG001 - every look takes both
    """Find runs of one scope that were at work at the same time, or whose fences are not in the order of their work."""
    worked = [
        record for record in seen.records if record.started_at and record.finished_at and _locks(record)
    ]
    scopes = {record.scope for record in worked}
    for scope in sorted(scopes):
        runs = sorted((one for one in worked if one.scope == scope), key=lambda one: one.fence or 0)
        for one, after in pairwise(runs):
            if after.started_at < one.finished_at:  # type: ignore[operator]  # neither is None here
                what = f"began at {after.started_at}, {one.run_id} ended at {one.finished_at}"
                yield Finding(Wrong.OVERLAP, after.run_id, what)
        if (runs[-1].fence or 0) > seen.fences.get(scope, 0):
            what = f"worked under fence {runs[-1].fence}, the database issued {seen.fences.get(scope)}"
            yield Finding(Wrong.OVERLAP, runs[-1].run_id, what)


def mails(expected: Expected, seen: Evidence) -> Iterator[Finding]:
    """Find filings that somebody follows and was not mailed about though a sync came after them, or was twice; and other mails."""
    times = Counter(mail.doc_id for mail in seen.told)
    syncs = [tick.due for tick in expected.ticks if tick.task is CONGRESSIONAL_SYNC]
    for doc_id, arrived in expected.news.items():
        if not times[doc_id] and any(arrived <= due for due in syncs):
            yield Finding(Wrong.NO_MAIL, doc_id, f"it arrived at {arrived}, and its follower was not told")
    for doc_id, often in times.items():
        if often > 1:
            yield Finding(Wrong.DUPLICATE, doc_id, f"{often} mails left about it")
        if doc_id not in expected.news:
            yield Finding(Wrong.STRANGER, doc_id, "a mail left about it, and nobody follows its filer")


LOOKS: tuple[Callable[[Expected, Evidence], Iterator[Finding]], ...] = (
    gaps,
    duplicates,
    strangers,
    overlaps,
    mails,
)


def forced_id(tick: Tick) -> str:
    """Return the run of TICK that was forced before its time."""
    return tick.run_id.replace(f"{tick.task.name}-", f"{tick.task.name}-f-", 1)


def _ids(ticks: Iterable[Tick]) -> Iterator[str]:
    return (tick.run_id for tick in ticks)


def _locks(record: RunRecord) -> bool:
    return TASKS[record.task].locks
