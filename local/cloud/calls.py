"""What a simulated Scheduler does in so many days: each tick at its time, or with one of the faults that real ones have."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from common.tasks import Task
from local.cloud.scheduler import Tick, next_tick, ticks


class Fault(StrEnum):
    """What goes wrong with a tick."""

    NONE = "on time"
    TWICE = "twice at once"
    LATE = "late"
    LOST = "its answer lost"
    FORCED = "forced before its time"


LATEST = timedelta(minutes=5)
EARLIEST = timedelta(
    minutes=2
)  # before its time, a tick is forced by hand: far more than the few seconds of a clock's error


class How(StrEnum):
    """How the Scheduler calls."""

    CALL = "call"
    LOSE_ANSWER = "call, hear nothing, and call again"


@dataclass(frozen=True, slots=True)
class Call:
    """A tick's delivery, at a moment of the simulation."""

    at: datetime
    tick: Tick
    how: How = How.CALL


@dataclass(frozen=True, slots=True)
class Plan:
    """All calls, by time; and what must have run when they are made."""

    calls: tuple[Call, ...]
    ticks: tuple[Tick, ...]
    forced: tuple[Tick, ...]
    faults: tuple[Fault, ...]
    """Of each tick."""


def plan(tasks: Iterable[Task], since: datetime, until: datetime, *, faults: bool) -> Plan:
    """Return the calls of all ticks of TASKS from SINCE to UNTIL; with FAULTS, each task meets them in turn."""
    chosen = [
        (tick, _fault(number + place) if faults else Fault.NONE)
        for place, task in enumerate(tasks)
        for number, tick in enumerate(ticks(task, since, until))
    ]
    calls = [call for tick, fault in chosen for call in calls_of(tick, fault)]
    return Plan(
        calls=tuple(sorted(calls, key=lambda call: call.at)),
        ticks=tuple(tick for tick, _ in chosen),
        forced=tuple(tick for tick, fault in chosen if fault is Fault.FORCED),
        faults=tuple(fault for _, fault in chosen),
    )


def _fault(number: int) -> Fault:
    every = list(Fault)
    return every[number % len(every)]


def calls_of(tick: Tick, fault: Fault) -> list[Call]:
    """Return the calls that TICK causes when it meets FAULT; what is shifted stays between the ticks beside it."""
    a_third = (next_tick(tick.task, tick.due).due - tick.due) / 3
    on_time = Call(tick.due, tick)
    return {
        Fault.NONE: [on_time],
        Fault.TWICE: [on_time, on_time],
        Fault.LATE: [Call(tick.due + min(a_third, LATEST), tick)],
        Fault.LOST: [Call(tick.due, tick, How.LOSE_ANSWER)],
        Fault.FORCED: [Call(tick.due - min(a_third, EARLIEST), tick), on_time],
    }[fault]
