"""congressional_sync when the Senate fails: the House's part is done, and the report says so."""

from datetime import date, timedelta

import pytest

from common.db import tables as t
from common.db.engine import read_transaction
from common.db.sources import SourceState, source_state
from common.disclosures.senate import sync as senate_sync
from common.disclosures.senate.client import DATA, HOME
from local.standins.senate import drifted, led_home, refused_by_akamai
from local.standins.site import Fault, instead, slow, status
from tests.support.senate import QUICK, a_report
from tests.support.served import ask
from tests.support.syncing import FIRST, OLD, SECOND, SENATE_FIRST, SENATE_SECOND, Sync


@pytest.fixture
def watched(sync: Sync, monkeypatch: pytest.MonkeyPatch) -> Sync:
    """Lend a sync of both chambers with a complete baseline, impatient with the Senate."""
    monkeypatch.setattr(senate_sync, "PATIENCE", QUICK)
    sync.chambers = ["house", "senate"]
    assert sync.baseline().status == 200
    sync.asked()
    sync.senate.requests.clear()
    return sync


def state(sync: Sync, source: str) -> SourceState:
    with read_transaction(sync.engine) as connection:
        found = source_state(connection, source)
    assert found is not None
    return found


FAULTS = {
    "refused before any cookie": (HOME, refused_by_akamai(), "answered 403", 1),
    "throttled for an hour": (HOME, status(429, retry_after="3600"), "answered 429", 1),
    "down": (HOME, status(503), "answered 503", 3),
    "never agreed": (DATA, led_home(), "right after we did", 8),
    "another page for JSON": (DATA, instead(b"<title>Maintenance</title>"), "a page came in place", 5),
    "another layout of a row": (DATA, drifted("/view/ptr/", "/read/ptr/"), "links to", 5),
}


@pytest.mark.parametrize(("path", "fault", "said", "requests"), FAULTS.values(), ids=FAULTS.keys())
def test_whatever_the_senate_does_the_houses_part_is_done_and_the_run_says_which_failed(
    watched: Sync, path: str, fault: Fault, said: str, requests: int
) -> None:
    watched.serve(OLD, FIRST, SECOND)
    watched.senate.reports += (SENATE_SECOND,)
    watched.senate.arm(fault, path=path, times=99)

    failing = watched.tick()
    asked = len(watched.senate.requests)
    watched.senate.disarm()
    cured = watched.tick()

    counts = failing.body["counts"]
    assert (failing.status, counts["house"]["stored"], counts["house"]["fault"]) == (200, 1, None)
    assert said in counts["senate"]["fault"]
    assert counts["senate"]["indexed"] == 2
    assert asked == requests
    assert cured.body["counts"]["senate"]["fault"] is None
    assert watched.told() == {SECOND.row.doc_id, SENATE_SECOND.uuid}


def test_how_each_source_answered_is_kept(watched: Sync) -> None:
    watched.senate.arm(refused_by_akamai(), times=2)
    watched.tick()
    first_failed = watched.now
    watched.tick()

    house, senate = state(watched, "house"), state(watched, "senate")

    assert house == SourceState("house", watched.now, watched.now)
    assert senate.fault is not None
    assert (senate.checked_at, senate.fault_since) == (watched.now, first_failed)
    assert senate.succeeded_at == first_failed - timedelta(hours=2)


@pytest.mark.parametrize("part", [{"years": [2024]}, {"limit": 5}, {"doc_ids": [SENATE_FIRST.uuid]}], ids=str)
def test_a_run_that_asks_for_less_than_a_tick_says_nothing_of_a_ticks_fault(
    watched: Sync, part: dict[str, object]
) -> None:
    watched.senate.arm(instead(b"<title>Maintenance</title>"), path=DATA)
    watched.tick()
    before = state(watched, "senate")

    answer = watched.tick(**part)

    assert (answer.status, answer.body["counts"]["senate"]["fault"]) == (200, None)
    assert before.fault is not None
    assert state(watched, "senate") == before


def test_a_senate_that_hangs_costs_its_patience_and_the_house_nothing(
    watched: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senate_sync, "PATIENCE", type(QUICK)(attempts=3, total=timedelta(seconds=0.3)))
    watched.serve(OLD, FIRST, SECOND)
    watched.senate.arm(slow(3), times=99)

    answer = watched.tick()

    assert (answer.status, answer.body["counts"]["house"]["stored"]) == (200, 1)
    assert "no whole answer within" in answer.body["counts"]["senate"]["fault"]


def test_a_fault_of_the_houses_fails_the_run_after_the_senate_had_its_turn(watched: Sync) -> None:
    watched.senate.reports += (SENATE_SECOND,)
    watched.house.arm(instead(b"<html>maintenance</html>"), path="*2024FD.zip")

    answer = watched.tick()

    assert (answer.status, "House index 2024" in answer.body["error"]) == (500, True)
    assert watched.told() == {SENATE_SECOND.uuid}
    assert state(watched, "house").fault == answer.body["error"].partition(": ")[2]
    assert state(watched, "senate").fault is None


