"""What a use case sees of its run."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from common.clock import Clock
from common.logs import Log
from common.runtime.database import Database
from common.runtime.stops import DoneInPart, OutOfTime, Skip
from common.settings import Settings
from common.tasks import Task

__all__ = ["DoneInPart", "OutOfTime", "RunContext", "Skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """One attempt of a run: its settings and parameters, the database under its fence, and when it must stop."""

    settings: Settings
    clock: Clock
    task: Task
    run_id: str
    root: str
    """Run id of the chain's first run; the checkpoints' key."""
    params: Mapping[str, Any]
    """As the task's parameters model dumps them: JSON values, those left at their defaults not among them."""
    log: Log
    scope: str
    token: int
    deadline: datetime
    database: Database
    stop_if_asked: Callable[[], None]
    """Raises Terminated or LeaseLost when that is so."""
    report: Callable[[int, int], None]
    ask_for: Callable[[Task, str | None], bool]
    lend: Callable[["RunContext", Task], AbstractContextManager["RunContext"]]

    def transaction(self, *, repeatable: bool = False) -> AbstractContextManager[Connection]:
        """Lend a write transaction that commits only while the fence is this run's. Raises LeaseLost.

        REPEATABLE = every statement sees the same state of the database, as in `engine.write_transaction`.
        """
        return self.database.writing(self.scope, self.token, repeatable=repeatable)

    def recording(self) -> AbstractContextManager[Connection]:
        """Lend a write transaction outside the fence, for a mail provider's answer alone.

        The answer is true whoever holds the lock by now; the condition of such a write is the message's claim token.
        """
        return self.database.recording()

    def reading(self) -> AbstractContextManager[Connection]:
        """Lend a connection that can only read."""
        return self.database.reading()

    def checkpoint(self, tx: Connection, step: str, state: Mapping[str, Any]) -> None:
        """Keep STATE (JSON) for STEP; TX is the transaction of the work that it speaks of."""
        self.database.save_checkpoint(tx, self.root, step, state, self.clock())

    def resume(self, step: str) -> dict[str, Any] | None:
        """Return the chain's last checkpoint of STEP, None where it has none."""
        return self.database.load_checkpoint(self.root, step)

    def remaining(self) -> timedelta:
        """Return the time left until this run must hand over."""
        return self.deadline - self.clock()

    def breathe(self) -> None:
        """Call between two units of work. Raises OutOfTime, Terminated or LeaseLost when the run must stop."""
        self.stop_if_asked()
        if self.remaining() <= timedelta(0):
            raise OutOfTime("the request's time is used up")

    def hand_over(self, task: Task, shard: str | None = None) -> bool:
        """Have a run of TASK (of SHARD alone) asked for at once; call it after each commit that gave it work.

        Return whether that was taken. When it was not, it is logged, and TASK's own schedule is the safety net.
        """
        return self.ask_for(task, shard)

    def borrow(self, task: Task) -> AbstractContextManager["RunContext"]:
        """Lend this as a run of TASK sees it, under TASK's lock and fence. Raises DependencyDown while one is at work."""
        return self.lend(self, task)

    def progress(self, done: int, total: int) -> None:
        """Tell history how far the work is; it is written at most every 10 s."""
        self.report(done, total)
