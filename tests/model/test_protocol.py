"""The runner, put through everything that can happen in a small world; and the same with its safeguards taken away."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from common.errors import DependencyDown
from common.runtime import decide
from common.runtime.context import RunContext
from common.runtime.decide import Action
from common.runtime.keeper import Keeper
from common.runtime.records import Kind, RunRecord, Status
from common.runtime.trigger import Trigger
from tests.support.model.explore import Explored, explore
from tests.support.model.state import Caller, State
from tests.support.model.tape import ModelRun
from tests.support.model.world import ASKS, Rules

pytestmark = pytest.mark.no_cover  # the same lines over and over


def a_world(*ticks: str, faults: int, timeouts: int = 0) -> State:
    callers = tuple((tick, Caller(tick, ASKS)) for tick in ticks)
    return State(callers=callers, faults=faults, timeouts=timeouts)


WORLDS = {
    "one tick and two faults": a_world("t1", faults=2),
    "two ticks and a fault": a_world("t1", "t2", faults=1),
    "a chain of two and a fault": a_world("t1", faults=1, timeouts=1),
    "a chain of three": a_world("t1", faults=0, timeouts=2),
}


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_no_history_breaks_a_promise(world: State, record_property: Callable[[str, object], None]) -> None:
    explored = explore(Rules(), world)

    record_property("states", explored.states)
    assert explored.broken is None, str(explored)
    assert explored.states > 100


class NoFenceCheck(Rules):
    """The database takes every write."""

    def fence_holds(self, current: int, token: int) -> bool:
        return True


class UnconditionalChanges(Rules):
    """History takes every change of a record."""

    def mark_holds(self, stored: int, presented: int) -> bool:
        return True


class AnybodyReleases(Rules):
    """A release deletes the lock without comparing its value."""

    def may_release(self, holder: str | None, value: str) -> bool:
        return True


class HastyRun(ModelRun):
    """Hands over without committing the continuation's number first."""

    def _next_link(self, context: RunContext) -> Trigger:
        link = decide.next_link(context.resume("chain"))
        run_id = decide.continuation_id(context.root, link)
        return replace(self.trigger, kind=Kind.CONTINUATION, run_id=run_id, root=context.root)


class HandOverBeforeCheckpoint(Rules):
    make_run = HastyRun


class ForgetfulKeeper(Keeper):
    """Takes a change that was not answered for one that was not made, and records the failure."""

    def change(self, **fields: Any) -> RunRecord:
        try:
            self._stored = self._history.replace(self._stored, replace(self.record, **fields))
        except DependencyDown as down:
            self.read_again()
            return self.change(status=Status.FAILED_TRANSIENT, error=str(down))
        return self.record


class ForgetfulRun(ModelRun):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.keeper = ForgetfulKeeper(self.parts.history, self.lease, self.parts.clock)


class LostAnswersAreFailures(Rules):
    make_run = ForgetfulRun


def assert_breaks(explored: Explored, promise: str) -> None:
    assert explored.broken is not None
    assert promise in explored.broken, str(explored)
    assert "is asked for" in explored.trace[0]
    assert explored.trace[-1].startswith("=>")


def test_a_missing_fence_check_is_found() -> None:
    explored = explore(NoFenceCheck(), WORLDS["one tick and two faults"])

    assert_breaks(explored, "wrote with fence 1, after 2 was issued")


def test_unconditional_changes_of_a_record_are_found() -> None:
    explored = explore(UnconditionalChanges(), WORLDS["one tick and two faults"])

    assert_breaks(explored, "was overwritten")


def test_a_lock_that_anybody_releases_is_found() -> None:
    explored = explore(AnybodyReleases(), WORLDS["one tick and two faults"])

    assert_breaks(explored, "though its lease had not ended")


def test_an_overlap_that_skips_a_run_which_had_begun_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "lock_busy", lambda _: Action.SKIP_OVERLAP)

    explored = explore(Rules(), WORLDS["two ticks and a fault"])

    assert_breaks(explored, "was skipped after it had begun")


def test_a_hand_over_before_its_checkpoint_is_found() -> None:
    explored = explore(HandOverBeforeCheckpoint(), WORLDS["a chain of three"])

    assert_breaks(explored, "the rest of the work of t1 was lost")


def test_a_lost_answer_taken_for_a_failure_is_found() -> None:
    explored = explore(LostAnswersAreFailures(), WORLDS["one tick and two faults"])

    assert_breaks(explored, "was overwritten with failed: transient")
