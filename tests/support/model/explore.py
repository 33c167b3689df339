"""Visits every state that a small world can reach, and says how a promise is broken, step by step."""

from collections import defaultdict, deque
from dataclasses import dataclass

from tests.support.model.state import Broken, State
from tests.support.model.world import Rules, check, check_rest


@dataclass(frozen=True, slots=True)
class Explored:
    """How many states there are, and the shortest history that breaks a promise, if one does."""

    states: int
    broken: str | None = None
    trace: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([f"{self.states} states", *self.trace])


Parents = dict[State, tuple[State, str] | None]


def explore(rules: Rules, start: State) -> Explored:
    """Visit every state reachable from START, nearest first."""
    parents: Parents = {start: None}
    before: dict[State, list[State]] = defaultdict(list)  # by steps that need no fault
    at_rest: list[State] = []
    waiting = deque([start])
    while waiting:
        state = waiting.popleft()
        try:
            check(state)
            steps = list(rules.steps(state))
            if all(step.is_fault for step in steps):
                check_rest(state)
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


def _stuck(parents: Parents, before: dict[State, list[State]], at_rest: list[State]) -> State | None:
    """Return the nearest state from which no fault-free history comes to rest."""
    fine = set(at_rest)
    waiting = deque(at_rest)
    while waiting:
        for state in before[waiting.popleft()]:
            if state not in fine:
                fine.add(state)
                waiting.append(state)
    return next((state for state in parents if state not in fine), None)


def _trace(parents: Parents, state: State) -> tuple[str, ...]:
    labels: list[str] = []
    while (parent := parents[state]) is not None:
        state, label = parent
        labels.append(label)
    return tuple(reversed(labels))
