"""A chain of runs through this laptop's queue: hand-over, continuation, until the work is done, over real HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from common.errors import SourceUnavailable
from common.runtime.context import RunContext
from common.runtime.dispatch import Dispatcher
from common.runtime.records import Kind, Status
from common.runtime.trigger import Trigger
from common.tasks import Task
from local.queue import Queue
from tests.support.stage import TICK, Stage, staged

Functions = dict[str, Callable[[], str]]
CHAIN = [TICK, f"{TICK}.c1", f"{TICK}.c2"]
PATIENCE = 20.0  # seconds, far more than needed


@pytest.fixture
def functions() -> Functions:
    """Hold the functions that the queue knows."""
    return {}


@pytest.fixture
def queue(functions: Functions) -> Iterator[Queue]:
    """Serve this laptop's queue."""
    with Queue(functions, first_wait=0.05) as queue:
        yield queue


@pytest.fixture
def stage(sqlite_url: str, redis_url: str, queue: Queue, functions: Functions) -> Iterator[Stage]:
    """Serve a steps task that takes four minutes for a step, of fifteen that a request may take."""
    with staged(database_url=sqlite_url, redis_url=redis_url, dispatch_url=queue.url) as stage:
        functions["steps"] = lambda: f"http://127.0.0.1:{stage.port}"
        stage.before_each_step(lambda *_: take_four_minutes(stage))
        yield stage


def take_four_minutes(stage: Stage) -> None:
    stage.now += timedelta(minutes=4)


def assert_done_once(stage: Stage) -> None:
    """Ten steps stand in the database, taken by a chain of three runs that says so."""
    first, second, third = (stage.record(run_id) for run_id in CHAIN)
    assert stage.steps == [str(step) for step in range(10)]
    assert (first.status, first.continuation) == (Status.CONTINUED, second.run_id)
    assert (second.status, second.continuation) == (Status.CONTINUED, third.run_id)
    assert (third.status, third.kind) == (Status.SUCCEEDED, Kind.CONTINUATION)
    assert third.counts == {"steps": 10, "now": 2}
    assert len(stage.parts.history.recent()) == 3
    assert stage.lock_holder is None


def test_the_queue_leads_a_long_task_through_its_continuations_to_its_end(stage: Stage, queue: Queue) -> None:
    first = stage.ask(parameters={"steps": 10})
    queue.wait_until_idle(PATIENCE)

    assert (first.status, first.body["status"]) == (200, "continued")
    assert_done_once(stage)
    assert sorted((asked.run_id, asked.status) for asked in queue.asked) == [(CHAIN[1], 200), (CHAIN[2], 200)]


def test_a_continuation_that_fails_is_asked_for_again_and_goes_on(stage: Stage, queue: Queue) -> None:
    tried: list[str] = []

    def fail_once(ctx: RunContext, step: int) -> None:
        tried.append(ctx.run_id)
        if tried.count(CHAIN[1]) == 1:
            raise SourceUnavailable("away for a moment")
        take_four_minutes(stage)

    stage.before_each_step(fail_once)

    stage.ask(parameters={"steps": 10})
    queue.wait_until_idle(PATIENCE)

    assert_done_once(stage)
    assert stage.record(CHAIN[1]).attempt == 2
    assert [asked.status for asked in queue.asked if asked.run_id == CHAIN[1]] == [503, 200]


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Another run wins the lock before the first continuation asks for it."""

    stage: Stage
    dispatcher: Dispatcher

    def dispatch(self, task: Task, trigger: Trigger) -> None:
        if trigger.run_id == CHAIN[1]:
            self.stage.hold_lock()
        self.dispatcher.dispatch(task, trigger)


def test_a_continuation_waits_for_a_lock_that_another_run_holds(stage: Stage, queue: Queue) -> None:
    stage.parts = replace(stage.parts, dispatcher=Overtaken(stage, stage.parts.dispatcher))

    stage.ask(parameters={"steps": 10})
    with pytest.raises(TimeoutError, match=CHAIN[1]):
        queue.wait_until_idle(0.2)
    stage.drop_lock()
    queue.wait_until_idle(PATIENCE)

    assert_done_once(stage)
    assert {asked.status for asked in queue.asked if asked.run_id == CHAIN[1]} == {503, 200}


@dataclass(frozen=True, slots=True)
class Twice:
    """Dispatches everything twice, as a process does that did not hear the first answer."""

    dispatcher: Dispatcher

    def dispatch(self, task: Task, trigger: Trigger) -> None:
        for _ in range(2):
            self.dispatcher.dispatch(task, trigger)


def test_a_continuation_that_is_dispatched_twice_is_asked_for_once(stage: Stage, queue: Queue) -> None:
    stage.parts = replace(stage.parts, dispatcher=Twice(stage.parts.dispatcher))

    stage.ask(parameters={"steps": 10})
    queue.wait_until_idle(PATIENCE)

    assert_done_once(stage)
    assert sorted(asked.run_id for asked in queue.asked) == CHAIN[1:]
