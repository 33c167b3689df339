"""Redis, history or the database is away: 503 within 10 s, recorded where it can be; and answers that get lost."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from common.db.engine import make_engine
from common.errors import DependencyDown
from common.runtime.context import RunContext
from common.runtime.database import SqlDatabase
from common.runtime.history_sql import SqlHistory
from common.runtime.lock import RedisLock
from common.runtime.records import History, Lock, RunRecord, Status, Stored
from local.services.server import free_port
from tests.support.served import Answered
from tests.support.settings import some_settings
from tests.support.silent import silent_server
from tests.support.stage import TICK, Stage


@pytest.fixture(params=["closed", "silent"])
def dead_port(request: pytest.FixtureRequest) -> Iterator[int]:
    """Lend a port where nobody listens, then one where somebody does and says nothing."""
    if request.param == "closed":
        yield free_port()
    else:
        with silent_server() as port:
            yield port


@contextmanager
def dead_database(port: int) -> Iterator[SqlDatabase]:
    engine = make_engine(some_settings(database_url=f"postgresql+pg8000://nobody@127.0.0.1:{port}/nothing"))
    yield SqlDatabase(engine)
    engine.dispose()


def ask_in_time(stage: Stage) -> Answered:
    began = time.monotonic()
    answer = stage.ask()
    assert time.monotonic() - began < 10
    return answer


def test_a_dead_redis_is_recorded_and_asked_again(stage: Stage, dead_port: int) -> None:
    alive = stage.parts
    stage.parts = replace(alive, lock=RedisLock.at(f"redis://127.0.0.1:{dead_port}/0"))

    first, second = ask_in_time(stage), ask_in_time(stage)
    stage.parts = alive
    third = stage.ask()

    assert (first.status, first.body["status"]) == (503, "failed: transient")
    assert first.body["error"].startswith("redis: ")
    assert second.status == 503
    assert (third.status, third.body["attempt"]) == (200, 1)


def test_a_dead_database_is_recorded_and_asked_again(stage: Stage, dead_port: int) -> None:
    alive = stage.parts
    with dead_database(dead_port) as dead:
        stage.parts = replace(alive, database=dead)

        first = ask_in_time(stage)

    stage.parts = alive
    assert (first.status, first.body["status"]) == (503, "failed: transient")
    assert first.body["error"].startswith("database: ")
    assert stage.lock_holder is None
    assert stage.ask().status == 200


def test_a_dead_history_is_asked_again(stage: Stage, dead_port: int) -> None:
    alive = stage.parts
    with dead_database(dead_port) as dead:
        stage.parts = replace(alive, history=SqlHistory(dead.engine))

        answer = ask_in_time(stage)

    stage.parts = alive
    assert answer.status == 503
    assert answer.body["error"].startswith("history: ")
    assert stage.lock_holder is None
    assert stage.ask().status == 200


def test_a_database_that_dies_in_the_work_is_recorded(stage: Stage) -> None:
    def die(ctx: RunContext, step: int) -> None:
        if step == 1:
            raise DependencyDown("database", "did not answer")

    stage.before_each_step(die)

    answer = stage.ask()

    assert (answer.status, answer.body["status"]) == (503, "failed: transient")
    assert stage.steps == ["0"]


@dataclass
class Stuttering:
    """A history whose changes to STATUS fail as often as TIMES: written, or not, but never answered."""

    real: History
    status: Status
    is_written: bool
    times: int = 1

    def replace(self, stored: Stored, record: RunRecord) -> Stored:
        if record.status is not self.status or not self.times:
            return self.real.replace(stored, record)
        self.times -= 1
        if self.is_written:
            self.real.replace(stored, record)
        raise DependencyDown("history", "no answer")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@pytest.mark.parametrize("is_written", [True, False], ids=["written", "not written"])
@pytest.mark.parametrize("status", [Status.RUNNING, Status.SUCCEEDED])
def test_a_change_that_was_not_answered_is_read_back(
    stage: Stage, status: Status, *, is_written: bool
) -> None:
    stage.parts = replace(stage.parts, history=Stuttering(stage.parts.history, status, is_written))

    answer = stage.ask()

    assert (answer.status, answer.body["status"], answer.body["attempt"]) == (200, "succeeded", 1)
    assert stage.record().status is Status.SUCCEEDED
    assert stage.steps == ["0", "1", "2"]


def test_a_history_that_takes_no_change_is_asked_again(stage: Stage) -> None:
    alive = stage.parts
    stuttering = Stuttering(alive.history, Status.SUCCEEDED, is_written=False, times=2)
    stage.parts = replace(alive, history=stuttering)

    first, second = stage.ask(), stage.ask()

    assert (first.status, second.status) == (503, 200)
    assert second.body["counts"] == {"steps": 3, "now": 0}


def test_a_history_that_was_silent_for_long_is_not_read_back(stage: Stage) -> None:
    class Slow(Stuttering):
        def replace(self, stored: Stored, record: RunRecord) -> Stored:
            try:
                return super().replace(stored, record)
            except DependencyDown:
                stage.now = stage.now.replace(minute=1)
                raise

    slow = Slow(stage.parts.history, Status.SUCCEEDED, is_written=True)
    stage.parts = replace(stage.parts, history=slow)

    first, second = stage.ask(), stage.ask()

    assert (first.status, second.status) == (503, 200)


def test_a_lost_progress_report_does_not_spoil_the_outcome(stage: Stage) -> None:
    stuttering = Stuttering(stage.parts.history, Status.RUNNING, is_written=True, times=2)
    stage.parts = replace(stage.parts, history=stuttering)

    answer = stage.ask()

    assert (answer.status, answer.body["status"]) == (200, "succeeded")


@dataclass
class Meddled:
    """A history in which somebody else changes the record right before this process sets it to STATUS."""

    stage: Stage
    real: History
    status: Status
    change: dict[str, Any]
    is_done: bool = False

    def replace(self, stored: Stored, record: RunRecord) -> Stored:
        if record.status is self.status and not self.is_done:
            self.is_done = True
            found = self.real.read(record.run_id)
            assert found is not None
            if self.change.pop("steal", False):
                self.stage.drop_lock()
                self.stage.hold_lock(TICK)
            self.real.replace(found, replace(found.record, **self.change))
        return self.real.replace(stored, record)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def meddle(stage: Stage, at: Status, **change: Any) -> None:
    meddled = Meddled(stage, stage.parts.history, at, change)
    stage.parts = replace(stage.parts, history=meddled)


def test_a_tick_that_its_creator_skipped_meanwhile_stays_skipped(stage: Stage) -> None:
    meddle(stage, Status.RUNNING, status=Status.SKIPPED, reason="overlap")

    answer = stage.ask()

    assert (answer.status, answer.body["status"]) == (200, "skipped")
    assert stage.steps == []


def test_a_run_that_failed_meanwhile_is_begun_all_the_same(stage: Stage) -> None:
    meddle(stage, Status.RUNNING, status=Status.FAILED_TRANSIENT)

    answer = stage.ask()

    assert (answer.status, answer.body["status"], answer.body["attempt"]) == (200, "succeeded", 1)


def test_an_outcome_is_not_written_over_that_of_the_process_which_took_over(stage: Stage) -> None:
    meddle(stage, Status.SUCCEEDED, attempt=2, fence=9, steal=True)

    answer = stage.ask()

    assert answer.status == 503
    assert (stage.record().status, stage.record().attempt) == (Status.RUNNING, 2)


@dataclass
class Fading:
    """A lock whose server dies after it was won."""

    real: Lock

    def holder(self, scope: str) -> str | None:
        raise DependencyDown("redis", "no answer")

    def release(self, scope: str, value: str) -> bool:
        raise DependencyDown("redis", "no answer")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def test_a_redis_that_dies_after_the_lock_was_won_is_recorded(stage: Stage) -> None:
    stage.parts = replace(stage.parts, lock=Fading(stage.parts.lock))

    answer = stage.ask()

    assert (answer.status, answer.body["status"]) == (503, "failed: transient")
    assert answer.body["error"].startswith("redis: ")
