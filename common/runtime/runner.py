"""One run, start to end, in the order of protocols.md, section 1.

Validate -> create the record or read it -> win the lock -> fence -> compare the lock -> running, attempt + 1, if the
record is still as it was read -> work -> outcome -> release -> answer.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from common import logs
from common.errors import DependencyDown, InvalidRequest, LeaseLost, NotConfigured
from common.runtime import cost, decide, wiring
from common.runtime.borrowed import borrowed
from common.runtime.context import RunContext
from common.runtime.decide import Action, AskAgain, LockState
from common.runtime.heartbeat import Heartbeat
from common.runtime.keeper import Keeper
from common.runtime.lease import Lease
from common.runtime.records import Kind, RunRecord, StaleRecord, Status, StoredState
from common.runtime.signals import Termination
from common.runtime.stops import DoneInPart, OutOfTime, Stopped, Terminated
from common.runtime.task_state import note_outcome
from common.runtime.trigger import Request, Response, Trigger, read_trigger, respond
from common.runtime.wiring import Parts
from common.tasks import Task

UseCase = Callable[[RunContext], Any]
"""Does the work and returns a frozen dataclass of counts that it measured, or raises Skip."""

MARGIN = timedelta(seconds=30)
"""A run hands over this long before the platform would answer in its place; the code would live on as a zombie."""
LAST_WORDS = timedelta(seconds=10)
"""Work that does not heed its deadline is ended this long before the platform would answer; else nobody would hear of it."""
CHAIN = "chain"
"""Step of the root's checkpoint that counts its continuations."""


def run(
    request: Request,
    task: Task,
    use_case: UseCase,
    parameters: type[BaseModel],
    *,
    parts: Callable[[], Parts] = wiring.parts,
) -> Response:
    """Answer REQUEST by running USE_CASE once under TASK's lock, or by what became of it already.

    The answer is JSON: run_id, status, reason, error, counts. 2xx = it is settled; anything else asks to be asked again.
    """
    with Termination() as termination:
        try:
            made = parts()
            trigger = read_trigger(request, task, parameters, made.clock())
            tried = Run(made, task, use_case, trigger, termination)
            record = tried.perform()
        except tuple(decide.REFUSALS) as refused:
            return _refuse(refused)
        return respond(decide.HTTP[record.status], _summary(record))


