"""This laptop's Cloud Scheduler: the registry's jobs, with the headers, retries and deadlines of the real one.

https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs: a job never overlaps itself; a tick that
comes while it is at work is delayed; a failed one is tried again until the next is due.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from cronsim import CronSim

from common.clock import Clock
from common.runtime.trigger import JOB, SCHEDULE_TIME
from common.tasks import Task

PAST_THE_TIMEOUT = timedelta(seconds=15)  # a job's attempt deadline lies so long after its function's timeout
SLACK = timedelta(seconds=1)  # before a moment, so that it is among those after

Wait = Callable[[float], bool]
"""Lets so many seconds pass; False = there is no time left."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One time at which a job is due."""

    task: Task
    due: datetime
    """Aware, in UTC."""

    @property
    def run_id(self) -> str:
        """The run that answers it."""
        return f"{self.task.name}-{self.due:%Y%m%dT%H%M%SZ}"

    @property
    def headers(self) -> dict[str, str]:
        """What Cloud Scheduler says with each attempt."""
        return {
            "User-Agent": "Google-Cloud-Scheduler",
            "X-CloudScheduler": "true",
            JOB: self.task.job,
            SCHEDULE_TIME: f"{self.due:%Y-%m-%dT%H:%M:%SZ}",
            "Content-Type": "application/json",
        }


@dataclass(frozen=True, slots=True)
class Delivered:
    """How a delivery ended: the answer to its last attempt."""

    tick: Tick
    attempts: int
    status: int | None
    """None = no answer."""
    said: dict[str, Any]

    @property
    def is_settled(self) -> bool:
        """Whether nobody needs to ask again."""
        return self.status is not None and httpx.codes.is_success(self.status)


def ticks(task: Task, since: datetime, until: datetime) -> Iterator[Tick]:
    """Yield TASK's ticks from SINCE, inclusive, to UNTIL, exclusive."""
    local = (since - SLACK).astimezone(ZoneInfo(task.zone))
    moments = (moment.astimezone(UTC) for moment in CronSim(task.schedule, local))
    return (Tick(task, due) for due in takewhile(lambda due: due < until, moments))


def next_tick(task: Task, after: datetime) -> Tick:
    """Return TASK's first tick after the moment AFTER."""
    local = after.astimezone(ZoneInfo(task.zone))
    return Tick(task, next(CronSim(task.schedule, local)).astimezone(UTC))


@dataclass(frozen=True)
class Scheduler:
    """Calls each task at URL/<task> through CLIENT; `wait` passes the time between two attempts, BACKOFF of it."""

    client: httpx.Client
    url: str
    clock: Clock
    wait: Wait
    backoff: Callable[[Task], timedelta] = lambda task: task.retry_backoff

    def deliver(self, tick: Tick, *, attempts: int | None = None) -> Delivered:
        """Ask for TICK's run until it is settled, its ATTEMPTS (its job's) are used up, or the next tick is due."""
        last = 1 + tick.task.retries if attempts is None else attempts
        next_due = next_tick(tick.task, tick.due).due
        attempt = 0
        while True:
            attempt += 1
            delivered = self._ask(tick, attempt)
            if delivered.is_settled or attempt >= last or self.clock() >= next_due:
                return delivered
            if not self.wait(self.backoff(tick.task).total_seconds()):
                return delivered

    def _ask(self, tick: Tick, attempt: int) -> Delivered:
        deadline = (tick.task.timeout + PAST_THE_TIMEOUT).total_seconds()
        try:
            answer = self.client.post(f"{self.url}/{tick.task.name}", headers=tick.headers, timeout=deadline)
        except httpx.HTTPError as error:
            return Delivered(tick, attempt, None, {"error": repr(error)})
        return Delivered(tick, attempt, answer.status_code, _read(answer.text))


def _read(text: str) -> dict[str, Any]:
    """Return what a function SAID, or the text where it said it in other words."""
    try:
        told = json.loads(text)
    except ValueError:
        return {"error": text}
    return told if isinstance(told, dict) else {"error": text}
