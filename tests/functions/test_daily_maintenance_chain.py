"""daily_maintenance with more to do than one request may take, or ended in the midst of it: each step is taken once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from common.errors import LeaseLost, SourceUnavailable
from common.ops.maintenance import housekeeping
from common.ops.maintenance.maintain import Maintained
from common.ops.maintenance.steps import Step, take
from common.runtime.context import OutOfTime, RunContext
from common.runtime.stops import Terminated
from local.standins.site import Reply
from tests.support.queue import Queue, a_queue
from tests.support.served import Answered, ask
from tests.support.stage import AT_TICK, Stage, staged
from tests.support.syncing import FIRST, OLD, an_entry, syncing

MANY = [an_entry(100 + n) for n in range(20)]
LONGEST_CHAIN = 10


@pytest.fixture
def queue() -> Iterator[Queue]:
    """Lend a queue that takes continuations."""
    with a_queue() as queue:
        yield queue


def follow(port: int, queue: Queue, first: Answered, path: str = "/") -> list[Answered]:
    """Return the answers of the whole chain that began with FIRST."""
    answers = [first]
    while answers[-1].body["status"] == "continued" and len(answers) < LONGEST_CHAIN:
        link = next(taken for taken in reversed(queue.taken) if ".c" in taken.headers["Capitolscope-Run"])
        answers.append(ask(port, link.body, link.headers, path=path, timeout=60))
    return answers


def test_a_long_night_is_done_by_a_chain_of_runs_and_no_step_is_taken_twice(
    peopled_sqlite_url: str, redis_url: str, queue: Queue
) -> None:
    with syncing(peopled_sqlite_url, redis_url, dispatch_url=queue.url) as sync:
        assert sync.baseline().status == 200
        sync.asked()

        def later(reply: Reply) -> Reply:
            sync.now += timedelta(minutes=1.5)
            return reply

        sync.serve(OLD, FIRST, *MANY)
        sync.house.arm(later, path="*.pdf", times=1000)

        answers = follow(sync.port, queue, sync.maintain(), "/daily_maintenance")

        steps = answers[-1].body["counts"]["steps"]
        did = steps["reconcile"]["did"]["house"]
        assert len(answers) > 2
        assert {answer.body["status"] for answer in answers[:-1]} == {"continued"}
        assert (answers[-1].status, did["new"], did["stored"], did["indexed"]) == (200, 20, 20, 22)
        assert steps["reconcile"]["seconds"] >= 20 * 90
        assert steps["retry"]["began_at"] < steps["reread"]["began_at"]
        assert len([path for path in sync.asked() if path.endswith(".pdf")]) < 20 + 4 * len(answers)


@dataclass(frozen=True, slots=True)
class Did:
    """How often the step was taken."""

    times: int


class Night:
    """Three steps of our own, a, b and c; what befalls one is told by its name."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.befalls: dict[str, list[BaseException]] = {}

    def use_case(self, ctx: RunContext) -> Maintained:
        return Maintained(take(ctx, [Step(name, self._work(name)) for name in "abc"]))

    def _work(self, name: str) -> Callable[[RunContext], Did]:
        def work(ctx: RunContext) -> Did:
            self.taken.append(name)
            before = (ctx.resume("times") or {"times": 0})["times"]
            with ctx.transaction() as tx:
                ctx.checkpoint(tx, "times", {"times": before + 1})
            if self.befalls.get(name):
                raise self.befalls[name].pop(0)
            return Did(before + 1)

        return work


@pytest.fixture
def night() -> Night:
    return Night()


@pytest.fixture
def stage(sqlite_url: str, redis_url: str, queue: Queue, night: Night) -> Iterator[Stage]:
    """Serve the three steps."""
    with staged(database_url=sqlite_url, redis_url=redis_url, dispatch_url=queue.url) as stage:
        stage.use_case = night.use_case
        yield stage


