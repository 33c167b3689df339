"""Visits every state that a small world can reach, and says how a promise is broken, step by step."""

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

S = TypeVar("S", bound=Hashable)


class Broken(Exception):
    """A promise was broken by the step; the message says which."""


class Step(NamedTuple, Generic[S]):
    """Something that can happen, and what is the case then."""

    label: str
    state: S
    is_fault: bool = False


class World(Protocol[S]):
    """How a small world works. Each method raises Broken where a promise is broken."""

    def steps(self, state: S) -> Iterable[Step[S]]:
        """List what can happen next."""
        ...

    def check(self, state: S) -> None:
        """Look at a state."""
        ...

    def check_rest(self, state: S) -> None:
        """Look at a state after which nothing happens without a fault."""
        ...


@dataclass(frozen=True, slots=True)
class Explored:
    """How many states there are, and the shortest history that breaks a promise, if one does."""

    states: int
    broken: str | None = None
    trace: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([f"{self.states} states", *self.trace])


Parents = dict[S, tuple[S, str] | None]


def explore(world: World[S], start: S) -> Explored:
    """Visit every state reachable from START, nearest first."""
    parents: Parents[S] = {start: None}
    before: dict[S, list[S]] = defaultdict(list)  # by steps that need no fault
    at_rest: list[S] = []
    waiting = deque([start])
    while waiting:
        state = waiting.popleft()
        try:
            world.check(state)
            steps = list(world.steps(state))
            if all(step.is_fault for step in steps):
                world.check_rest(state)
                at_rest.append(state)
        except Broken as broken:
            return Explored(len(parents), str(broken), (*_trace(parents, state), f"=> {broken}"))
        for step in steps:
            if not step.is_fault:
                before[step.state].append(state)
            if step.state not in parents:
                parents[step.state] = (state, step.label)
                waiting.append(step.state)
    if (stuck := _stuck(parents, before, at_rest)) is not None:
        fault = "nothing but a fault leads on to an end"
        return Explored(len(parents), fault, (*_trace(parents, stuck), f"=> {fault}"))
    return Explored(len(parents))


def _stuck(parents: Parents[S], before: dict[S, list[S]], at_rest: list[S]) -> S | None:
    """Return the nearest state from which no fault-free history comes to rest."""
    fine = set(at_rest)
    waiting = deque(at_rest)
    while waiting:
        for state in before[waiting.popleft()]:
            if state not in fine:
                fine.add(state)
                waiting.append(state)
    return next((state for state in parents if state not in fine), None)


def _trace(parents: Parents[S], state: S) -> tuple[str, ...]:
    labels: list[str] = []
    while (parent := parents[state]) is not None:
        state, label = parent
        labels.append(label)
    return tuple(reversed(labels))
