"""The cloud in real time: its jobs when they are due, and nothing left running that nobody asks."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

import httpx

from common.tasks import TASKS
from local.cloud.cloud import Cloud
from local.cloud.scene import Arrivals
from local.cloud.scheduler import Delivered, Scheduler, Tick, next_tick

LOOK = 0.5  # seconds between two looks at the clock
ALREADY = timedelta(hours=6)  # ago, the first filings arrived: who looks for a minute sees mails, too


@dataclass
class Jobs:
    """Every task's next tick, and the delivery that is under way."""

    scheduler: Scheduler
    next: dict[str, Tick]
    running: dict[str, Future[Delivered]] = field(default_factory=dict)

    def start_due(self, now: datetime, pool: ThreadPoolExecutor) -> None:
        """Start the delivery of each tick that is due by NOW; one whose job is at work waits until that ended."""
        for name, tick in self.next.items():
            if tick.due <= now and name not in self.running:
                self.running[name] = pool.submit(self.scheduler.deliver, tick)
                self.next[name] = next_tick(tick.task, tick.due)

    def ended(self) -> list[Delivered]:
        """Return the deliveries that ended since the last look."""
        done = {name: one for name, one in self.running.items() if one.done()}
        for name in done:
            del self.running[name]
        return [one.result() for one in done.values()]


@dataclass(frozen=True, kw_only=True)
class Live:
    """How long a function may be idle, in seconds, and who is told of what happens."""

    idle: float
    tell: Callable[[Iterable[Delivered]], None]
    arrived: Callable[[], None]
    ended: Callable[[str], None]


def run_live(cloud: Cloud, live: Live, stop: Event) -> None:
    """Deliver ticks as they fall due, until STOP is set; what is under way then is not waited for."""
    began = cloud.clock()
    arrivals = Arrivals(cloud.world.sites, cloud.world.news, began - ALREADY)
    pool = ThreadPoolExecutor(len(TASKS), thread_name_prefix="scheduler")
    with httpx.Client(trust_env=False) as client:
        scheduler = Scheduler(client, cloud.url, cloud.clock, wait=lambda seconds: not stop.wait(seconds))
        jobs = Jobs(scheduler, {name: next_tick(task, began) for name, task in TASKS.items()})
        try:
            while not stop.wait(LOOK):
                now = cloud.clock()
                if arrivals.come(now):
                    live.arrived()
                jobs.start_due(now, pool)
                live.tell(jobs.ended())
                for name, instances in cloud.functions.items():
                    if instances.end_idle(live.idle):
                        live.ended(name)
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
