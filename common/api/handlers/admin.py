"""What an operator looks at and turns: the mail queue, pauses, locks."""

from sqlalchemy import func, select

from common.alerts.sending.messages import is_due
from common.api.desk import Desk
from common.api.exchange import Answer, Call, NotFound
from common.api.shapes import Holder, Locks, Pause, QueueStatus, Released, TaskPaused
from common.db.alert_tables import messages
from common.errors import ConflictingRequest, InvalidRequest
from common.ops.health.mails import STUCK_AFTER
from common.runtime.records import TaskState
from common.runtime.task_state import pause, resume
from common.tasks import TASKS, Task


def queue_status(desk: Desk, call: Call) -> Answer:
    """Count the messages by state, those that are due, and the entries in the queue."""
    del call
    now, m = desk.parts.clock(), messages.c
    due = is_due(now)
    asked = select(
        func.count().filter(due).label("due"),
        func.count().filter(is_due(now - STUCK_AFTER)).label("overdue"),
        func.min(m.next_attempt_at).filter(due).label("oldest_due"),
    )
    with desk.parts.database.reading() as connection:
        states = connection.execute(
            select(m.status, func.count().label("messages")).group_by(m.status).order_by(m.status)
        )
        by_state = {row.status: row.messages for row in states}
        found = connection.execute(asked.select_from(messages)).mappings().one()
    return Answer(200, QueueStatus(depth=desk.queue.depth(), messages=by_state, **found))


def pause_task(desk: Desk, call: Call) -> Answer:
    """Pause a task, with a reason: its runs are skipped until it is resumed."""
    task = _task(call)
    asked: Pause = call.body
    if not task.locks:
        raise InvalidRequest(
            "task", f"{task.name} watches the others and is never paused; pause its job {task.job}"
        )
    return _paused(desk, pause(desk.parts.history, task.name, asked.reason, desk.parts.clock()))


def resume_task(desk: Desk, call: Call) -> Answer:
    """Resume a paused task: its runs work again."""
    return _paused(desk, resume(desk.parts.history, _task(call).name))


def _paused(desk: Desk, state: TaskState) -> Answer:
    desk.log.info(
        "task.paused" if state.paused_at else "task.resumed", which=state.task, reason=state.paused_reason
    )
    told = TaskPaused(task=state.task, paused_at=state.paused_at, paused_reason=state.paused_reason)
    return Answer(200, told)


def _task(call: Call) -> Task:
    name = call.path["task"]
    if name not in TASKS:
        raise NotFound(f"{name} is no task", f"choose {', '.join(TASKS)}")
    return TASKS[name]


def locks(desk: Desk, call: Call) -> Answer:
    """List every lock that is held, and the run that holds it."""
    del call
    held = desk.parts.lock.held()
    return Answer(
        200, Locks(locks=[Holder(scope=scope, task_id=run_of(held[scope])) for scope in sorted(held)])
    )


def release(desk: Desk, call: Call) -> Answer:
    """Take a lock from the run that holds it; that run can write nothing any more."""
    scope = call.path["scope"]
    holder = desk.parts.lock.holder(scope)
    if holder is None:
        raise NotFound(f"nobody holds the lock of {scope}", "GET /admin/locks lists those that are held")
    fence = desk.parts.database.take_fence(scope)  # first: it is what shuts the holder out
    if not desk.parts.lock.release(scope, holder):
        raise ConflictingRequest(f"{run_of(holder)} gave the lock of {scope} back meanwhile; look again")
    desk.log.warning("lock.released", scope=scope, holder=run_of(holder), fence=fence)
    return Answer(200, Released(scope=scope, task_id=run_of(holder), fence=fence))


def run_of(holder: str) -> str:
    """Return the run that the lock's value names."""
    return holder.rpartition("/")[0]
