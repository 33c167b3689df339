"""The tables of a run's decisions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import product

import pytest

from common.errors import DependencyDown, DocumentMissing, LeaseLost, SourceChanged
from common.runtime import decide
from common.runtime.decide import Action, LockState, Settled
from common.runtime.records import Kind, RunRecord, Status
from common.runtime.stops import Skip, Terminated

NOW = datetime(2026, 11, 3, 13, 0, tzinfo=UTC)
RECORD = RunRecord("t-1", "t", "t", "t-1", Kind.SCHEDULED, Status.QUEUED, {}, NOW)
OPEN = set(Status) - decide.FINAL


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        (-60, (Kind.SCHEDULED, "t-20261103T130000Z")),
        (0, (Kind.SCHEDULED, "t-20261103T130000Z")),
        (5, (Kind.SCHEDULED, "t-20261103T130000Z")),
        (5.1, (Kind.FORCED, "t-f-20261103T130000Z")),
    ],
)
def test_a_tick_more_than_five_seconds_ahead_was_forced(ahead: float, expected: tuple[Kind, str]) -> None:
    assert decide.scheduled_id("t", NOW, NOW - timedelta(seconds=ahead)) == expected


def test_a_ticks_run_id_does_not_depend_on_the_zone_it_is_written_in() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=-5)))

    assert decide.scheduled_id("t", there, NOW) == decide.scheduled_id("t", NOW, NOW)


def test_run_ids_have_no_slash() -> None:
    ids = [
        decide.scheduled_id("t", NOW, NOW)[1],
        decide.keyed_id("t", "a/b"),
        decide.manual_id("t", "01ABC"),
        decide.continuation_id("t-1", 3),
        decide.started_over_root("t-f-1", NOW),
    ]

    assert "/" not in "".join(ids)
    assert ids[2:4] == ["t-m-01abc", "t-1.c3"]


def test_a_key_belongs_to_its_task() -> None:
    assert decide.keyed_id("t", "key") == decide.keyed_id("t", "key")
    assert decide.keyed_id("t", "key")[4:] != decide.keyed_id("u", "key")[4:]


def test_each_hand_over_has_a_number_of_its_own() -> None:
    assert decide.next_link(None) == 1
    assert decide.next_link({"link": 1}) == 2


def test_work_that_is_handed_over_again_is_another_run() -> None:
    ids = [decide.handover_id("n", "t-1", 2, shard, nth=nth) for shard in (None, "drain-1") for nth in (1, 2)]

    assert ids == ["n-h-t-1.2", "n-h-t-1.2-2", "n-h-t-1.2.drain-1", "n-h-t-1.2-2.drain-1"]


@pytest.mark.parametrize(
    ("holder", "state"),
    [
        (None, LockState.MINE),
        ("t-1/me", LockState.MINE),
        ("t-1/other", LockState.THIS_RUNS),
        ("t-1.c1/other", LockState.ANOTHERS),
        ("t-2/me", LockState.ANOTHERS),
    ],
)
def test_a_lock_says_whose_it_is(holder: str | None, state: LockState) -> None:
    assert decide.lock_state(holder, decide.lock_value("t-1", "me")) is state


@pytest.mark.parametrize(("status", "lock"), list(product(sorted(decide.FINAL), LockState)))
def test_a_final_record_is_the_answer_whoever_holds_the_lock(status: Status, lock: LockState) -> None:
    assert decide.next_action(replace(RECORD, status=status), lock, 5) is Action.ANSWER


@pytest.mark.parametrize("status", sorted(OPEN))
@pytest.mark.parametrize(
    ("lock", "attempt", "action"),
    [
        (LockState.UNASKED, 5, Action.WIN_LOCK),
        (LockState.MINE, 4, Action.WORK),
        (LockState.MINE, 5, Action.GIVE_UP),
        (LockState.THIS_RUNS, 1, Action.ASK_AGAIN),
        (LockState.ANOTHERS, 1, Action.ASK_AGAIN),
    ],
)
def test_an_open_record_is_worked_on_by_whoever_wins_its_lock(
    status: Status, lock: LockState, attempt: int, action: Action
) -> None:
    assert decide.next_action(replace(RECORD, status=status, attempt=attempt), lock, 5) is action


@pytest.mark.parametrize(("kind", "status", "attempt"), list(product(Kind, sorted(OPEN), (0, 1))))
def test_only_a_tick_that_never_began_is_skipped_for_an_overlap(
    kind: Kind, status: Status, attempt: int
) -> None:
    skips = (kind, status, attempt) == (Kind.SCHEDULED, Status.QUEUED, 0)

    action = decide.lock_busy(replace(RECORD, kind=kind, status=status, attempt=attempt))

    assert action is (Action.SKIP_OVERLAP if skips else Action.ASK_AGAIN)


def test_a_shard_is_never_skipped_for_an_overlap() -> None:
    assert decide.lock_busy(replace(RECORD, scope="t/7")) is Action.ASK_AGAIN


@pytest.mark.parametrize(("kind", "status"), list(product(Kind, Status)))
def test_only_a_forced_run_that_ended_starts_over(kind: Kind, status: Status) -> None:
    expected = kind is Kind.FORCED and status in decide.FINAL

    assert decide.may_start_over(replace(RECORD, status=status), kind) is expected


BEFORE = replace(RECORD, status=Status.RUNNING, attempt=1, fence=4)
WANTED = replace(BEFORE, status=Status.SUCCEEDED)
TAKEN_OVER = replace(BEFORE, attempt=2, fence=5)


@pytest.mark.parametrize(
    ("found", "lock_is_mine", "settled"),
    [
        (WANTED, True, Settled.LANDED),
        (WANTED, False, Settled.LANDED),
        (BEFORE, True, Settled.RETRY),
        (BEFORE, False, Settled.YIELD),
        (TAKEN_OVER, True, Settled.JUDGE_AGAIN),
        (TAKEN_OVER, False, Settled.YIELD),
        (replace(WANTED, fence=5), False, Settled.YIELD),
        (replace(WANTED, attempt=2), True, Settled.JUDGE_AGAIN),
    ],
)
def test_a_lost_answer_is_settled_by_attempt_and_fence(
    found: RunRecord, settled: Settled, *, lock_is_mine: bool
) -> None:
    assert decide.settle(found, BEFORE, WANTED, lock_is_mine=lock_is_mine) is settled


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Skip("closed"), Status.SKIPPED),
        (Terminated("now"), Status.INTERRUPTED),
        (LeaseLost("gone"), Status.INTERRUPTED),
        (DocumentMissing("404"), Status.FAILED_TRANSIENT),
        (DependencyDown("redis", "away"), Status.FAILED_TRANSIENT),
        (SourceChanged("other columns"), Status.FAILED_BUG),
        (ZeroDivisionError(), Status.FAILED_BUG),
    ],
)
def test_what_ended_the_work_decides_the_status(error: BaseException, status: Status) -> None:
    assert decide.ending(error) is status


def test_every_status_has_an_answer() -> None:
    assert set(decide.HTTP) == set(Status)
    assert {status for status, code in decide.HTTP.items() if code == 200} == decide.FINAL


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.FAILED_TRANSIENT, Status.FAILED_BUG}))
def test_only_a_failure_gives_up(status: Status) -> None:
    assert decide.outcome(status, attempt=5, attempts=5) is status


@pytest.mark.parametrize("status", [Status.FAILED_TRANSIENT, Status.FAILED_BUG])
def test_a_failure_gives_up_at_the_last_attempt_only(status: Status) -> None:
    assert decide.outcome(status, attempt=4, attempts=5) is status
    assert decide.outcome(status, attempt=5, attempts=5) is Status.GAVE_UP


@pytest.mark.parametrize(
    ("status", "lock", "dependency", "may"),
    [
        (Status.QUEUED, LockState.UNASKED, "redis", True),
        (Status.RUNNING, LockState.UNASKED, "redis", False),
        (Status.RUNNING, LockState.MINE, "database", True),
        (Status.SUCCEEDED, LockState.MINE, "database", False),
        (Status.QUEUED, LockState.MINE, "history", False),
    ],
)
def test_an_outage_is_recorded_where_it_may_be(
    status: Status, lock: LockState, dependency: str, *, may: bool
) -> None:
    assert decide.may_record_outage(replace(RECORD, status=status), lock, dependency) is may


@pytest.mark.parametrize(
    ("status", "holder", "done", "again"),
    [
        (Status.INTERRUPTED, None, True, True),
        (Status.QUEUED, None, True, True),
        (Status.INTERRUPTED, "t-1/other", True, False),
        (Status.INTERRUPTED, None, False, False),
        (Status.SUCCEEDED, None, True, False),
    ],
)
def test_a_run_that_nobody_asks_for_is_dispatched_again(
    status: Status, holder: str | None, *, done: bool, again: bool
) -> None:
    assert decide.dispatch_again(replace(RECORD, status=status), holder, caller_is_done=done) is again
