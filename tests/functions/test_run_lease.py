"""What a run does when its fence or its lock is no longer its own."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from flask import Flask, request

from common.runtime.context import RunContext
from common.runtime.database import SqlDatabase
from common.runtime.fence import take_fence
from common.runtime.records import Status
from common.runtime.runner import LAST_WORDS, run
from tests.support.stage import TICK, Stage
from tests.support.steps import StepsParameters, Taken


def once(act: Callable[[], object]) -> Callable[[RunContext, int], None]:
    """Return a hook that acts before step 1, the first time that it is reached."""
    left = [act]

    def before(ctx: RunContext, step: int) -> None:
        if step == 1 and left:
            left.pop()()

    return before


def test_a_run_that_still_holds_the_lock_fences_again_and_goes_on_from_its_checkpoint(stage: Stage) -> None:
    stage.before_each_step(once(lambda: take_fence(stage.engine, "steps")))

    answer = stage.ask()

    assert (answer.status, answer.body["attempt"]) == (200, 2)
    assert answer.body["counts"] == {"steps": 3, "now": 2}
    assert stage.record().fence == 3
    assert stage.steps == ["0", "1", "2"]


def test_a_run_that_lost_the_lock_to_nobody_is_interrupted(stage: Stage) -> None:
    def lose() -> None:
        take_fence(stage.engine, "steps")
        stage.drop_lock()

    stage.before_each_step(once(lose))

    answer, again = stage.ask(), stage.ask()

    assert (answer.status, answer.body["status"]) == (503, "interrupted")
    assert "another run holds it" in answer.body["reason"]
    assert (again.status, again.body["attempt"]) == (200, 2)
    assert stage.steps == ["0", "1", "2"]


def test_a_run_that_lost_the_lock_to_another_writes_nothing(stage: Stage) -> None:
    def lose() -> None:
        take_fence(stage.engine, "steps")
        stage.drop_lock()
        stage.hold_lock()

    stage.before_each_step(once(lose))

    answer = stage.ask()

    assert answer.status == 503
    assert stage.record().status is Status.RUNNING
    assert stage.steps == ["0"]
    assert stage.lock_holder == "steps-other/another-process"


def test_the_heartbeat_tells_a_run_that_its_lock_is_gone(stage: Stage) -> None:
    stage.task = replace(stage.task, heartbeat=timedelta(seconds=0.02), lock_ttl=timedelta(seconds=1))

    def lose() -> None:
        stage.drop_lock()
        stage.hold_lock()
        time.sleep(0.3)

    def before(ctx: RunContext, step: int) -> None:
        lose() if step == 0 else None

    stage.before_each_step(before)

    answer = stage.ask()

    assert answer.status == 503
    assert "went to another" in answer.body["error"]
    assert stage.steps == ["0"]


def test_the_heartbeat_keeps_the_lock_for_longer_than_its_ttl(stage: Stage) -> None:
    stage.task = replace(stage.task, heartbeat=timedelta(seconds=0.05), lock_ttl=timedelta(seconds=0.2))
    holders = []

    def wait(ctx: RunContext, step: int) -> None:
        time.sleep(0.2)
        holders.append(stage.lock_holder)

    stage.before_each_step(wait)

    answer = stage.ask()

    assert answer.status == 200
    assert {str(holder).partition("/")[0] for holder in holders} == {TICK}


def test_work_that_hangs_keeps_its_lock_no_longer_than_a_request_may_take(stage: Stage) -> None:
    stage.task = replace(
        stage.task,
        heartbeat=timedelta(seconds=0.05),
        lock_ttl=timedelta(seconds=0.2),
        timeout=timedelta(seconds=0.3),
    )
    holders = []

    def hang(ctx: RunContext) -> Taken:
        for _ in range(2):
            time.sleep(0.25)
            holders.append(stage.lock_holder is not None)
            time.sleep(0.25)
        return Taken(steps=0, now=0)

    stage.use_case = hang

    stage.ask()

    assert holders == [True, False]


def test_work_that_does_not_heed_its_deadline_is_interrupted_before_the_platform_answers(
    stage: Stage,
) -> None:
    task = replace(stage.task, timeout=LAST_WORDS + timedelta(seconds=0.1))

    def hang(ctx: RunContext) -> Taken:
        time.sleep(20)
        return Taken(steps=0, now=0)

    with Flask("here").test_request_context("/", method="POST"):  # in the main thread, as in the cloud
        answer = run(request, task, hang, StepsParameters, parts=lambda: stage.parts)

    told = answer.get_json()
    assert (answer.status_code, told["status"]) == (503, "interrupted")
    assert told["reason"] == "the work did not stop by itself"
    assert stage.lock_holder is None


def test_a_lock_lost_before_the_fence_was_taken_is_noticed(stage: Stage) -> None:
    class Slow(SqlDatabase):
        def take_fence(self, scope: str) -> int:
            stage.drop_lock()
            return super().take_fence(scope)

    stage.parts = replace(stage.parts, database=Slow(stage.engine))

    answer = stage.ask()

    assert answer.status == 503
    assert "before the fence" in answer.body["error"]
    assert (stage.record().status, stage.record().attempt) == (Status.QUEUED, 0)
    assert stage.steps == []
