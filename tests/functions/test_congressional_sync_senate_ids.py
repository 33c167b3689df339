"""congressional_sync over real HTTP: one report of the Senate is one, in whichever letter case its id is printed."""

from dataclasses import replace
from datetime import date

import pytest

from common.db import tables as t
from local.standins.senate_pages import SenateReport
from tests.support.senate import a_report
from tests.support.syncing import SENATE_FIRST, SENATE_OLD, SENATE_SECOND, Sync

PAPER = a_report(4, day=date(2025, 5, 20), first="JOHN ", last="BOOZMAN", paper_pages=3)


@pytest.fixture
def watched(sync: Sync) -> Sync:
    """Lend a sync of both chambers with a complete baseline."""
    sync.chambers = ["house", "senate"]
    assert sync.baseline().status == 200
    sync.asked()
    sync.senate.requests.clear()
    return sync


def in_other_case(report: SenateReport) -> SenateReport:
    return replace(report, uuid=report.uuid.swapcase())


@pytest.mark.parametrize(
    "uuid", ["ABCDEF00-0000-4000-8000-00000000000A", "abcdef00-0000-4000-8000-00000000000a"]
)
def test_a_report_whose_id_comes_back_in_other_letter_case_is_not_told_twice(
    watched: Sync, uuid: str
) -> None:
    filed = replace(SENATE_SECOND, uuid=uuid)
    watched.senate.reports = (SENATE_OLD, SENATE_FIRST, filed)
    watched.tick()
    watched.senate.reports = (SENATE_OLD, SENATE_FIRST, in_other_case(filed))

    answer = watched.tick()

    counts = answer.body["counts"]["senate"]
    (filing,) = [one for doc_id, one in watched.filings().items() if doc_id.lower() == uuid.lower()]
    assert (answer.status, counts["new"], counts["stored"], counts["indexed"]) == (200, 0, 0, 3)
    assert (filing.doc_id, filing.missing_since) == (uuid, None)
    assert filing.url.endswith(in_other_case(filed).path)
    assert [one.version for one in watched.rows(t.to_match) if one.filing_id == filing.id] == [1]


def test_paper_whose_id_comes_back_in_other_letter_case_is_read_as_paper(watched: Sync) -> None:
    filed = replace(PAPER, uuid="ABCDEF00-0000-4000-8000-00000000000A")
    watched.senate.reports = (SENATE_OLD, SENATE_FIRST, filed)
    watched.tick()
    watched.senate.reports = (SENATE_OLD, SENATE_FIRST, in_other_case(filed))

    answer = watched.tick()

    assert answer.body["counts"]["senate"]["unread"] == 1
    assert "refetch_failed" not in {finding.rule for finding in watched.rows(t.findings)}


def test_a_report_that_is_listed_in_both_letter_cases_is_one(watched: Sync) -> None:
    filed = replace(SENATE_SECOND, uuid="abcdef00-0000-4000-8000-00000000000a")
    watched.senate.reports = (SENATE_OLD, SENATE_FIRST, filed, in_other_case(filed))

    answer = watched.tick()

    counts = answer.body["counts"]["senate"]
    assert (counts["new"], counts["indexed"], counts["parsed"]) == (1, 3, 3)


@pytest.mark.parametrize("reread", [None, "all"])
def test_a_report_that_is_asked_for_in_other_letter_case_is_looked_at(
    watched: Sync, reread: str | None
) -> None:
    filed = replace(SENATE_SECOND, uuid="abcdef00-0000-4000-8000-00000000000a")
    watched.senate.reports = (SENATE_OLD, SENATE_FIRST, filed)
    watched.tick()

    answer = watched.tick(doc_ids=[in_other_case(filed).uuid, "20999999"], reread=reread)

    counts = answer.body["counts"]
    looked_at = counts["senate"]["read"] + counts["senate"]["not_archived"]
    assert (looked_at, counts["not_listed"]) == (1, ["20999999"])
