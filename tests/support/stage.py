"""The steps task on a stage: real HTTP, a real Redis, a database, and a clock that tests may turn."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Engine

from common.runtime import decide
from common.runtime.context import RunContext
from common.runtime.database import SqlDatabase
from common.runtime.records import Kind, RunRecord, Status, Stored
from common.runtime.runner import UseCase, run
from common.runtime.wiring import Parts
from common.tasks import Task
from tests.support.parts import assembled
from tests.support.served import Answered, ask, served
from tests.support.settings import some_settings
from tests.support.steps import STEPS, StepsParameters, steps_taken, take_steps

NOW = datetime(2026, 11, 3, 13, 0, 1, tzinfo=UTC)
DUE = "2026-11-03T13:00:00Z"
TICK = "steps-20261103T130000Z"
AT_TICK = {"X-CloudScheduler-ScheduleTime": DUE, "X-CloudScheduler-JobName": STEPS.job}


@dataclass
class Stage:
    """The served task and everything around it; a test may replace `use_case`, `task` and `parts` between requests."""

    parts: Parts
    port: int = 0
    task: Task = STEPS
    use_case: UseCase = take_steps
    now: datetime = NOW
    lines: list[str] = field(default_factory=list)

    def ask(
        self, headers: Mapping[str, str] = AT_TICK, parameters: object = None, *, timeout: float = 20
    ) -> Answered:
        return ask(self.port, parameters, headers, timeout=timeout)

    def before_each_step(self, act: Callable[[RunContext, int], object]) -> None:
        self.use_case = partial(take_steps, before=act)

    def seed(self, status: Status, **fields: Any) -> RunRecord:
        """Store the tick's record, as another process left it."""
        record = RunRecord(
            TICK, "steps", "steps", TICK, Kind.SCHEDULED, status, {}, NOW - timedelta(minutes=1)
        )
        record = replace(record, **fields)
        assert self.parts.history.create(record)
        return record

    def hold_lock(self, run_id: str = "steps-other", scope: str = "steps") -> str:
        """Let another process hold the lock, in the name of RUN_ID."""
        value = decide.lock_value(run_id, "another-process")
        assert self.parts.lock.acquire(scope, value, 60) is None
        return value

    def drop_lock(self) -> None:
        """Let the lock vanish, as by a flush of Redis."""
        self.parts.lock.release("steps", self.parts.lock.holder("steps") or "")

    @property
    def lock_holder(self) -> str | None:
        return self.parts.lock.holder("steps")

    def record(self, run_id: str = TICK) -> RunRecord:
        return self.stored(run_id).record

    def stored(self, run_id: str = TICK) -> Stored:
        stored = self.parts.history.read(run_id)
        assert stored is not None
        return stored

    @property
    def engine(self) -> Engine:
        assert isinstance(self.parts.database, SqlDatabase)
        return self.parts.database.engine

    @property
    def steps(self) -> list[str]:
        """The steps taken so far, by number."""
        return [step.rpartition("/")[2] for step in steps_taken(self.engine)]


@contextmanager
def staged(**settings: Any) -> Iterator[Stage]:
    """Serve the steps task with SETTINGS."""
    with assembled(some_settings(**settings), lambda: stage.now) as parts:
        stage = Stage(parts)
        stage.parts = replace(parts, write=stage.lines.append)

        def steps(request: Any) -> Any:
            return run(request, stage.task, stage.use_case, StepsParameters, parts=lambda: stage.parts)

        with served(steps) as stage.port:
            yield stage
