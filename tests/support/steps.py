"""A small task for the runtime's tests: takes numbered steps, each in one fenced transaction with its checkpoint.

A step taken twice breaks a unique key, so no double work stays unseen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine, select

from common.db.tables import findings
from common.runtime.context import RunContext
from common.tasks import Task

STEPS = Task(
    name="steps",
    purpose="takes steps",
    job="step-taking",
    schedule="0 * * * *",
    zone="UTC",
    packages="none",
    grace=timedelta(minutes=5),
)


class StepsParameters(BaseModel):
    """How many steps to take."""

    model_config = ConfigDict(extra="forbid")

    steps: int = 3


@dataclass(frozen=True, slots=True)
class Taken:
    """How many steps the chain took, and this run of it."""

    steps: int
    now: int


def take_steps(ctx: RunContext, before: Callable[[RunContext, int], object] | None = None) -> Taken:
    """Take the steps that are left, calling BEFORE each."""
    asked = StepsParameters.model_validate(ctx.params)
    done = (ctx.resume("steps") or {"done": 0})["done"]
    for step in range(done, asked.steps):
        ctx.breathe()
        if before:
            before(ctx, step)
        with ctx.transaction() as tx:
            now = ctx.clock()
            row = {"rule": "step", "subject": f"{ctx.root}/{step}", "detail": "taken"}
            tx.execute(findings.insert().values(**row, first_seen=now, last_seen=now))
            ctx.checkpoint(tx, "steps", {"done": step + 1})
        ctx.progress(step + 1, asked.steps)
    return Taken(steps=asked.steps, now=asked.steps - done)


def steps_taken(engine: Engine) -> list[str]:
    """Return the steps that stand in the database, in order."""
    with engine.connect() as connection:
        return list(connection.scalars(select(findings.c.subject).order_by(findings.c.id)))
