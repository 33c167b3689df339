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


def test_a_document_that_stays_torn_for_48_hours_is_news_and_asked_for_no_more(watched: Sync) -> None:
    watched.serve(OLD, FIRST, torn(SECOND))
    watched.tick()
    watched.now += timedelta(hours=48)

    watched.tick()
    watched.asked()
    watched.now += timedelta(days=3)
    watched.tick()

    filing = watched.filings()[SECOND.row.doc_id]
    assert watched.told() == {SECOND.row.doc_id}
    assert watched.asked() == ["2024FD.zip", "2025FD.zip"]
    assert (filing.state, filing.transient, filing.next_attempt_at) == ("failed", False, None)
