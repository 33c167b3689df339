"""One state of the small world, and what can become of it."""

from typing import Any, NamedTuple

from common.runtime import decide
from tests.support.model.explore import Step

Pairs = tuple[tuple[str, Any], ...]


class Caller(NamedTuple):
    """Scheduler, or Cloud Tasks, asking for one run."""

    root: str
    asks_left: int
    births: int = 0
    state: str = "asks"  # asks | waits | done


class Process(NamedTuple):
    """One delivery being worked on; `entitled` from winning the lock until its lease ended by any cause."""

    run_id: str
    root: str
    birth: int
    is_awaited: bool
    entitled: bool = False
    at: int = 0  # number of a Place

    @property
    def value(self) -> str:
        return decide.lock_value(self.run_id, str(self.birth))

    def __str__(self) -> str:
        return f"{self.run_id} (process {self.birth})"


class State(NamedTuple):
    """Everything that the future depends on."""

    callers: Pairs
    faults: int
    timeouts: int
    """How often a run may still find its time used up."""
    records: Pairs = ()
    lock: str | None = None
    fence: int = 0
    units: Pairs = ()
    links: Pairs = ()
    processes: tuple[Process, ...] = ()


def fault(label: str, s: State) -> Step[State]:
    """Return the step to S, which costs one of the history's faults."""
    return Step(label, s._replace(faults=s.faults - 1), is_fault=True)


def get(pairs: Pairs, key: str, default: Any = None) -> Any:
    return next((value for name, value in pairs if name == key), default)


def put(pairs: Pairs, key: str, value: Any) -> Pairs:
    return tuple(sorted([*((k, v) for k, v in pairs if k != key), (key, value)], key=lambda pair: pair[0]))


def ended(s: State, p: Process, code: int) -> State:
    """Return S after P ended with CODE; whoever awaits its answer is done, or asks again."""
    if p.is_awaited:
        caller = get(s.callers, p.run_id)
        done = 200 <= code < 300 or not caller.asks_left
        callers = put(s.callers, p.run_id, caller._replace(state="done" if done else "asks"))
        s = s._replace(callers=callers)
    return with_process(s, p, None)


def order(p: Process) -> tuple[str, int]:
    return p.run_id, p.birth


def with_process(s: State, old: Process, new: Process | None) -> State:
    rest = [p for p in s.processes if (p.run_id, p.birth) != (old.run_id, old.birth)]
    return s._replace(processes=tuple(sorted([*rest, *([new] if new else [])], key=order)))