class Run:
    """One process's try at one run."""

    def __init__(
        self, parts: Parts, task: Task, use_case: UseCase, trigger: Trigger, termination: Termination
    ) -> None:
        self.parts = parts
        self.task = task
        self.use_case = use_case
        self.trigger = trigger
        self.termination = termination
        self.began = parts.clock()
        self.state: StoredState | None = None
        self.handed_over: Counter[str] = Counter()
        self.lease = Lease(parts.lock, trigger.scope, trigger.run_id, task.lock_ttl)
        self.keeper = Keeper(parts.history, self.lease, parts.clock)
        self.log = logs.bind(
            function=task.name,
            task=task.name,
            run_id=trigger.run_id,
            trace=trigger.trace,
            project=parts.settings.google_cloud_project,
            folder=parts.settings.log_folder,
            clock=parts.clock,
            write=parts.write,
        )
        logs.capture_libraries(self.log)

    def perform(self) -> RunRecord:
        """Return the record as it stands when the caller is answered. Raises what decide.REFUSALS lists."""
        record = self.keeper.create_or_read(self.trigger.queued(self.task, self.began))
        if decide.next_action(record, LockState.UNASKED, self.task.attempts) is Action.ANSWER:
            return record
        if record.status is Status.QUEUED:
            self.state = self.parts.history.read_state(self.task.name)
            if self.state.state.paused_at:
                return self._while_paused(record)
        try:
            holder = self.lease.acquire()
        except DependencyDown as down:
            return self._record_outage(down, LockState.UNASKED)
        return self._under_lock() if holder is LockState.MINE else self._beside_lock(holder)

    def _while_paused(self, record: RunRecord) -> RunRecord:
        if decide.waits_out_pause(record):
            raise AskAgain(f"{self.task.name} is paused, and {record.run_id} is the rest of a chain")
        return self._close(Status.SKIPPED, reason="paused")

    def _beside_lock(self, holder: LockState) -> RunRecord:
        action = decide.next_action(self.keeper.record, holder, self.task.attempts)
        if action is Action.SKIP_OVERLAP:
            return self._close(Status.SKIPPED, reason="overlap")
        raise AskAgain(f"{self.lease.scope} is held by {holder}")

    def _under_lock(self) -> RunRecord:
        try:
            with self._heartbeat() as heartbeat:
                while True:
                    with suppress(StaleRecord):  # it changed since it was read: judge it again
                        if ended := self._attempt(heartbeat):
                            return ended
                    self.keeper.read_again()
        finally:
            with suppress(DependencyDown):  # then it expires
                self.lease.release()

    def _attempt(self, heartbeat: Heartbeat) -> RunRecord | None:
        """Fence, compare the lock, work; None = begin again."""
        try:
            token = self.parts.database.take_fence(self.lease.scope)
            if not self.lease.is_mine():
                raise AskAgain(f"the lock of {self.lease.scope} was lost before the fence was taken")
        except DependencyDown as down:
            return self._record_outage(down, LockState.MINE)
        record = self.keeper.record
        action = decide.next_action(record, LockState.MINE, self.task.attempts)
        if action is Action.ANSWER:
            return record
        if action is Action.GIVE_UP:
            return self._close(
                Status.GAVE_UP, error=record.error or f"no end after {record.attempt} attempts"
            )
        self._begin(token)
        try:
            return self._work(token, heartbeat)
        except LeaseLost as lost:
            return self._after(lost)

    def _heartbeat(self) -> Heartbeat:
        return Heartbeat(self.lease, self.task.heartbeat, self.task.timeout)

    def _begin(self, token: int) -> None:
        record = self.keeper.change(
            status=Status.RUNNING,
            attempt=self.keeper.record.attempt + 1,
            fence=token,
            started_at=self.parts.clock(),
            trace=self.trigger.trace,
            revision=self.parts.settings.k_revision,
            finished_at=None,
            reason=None,
            error=None,
        )
        self.log.info("task.started", attempt=record.attempt, fence=token, kind=record.kind)

    def _work(self, token: int, heartbeat: Heartbeat) -> RunRecord:
        context = self._context(token, heartbeat)
        try:
            with self.termination.interruptible(context.remaining() + MARGIN - LAST_WORDS):
                counts = asdict(self.use_case(context))
        except LeaseLost:
            raise
        except OutOfTime:
            return self._hand_over(context)
        except DoneInPart as part:
            return self._end_by(part.cause, counts=part.counts)
        except (Stopped, Exception) as error:  # noqa: BLE001 - the one place that answers for a bug
            return self._end_by(error)
        return self._close(Status.SUCCEEDED, counts=counts)

    def _end_by(self, error: BaseException, **fields: Any) -> RunRecord:
        status = decide.ending(error)
        if status is Status.FAILED_BUG:
            self.log.error("task.bug", cause=error)
            return self._close(status, error=logs.type_and_text(error), **fields)
        told = "error" if status is Status.FAILED_TRANSIENT else "reason"
        return self._close(status, **fields, **{told: str(error)})

    def _hand_over(self, context: RunContext) -> RunRecord:
        """Checkpoint committed, lock released, continuation dispatched, then `continued`."""
        try:
            continuation = self._next_link(context)
            self.lease.release()
            self.parts.dispatcher.dispatch(self.task, continuation)
        except (DependencyDown, NotConfigured) as error:
            return self._close(Status.INTERRUPTED, reason=f"hand-over failed: {error}")
        return self._close(Status.CONTINUED, continuation=continuation.run_id)

    def _next_link(self, context: RunContext) -> Trigger:
        link = decide.next_link(context.resume(CHAIN))
        with context.transaction() as tx:
            context.checkpoint(tx, CHAIN, {"link": link})
        run_id = decide.continuation_id(context.root, link)
        return replace(self.trigger, kind=Kind.CONTINUATION, run_id=run_id, root=context.root, due=None)

    def _after(self, lost: LeaseLost) -> RunRecord | None:
        if self.lease.is_mine():
            return None  # somebody raised the fence and lost the lock again: fence again
        if self.lease.acquire() is not LockState.MINE:
            raise AskAgain(str(lost))
        return self._end_by(lost)

    def _record_outage(self, down: DependencyDown, lock: LockState) -> RunRecord:
        """Record that a dependency was DOWN, where that can and may be written; else raise it."""
        if not decide.may_record_outage(self.keeper.record, lock, down.dependency):
            raise down
        return self._close(Status.FAILED_TRANSIENT, error=str(down))

    def _close(self, status: Status, **fields: Any) -> RunRecord:
        """Write the outcome, before the answer."""
        now = self.parts.clock()
        duration = now - (self.keeper.record.started_at or self.began)
        record = self.keeper.change(
            status=decide.outcome(status, self.keeper.record.attempt, self.task.attempts),
            finished_at=now,
            seconds=round(duration.total_seconds(), 3),
            cost=cost.estimate(self.task, duration),
            progress=self.keeper.latest,
            **{
                name: logs.safe_text(told) if isinstance(told, str) else told for name, told in fields.items()
            },
        )
        say = getattr(self.log, decide.SEVERITY.get(record.status, "info"))
        say("task.finished", **_summary(record), seconds=record.seconds)
        with suppress(DependencyDown, StaleRecord):  # the record itself says it too
            note_outcome(self.parts.history, record, self.state)
        return record

    def _context(self, token: int, heartbeat: Heartbeat) -> RunContext:
        def stop_if_asked() -> None:
            if self.termination.requested:
                raise Terminated("the platform ends this process")
            if heartbeat.lost:
                raise LeaseLost(f"the lock of {self.lease.scope} went to another")

        record = self.keeper.record
        return RunContext(
            settings=self.parts.settings,
            clock=self.parts.clock,
            task=self.task,
            run_id=record.run_id,
            root=record.root,
            params=record.parameters,
            log=self.log,
            scope=self.lease.scope,
            token=token,
            deadline=self.began + self.task.timeout - MARGIN,
            database=self.parts.database,
            stop_if_asked=stop_if_asked,
            report=self.keeper.progress,
            ask_for=self._ask_for,
            lend=self._lend,
        )

    def _lend(self, context: RunContext, task: Task) -> AbstractContextManager[RunContext]:
        return borrowed(context, task, self.parts.lock)

    def _ask_for(self, task: Task, shard: str | None) -> bool:
        record = self.keeper.record
        scope = f"{task.name}/{shard}" if shard else task.name
        self.handed_over[scope] += 1
        nth = self.handed_over[scope]
        run_id = decide.handover_id(task.name, decide.this_time(record), record.attempt, shard, nth=nth)
        wanted = Trigger(Kind.HANDOVER, run_id, run_id, scope, {}, trace=self.trigger.trace)
        try:
            self.parts.dispatcher.dispatch(task, wanted)
        except (DependencyDown, NotConfigured) as error:
            self.log.warning("handover.failed", wanted=run_id, reason=str(error))
            return False
        return True


def _summary(record: RunRecord) -> dict[str, Any]:
    """Return what a caller is told of RECORD."""
    told = ("run_id", "status", "attempt", "reason", "error", "counts", "continuation")
    return {name: getattr(record, name) for name in told}


def _refuse(refused: Exception) -> Response:
    field = {"field": refused.field} if isinstance(refused, InvalidRequest) else {}
    return respond(decide.refusal(refused), {"status": "refused", "error": str(refused), **field})