def test_a_continuation_goes_on_with_the_step_that_time_ran_out_in(
    stage: Stage, night: Night, queue: Queue
) -> None:
    night.befalls["b"] = [OutOfTime("enough")]

    answers = follow(stage.port, queue, stage.ask())

    assert [answer.body["status"] for answer in answers] == ["continued", "succeeded"]
    assert night.taken == ["a", "b", "b", "c"]
    steps = answers[-1].body["counts"]["steps"]
    assert {name: step["did"]["times"] for name, step in steps.items()} == {"a": 1, "b": 2, "c": 1}


def test_a_process_that_is_ended_leaves_what_is_done_and_the_next_goes_on(stage: Stage, night: Night) -> None:
    night.befalls["b"] = [Terminated("the platform ends this process")]

    answer, again = stage.ask(), stage.ask()

    assert (answer.status, answer.body["status"], again.status) == (503, "interrupted", 200)
    assert night.taken == ["a", "b", "b", "c"]


def test_a_run_that_lost_its_fence_in_a_step_begins_that_step_again(stage: Stage, night: Night) -> None:
    night.befalls["b"] = [LeaseLost("the fence has passed")]

    answer = stage.ask()

    assert (answer.status, answer.body["attempt"]) == (200, 2)
    assert night.taken == ["a", "b", "b", "c"]


def test_a_step_that_failed_is_taken_again_at_the_end_of_the_next_run_and_not_instead_of_the_others(
    stage: Stage, night: Night, queue: Queue
) -> None:
    night.befalls = {"a": [SourceUnavailable("away")], "b": [OutOfTime("enough")]}

    answers = follow(stage.port, queue, stage.ask())

    assert [answer.status for answer in answers] == [200, 200]
    assert night.taken == ["a", "b", "b", "c", "a"]
    assert answers[-1].body["counts"]["steps"]["a"]["status"] == "succeeded"


def test_what_fails_again_and_again_is_given_up_after_the_registry_s_attempts(
    stage: Stage, night: Night
) -> None:
    night.befalls["a"] = [SourceUnavailable("away") for _ in range(9)]

    answers = [stage.ask() for _ in range(6)]

    assert [answer.status for answer in answers] == [503, 503, 503, 503, 200, 200]
    assert answers[-1].body["status"] == "failed: gave up"
    assert night.taken == ["a", "b", "c", "a", "a", "a", "a"]
    assert answers[-1].body["counts"]["steps"]["c"]["status"] == "succeeded"


def test_what_a_step_failed_of_is_counted_without_an_address(stage: Stage, night: Night) -> None:
    night.befalls["a"] = [ValueError("no row of kyle@example.org")]

    answer = stage.ask()

    assert answer.body["counts"]["steps"]["a"]["error"] == "ValueError: no row of ***@***"


def test_another_night_begins_anew(stage: Stage, night: Night) -> None:
    stage.ask()
    stage.now += timedelta(days=1)

    stage.ask(AT_TICK | {"X-CloudScheduler-ScheduleTime": "2026-11-04T13:00:00Z"})

    assert night.taken == ["a", "b", "c"] * 2


def test_how_far_a_step_is_counts_as_a_part_of_the_whole(stage: Stage) -> None:
    seen: list[tuple[int, int]] = []

    def work(ctx: RunContext) -> Did:
        stage.now += timedelta(minutes=1)  # progress is written at most every 10 s
        ctx.progress(1, 4)
        seen.append(tuple(stage.record().progress.values()))  # type: ignore[arg-type]
        return Did(1)

    stage.use_case = lambda ctx: Maintained(take(ctx, [Step(name, work) for name in "ab"]))

    stage.ask()

    assert seen == [(25, 200), (125, 200)]


def test_tables_that_were_counted_are_not_counted_again_by_the_same_chain(stage: Stage, queue: Queue) -> None:
    stage.use_case = lambda ctx: Maintained(take(ctx, [Step("analyze", housekeeping.analyze)]))
    seen: list[str] = []

    def a_minute_each(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("ANALYZE"):
            seen.append(statement)
            stage.now += timedelta(minutes=1)

    event.listen(stage.engine, "after_cursor_execute", a_minute_each)

    answers = follow(stage.port, queue, stage.ask())

    assert len(answers) > 2
    assert answers[-1].body["counts"]["steps"]["analyze"]["did"]["tables"] == len(seen) == len(set(seen))
