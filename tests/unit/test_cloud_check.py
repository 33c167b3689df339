"""What the simulation's checker says when something is planted in what it is shown."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from common.runtime.records import Kind, RunRecord, Status
from common.tasks import TASKS
from local.cloud.calls import Plan, plan
from local.cloud.check import Expected, Wrong, check, forced_id
from local.cloud.evidence import Evidence, Finished, Started, Told

BEGINS = datetime(2026, 2, 2, 12, 50, tzinfo=UTC)
PLAN: Plan = plan(TASKS.values(), BEGINS, BEGINS + timedelta(hours=2, minutes=11), faults=True)
BASELINE = "congressional_sync-m-01k0000000000000000000000"
NEWS = {"20990101": BEGINS, "20990102": BEGINS + timedelta(hours=3)}
"""One arrives before the last sync, one after it."""
EXPECTED = Expected(PLAN.ticks, PLAN.forced, frozenset({BASELINE}), NEWS)
FIRST_MAIL = Told("20990101", "Greene: 3 trades in one filing", BEGINS + timedelta(minutes=10))


def a_run(run_id: str, task: str, kind: Kind, began: datetime) -> RunRecord:
    """Return the record of a run that did its work in one attempt of a second."""
    asked = RunRecord(run_id, task, task, run_id, kind, Status.SUCCEEDED, {}, began, attempt=1)
    return replace(asked, started_at=began, finished_at=began + timedelta(seconds=1))


def runs() -> Iterator[RunRecord]:
    """Yield what there is when all went well: the baseline, every tick, every forced run, and a hand-over."""
    yield a_run(BASELINE, "congressional_sync", Kind.MANUAL, BEGINS - timedelta(minutes=5))
    for tick in PLAN.ticks:
        yield a_run(tick.run_id, tick.task.name, Kind.SCHEDULED, tick.due)
    for tick in PLAN.forced:
        yield a_run(forced_id(tick), tick.task.name, Kind.FORCED, tick.due - timedelta(minutes=2))
    yield a_run(f"notifications-h-{BASELINE}.1", "notifications", Kind.HANDOVER, BEGINS + timedelta(hours=3))


@pytest.fixture
def seen() -> Evidence:
    in_order = sorted(runs(), key=lambda one: one.created_at)
    records = tuple(replace(one, fence=number) for number, one in enumerate(in_order, 1))
    locking = [one for one in records if TASKS[one.task].locks]
    return Evidence(
        records,
        dict.fromkeys(TASKS, len(records)),
        tuple(Started(one.run_id, 1, one.fence or 0) for one in locking),
        tuple(Finished(one.run_id, one.status) for one in locking),
        (FIRST_MAIL,),
    )


def found(seen: Evidence) -> list[tuple[Wrong, str]]:
    return [(finding.wrong, finding.which) for finding in check(EXPECTED, seen)]


def of_task(seen: Evidence, task: str, kind: Kind = Kind.SCHEDULED) -> list[RunRecord]:
    """Return TASK's runs, oldest first."""
    return [one for one in seen.records if one.task == task and one.kind is kind]


def changed(seen: Evidence, record: RunRecord, **fields: object) -> Evidence:
    """Return what would have been SEEN if RECORD were otherwise."""
    records = tuple(replace(one, **fields) if one == record else one for one in seen.records)  # type: ignore[arg-type]
    return replace(seen, records=records)


def test_when_all_went_well_nothing_is_found(seen: Evidence) -> None:
    assert found(seen) == []


def test_a_tick_without_a_record_is_a_gap(seen: Evidence) -> None:
    gone = of_task(seen, "health_check")[3]

    planted = replace(seen, records=tuple(one for one in seen.records if one != gone))

    assert found(planted) == [(Wrong.GAP, gone.run_id)]


def test_a_forced_run_without_a_record_is_a_gap(seen: Evidence) -> None:
    gone = forced_id(next(tick for tick in PLAN.forced if tick.task.name == "health_check"))

    planted = replace(seen, records=tuple(one for one in seen.records if one.run_id != gone))

    assert found(planted) == [(Wrong.GAP, gone)]


@pytest.mark.parametrize(
    ("status", "reason"),
    [(Status.GAVE_UP, None), (Status.SKIPPED, None), (Status.SKIPPED, "overlap")],
)
def test_a_tick_that_did_not_do_its_work_is_a_gap(seen: Evidence, status: Status, reason: str | None) -> None:
    record = of_task(seen, "notifications")[1]

    planted = changed(seen, record, status=status, reason=reason)

    assert found(planted) == [(Wrong.GAP, record.run_id)]


def test_a_run_that_is_left_open_is_a_gap(seen: Evidence) -> None:
    record = of_task(seen, "notifications", Kind.HANDOVER)[0]

    planted = changed(seen, record, status=Status.RUNNING)

    assert found(planted) == [(Wrong.GAP, record.run_id)]


