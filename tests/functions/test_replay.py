"""Whole years taken as history, read again, and replayed: the counts are the indexes', and nobody is mailed (product, scenario 12)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from common.clock import utc_now
from common.db import tables as t
from local.standins.filings import own_shelf
from local.standins.sendgrid import SendGridStandin
from tests.support.office import GREENE_FILES, SENDING, Office
from tests.support.senate import a_report
from tests.support.served import Answered
from tests.support.syncing import SENATE_SECOND, YEARS, syncing

HOUSE = own_shelf()
REPORTS = {
    entry.row.doc_id for entry in HOUSE.entries if entry.row.filing_type == "P" and entry.row.year in YEARS
}
ABSENT = {entry.row.doc_id for entry in HOUSE.entries if entry.row.doc_id in REPORTS and not entry.pdf}
PAPER = a_report(200, day=date(2024, 7, 1), first="JOHN ", last="BOOZMAN", paper_pages=2)
SENATE = (PAPER, *(a_report(100 + n, day=date(2024 + n % 2, 1 + n, 9)) for n in range(12)))


@pytest.fixture
def office(peopled_url: str, redis_url: str, tmp_path: Path) -> Iterator[Office]:
    """Lend an office where Kyle wants to hear of everything, before the watch of either chamber began."""
    archive = (tmp_path / "archive").as_uri()
    with (
        SendGridStandin() as provider,
        syncing(peopled_url, redis_url, sendgrid_url=provider.url, archive_url=archive, **SENDING) as sync,
    ):
        sync.now, sync.chambers = utc_now(), ["house", "senate"]
        sync.house.shelf, sync.senate.reports = HOUSE, SENATE
        office = Office(sync, provider)
        for chamber in sync.chambers:
            office.follow("kyle@example.org", f"All of the {chamber}", chamber=chamber)
        yield office


def books(answer: Answered) -> dict[str, tuple[int, ...]]:
    """Return how many each chamber's indexes list, and how many of those were parsed, are unread, and failed."""
    assert answer.status == 200, answer.body
    names = ("indexed", "parsed", "unread", "failed")
    return {
        chamber: tuple(answer.body["counts"][chamber][name] for name in names)
        for chamber in ("house", "senate")
    }


def test_baseline_replay_and_rereading_of_whole_years_mail_nobody_and_count_what_is_listed(
    office: Office,
) -> None:
    sync, listed = office.sync, {"house": len(REPORTS), "senate": len(SENATE)}

    baseline = sync.baseline()
    office.notify()
    versions, trades = sync.rows(t.versions), sync.rows(t.trades)
    replay = sync.tick()
    sync.house.requests.clear()
    sync.senate.requests.clear()
    again = sync.tick(reread="all")
    office.notify()

    assert books(baseline) == books(replay) == books(again)
    assert {chamber: counts[0] for chamber, counts in books(baseline).items()} == listed
    assert all(indexed == sum(rest) for indexed, *rest in books(baseline).values())
    assert [books(baseline)[chamber][2:] for chamber in listed] == [(1, len(ABSENT)), (1, 0)]
    assert [again.body["counts"][chamber]["read"] for chamber in listed] == [
        len(REPORTS - ABSENT),
        len(SENATE),
    ]
    assert sync.house.requests == sync.senate.requests == []
    assert [row.id for row in sync.rows(t.versions)] == [row.id for row in versions]
    assert sync.rows(t.trades) == trades
    assert (sync.told(), office.provider.taken) == (set(), [])

    sync.house.shelf = replace(HOUSE, entries=(*HOUSE.entries, GREENE_FILES))
    sync.senate.reports = (*SENATE, SENATE_SECOND)
    sync.tick()
    assert [subject for _, subject in office.subjects()] == [
        "Boozman (R-AR) bought NVDA, $1,001-$15,000",
        "Greene (R-GA) bought NVDA, $1,001-$15,000",
    ]
