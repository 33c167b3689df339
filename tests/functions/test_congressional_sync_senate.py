"""congressional_sync over real HTTP: the Senate beside the House."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import update

from common.db import tables as t
from common.db.engine import write_transaction
from common.disclosures.senate import sync as senate_sync
from common.disclosures.senate.client import DATA, HOME, SEARCH
from local.standins.senate_pages import report_page
from local.standins.senate_rows import senate_row
from local.standins.site import Reply, status
from tests.support.queue import a_queue
from tests.support.senate import a_report, ids, spread_over
from tests.support.served import ask
from tests.support.syncing import (
    FIRST,
    OLD,
    SECOND,
    SENATE_FIRST,
    SENATE_OLD,
    SENATE_SECOND,
    Sync,
    syncing,
)

BOOZMAN = "B001236"
PAPER = a_report(4, day=date(2025, 5, 20), first="JOHN ", last="BOOZMAN", paper_pages=3)
ABSENT = a_report(9)
ASKING = [HOME, HOME, SEARCH, DATA, DATA]
"""A session and the search of two years."""


@pytest.fixture
def watched(sync: Sync) -> Sync:
    """Lend a sync of both chambers with a complete baseline."""
    sync.chambers = ["house", "senate"]
    assert sync.baseline().status == 200
    sync.asked()
    sync.senate.requests.clear()
    return sync


@pytest.fixture
def anywhere(peopled_url: str, redis_url: str) -> Iterator[Sync]:
    """Lend a sync on SQLite and on PostgreSQL in turn."""
    with syncing(peopled_url, redis_url) as lent:
        yield lent


def test_from_search_to_rows_on_every_database(anywhere: Sync) -> None:
    anywhere.chambers = ["house", "senate"]
    anywhere.senate.reports = (SENATE_OLD, SENATE_FIRST, PAPER)

    answer = anywhere.baseline()

    counts = answer.body["counts"]["senate"]
    assert (answer.status, counts["new"], counts["read"], counts["stored"]) == (200, 3, 3, 3)
    assert (counts["indexed"], counts["parsed"], counts["unread"], counts["failed"]) == (3, 2, 1, 0)
    assert (counts["fault"], counts["skipped"], counts["members_unresolved"]) == (None, None, 0)
    assert answer.body["counts"]["house"]["parsed"] == 2
    filing = anywhere.filings()[SENATE_FIRST.uuid]
    (version,) = [row for row in anywhere.rows(t.versions) if row.filing_id == filing.id]
    (trade,) = [row for row in anywhere.rows(t.trades) if row.version_id == version.id]
    assert (filing.chamber, filing.year, filing.filed) == ("senate", 2025, SENATE_FIRST.received)
    assert (filing.filer_name, filing.state_district) == ("John Boozman", "")
    assert filing.url == anywhere.senate.url + SENATE_FIRST.path
    assert filing.listing["office"] == "Boozman, John (Senator)"
    assert (version.bioguide, version.posted) == (BOOZMAN, None)
    assert version.sha256 == sha256(report_page(SENATE_FIRST)).hexdigest()
    assert (trade.ticker, trade.owner, trade.page, trade.row) == ("NVDA", "SP", 1, 1)
    assert anywhere.told() == set()


def test_what_arrives_after_the_baseline_is_news_once_and_nothing_else_is_read(watched: Sync) -> None:
    watched.senate.reports += (SENATE_SECOND, PAPER)

    first = watched.tick()
    after_first = watched.senate.paths()
    second = watched.tick()

    counts = [answer.body["counts"]["senate"] for answer in (first, second)]
    assert [count["new"] for count in counts] == [2, 0]
    assert watched.told() == {SENATE_SECOND.uuid, PAPER.uuid}
    assert after_first == [*ASKING, SENATE_SECOND.path, PAPER.path]
    assert watched.senate.paths()[len(after_first) :] == ASKING


def test_a_chamber_without_a_baseline_is_skipped_and_the_other_is_done(sync: Sync) -> None:
    sync.baseline(chambers=["house"])
    sync.serve(OLD, FIRST, SECOND)

    answer = sync.tick(chambers=["house", "senate"])

    counts = answer.body["counts"]
    assert (answer.status, counts["house"]["stored"]) == (200, 1)
    assert (counts["senate"]["skipped"], counts["senate"]["indexed"]) == ("no baseline", 0)
    assert sync.senate.requests == []


def test_a_chamber_that_is_not_asked_for_is_left_alone(watched: Sync) -> None:
    answer = watched.tick(chambers=["senate"])

    assert answer.body["counts"]["house"] is None
    assert answer.body["counts"]["senate"]["parsed"] == 2
    assert watched.asked() == []


def test_the_houses_news_is_stored_and_handed_over_before_the_senate_is_asked_and_then_the_senates(
    peopled_sqlite_url: str, redis_url: str
) -> None:
    with a_queue() as queue, syncing(peopled_sqlite_url, redis_url, dispatch_url=queue.url) as sync:
        sync.chambers = ["house", "senate"]
        sync.baseline()
        sync.serve(OLD, FIRST, SECOND)
        sync.senate.reports += (SENATE_SECOND,)
        seen: list[tuple[set[str], int]] = []

        def look(reply: Reply) -> Reply:
            seen.append((sync.told(), len(queue.taken)))
            return reply

        sync.senate.arm(look, path=HOME)
        sync.tick()

    assert seen == [({SECOND.row.doc_id}, 1)]
    runs = [taken.headers["Capitolscope-Run"] for taken in queue.taken]
    assert len(set(runs)) == 2


def test_a_search_that_repeats_rows_between_its_pages_loses_no_report(sync: Sync) -> None:
    sync.senate.unstable = True
    busy = [
        a_report(number, day=date(2025, 8, 14), last=f"Boozman {number % 3}") for number in range(100, 230)
    ]
    sync.senate.reports = (SENATE_OLD, *spread_over(2025, 90), *busy)

    answer = sync.baseline(chambers=["senate"], limit=1)

    counts = answer.body["counts"]["senate"]
    assert (counts["fault"], counts["indexed"], counts["waiting"]) == (None, 221, 220)
    assert set(sync.filings()) == ids(sync.senate.reports)


def test_a_session_that_ends_again_and_again_costs_questions_but_no_report(sync: Sync) -> None:
    sync.senate.session_length = 3
    sync.senate.reports = (SENATE_OLD, *spread_over(2025, 6))

    answer = sync.baseline(chambers=["senate"])

    assert answer.body["counts"]["senate"]["parsed"] == 7
    assert sync.senate.paths().count(HOME) >= 2 * 3


def test_more_than_one_run_may_ask_is_left_to_its_continuation_and_no_year_is_searched_twice(
    peopled_sqlite_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senate_sync, "MOST_REQUESTS", 9)
    with a_queue() as queue, syncing(peopled_sqlite_url, redis_url, dispatch_url=queue.url) as sync:
        sync.senate.reports = (SENATE_OLD, *spread_over(2025, 12))
        asked = []
        answer = sync.baseline(chambers=["senate"])
        while answer.body["status"] == "continued":
            asked.append(len(sync.senate.requests))
            sync.senate.requests, searches = [], sync.senate.paths().count(DATA)
            assert searches == (2 if len(asked) == 1 else 0)
            link = queue.taken[-1]
            answer = ask(sync.port, link.body, link.headers, timeout=60)

    counts = answer.body["counts"]["senate"]
    assert asked == [9, 9]
    assert (answer.body["status"], counts["parsed"], counts["new"]) == ("succeeded", 13, 13)


def test_named_reports_are_read_again(watched: Sync) -> None:
    answer = watched.tick(doc_ids=[SENATE_FIRST.uuid])

    assert watched.senate.paths() == [*ASKING, SENATE_FIRST.path]
    assert (answer.status, answer.body["counts"]["senate"]["stored"]) == (200, 0)


def test_a_report_is_asked_for_where_the_settings_say_wherever_it_was_listed(watched: Sync) -> None:
    filings = t.filings
    with write_transaction(watched.engine) as tx:
        elsewhere = {"url": "http://127.0.0.1:9" + SENATE_FIRST.path}
        tx.execute(update(filings).where(filings.c.doc_id == SENATE_FIRST.uuid).values(elsewhere))

    watched.tick(doc_ids=[SENATE_FIRST.uuid])

    assert watched.senate.paths()[-1] == SENATE_FIRST.path


def test_a_report_that_is_missing_is_asked_for_until_it_comes(watched: Sync) -> None:
    watched.senate.reports += (ABSENT,)
    watched.senate.arm(status(404), path=ABSENT.path)

    before, after = watched.tick(), watched.tick()

    counts = [answer.body["counts"]["senate"] for answer in (before, after)]
    assert [(count["failed"], count["parsed"]) for count in counts] == [(1, 2), (0, 3)]
    assert watched.told() == {ABSENT.uuid}


def test_an_office_that_is_printed_otherwise_is_kept_and_nothing_is_read_again(watched: Sync) -> None:
    left = replace(SENATE_FIRST, office="Former Senator (Former Senator)")
    watched.senate.reports = (SENATE_OLD, left)

    watched.tick()

    assert watched.senate.paths() == ASKING
    assert watched.filings()[left.uuid].listing["office"] == left.office


def test_a_name_that_is_printed_otherwise_has_the_report_read_again(watched: Sync) -> None:
    named = replace(SENATE_FIRST, first="John N.")
    watched.senate.reports = (SENATE_OLD, named)

    watched.tick()

    assert watched.senate.paths() == [*ASKING, named.path]
    assert watched.filings()[named.uuid].filer_name == "John N. Boozman"


def test_rows_that_differ_make_a_new_version(watched: Sync) -> None:
    another = senate_row("05/02/2025", "Self", "AAPL", "Apple Inc.")
    watched.senate.reports = (SENATE_OLD, replace(SENATE_FIRST, rows=(*SENATE_FIRST.rows, another)))

    answer = watched.tick(doc_ids=[SENATE_FIRST.uuid])

    assert answer.body["counts"]["senate"]["stored"] == 1
    assert watched.filings()[SENATE_FIRST.uuid].version == 2


@pytest.mark.parametrize(("month", "fault"), [(1, None), (2, "finds no report at all")])
def test_only_in_january_may_a_year_have_no_report_yet(watched: Sync, month: int, fault: str | None) -> None:
    watched.now = datetime(2026, month, 12, 12, 0, tzinfo=UTC)

    answer = watched.tick(years=None, chambers=["senate"])

    said = answer.body["counts"]["senate"]["fault"]
    assert (answer.status, said and fault and fault in said) == (200, fault and True)


def test_years_before_there_were_electronic_reports_may_have_none(sync: Sync) -> None:
    sync.baseline(chambers=["senate"], years=[2013, 2024, 2025])

    assert sync.tick(chambers=["senate"]).body["status"] == "succeeded"


def test_a_search_that_lost_too_much_is_refused_and_nothing_is_lost(watched: Sync) -> None:
    watched.senate.reports = (SENATE_OLD, SENATE_SECOND)

    answer = watched.tick()

    assert "Senate index 2025: lost 1 of 1 known documents" in answer.body["counts"]["senate"]["fault"]
    assert watched.filings()[SENATE_FIRST.uuid].missing_since is None


def test_every_answer_and_page_is_kept(peopled_sqlite_url: str, redis_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    with syncing(peopled_sqlite_url, redis_url, archive_url=folder.as_uri()) as sync:
        sync.baseline(chambers=["senate"])

    names = {file.name for file in folder.rglob("*") if file.is_file()}
    pages = {sha256(report_page(report)).hexdigest() for report in (SENATE_OLD, SENATE_FIRST)}
    assert pages < names
    assert len(names) == 4  # two pages, and the answers to the searches of two years


def test_a_failure_of_48_hours_is_news(watched: Sync) -> None:
    watched.senate.reports += (ABSENT,)
    watched.senate.arm(status(404), path=ABSENT.path, times=9)
    watched.tick()
    early = watched.told()
    watched.now += timedelta(hours=48)

    watched.tick()

    assert (early, watched.told()) == (set(), {ABSENT.uuid})
