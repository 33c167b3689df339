"""Missed ticks, failing tasks, and runs that nobody is left to ask for (protocols, section 1)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from common.errors import DependencyDown, NotConfigured
from common.ops.health.look import Look
from common.ops.health.ticks import last_failure, last_good, missed_ticks
from common.ops.health.verdict import Color, Verdict, well
from common.runtime.decide import FINAL, dispatch_again, waits_out_pause
from common.runtime.records import RunRecord, Status
from common.runtime.trigger import Trigger
from common.tasks import TASKS, Task

LATEST = 60  # runs of a task that are looked at; more than a day of the busiest one with its shards
PAGES = 10  # of so many, where there were more parts of its work than that since it last did the whole
OPEN = tuple(status for status in Status if status not in FINAL)
ON_ITS_WAY = timedelta(minutes=5)
"""From a run that hands over to the next link's lock: the queue, and a cold start."""
LONGEST_CHAIN = timedelta(days=1)
"""How long a task may be late because it is at work. One that never comes to its end must not be late for ever."""


def tasks(look: Look) -> Iterator[Verdict]:
    """Judge each task: whether its ticks ran, and how its last run ended."""
    for task in TASKS.values():
        yield _task(look, task, _records(look, task))


def _records(look: Look, task: Task) -> list[RunRecord]:
    """Return TASK's newest runs, as far back as the last that did its whole work."""
    records = page = look.history.recent(task=task.name, limit=LATEST)
    for _ in range(1, PAGES):
        if len(page) < LATEST or last_good(task, page):
            break
        page = look.history.recent(task=task.name, limit=LATEST, before=page[-1])
        records = records + page
    return records


def _task(look: Look, task: Task, records: Sequence[RunRecord]) -> Verdict:
    good = last_good(task, records)
    missed = missed_ticks(task, good or look.watched[task.name], look.now)
    component = f"task {task.name}"
    at_work = bool(missed) and _at_work(look, task, records)
    if at_work and look.now - missed[0] < LONGEST_CHAIN:
        return Verdict(component, Color.YELLOW, f"late since {missed[0]:%H:%M}, but at work")
    if missed:
        for tick in missed[-1:]:
            look.log.error("task.missed", missed=task.name, tick=tick, ticks=len(missed))
        why = _paused(look, task) or ("at work ever since" if at_work else _failing(records))
        number = f"{len(missed)} ticks missed since {missed[0]:%Y-%m-%d %H:%M %Z}: {why}"
        return Verdict(component, Color.RED, number, f"deploy.sh logs {task.name} --errors")
    if failure := last_failure(task, records):
        number = f"{failure.run_id} {failure.status}: {failure.error}"
        return Verdict(component, Color.RED, number, f"deploy.sh logs {task.name} --run {failure.run_id}")
    return well(
        component, f"last good {good:%Y-%m-%d %H:%M} UTC" if good else "no whole run yet, and none was due"
    )


def _paused(look: Look, task: Task) -> str:
    state = look.history.read_state(task.name).state
    return f"paused: {state.paused_reason}" if state.paused_at else ""


def _failing(records: Sequence[RunRecord]) -> str:
    return (records and records[0].error) or "no run, or none that succeeded"


def _at_work(look: Look, task: Task, records: Iterable[RunRecord]) -> bool:
    """Whether a run holds its lock, and so its heart beats, or one of the whole task has just handed over to its next link."""
    continued = (
        record.finished_at
        for record in records
        if record.scope == task.name and record.status is Status.CONTINUED
    )
    on_its_way = any(ended is not None and look.now - ended < ON_ITS_WAY for ended in continued)
    return on_its_way or _is_held(look, task)


def _is_held(look: Look, task: Task) -> bool:
    """Whether an open run holds TASK's lock: one of its own, or one of another task that borrowed it."""
    holder = (look.lock.holder(task.name) or "").rpartition("/")[0]
    stored = look.history.read(holder) if holder else None
    return stored is not None and stored.record.status not in FINAL


def open_runs(look: Look) -> Iterator[Verdict]:
    """Ask again for each run that is open, free to be taken, and has nobody left to ask for it."""
    # Asked by status, not by task: however many runs there were since, one that is open is found.
    found = [record for status in OPEN for record in look.history.recent(status=status, limit=LATEST)]
    orphans = [
        (task, record)
        for record in found
        if (task := TASKS.get(record.task))
        and not _waits_out_pause(look, record)
        and dispatch_again(
            record, look.lock.holder(record.scope), caller_is_done=_caller_is_done(task, record, look.now)
        )
    ]
    faults = [fault for task, record in orphans if (fault := _ask_for(look, task, record))]
    if faults:
        yield Verdict(
            "open runs", Color.RED, f"{len(faults)} not taken: {faults[0]}", "look at the task queue"
        )
    elif orphans:
        names = ", ".join(record.run_id for _, record in orphans[:5])
        yield Verdict("open runs", Color.YELLOW, f"{len(orphans)} asked for again: {names}")
    else:
        yield well("open runs", "0 without somebody to ask for them")


def _waits_out_pause(look: Look, record: RunRecord) -> bool:
    """Whether RECORD's run would only be told to wait: each time it is asked for adds one that asks until it is done."""
    waits = record.status is Status.QUEUED and waits_out_pause(record)
    return waits and look.history.read_state(record.task).state.paused_at is not None


def _caller_is_done(task: Task, record: RunRecord, now: datetime) -> bool:
    """Whether the last retry of whoever asked is over, counted from the last sign of life."""
    last = max(filter(None, (record.created_at, record.started_at, record.finished_at)))
    return now - last > task.timeout + task.retries * task.retry_backoff


def _ask_for(look: Look, task: Task, record: RunRecord) -> str:
    """Dispatch RECORD's run; return what was wrong, empty if nothing."""
    trigger = Trigger(
        kind=record.kind,
        run_id=record.run_id,
        root=record.root,
        scope=record.scope,
        parameters=record.parameters,
        trace=record.trace,
        again=f"{look.now:%Y%m%dT%H%M%S}",
    )
    try:
        look.dispatcher.dispatch(task, trigger)
    except (DependencyDown, NotConfigured) as fault:
        return str(fault)
    look.log.warning("run.asked_again", again=record.run_id, attempt=record.attempt, status=record.status)
    return ""
