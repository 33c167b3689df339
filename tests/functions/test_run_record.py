"""One test per row of the record table, and the lock's, over real HTTP."""

from dataclasses import replace
from datetime import timedelta

import pytest

from common.runtime.records import Kind, Status
from common.runtime.task_state import pause, resume
from common.runtime.trigger import ROOT, RUN, SHARD
from tests.support.stage import AT_TICK, NOW, TICK, Stage


def test_an_unknown_tick_runs_and_is_recorded(stage: Stage) -> None:
    answer = stage.ask(AT_TICK | {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}, {"steps": 2})

    assert answer.status == 200
    assert answer.body == {
        "run_id": TICK,
        "status": "succeeded",
        "attempt": 1,
        "reason": None,
        "error": None,
        "counts": {"steps": 2, "now": 2},
        "continuation": None,
    }
    record = stage.record()
    assert (record.kind, record.fence, record.trace) == (Kind.SCHEDULED, 1, "a" * 32)
    assert (record.due, record.started_at, record.finished_at) == (NOW - timedelta(seconds=1), NOW, NOW)
    assert record.parameters == {"steps": 2}
    assert stage.steps == ["0", "1"]
    assert stage.lock_holder is None


def test_a_queued_run_goes_on(stage: Stage) -> None:
    stage.seed(Status.QUEUED)

    answer = stage.ask()

    assert (answer.status, answer.body["attempt"]) == (200, 1)
    assert stage.steps == ["0", "1", "2"]


def test_a_running_run_whose_lock_is_held_by_its_other_process_is_left_alone(stage: Stage) -> None:
    seeded = stage.seed(Status.RUNNING, attempt=1, fence=1)
    holder = stage.hold_lock(TICK)

    answer = stage.ask()

    assert answer.status == 503
    assert stage.record() == seeded
    assert stage.lock_holder == holder
    assert stage.steps == []


@pytest.mark.parametrize(
    "status",
    [Status.RUNNING, Status.INTERRUPTED, Status.FAILED_TRANSIENT, Status.FAILED_BUG],
)
def test_an_open_run_whose_lock_is_free_goes_on_from_its_checkpoint(stage: Stage, status: Status) -> None:
    stage.ask(parameters={"steps": 2})
    left = replace(stage.record(), status=status, error="what happened", parameters={"steps": 4})
    stage.parts.history.replace(stage.stored(), left)

    answer = stage.ask(parameters={"steps": 4})

    assert answer.status == 200
    assert answer.body["attempt"] == 2
    assert answer.body["counts"] == {"steps": 4, "now": 2}
    assert (stage.record().fence, stage.record().error) == (2, None)
    assert stage.steps == ["0", "1", "2", "3"]


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.SKIPPED, Status.CONTINUED, Status.GAVE_UP])
def test_a_finished_run_is_answered_with_its_stored_outcome(stage: Stage, status: Status) -> None:
    seeded = stage.seed(status, attempt=1, reason="as it was", counts={"steps": 7})
    stage.hold_lock()

    answer = stage.ask()

    assert answer.status == 200
    assert answer.body["status"] == status
    assert answer.body["counts"] == {"steps": 7}
    assert stage.record() == seeded
    assert stage.steps == []


@pytest.mark.parametrize("status", [Status.RUNNING, Status.INTERRUPTED, Status.FAILED_BUG])
def test_a_run_without_attempts_left_gives_up(stage: Stage, status: Status) -> None:
    stage.seed(status, attempt=5, error="IndexError: again")

    answer = stage.ask()

    assert (answer.status, answer.body["status"]) == (200, "failed: gave up")
    assert answer.body["attempt"] == 5
    assert stage.lock_holder is None
    assert any('"ERROR"' in line and "task.finished" in line for line in stage.lines)


def test_a_run_that_ended_while_its_lock_was_being_won_is_answered_as_it_ended(stage: Stage) -> None:
    stage.seed(Status.RUNNING, attempt=1, fence=0)
    stage.parts = replace(stage.parts, lock=EndsMeanwhile(stage))  # type: ignore[arg-type]

    answer = stage.ask()

    assert (answer.status, answer.body["status"]) == (200, "succeeded")
    assert stage.steps == []
    assert stage.lock_holder is None


