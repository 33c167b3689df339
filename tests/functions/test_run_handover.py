"""A run whose time is used up hands over: checkpoint, release, dispatch, then `continued`."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from common.runtime.context import RunContext
from common.runtime.records import Kind, Status
from tests.support.queue import Queue, Taken, a_queue
from tests.support.stage import AT_TICK, TICK, Stage, staged
from tests.support.steps import STEPS


@pytest.fixture
def queue() -> Iterator[Queue]:
    """Lend a queue that takes continuations."""
    with a_queue() as queue:
        yield queue


@pytest.fixture
def stage(sqlite_url: str, redis_url: str, queue: Queue) -> Iterator[Stage]:
    """Serve a steps task that takes four minutes for a step and hands over to QUEUE."""
    with staged(database_url=sqlite_url, redis_url=redis_url, dispatch_url=queue.url) as stage:

        def four_minutes(ctx: RunContext, step: int) -> None:
            stage.now += timedelta(minutes=4)

        stage.before_each_step(four_minutes)
        yield stage


def test_a_chain_of_runs_ends_the_work_step_by_step(stage: Stage, queue: Queue) -> None:
    first = stage.ask(AT_TICK | {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}, {"steps": 10})
    second = stage.ask(queue.taken[0].headers, queue.taken[0].body)
    third = stage.ask(queue.taken[1].headers, queue.taken[1].body)

    assert [first.status, second.status, third.status] == [200, 200, 200]
    assert [first.body["status"], second.body["status"]] == ["continued", "continued"]
    assert (first.body["continuation"], second.body["continuation"]) == (f"{TICK}.c1", f"{TICK}.c2")
    assert third.body["counts"] == {"steps": 10, "now": 2}
    assert stage.steps == [str(step) for step in range(10)]
    assert queue.taken[0].path == "/steps"
    link = stage.record(f"{TICK}.c2")
    assert (link.kind, link.root, link.trace) == (Kind.CONTINUATION, TICK, "a" * 32)
    assert stage.lock_holder is None


def test_the_lock_is_free_and_the_checkpoint_stands_when_the_continuation_is_dispatched(
    stage: Stage, queue: Queue
) -> None:
    seen: list[object] = []

    class Watching:
        def dispatch(self, task: object, trigger: object) -> None:
            seen.extend([stage.lock_holder, stage.steps, stage.record().status])

    object.__setattr__(stage.parts, "dispatcher", Watching())

    stage.ask(parameters={"steps": 10})

    assert seen == [None, ["0", "1", "2", "3"], Status.RUNNING]
    assert stage.record().status is Status.CONTINUED


def test_a_tick_that_is_forced_again_hands_over_again(stage: Stage, queue: Queue) -> None:
    forced = {"X-CloudScheduler-ScheduleTime": "2026-11-03T15:00:00Z"}
    stage.before_each_step(lambda ctx, _: ctx.hand_over(STEPS))

    for _ in range(2):
        stage.ask(forced, {"steps": 1})
        stage.now += timedelta(minutes=1)

    asked = [headers_of(taken)["capitolscope-run"] for taken in queue.taken]
    assert asked == [
        "steps-h-steps-f-20261103T150000Z.1",
        "steps-h-steps-f-20261103T150000Z.20261103T130101000000Z.1",
    ]


def headers_of(taken: Taken) -> dict[str, str]:
    return {name.lower(): value for name, value in taken.headers.items()}


def test_a_failed_hand_over_is_interrupted_and_goes_on_when_asked_again(stage: Stage, queue: Queue) -> None:
    queue.status = 500
    first = stage.ask(parameters={"steps": 6})
    queue.status = 202
    stage.now += timedelta(minutes=1)

    second = stage.ask(parameters={"steps": 6})

    assert (first.status, first.body["status"]) == (503, "interrupted")
    assert "hand-over failed: dispatch:" in first.body["reason"]
    assert (second.status, second.body["status"], second.body["attempt"]) == (200, "succeeded", 2)
    assert stage.steps == ["0", "1", "2", "3", "4", "5"]


def test_without_a_queue_a_run_is_interrupted_and_goes_on_when_asked_again(
    sqlite_url: str, redis_url: str
) -> None:
    with staged(database_url=sqlite_url, redis_url=redis_url) as stage:
        stage.before_each_step(lambda _, step: turn(stage, step))

        first, second = stage.ask(), stage.ask()

        assert (first.status, second.status) == (503, 200)
        assert "set DISPATCH_URL" in first.body["reason"]
        assert stage.steps == ["0", "1", "2"]


def turn(stage: Stage, step: int) -> None:
    """Use up the request's time in the first step."""
    if step == 0:
        stage.now += timedelta(minutes=15)
