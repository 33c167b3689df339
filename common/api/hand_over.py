"""Handing a run over: its record stands queued in history before anybody is asked to do it.

Nothing works after the answer; whoever calls the function finds the record and goes on from there.
"""

from contextlib import suppress
from dataclasses import replace

from common.errors import ConflictingRequest, DependencyDown, NotConfigured
from common.runtime.decide import may_start_over, started_over_root
from common.runtime.records import History, RunRecord, StaleRecord, Status, Stored
from common.runtime.trigger import Trigger
from common.runtime.wiring import Parts
from common.tasks import Task

NOT_TAKEN = "not taken by the queue"


def hand_over(parts: Parts, task: Task, trigger: Trigger) -> RunRecord:
    """Have TRIGGER's run done by TASK's function, unless it is done or under way; return its record.

    Raises ConflictingRequest when it was asked for with other parameters, DependencyDown when the queue or history does
    not take it, NotConfigured when there is no queue.
    """
    stored = _queued(parts.history, trigger.queued(task, parts.clock()))
    record = stored.record
    if record.parameters != trigger.parameters:
        raise ConflictingRequest(f"{record.run_id} was asked for with other parameters")
    if record.status is not Status.QUEUED:
        return record
    # A record that started over is asked for anew; the queue takes requests of one name once.
    wanted = replace(trigger, root=record.root, again=f"{record.created_at:%Y%m%dT%H%M%S%f}")
    try:
        parts.dispatcher.dispatch(task, wanted)
    except (DependencyDown, NotConfigured):
        if _withdrawn(parts, stored):
            raise
    return record


def _queued(history: History, fresh: RunRecord) -> Stored:
    stored = history.create(fresh) or history.read(fresh.run_id)
    if stored is None:
        raise StaleRecord(f"the record of {fresh.run_id} is gone")
    if may_start_over(stored.record, fresh.kind) or _was_not_taken(stored.record):
        root = started_over_root(fresh.run_id, fresh.created_at)
        stored = history.replace(stored, replace(fresh, root=root))
    return stored


def _was_not_taken(record: RunRecord) -> bool:
    """Whether RECORD ended before anybody began it, so that who asks again with the same key may have it done."""
    return record.status is Status.SKIPPED and record.reason == NOT_TAKEN


def _withdrawn(parts: Parts, stored: Stored) -> bool:
    """Record that nobody took the run; False where somebody did after all, and only the queue's answer was lost."""
    skipped = replace(
        stored.record, status=Status.SKIPPED, reason=NOT_TAKEN, finished_at=parts.clock(), seconds=0.0
    )
    with suppress(DependencyDown):  # it stays queued, and health_check asks for it again
        try:
            parts.history.replace(stored, skipped)
        except StaleRecord:
            return False
    return True
