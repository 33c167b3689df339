"""congressional_sync over real HTTP: the House's stand-in, a real Redis, and the database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from common.db import tables as t
from tests.support.syncing import ABSENT, FIRST, NOW, OLD, SCAN, SECOND, Sync, an_entry, pdf, syncing


def test_without_a_baseline_a_tick_is_skipped_and_asks_nothing_of_the_house(sync: Sync) -> None:
    answer = sync.tick()

    assert (answer.status, answer.body["status"], answer.body["reason"]) == (200, "skipped", "no baseline")
    assert sync.asked() == []


@pytest.fixture
def anywhere(peopled_url: str, redis_url: str) -> Iterator[Sync]:
    """Lend a sync on SQLite and on PostgreSQL in turn."""
    with syncing(peopled_url, redis_url) as lent:
        yield lent


def test_from_index_to_rows_on_every_database(anywhere: Sync) -> None:
    anywhere.serve(OLD, FIRST, SCAN, ABSENT)

    answer = anywhere.baseline()

    counts = answer.body["counts"]["house"]
    assert (answer.status, counts["new"], counts["stored"]) == (200, 4, 3)
    assert (counts["indexed"], counts["parsed"], counts["unread"], counts["failed"]) == (4, 2, 1, 1)
    assert [(row.ticker, row.owner, row.page) for row in anywhere.rows(t.trades)] == [("NVDA", "SP", 1)] * 2
    assert {version.bioguide for version in anywhere.rows(t.versions)} == {"G000553"}
    assert anywhere.told() == set()


def test_what_arrives_after_the_baseline_is_news_once(watched: Sync) -> None:
    watched.serve(OLD, FIRST, SECOND)

    first, second = watched.tick(), watched.tick()

    assert (first.body["counts"]["house"]["new"], second.body["counts"]["house"]["new"]) == (1, 0)
    assert watched.told() == {SECOND.row.doc_id}
    assert len(watched.rows(t.to_match)) == 1


def test_a_sync_without_news_asks_for_the_indexes_alone_and_is_answered_304(watched: Sync) -> None:
    checked = [snapshot.checked_at for snapshot in watched.rows(t.index_snapshots)]

    watched.tick()

    assert watched.asked() == ["2024FD.zip", "2025FD.zip"]
    snapshots = watched.rows(t.index_snapshots)
    assert all(before < after.checked_at for before, after in zip(checked, snapshots, strict=True))
    assert all(snapshot.fetched_at < snapshot.checked_at for snapshot in snapshots)


def test_by_default_a_sync_reads_this_and_last_year_and_a_baseline_every_year_since_2012(
    watched: Sync,
) -> None:
    watched.tick(years=None)
    by_sync = watched.asked()
    answer = watched.baseline(years=None)

    assert by_sync == ["2024FD.zip", "2025FD.zip"]
    assert watched.asked() == [f"{year}FD.zip" for year in range(2012, 2026)]
    assert (answer.status, answer.body["status"]) == (503, "failed: transient")
    assert "House index 2012" in answer.body["error"]


def test_a_limit_leaves_the_rest_waiting_for_the_next_run(watched: Sync) -> None:
    watched.serve(OLD, FIRST, SECOND, an_entry(4), an_entry(5))

    limited, rest = watched.tick(limit=2), watched.tick()

    assert (limited.body["counts"]["house"]["stored"], limited.body["counts"]["house"]["waiting"]) == (2, 1)
    assert (rest.body["counts"]["house"]["stored"], rest.body["counts"]["house"]["waiting"]) == (1, 0)


def test_a_baseline_with_a_limit_is_not_complete(sync: Sync) -> None:
    sync.baseline(limit=1)

    assert sync.tick().body["reason"] == "no baseline"
    assert sync.baseline().status == 200
    assert sync.tick().body["status"] == "succeeded"


def test_what_is_listed_between_two_parts_of_a_baseline_is_news(sync: Sync) -> None:
    sync.baseline(limit=1)
    sync.serve(OLD, FIRST, SECOND)

    sync.baseline()

    assert sync.told() == {SECOND.row.doc_id}


def test_named_documents_are_read_again_and_nobody_is_told_again(watched: Sync) -> None:
    answer = watched.tick(doc_ids=[FIRST.row.doc_id])

    assert watched.asked() == ["2024FD.zip", "2025FD.zip", f"{FIRST.row.doc_id}.pdf"]
    assert answer.body["counts"]["house"]["stored"] == 0


def test_a_replay_of_a_year_before_the_baseline_is_history(sync: Sync) -> None:
    sync.serve(OLD, FIRST)
    sync.baseline(years=[2025])

    replayed = sync.tick(years=[2024])

    assert replayed.body["counts"]["house"]["parsed"] == 1
    assert sync.told() == set()


def test_what_was_filed_since_the_baseline_is_news_in_a_year_that_the_baseline_left_out(sync: Sync) -> None:
    sync.serve(OLD, FIRST)
    sync.baseline(years=[2025])
    late = an_entry(7, year=2024)
    sync.serve(OLD, replace(late, row=replace(late.row, filed=date(2025, 6, 4))), FIRST)

    sync.tick()

    assert sync.told() == {late.row.doc_id}


def test_this_year_too_is_history_up_to_the_baseline_that_left_it_out(sync: Sync) -> None:
    sync.baseline(years=[2024])
    since = replace(SECOND, row=replace(SECOND.row, filed=NOW.date()))
    sync.serve(OLD, FIRST, since)

    sync.tick()

    assert sync.told() == {since.row.doc_id}


def test_a_year_that_begins_after_the_baseline_is_news(watched: Sync) -> None:
    watched.now = datetime(2026, 1, 12, 12, 0, tzinfo=UTC)
    watched.serve(OLD, FIRST, an_entry(6, year=2026))

    watched.tick(years=None)

    assert watched.told() == {"20990006"}


def test_a_name_that_the_index_corrects_settles_the_filer_in_a_new_version(watched: Sync) -> None:
    unknown = replace(SECOND, row=replace(SECOND.row, first="Nobody", last="Known"))
    watched.serve(OLD, FIRST, unknown)
    before = watched.tick()
    watched.serve(OLD, FIRST, SECOND)

    after = watched.tick()

    counts = [answer.body["counts"]["house"] for answer in (before, after)]
    assert [count["members_unresolved"] for count in counts] == [1, 0]
    assert [(row.version, row.bioguide) for row in watched.rows(t.versions)][-2:] == [
        (1, None),
        (2, "G000553"),
    ]
    assert [row.version for row in watched.rows(t.to_match)] == [1, 2]


def test_a_date_that_the_index_corrects_is_taken_over_and_tells_nobody(watched: Sync) -> None:
    filed = date(2025, 5, 4)
    watched.serve(OLD, replace(FIRST, row=replace(FIRST.row, filed=filed)))

    answer = watched.tick()
    watched.asked()
    watched.tick()

    filing = watched.filings()[FIRST.row.doc_id]
    assert (answer.body["counts"]["house"]["stored"], filing.filed, filing.listing["filed"]) == (
        0,
        filed,
        "2025-05-04",
    )
    assert watched.asked() == ["2024FD.zip", "2025FD.zip"]


def test_a_document_that_moves_to_the_next_years_index_moves_along(sync: Sync) -> None:
    elders = [an_entry(100 + n, year=2024) for n in range(25)]
    sync.serve(*elders, FIRST)
    sync.baseline()
    moved = replace(elders[0], row=replace(elders[0].row, year=2025))
    sync.serve(moved, *elders[1:], FIRST)

    answer = sync.tick()

    assert (
        answer.status,
        answer.body["counts"]["house"]["indexed"],
        answer.body["counts"]["house"]["parsed"],
    ) == (200, 26, 26)
    filing = sync.filings()[moved.row.doc_id]
    assert (filing.year, filing.missing_since, "/2025/" in filing.url) == (2025, None, True)
    assert sync.told() == set()


def test_a_document_that_was_withdrawn_and_is_listed_again_is_read_again(watched: Sync) -> None:
    watched.serve(OLD, FIRST, SECOND)
    watched.tick()
    watched.serve(OLD, FIRST)
    watched.tick()
    watched.serve(OLD, FIRST, replace(SECOND, pdf=pdf(SECOND.row.doc_id, "Hon. Al Green", "TX09", "NKE")))

    answer = watched.tick()

    assert answer.body["counts"]["house"]["stored"] == 1
    filing = watched.filings()[SECOND.row.doc_id]
    assert (filing.version, filing.missing_since, filing.next_attempt_at) == (2, None, None)
    assert watched.rows(t.trades)[-1].ticker == "NKE"


def test_a_document_that_is_served_under_anothers_number_is_not_taken_for_it(watched: Sync) -> None:
    watched.serve(OLD, FIRST, replace(SECOND, pdf=FIRST.pdf))
    swapped = watched.tick().body["counts"]["house"]
    watched.serve(OLD, FIRST, SECOND)

    right = watched.tick().body["counts"]["house"]

    assert ((swapped["failed"], swapped["stored"]), (right["failed"], right["stored"])) == ((1, 0), (0, 1))
    assert watched.filings()[SECOND.row.doc_id].version == 1
