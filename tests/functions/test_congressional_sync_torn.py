"""congressional_sync over real HTTP when a report of the House arrives torn."""

from dataclasses import replace
from datetime import timedelta

from common.db import tables as t
from local.standins.shelf import Entry
from tests.support.syncing import FIRST, OLD, SECOND, Sync


def torn(entry: Entry) -> Entry:
    """Return ENTRY with a report that breaks off, though not shorter than the site says."""
    assert entry.pdf
    return replace(entry, pdf=entry.pdf[: len(entry.pdf) // 2])


def test_a_document_that_arrives_torn_is_asked_for_at_each_sync_until_it_is_whole(watched: Sync) -> None:
    watched.serve(OLD, FIRST, torn(SECOND))
    first = watched.tick().body["counts"]["house"]
    told = watched.told()
    watched.tick()
    watched.serve(OLD, FIRST, SECOND)

    answer = watched.tick()

    filing = watched.filings()[SECOND.row.doc_id]
    (trade,) = (
        row
        for row in watched.rows(t.trades)
        if row.version_id == max(one.id for one in watched.rows(t.versions))
    )
    assert (first["failed"], first["stored"], told) == (1, 0, set())
    assert (answer.status, filing.state, filing.version, trade.ticker) == (200, "parsed", 1, "NVDA")
    assert watched.told() == {SECOND.row.doc_id}


def test_a_document_that_stays_torn_for_48_hours_is_news_once_and_then_asked_for_daily(watched: Sync) -> None:
    watched.serve(OLD, FIRST, torn(SECOND))
    watched.tick()
    watched.now += timedelta(hours=48)
    watched.tick()
    told = watched.rows(t.to_match)
    watched.asked()

    watched.tick()
    soon = watched.asked()
    watched.now += timedelta(days=1)
    watched.tick()
    later = watched.asked()

    assert watched.told() == {SECOND.row.doc_id}
    assert watched.rows(t.to_match) == told
    assert (soon, f"{SECOND.row.doc_id}.pdf" in later) == (["2024FD.zip", "2025FD.zip"], True)


def test_a_document_that_was_missing_for_48_hours_and_comes_torn_is_read_once_it_is_whole(
    watched: Sync,
) -> None:
    watched.serve(OLD, FIRST, replace(SECOND, pdf=None))
    watched.tick()
    watched.now += timedelta(hours=48)
    watched.tick()
    watched.serve(OLD, FIRST, torn(SECOND))
    watched.now += timedelta(days=1)
    watched.tick()
    watched.serve(OLD, FIRST, SECOND)
    watched.now += timedelta(days=1)

    watched.tick()

    filing = watched.filings()[SECOND.row.doc_id]
    assert (filing.state, filing.version, filing.next_attempt_at) == ("parsed", 2, None)
