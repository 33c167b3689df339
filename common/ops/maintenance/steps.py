"""Steps in their order: each ends in a checkpoint, and one that fails stops no other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from common.errors import LeaseLost
from common.logs import Log, type_and_text
from common.runtime.context import DoneInPart, RunContext, Skip
from common.runtime.decide import ending
from common.runtime.records import Status

PARTS = 100  # of a step, in the progress of the whole
Did = Any
"""A frozen dataclass of what a step did."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of maintenance's works."""

    name: str
    work: Callable[[RunContext], Did]
    """Raises Skip, with the reason, where there is nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How a step stands: its checkpoint."""

    status: str
    """`running`, or how it ended, as in the record of a run."""
    began_at: str
    seconds: float = 0.0
    """From its beginning to its end, over the whole chain of runs."""
    did: Mapping[str, Any] = field(default_factory=dict)
    """What it counted."""
    reason: str | None = None
    """Why there was nothing to do."""
    error: str | None = None

    @classmethod
    def resumed(cls, ctx: RunContext, name: str) -> Self | None:
        """Return how the chain left the step NAME; None = not begun."""
        found = ctx.resume(_checkpoint(name))
        return cls(**found) if found else None

    @property
    def is_over(self) -> bool:
        """Whether this chain takes it no more."""
        return self.status in {Status.SUCCEEDED, Status.SKIPPED}

    @property
    def has_failed(self) -> bool:
        return not self.is_over and self.status != Status.RUNNING


def _checkpoint(name: str) -> str:
    return f"step/{name}"


def take(ctx: RunContext, steps: Sequence[Step]) -> Mapping[str, Taken]:
    """Take each of STEPS that the chain has not ended yet, those that failed in it before last; return how all stand.

    Raises DoneInPart, with that, when one failed: after all others had their turn. A bug outranks what may pass.
    """
    stand = {step.name: Taken.resumed(ctx, step.name) for step in steps}
    causes: list[Exception] = []
    for step in _in_turn(steps, stand):
        ctx.breathe()
        stand[step.name], cause = _take(_within(ctx, step, stand), ctx, step, stand[step.name])
        causes += [cause] if cause else []
    ended = {name: one for name, one in stand.items() if one}
    if causes:
        bugs = [cause for cause in causes if ending(cause) is Status.FAILED_BUG]
        raise DoneInPart({"steps": {name: asdict(one) for name, one in ended.items()}}, (bugs or causes)[0])
    return ended


def _in_turn(steps: Sequence[Step], stand: Mapping[str, Taken | None]) -> Iterator[Step]:
    failed = {name for name, one in stand.items() if one and one.has_failed}
    for step in sorted(steps, key=lambda step: step.name in failed):
        one = stand[step.name]
        if not (one and one.is_over):
            yield step


def _within(ctx: RunContext, step: Step, stand: Mapping[str, Taken | None]) -> RunContext:
    """Return what STEP sees of its run: checkpoints of its own, and its progress as a part of the whole."""
    over = sum(one is not None and one.is_over for one in stand.values())

    def report(done: int, total: int) -> None:
        ctx.progress(PARTS * over + PARTS * done // max(total, 1), PARTS * len(stand))

    report(0, 1)
    return replace(ctx, root=f"{ctx.root}/{step.name}", report=report)


def _take(
    within: RunContext, ctx: RunContext, step: Step, before: Taken | None
) -> tuple[Taken, Exception | None]:
    """Take STEP, and keep how it ended; return that, and what it failed of."""
    goes_on = before is not None and before.status == Status.RUNNING
    running = before if before and goes_on else _begun(ctx, step)
    taken, cause = _ended(within, step, running)
    seconds = (ctx.clock() - datetime.fromisoformat(running.began_at)).total_seconds()
    taken = replace(taken, seconds=round(seconds, 3))
    _keep(ctx, step, taken)
    _log(ctx.log, step, taken, cause)
    return taken, cause


def _log(log: Log, step: Step, taken: Taken, cause: Exception | None) -> None:
    if taken.status == Status.FAILED_BUG:
        log.error("step.failed", cause=cause, step=step.name, **asdict(taken))
    elif cause:
        log.warning("step.failed", step=step.name, **asdict(taken))
    else:
        log.info("step.done", step=step.name, **asdict(taken))


def _begun(ctx: RunContext, step: Step) -> Taken:
    running = Taken(status=Status.RUNNING, began_at=ctx.clock().isoformat())
    _keep(ctx, step, running)
    return running


def _ended(ctx: RunContext, step: Step, running: Taken) -> tuple[Taken, Exception | None]:
    try:
        did = asdict(step.work(ctx))
    except LeaseLost:
        raise
    except Skip as skip:
        return replace(running, status=Status.SKIPPED, reason=str(skip)), None
    except DoneInPart as part:
        return _failed(running, part.cause, part.counts)
    except Exception as error:  # noqa: BLE001 - whatever it is, one step has it; raised when all others had their turn
        return _failed(running, error, {})
    return replace(running, status=Status.SUCCEEDED, did=did), None


def _failed(running: Taken, cause: Exception, did: Mapping[str, Any]) -> tuple[Taken, Exception]:
    return replace(running, status=ending(cause), did=did, error=type_and_text(cause)), cause


def _keep(ctx: RunContext, step: Step, taken: Taken) -> None:
    with ctx.transaction() as tx:
        ctx.checkpoint(tx, _checkpoint(step.name), asdict(taken))
