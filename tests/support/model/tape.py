"""The runner as a step machine: the real code on ports that replay what it was told, and stop at its next question.

A process's state is the tuple of answers it got so far. Running the code again on those answers leads to the next
question it asks the world, or to the answer that it gives its caller.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any, NamedTuple, NoReturn

from common.errors import DependencyDown, LeaseLost
from common.runtime import decide
from common.runtime.lease import Lease
from common.runtime.records import Kind, RunRecord, StaleRecord, Status, Stored, StoredState, TaskState
from common.runtime.runner import Run
from common.runtime.signals import Termination
from common.runtime.stops import OutOfTime, Terminated
from common.runtime.trigger import Trigger
from common.runtime.wiring import Parts
from common.tasks import Task
from tests.support.settings import some_settings

NOW = datetime(2026, 11, 3, 13, tzinfo=UTC)
UNITS = 2
TASK = Task(
    name="t",
    purpose="works through units",
    job="t",
    schedule="0 * * * *",
    zone="UTC",
    packages="none",
    grace=timedelta(minutes=5),
)
SETTINGS = some_settings()


class Record(NamedTuple):
    """What the model keeps of a record; MARK rises with every change."""

    status: Status
    attempt: int
    fence: int | None
    mark: int
    kind: Kind
    root: str
    reason: str | None = None


class Question(NamedTuple):
    """What a process asks the world next."""

    verb: str
    details: tuple[Any, ...] = ()


class Answer(NamedTuple):
    """What a process answers its caller, and why."""

    code: int
    text: str


class Asked(BaseException):
    """The tape is at its end: this is where the process stands."""


ERRORS: Mapping[str, type[BaseException]] = {
    "stale": StaleRecord,
    "lease lost": LeaseLost,
    "terminated": Terminated,
    "out of time": OutOfTime,
}


class Tape:
    """Replays ANSWERS; each is (outcome, value), where an outcome but `ok` is an exception."""

    def __init__(self, answers: tuple[tuple[str, Any], ...]) -> None:
        self._answers = iter(answers)
        self.question: Question | None = None
        self.local: tuple[Any, ...] = ()

    def ask(self, verb: str, *details: Any) -> Any:
        if self.question is not None:
            raise Asked
        outcome, value = next(self._answers, ("end", None))
        if outcome == "end":
            self.question = Question(verb, details)
            self.local = tuple(_local(sys._getframe(1), sys.exc_info()[1]))
            raise Asked
        if outcome == "ok":
            return value
        if outcome == "down":
            raise DependencyDown(verb, "no answer")
        raise ERRORS[outcome](verb)


@dataclass
class World:
    """Every port of the runtime, on one tape."""

    tape: Tape

    # history
    def create(self, record: RunRecord) -> Stored | None:
        return in_store(record.run_id, self._history("create", record.run_id, _brief(record, 1)))

    def read(self, run_id: str) -> Stored | None:
        return in_store(run_id, self._history("read", run_id))

    def replace(self, stored: Stored, record: RunRecord) -> Stored:
        wanted = _brief(record, stored.mark + 1)
        return in_store(record.run_id, self._history("replace", record.run_id, stored.mark, wanted)) or stored

    def read_state(self, task: str) -> StoredState:
        return StoredState(TaskState(task), None)

    def replace_state(self, stored: StoredState, state: TaskState) -> StoredState:
        return StoredState(state, None)

    def _history(self, verb: str, *details: Any) -> Record | None:
        try:
            found: Record | None = self.tape.ask(verb, *details)
        except DependencyDown as down:
            raise DependencyDown("history", str(down)) from down
        return found

    # lock
    def acquire(self, scope: str, value: str, ttl_seconds: float) -> str | None:
        holder: str | None = self.tape.ask("acquire", value)
        return holder

    def release(self, scope: str, value: str) -> bool:
        return bool(self.tape.ask("release", value))

    def holder(self, scope: str) -> str | None:
        holder: str | None = self.tape.ask("holder")
        return holder

    # database
    def take_fence(self, scope: str) -> int:
        return int(self.tape.ask("fence"))

    @contextmanager
    def writing(self, scope: str, token: int, *, repeatable: bool = False) -> Iterator[list[Any]]:
        changes: list[Any] = []
        yield changes
        self.tape.ask("commit", token, tuple(changes))

    def reading(self) -> NoReturn:
        raise NotImplementedError

    def save_checkpoint(
        self, tx: list[Any], root: str, step: str, state: Mapping[str, Any], now: datetime
    ) -> None:
        tx.append((step, root, next(iter(state.values()))))

    def load_checkpoint(self, root: str, step: str) -> dict[str, Any] | None:
        return {"link" if step == "chain" else "units": self.tape.ask("checkpoint", root, step)}

    # dispatcher
    def dispatch(self, task: Task, trigger: Trigger) -> None:
        self.tape.ask("dispatch", trigger.run_id, trigger.root)


@dataclass(frozen=True)
class Worked:
    """The model counts in its world."""


class ModelRun(Run):
    """The runner without its thread; the world says itself when a lease was lost."""

    def _heartbeat(self) -> Any:
        return nullcontext()


def work(ctx: Any) -> Worked:
    """Do the units that are left, each with its checkpoint in one fenced transaction."""
    done = ctx.resume("units")["units"]
    for unit in range(done, UNITS):
        ctx.database.tape.ask("breathe")
        with ctx.transaction() as tx:
            ctx.checkpoint(tx, "units", {"units": unit + 1})
    return Worked()


class Stand(NamedTuple):
    """Where a process stands: at a question, or with its answer; `local` is all that its future depends on."""

    at: Question | Answer
    local: tuple[Any, ...]


def stand(
    make_run: type[Run], run_id: str, root: str, birth: int, answers: tuple[tuple[str, Any], ...]
) -> Stand:
    """Return where the process BIRTH of RUN_ID stands, given the answers it got so far."""
    tape = Tape(answers)
    world: Any = World(tape)
    parts = Parts(SETTINGS, lambda: NOW, world, world, world, world, write=_unheard)
    kind = Kind.SCHEDULED if run_id == root else Kind.CONTINUATION
    run = make_run(parts, TASK, work, Trigger(kind, run_id, root, TASK.name, {}), Termination())
    run.lease = run.keeper._lease = Lease(world, TASK.name, run_id, TASK.lock_ttl, str(birth))
    try:
        record = run.perform()
        answer = Answer(decide.HTTP[record.status], record.status)
    except Asked:
        assert tape.question is not None
        seen = _plain(getattr(run.keeper, "_stored", None))
        return Stand(tape.question, (tape.question, seen, *tape.local))
    except tuple(decide.REFUSALS) as refused:
        answer = Answer(decide.refusal(refused), str(refused))
    return Stand(answer, (answer,))


def _local(frame: FrameType | None, handled: BaseException | None) -> Iterator[Any]:
    """List what the code knows where it stands: lines, plain variables, exceptions that it handles."""
    while frame is not None and frame.f_code is not stand.__code__:
        yield frame.f_lineno, tuple((name, _plain(value)) for name, value in frame.f_locals.items())
        frame = frame.f_back
    while handled is not None:
        yield type(handled).__name__, str(handled)
        handled = handled.__context__


def _plain(value: Any) -> Any:
    if isinstance(value, Stored):
        return _brief(value.record, value.mark)
    if isinstance(value, RunRecord):
        return _brief(value, 0)
    return value if isinstance(value, str | int | None) else type(value).__name__


def _unheard(line: str) -> None:
    """Take a line of the log and forget it."""


def _brief(record: RunRecord, mark: int) -> Record:
    return Record(record.status, record.attempt, record.fence, mark, record.kind, record.root, record.reason)


def in_store(run_id: str, brief: Record | None) -> Stored | None:
    if brief is None:
        return None
    record = RunRecord(
        run_id=run_id,
        task=TASK.name,
        scope=TASK.name,
        root=brief.root,
        kind=brief.kind,
        status=brief.status,
        parameters={},
        created_at=NOW,
        attempt=brief.attempt,
        fence=brief.fence,
        reason=brief.reason,
    )
    return Stored(record, brief.mark)