def test_a_run_that_is_asked_for_again_asks_a_senate_that_refused_nothing_more(watched: Sync) -> None:
    watched.senate.arm(refused_by_akamai(), times=99)
    watched.house.arm(status(503, retry_after="1000"), path="*2024FD.zip")
    again = {"Idempotency-Key": "the-run"}
    asked = {"chambers": watched.chambers, "years": [2024, 2025]}

    failed = ask(watched.port, asked, again, timeout=60)
    done = ask(watched.port, asked, again, timeout=60)

    assert (failed.status, done.status) == (503, 200)
    assert "answered 403" in done.body["counts"]["senate"]["fault"]
    assert watched.senate.paths() == [HOME]


def test_a_page_of_another_layout_is_failed_with_its_reason_and_the_others_are_read(watched: Sync) -> None:
    odd, fine = SENATE_SECOND, a_report(4)
    watched.senate.reports += (odd, fine)
    watched.senate.arm(drifted("Asset Type", "Kind of asset"), path=odd.path)

    answer = watched.tick()

    counts = answer.body["counts"]["senate"]
    assert (counts["failed"], counts["parsed"], counts["fault"]) == (1, 3, None)
    assert odd.uuid in watched.filings()[odd.uuid].reason
    assert watched.told() == {odd.uuid, fine.uuid}


def test_a_refused_page_ends_the_senates_part_and_the_rest_waits(watched: Sync) -> None:
    watched.senate.reports += tuple(a_report(number) for number in range(4, 8))
    watched.senate.arm(refused_by_akamai(), path="/search/view/*", times=99)

    answer = watched.tick()

    counts = answer.body["counts"]["senate"]
    assert (answer.status, counts["waiting"], "answered 403" in counts["fault"]) == (200, 3, True)
    assert [path for path in watched.senate.paths() if "view" in path] == [a_report(4).path]


def test_a_site_that_is_down_ends_the_senates_part_before_every_page_was_tried(watched: Sync) -> None:
    watched.senate.reports += tuple(a_report(number) for number in range(4, 9))
    watched.senate.arm(status(503, retry_after="1000"), path="/search/view/*", times=99)

    answer = watched.tick()

    counts = answer.body["counts"]["senate"]
    assert (answer.status, counts["failed"], counts["waiting"]) == (200, 3, 2)
    assert "Senate: 3 documents in a row could not be had" in counts["fault"]


def test_a_baseline_that_met_a_fault_is_not_complete(sync: Sync) -> None:
    sync.senate.arm(refused_by_akamai())

    baseline = sync.baseline(chambers=["house", "senate"])
    tick = sync.tick(chambers=["house", "senate"])

    assert "answered 403" in baseline.body["counts"]["senate"]["fault"]
    assert tick.body["counts"]["senate"]["skipped"] == "no baseline"
    complete = {row.chamber for row in sync.rows(t.baselines) if row.completed_at}
    assert complete == {"house"}


def test_a_report_printed_with_the_day_after_new_years_eve_stays_with_the_year_that_lists_it(
    watched: Sync,
) -> None:
    late = a_report(31, day=date(2024, 12, 31))
    watched.senate.reports += (late,)
    watched.senate.arm(drifted("12/31/2024", "01/01/2025"), path=DATA)

    answer = watched.tick(years=[2024], chambers=["senate"])

    filing = watched.filings()[late.uuid]
    assert (filing.year, filing.filed) == (2024, date(2025, 1, 1))
    assert (answer.body["counts"]["senate"]["fault"], watched.told()) == (None, {late.uuid})


def test_reports_that_are_never_served_hold_up_no_baseline(
    sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senate_sync, "PATIENCE", QUICK)
    broken = [a_report(number) for number in (20, 21, 22)]
    sync.senate.reports += tuple(broken)
    for report in broken:
        sync.senate.arm(status(503, retry_after="1000"), path=report.path, times=99)

    counts = sync.baseline(chambers=["senate"]).body["counts"]["senate"]

    assert "3 documents in a row could not be had" in counts["fault"]
    assert (counts["parsed"], counts["failed"], counts["waiting"]) == (2, 3, 0)
    assert sync.rows(t.baselines)[0].completed_at is not None


def test_a_report_that_the_search_no_longer_lists_is_a_finding(watched: Sync) -> None:
    many = tuple(a_report(number) for number in range(100, 121))
    watched.senate.reports += many
    watched.tick()
    watched.senate.reports = tuple(report for report in watched.senate.reports if report != many[0])

    answer = watched.tick()

    assert (answer.body["counts"]["senate"]["fault"], answer.body["counts"]["senate"]["indexed"]) == (
        None,
        22,
    )
    assert [(finding.rule, finding.subject) for finding in watched.rows(t.findings)] == [
        ("index_lost_row", many[0].uuid)
    ]
    assert SENATE_FIRST.uuid in watched.filings()