def test_a_chain_is_as_done_as_its_last_link(seen: Evidence) -> None:
    record = of_task(seen, "congressional_sync")[0]
    link = replace(record, run_id=f"{record.run_id}.c1", kind=Kind.CONTINUATION, fence=99, attempt=0)
    begun = changed(seen, record, status=Status.CONTINUED, continuation=link.run_id)

    planted = [
        replace(begun, records=(*begun.records, *links))
        for links in (
            (replace(link, started_at=None),),
            (replace(link, started_at=None, status=Status.GAVE_UP),),
            (),
        )
    ]

    assert [found(one) for one in planted] == [
        [],
        [(Wrong.GAP, record.run_id)],
        [(Wrong.GAP, record.run_id)],
    ]


def test_a_run_that_was_skipped_while_another_was_at_work_is_no_gap(seen: Evidence) -> None:
    record, other = of_task(seen, "notifications")[1:3]
    moved = {
        "created_at": other.created_at,
        "started_at": None,
        "finished_at": other.finished_at,
        "attempt": 0,
    }

    planted = changed(seen, record, status=Status.SKIPPED, reason="overlap", **moved)

    without = tuple(one for one in seen.started if one.run_id != record.run_id)
    assert found(replace(planted, started=without)) == []


def test_a_run_that_ended_twice_is_a_duplicate(seen: Evidence) -> None:
    again = next(one for one in seen.finished if one.run_id == of_task(seen, "stock_prices")[0].run_id)

    planted = replace(seen, finished=(*seen.finished, again))

    assert found(planted) == [(Wrong.DUPLICATE, again.run_id)]


def test_an_attempt_that_history_does_not_know_is_a_duplicate(seen: Evidence) -> None:
    record = of_task(seen, "congressional_sync")[0]

    planted = replace(seen, started=(*seen.started, Started(record.run_id, 2, 99)))

    assert found(planted) == [(Wrong.DUPLICATE, record.run_id)]


def test_two_attempts_under_one_fence_are_a_duplicate(seen: Evidence) -> None:
    one, other = of_task(seen, "stock_prices")[:2]

    planted = replace(
        seen,
        started=tuple(
            replace(s, fence=one.fence or 0) if s.run_id == other.run_id else s for s in seen.started
        ),
    )

    assert found(planted) == [(Wrong.DUPLICATE, "stock_prices")]


@pytest.mark.parametrize(
    ("kind", "run_id"),
    [
        (Kind.SCHEDULED, "notifications-20260202T131500Z"),
        (Kind.FORCED, "notifications-f-20260202T131500Z"),
        (Kind.MANUAL, "notifications-m-01k0000000000000000000000"),
        (Kind.HANDOVER, "notifications-h-congressional_sync-20260202T140000Z.1"),
        (Kind.CONTINUATION, "notifications-20260202T130000Z.c1"),
    ],
)
def test_a_run_that_nobody_asked_for_is_a_stranger(seen: Evidence, kind: Kind, run_id: str) -> None:
    stranger = replace(
        of_task(seen, "notifications")[0], run_id=run_id, kind=kind, attempt=0, started_at=None
    )

    planted = replace(seen, records=(*seen.records, stranger))

    assert found(planted) == [(Wrong.STRANGER, run_id)]


def test_two_runs_at_work_at_once_overlap(seen: Evidence) -> None:
    one, other = of_task(seen, "stock_prices")[:2]
    assert one.finished_at

    planted = changed(seen, other, started_at=one.finished_at - timedelta(milliseconds=1))

    assert found(planted) == [(Wrong.OVERLAP, other.run_id)]


def test_checks_of_health_may_overlap_as_they_take_no_lock(seen: Evidence) -> None:
    one, other = of_task(seen, "health_check")[:2]

    planted = changed(seen, other, started_at=one.started_at)

    assert found(planted) == []


def test_a_filing_that_nobody_was_told_of_is_found_once_a_sync_came_after_it(seen: Evidence) -> None:
    planted = replace(seen, told=())

    assert found(planted) == [(Wrong.NO_MAIL, "20990101")]


def test_a_second_mail_about_a_filing_is_a_duplicate(seen: Evidence) -> None:
    planted = replace(seen, told=(FIRST_MAIL, FIRST_MAIL))

    assert found(planted) == [(Wrong.DUPLICATE, "20990101")]


def test_a_mail_about_somebody_whom_nobody_follows_is_a_stranger(seen: Evidence) -> None:
    planted = replace(seen, told=(FIRST_MAIL, replace(FIRST_MAIL, doc_id="20990103")))

    assert found(planted) == [(Wrong.STRANGER, "20990103")]
