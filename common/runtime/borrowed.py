"""Another task's lock and fence, lent to a run that does some of its work."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from common.errors import DependencyDown, LeaseLost
from common.runtime.context import RunContext
from common.runtime.decide import LockState
from common.runtime.heartbeat import Heartbeat
from common.runtime.lease import Lease
from common.runtime.records import Lock
from common.tasks import Task


@contextmanager
def borrowed(ctx: RunContext, task: Task, lock: Lock) -> Iterator[RunContext]:
    """Lend CTX as a run of TASK sees it, with TASK's zone, lock and fence: no run of TASK works at the same time.

    Its checkpoints stay those of CTX's own chain. Raises DependencyDown, naming TASK, while a run of it is at work.
    """
    lease = Lease(lock, task.name, ctx.run_id, task.lock_ttl)
    if not _won(lease):
        raise _at_work(task)
    try:
        with Heartbeat(lease, task.heartbeat, ctx.task.timeout) as heartbeat:
            token = ctx.database.take_fence(task.name)
            if not lease.is_mine():
                raise _at_work(task)

            def stop_if_asked() -> None:
                ctx.stop_if_asked()
                if heartbeat.lost:
                    raise LeaseLost(f"the lock of {task.name} went to another")

            yield replace(ctx, task=task, scope=task.name, token=token, stop_if_asked=stop_if_asked)
    finally:
        with suppress(DependencyDown):  # then it expires
            lease.release()


def _won(lease: Lease) -> bool:
    """Take the lock; from another process of this run, too: that one lost the run's own lock, and the fence shuts it out."""
    state = lease.acquire()
    if state is LockState.THIS_RUNS:
        lease.lock.release(lease.scope, lease.lock.holder(lease.scope) or "")
        state = lease.acquire()
    return state is LockState.MINE


def _at_work(task: Task) -> DependencyDown:
    return DependencyDown(task.name, "a run of it is at work; this waits for its turn")
