"""So many days as discrete events: the clock jumps to the next due call whenever nothing runs.

The functions are the real ones, in their own processes; they read the clock from a file. It runs as fast as this machine's
while they work, so leases, waits and timeouts are what they always are.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

import httpx

from common.clock import ahead_by, utc_now
from common.tasks import Task
from local.cloud.calls import Call, How, Plan
from local.cloud.cloud import Cloud
from local.cloud.scene import Arrivals
from local.cloud.scheduler import Delivered, Scheduler

BACKOFF = timedelta(seconds=0.25)
"""Between two attempts, instead of the registry's half minute: nobody waits for a machine that is being repaired."""
PATIENCE = 120.0  # seconds for what one call set in motion


class SimulatedClock:
    """A clock that is ahead of this machine's by what FILE says, and can only be moved on."""

    def __init__(self, file: Path, begins: datetime) -> None:
        self.file = file
        self._write(begins)
        self._now = ahead_by(file)

    def __call__(self) -> datetime:
        """Return what the time is in the simulation."""
        return self._now()

    def move_to(self, moment: datetime) -> None:
        """Let it be MOMENT now, unless that is past."""
        if moment > self():
            self._write(moment)

    def _write(self, moment: datetime) -> None:
        unfinished = self.file.with_suffix(".part")
        unfinished.write_text(f"{(moment - utc_now()).total_seconds():.6f}", "ascii")
        unfinished.replace(self.file)


@dataclass(frozen=True)
class Simulation:
    """A plan's calls to CLOUD's functions, while filings arrive; `tell` hears how each call ended."""

    cloud: Cloud
    clock: SimulatedClock
    arrivals: Arrivals
    tell: Callable[[Delivered], None]

    def run(self, plan: Plan) -> None:
        """Make every call of PLAN at its time, those of one moment at once. Raises TimeoutError when work does not end."""
        with (
            httpx.Client(trust_env=False) as client,
            ThreadPoolExecutor(16, thread_name_prefix="scheduler") as pool,
        ):
            scheduler = Scheduler(client, self.cloud.url, self.clock, wait=_wait, backoff=_backoff)
            for moment, calls in groupby(plan.calls, key=lambda call: call.at):
                self.clock.move_to(moment)
                self.arrivals.come(moment)
                for delivered in pool.map(lambda call: self._make(scheduler, call), tuple(calls)):
                    self.tell(delivered)
                self.cloud.gateway.wait_until_idle(PATIENCE)
                self.cloud.queue.wait_until_idle(PATIENCE)

    def _make(self, scheduler: Scheduler, call: Call) -> Delivered:
        if call.how is How.CALL:
            return scheduler.deliver(call.tick)
        with ThreadPoolExecutor(1, thread_name_prefix="lost") as unheard:
            unheard.submit(scheduler.deliver, call.tick, attempts=1)
            _wait(BACKOFF.total_seconds())
            return scheduler.deliver(call.tick, attempts=call.tick.task.retries)


def _wait(seconds: float) -> bool:
    time.sleep(seconds)
    return True


def _backoff(task: Task) -> timedelta:  # noqa: ARG001 - as the real one's, it may depend on the task
    return BACKOFF
