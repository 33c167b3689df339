"""A run that does some of another task's work, over real HTTP: under that task's lock and fence, and never beside it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from common.db.tables import findings
from common.errors import SourceUnavailable
from common.runtime.context import DoneInPart, RunContext
from common.runtime.database import SqlDatabase
from common.runtime.fence import take_fence
from tests.support.stage import TICK, Stage
from tests.support.steps import STEPS, steps_taken

LENT = replace(STEPS, name="lent", job="lending", zone="America/New_York")


@dataclass(frozen=True, slots=True)
class Borrowed:
    """What the run saw of the other task."""

    zone: str
    holder: str
    checkpoint: int


def borrowing(
    before_writing: Callable[[RunContext], object] = lambda _: None,
) -> Callable[[RunContext], Borrowed]:
    """Return a use case that takes one step in the name of the other task."""

    def use_case(ctx: RunContext) -> Borrowed:
        with ctx.borrow(LENT) as lent:
            before_writing(lent)
            lent.breathe()
            with lent.transaction() as tx:
                now = lent.clock()
                row = {"rule": "step", "subject": lent.run_id, "detail": lent.scope}
                tx.execute(findings.insert().values(**row, first_seen=now, last_seen=now))
                lent.checkpoint(tx, "lent", {"token": lent.token})
        return Borrowed(lent.task.zone, lent.scope, (ctx.resume("lent") or {})["token"])

    return use_case


def test_a_run_works_under_the_other_task_s_lock_and_fence_and_gives_them_back(stage: Stage) -> None:
    holders = []
    stage.use_case = borrowing(lambda _: holders.append(stage.parts.lock.holder("lent")))

    answer = stage.ask()

    assert answer.body["counts"] == {"zone": "America/New_York", "holder": "lent", "checkpoint": 1}
    assert str(holders[0]).startswith(f"{TICK}/")
    assert stage.parts.lock.holder("lent") is None
    assert take_fence(stage.engine, "lent") == 2


def test_while_a_run_of_the_other_task_is_at_work_nothing_is_done(stage: Stage) -> None:
    stage.use_case = borrowing()
    stage.hold_lock("lent-other", "lent")

    answer = stage.ask()

    assert (answer.status, answer.body["status"]) == (503, "failed: transient")
    assert answer.body["error"] == "lent: a run of it is at work; this waits for its turn"
    assert steps_taken(stage.engine) == []


def test_what_a_process_of_the_same_run_held_when_it_died_is_taken_over(stage: Stage) -> None:
    stage.use_case = borrowing()
    stage.hold_lock(TICK, "lent")

    answer = stage.ask()

    assert answer.status == 200
    assert steps_taken(stage.engine) == [TICK]


def test_a_run_whose_borrowed_fence_was_passed_writes_nothing_and_begins_again(stage: Stage) -> None:
    passing = [lambda: take_fence(stage.engine, "lent")]
    stage.use_case = borrowing(lambda _: passing.pop()() if passing else None)

    answer = stage.ask()

    assert (answer.status, answer.body["attempt"]) == (200, 2)
    assert answer.body["counts"]["checkpoint"] == 3
    assert steps_taken(stage.engine) == [TICK]


def test_a_run_hears_that_its_borrowed_lock_went_to_another(stage: Stage) -> None:
    quick = replace(LENT, heartbeat=timedelta(seconds=0.02), lock_ttl=timedelta(seconds=1))

    def use_case(ctx: RunContext) -> None:
        with ctx.borrow(quick) as lent:
            value = stage.parts.lock.holder("lent") or ""
            stage.parts.lock.release("lent", value)
            stage.hold_lock("lent-other", "lent")
            for _ in range(200):
                lent.breathe()
                time.sleep(0.01)

    stage.use_case = use_case

    answer = stage.ask()

    assert (answer.status, answer.body["status"]) == (503, "failed: transient")
    assert "at work" in answer.body["error"]
    assert stage.record().attempt == 2


def test_a_lock_that_is_lost_before_the_fence_is_taken_is_another_s(stage: Stage) -> None:
    class Slow(SqlDatabase):
        """A database that issues the other task's fence so late that its lock has expired."""

        def take_fence(self, scope: str) -> int:
            if scope == "lent":
                stage.parts.lock.release("lent", stage.parts.lock.holder("lent") or "")
            return super().take_fence(scope)

    stage.parts = replace(stage.parts, database=Slow(stage.engine))
    stage.use_case = borrowing()

    answer = stage.ask()

    assert answer.body["error"] == "lent: a run of it is at work; this waits for its turn"
    assert steps_taken(stage.engine) == []


def test_a_run_that_is_done_in_part_ends_as_its_cause_would_and_keeps_what_it_counted(stage: Stage) -> None:
    def use_case(ctx: RunContext) -> None:
        raise DoneInPart({"done": 3}, SourceUnavailable("the House answers 503"))

    stage.use_case = use_case

    answer = stage.ask()

    assert (answer.status, answer.body["status"], answer.body["counts"]) == (
        503,
        "failed: transient",
        {"done": 3},
    )
    assert stage.record().error == "the House answers 503"
    assert stage.record().counts == {"done": 3}