class EndsMeanwhile:
    """The real lock; the run's other process writes its outcome just before this one wins it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._lock = stage.parts.lock

    def acquire(self, scope: str, value: str, ttl_seconds: float) -> str | None:
        ended = replace(self._stage.record(), status=Status.SUCCEEDED)
        self._stage.parts.history.replace(self._stage.stored(), ended)
        return self._lock.acquire(scope, value, ttl_seconds)

    def __getattr__(self, name: str) -> object:
        return getattr(self._lock, name)


def test_a_tick_that_never_began_is_skipped_while_another_run_holds_the_lock(stage: Stage) -> None:
    holder = stage.hold_lock()

    answer = stage.ask()

    assert (answer.status, answer.body["status"], answer.body["reason"]) == (200, "skipped", "overlap")
    assert stage.record().status is Status.SKIPPED
    assert stage.lock_holder == holder


def test_a_tick_that_began_waits_while_another_run_holds_the_lock(stage: Stage) -> None:
    seeded = stage.seed(Status.INTERRUPTED, attempt=1)
    stage.hold_lock()

    answer = stage.ask()

    assert answer.status == 503
    assert stage.record() == seeded


@pytest.mark.parametrize(
    ("headers", "run_id"),
    [
        ({"X-CloudScheduler-ScheduleTime": "2026-11-03T14:00:00Z"}, "steps-f-20261103T140000Z"),
        ({"Idempotency-Key": "a key"}, "steps-k-c775ed356909a442a684"),
        ({RUN: f"{TICK}.c1", ROOT: TICK}, f"{TICK}.c1"),
        ({RUN: "steps-m-handed-over"}, "steps-m-handed-over"),
        ({RUN: "steps-m-shard", SHARD: "0-9"}, "steps-m-shard"),
    ],
    ids=["forced", "keyed", "continuation", "hand-over", "shard"],
)
def test_anything_but_a_tick_waits_while_another_run_holds_the_lock(
    stage: Stage, headers: dict[str, str], run_id: str
) -> None:
    stage.hold_lock(scope="steps/0-9" if SHARD in headers else "steps")

    answer = stage.ask(headers)

    assert answer.status == 503
    assert (stage.record(run_id).status, stage.record(run_id).attempt) == (Status.QUEUED, 0)


def test_a_manual_run_waits_while_another_run_holds_the_lock(stage: Stage) -> None:
    stage.hold_lock()

    answer = stage.ask({})

    assert answer.status == 503
    (record,) = stage.parts.history.recent(task="steps")
    assert (record.kind, record.status) == (Kind.MANUAL, Status.QUEUED)


def test_runs_of_two_shards_do_not_wait_for_each_other(stage: Stage) -> None:
    stage.hold_lock(scope="steps/0")

    answer = stage.ask({RUN: "steps-m-1", SHARD: "1"})

    assert answer.status == 200
    assert stage.record("steps-m-1").scope == "steps/1"


def test_one_key_with_other_parameters_is_a_conflict(stage: Stage) -> None:
    key = {"Idempotency-Key": "once"}
    stage.ask(key, {"steps": 1})

    same, other = stage.ask(key, {"steps": 1}), stage.ask(key, {"steps": 2})

    assert (same.status, other.status) == (200, 409)
    assert "other parameters" in other.body["error"]
    assert stage.steps == ["0"]


def test_one_run_as_two_shards_is_a_conflict(stage: Stage) -> None:
    stage.hold_lock(scope="steps/0")

    first = stage.ask({RUN: "steps-m-1", SHARD: "0"})
    other = stage.ask({RUN: "steps-m-1", SHARD: "1"})

    assert (first.status, other.status) == (503, 409)
    assert stage.steps == []


def test_a_tick_may_be_forced_again_once_it_has_ended(stage: Stage) -> None:
    forced = {"X-CloudScheduler-ScheduleTime": "2026-11-03T15:00:00Z"}
    first = stage.ask(forced, {"steps": 2})
    stage.now += timedelta(minutes=1)

    second = stage.ask(forced, {"steps": 3})

    assert first.body["run_id"] == second.body["run_id"]
    assert second.body["counts"] == {"steps": 3, "now": 3}
    assert stage.steps == ["0", "1", "0", "1", "2"]


def test_a_paused_task_is_skipped(stage: Stage) -> None:
    pause(stage.parts.history, "steps", "the House is closed", NOW)

    answer = stage.ask()

    assert (answer.status, answer.body["status"], answer.body["reason"]) == (200, "skipped", "paused")
    assert stage.steps == []


def test_the_rest_of_a_chain_waits_until_its_task_is_resumed(stage: Stage) -> None:
    rest = {RUN: f"{TICK}.c1", ROOT: TICK}
    pause(stage.parts.history, "steps", "the House is closed", NOW)

    paused = stage.ask(rest)
    resume(stage.parts.history, "steps")
    resumed = stage.ask(rest)

    assert (paused.status, "is paused" in paused.body["error"]) == (503, True)
    assert (resumed.status, resumed.body["counts"]) == (200, {"steps": 3, "now": 3})


def test_a_record_that_vanished_is_asked_for_again(stage: Stage) -> None:
    stage.seed(Status.INTERRUPTED, attempt=1)
    stage.parts = replace(stage.parts, history=Vanishing(stage.parts.history))  # type: ignore[arg-type]

    answer = stage.ask()

    assert answer.status == 503
    assert "is gone" in answer.body["error"]


class Vanishing:
    """A history whose record expires between two reads."""

    def __init__(self, history: object) -> None:
        self._history = history

    def read(self, run_id: str) -> None:
        return None

    def __getattr__(self, name: str) -> object:
        return getattr(self._history, name)
