"""congressional_sync over real HTTP when the House, its documents or the caller are not as they should be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from sqlalchemy import text, update

from common.db import tables as t
from common.db.engine import write_transaction
from common.disclosures.house.client import AT_ONCE
from local.standins.sheet import scan_to_pdf
from local.standins.site import instead, status
from tests.support.served import ask
from tests.support.syncing import ABSENT, FIRST, OLD, SECOND, Sync, an_entry

POISON = an_entry(8, district="TX18")


def test_a_document_that_is_missing_is_asked_for_at_each_sync_until_it_comes(watched: Sync) -> None:
    watched.serve(OLD, FIRST, ABSENT)
    watched.tick()
    watched.asked()
    watched.tick()
    again = watched.asked()
    watched.serve(OLD, FIRST, an_entry(9))

    answer = watched.tick()

    assert "20990009.pdf" in again
    assert answer.body["counts"]["house"]["failed"] == 0
    assert watched.filings()["20990009"].state == "parsed"
    assert watched.told() == {"20990009"}


def test_a_failure_that_lasts_48_hours_is_news_and_then_asked_for_daily(watched: Sync) -> None:
    watched.serve(OLD, FIRST, ABSENT)
    watched.tick()
    early = watched.told()
    watched.now += timedelta(hours=48)

    watched.tick()
    watched.asked()
    watched.tick()

    assert early == set()
    assert watched.told() == {"20990009"}
    assert watched.asked() == ["2024FD.zip", "2025FD.zip"]


def test_an_index_that_fails_leaves_the_other_year_done_and_the_run_failed(watched: Sync) -> None:
    watched.serve(OLD, FIRST, SECOND)
    watched.house.arm(instead(b"<html>maintenance</html>"), path="*2024FD.zip")

    answer = watched.tick()

    assert answer.status == 500
    assert "House index 2024" in answer.body["error"]
    assert watched.filings()[SECOND.row.doc_id].state == "parsed"


def test_a_sharply_shrunk_index_is_refused_and_nothing_is_lost(watched: Sync) -> None:
    watched.serve(OLD, SECOND)

    answer = watched.tick()

    assert answer.status == 500
    assert "lost 1 of 1 known documents" in answer.body["error"]
    assert watched.filings()[FIRST.row.doc_id].missing_since is None


def test_a_row_or_two_that_an_index_lost_are_findings_and_come_back(sync: Sync) -> None:
    many = [an_entry(100 + n) for n in range(21)]
    sync.serve(OLD, *[replace(entry, pdf=scan_to_pdf()) for entry in many])
    sync.baseline()
    lost = many[0].row.doc_id

    sync.serve(OLD, *many[1:])
    without = sync.tick()
    gone = sync.filings()[lost].missing_since
    sync.serve(OLD, *many)
    sync.tick()

    assert (without.status, without.body["counts"]["house"]["indexed"]) == (200, 21)
    assert gone is not None
    assert [(finding.rule, finding.subject) for finding in sync.rows(t.findings)] == [
        ("index_lost_row", lost)
    ]
    assert sync.filings()[lost].missing_since is None


def test_a_refusal_ends_the_run_at_once_and_the_rest_waits(watched: Sync) -> None:
    arrivals = [an_entry(20 + n) for n in range(8)]
    watched.serve(OLD, FIRST, *arrivals)
    watched.house.arm(status(403), path="*.pdf", times=100)

    answer = watched.tick()

    assert (answer.status, answer.body["status"]) == (503, "failed: transient")
    assert len([path for path in watched.asked() if path.endswith(".pdf")]) <= 4
    assert [filing.state for filing in watched.filings().values()].count("listed") >= 4


def test_a_refused_index_ends_the_run_before_anything_else_is_asked_for(watched: Sync) -> None:
    watched.serve(OLD, FIRST, SECOND)
    watched.house.arm(status(403), path="*2024FD.zip")

    answer = watched.tick()

    assert (answer.status, watched.asked()) == (503, ["2024FD.zip"])


def test_a_second_index_that_cannot_be_had_ends_the_run(watched: Sync) -> None:
    watched.serve(OLD, FIRST, SECOND)
    watched.house.arm(status(503, retry_after="1000"), path="*FD.zip", times=100)

    answer = watched.tick(years=[2025, 2024, 2024, 2023])

    assert (answer.status, watched.asked()) == (503, ["2023FD.zip", "2024FD.zip"])


def test_a_house_that_is_down_ends_the_run_before_every_document_was_tried(watched: Sync) -> None:
    watched.serve(OLD, FIRST, *[an_entry(20 + n) for n in range(20)])
    watched.house.arm(status(503, retry_after="1000"), path="*.pdf", times=100)

    answer = watched.tick()

    assert (answer.status, answer.body["status"]) == (503, "failed: transient")
    assert "8 documents in a row" in answer.body["error"]
    assert [filing.state for filing in watched.filings().values()].count("listed") == 12


@pytest.mark.parametrize(("month", "expected"), [(1, 200), (2, 503)])
def test_only_in_january_may_this_years_index_be_missing(watched: Sync, month: int, expected: int) -> None:
    watched.now = datetime(2026, month, 12, 12, 0, tzinfo=UTC)

    answer = watched.tick(years=None)

    assert answer.status == expected


def test_books_that_do_not_balance_are_no_success_and_have_every_index_read_whole(watched: Sync) -> None:
    with write_transaction(watched.engine) as tx:
        tx.execute(update(t.index_snapshots).where(t.index_snapshots.c.year == 2024).values(rows=2))

    off, whole = watched.tick(), watched.tick()

    assert (off.status, whole.status) == (500, 200)
    assert "list 3 reports, but 2 are parsed" in off.body["error"]


def test_a_document_that_moves_to_an_earlier_years_index_is_found_there_by_the_next_run(
    watched: Sync,
) -> None:
    watched.serve(OLD, FIRST, SECOND)
    watched.tick()
    moved = replace(SECOND, row=replace(SECOND.row, year=2024))
    watched.serve(OLD, moved, FIRST)

    first, second = watched.tick(), watched.tick()

    counts = second.body["counts"]["house"]
    assert (first.status, second.status) == (200, 200)
    assert (counts["indexed"], counts["parsed"], counts["stored"]) == (3, 3, 0)
    assert watched.filings()[moved.row.doc_id].year == 2024


def test_documents_asked_for_that_no_index_lists_are_named(watched: Sync) -> None:
    answer = watched.tick(doc_ids=["20999999", FIRST.row.doc_id])

    assert (answer.status, answer.body["counts"]["not_listed"]) == (200, ["20999999"])


def test_a_filer_whom_nobody_knows_is_counted_and_queued_for_review(watched: Sync) -> None:
    watched.serve(OLD, FIRST, an_entry(7, first="Nobody", last="Known"))

    answer = watched.tick()

    assert answer.body["counts"]["house"]["members_unresolved"] == 1
    assert [review.kind for review in watched.rows(t.reviews)] == ["filer"]


def a_blank_page() -> bytes:
    whole = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(whole)
    return whole.getvalue()


def test_a_document_of_another_kind_is_failed_with_its_reason_and_news(watched: Sync) -> None:
    watched.serve(OLD, FIRST, replace(SECOND, pdf=a_blank_page()))

    watched.tick()

    filing = watched.filings()[SECOND.row.doc_id]
    assert (filing.state, filing.transient) == ("failed", False)
    assert SECOND.row.doc_id in filing.reason
    assert watched.told() == {SECOND.row.doc_id}


def poison(sync: Sync, district: str) -> None:
    """Let the database refuse the filings of DISTRICT in a way that nobody foresaw."""
    with write_transaction(sync.engine) as tx:
        tx.execute(
            text(
                f"CREATE TRIGGER poison BEFORE INSERT ON versions WHEN NEW.readable AND {district!r} ="
                " (SELECT state_district FROM filings WHERE id = NEW.filing_id)"
                " BEGIN SELECT RAISE(ABORT, 'poison'); END"
            )
        )


def test_a_document_that_ends_each_run_that_reads_it_keeps_no_other_waiting(watched: Sync) -> None:
    watched.serve(OLD, FIRST, POISON, *[an_entry(20 + n) for n in range(12)])
    poison(watched, POISON.row.state_district)

    first, second = watched.tick(), watched.tick()

    assert [first.body["status"], second.body["status"]] == ["failed: bug", "failed: bug"]
    states = [filing.state for filing in watched.filings().values()]
    assert states.count("listed") <= AT_ONCE


def test_a_document_of_which_three_runs_died_is_failed_with_its_reason_until_asked_for_by_name(
    watched: Sync,
) -> None:
    watched.serve(OLD, FIRST, POISON)
    poison(watched, POISON.row.state_district)
    for _ in range(3):
        watched.tick()

    settled = watched.tick()
    told = watched.told()
    with write_transaction(watched.engine) as tx:
        tx.execute(text("DROP TRIGGER poison"))
    cured = watched.tick(doc_ids=[POISON.row.doc_id])

    assert (settled.status, settled.body["counts"]["house"]["failed"]) == (200, 1)
    assert told == {POISON.row.doc_id}
    assert (cured.body["counts"]["house"]["failed"], cured.body["counts"]["house"]["parsed"]) == (0, 3)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"years": [1999]}, "years"),
        ({"years": []}, "years"),
        ({"limit": 0}, "limit"),
        ({"doc_ids": ["../x"]}, "doc_ids"),
        ({"chambers": []}, "chambers"),
        ({"chambers": ["lords"]}, "chambers"),
        ({"year": 1}, "year"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(sync: Sync, asked: dict[str, Any], field: str) -> None:
    answer = ask(sync.port, asked)

    assert answer.status == 400
    assert answer.body["field"].startswith(field)
