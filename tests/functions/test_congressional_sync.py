"""congressional_sync over real HTTP: the House's stand-in, a real Redis, and the database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from sqlalchemy import Table, select

from common.db import tables as t
from common.db.engine import make_engine, read_transaction
from common.disclosures.records import IndexRow
from common.disclosures.sync import SyncParameters, sync_disclosures
from common.runtime.runner import run
from common.tasks import CONGRESSIONAL_SYNC
from local.standins.drawing import Form, Row, draw
from local.standins.house import HouseStandin, instead, status
from local.standins.sheet import scan_to_pdf
from local.standins.shelf import Entry, OwnShelf
from tests.support.parts import assembled
from tests.support.served import Answered, ask, served
from tests.support.settings import some_settings

NOW = datetime(2025, 6, 2, 12, 0, tzinfo=UTC)
YEARS = {"years": [2024, 2025]}


@cache
def pdf(doc_id: str, filer: str, district: str) -> bytes:
    traded = Row(
        owner="SP",
        asset="NVIDIA Corporation (NVDA) [ST]",
        kind="P",
        traded=date(2025, 5, 1),
        notified=date(2025, 5, 2),
        amount="$1,001 - $15,000",
    )
    return draw(
        Form(doc_id=doc_id, filer=filer, state_district=district, signed=date(2025, 5, 3), rows=(traded,))
    )


def an_entry(
    number: int, *, year: int = 2025, first: str = "Al", last: str = "Green", district: str = "TX09"
) -> Entry:
    doc_id = str(20990000 + number)
    row = IndexRow(doc_id, "Hon.", last, first, "", "P", district, year, date(year, 5, 5))
    return Entry(row, pdf(doc_id, f"Hon. {first} {last}", district))


OLD, FIRST, SECOND = an_entry(1, year=2024), an_entry(2), an_entry(3)
SCAN = replace(FIRST, row=replace(FIRST.row, doc_id="8299001"), pdf=scan_to_pdf())
ABSENT = replace(an_entry(9), pdf=None)


class Sync:
    """The function, its database, and the House that it asks."""

    def __init__(self, house: HouseStandin, port: int, engine: Any) -> None:
        self.house, self.port, self.engine = house, port, engine
        self.now = NOW

    def serve(self, *entries: Entry) -> None:
        self.house.shelf = OwnShelf(entries)

    def tick(self, **asked: Any) -> Answered:
        """Answer the Scheduler's next tick, two hours after the last."""
        self.now += timedelta(hours=2)
        headers = {"X-CloudScheduler-ScheduleTime": self.now.isoformat()}
        return ask(self.port, YEARS | asked, headers, timeout=60)

    def baseline(self, **asked: Any) -> Answered:
        return ask(self.port, YEARS | {"baseline": True} | asked, timeout=60)

    def rows(self, table: Table) -> list[Any]:
        with read_transaction(self.engine) as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key.columns)))

    def filings(self) -> dict[str, Any]:
        return {filing.doc_id: filing for filing in self.rows(t.filings)}

    def told(self) -> set[str]:
        """Return the documents that are queued to be matched."""
        ids = {row.filing_id for row in self.rows(t.to_match)}
        return {doc_id for doc_id, filing in self.filings().items() if filing.id in ids}

    def asked(self) -> list[str]:
        """Return what the House was asked for since the last look."""
        paths = [path.rpartition("/")[2] for path in self.house.paths()]
        self.house.requests.clear()
        return sorted(paths)


Make = Callable[[str], Sync]


@pytest.fixture
def make(redis_url: str) -> Iterator[Make]:
    with ExitStack() as stack:

        def made(database_url: str) -> Sync:
            house = stack.enter_context(HouseStandin(OwnShelf((OLD, FIRST))))
            settings = some_settings(database_url=database_url, redis_url=redis_url, house_url=house.url)
            parts = stack.enter_context(assembled(settings, lambda: lent.now))
            port = stack.enter_context(
                served(
                    lambda request: run(
                        request, CONGRESSIONAL_SYNC, sync_disclosures, SyncParameters, parts=lambda: parts
                    )
                )
            )
            engine = make_engine(settings)
            stack.callback(engine.dispose)
            lent = Sync(house, port, engine)
            return lent

        yield made


@pytest.fixture
def sync(make: Make, sqlite_url: str) -> Sync:
    return make(sqlite_url)


@pytest.fixture
def watched(sync: Sync) -> Sync:
    """Lend a sync whose baseline is complete."""
    assert sync.baseline().status == 200
    sync.asked()
    return sync


def test_without_a_baseline_a_tick_is_skipped_and_asks_nothing_of_the_house(sync: Sync) -> None:
    answer = sync.tick()

    assert (answer.status, answer.body["status"], answer.body["reason"]) == (200, "skipped", "no baseline")
    assert sync.asked() == []


def test_from_index_to_rows_on_every_database(make: Make, database_url: str) -> None:
    sync = make(database_url)
    sync.serve(OLD, FIRST, SCAN, ABSENT)

    answer = sync.baseline()

    counts = answer.body["counts"]
    assert (answer.status, counts["new"], counts["stored"]) == (200, 4, 3)
    assert (counts["indexed"], counts["parsed"], counts["unread"], counts["failed"]) == (4, 2, 1, 1)
    assert [(trade.ticker, trade.owner, trade.page) for trade in sync.rows(t.trades)] == [
        ("NVDA", "SP", 1)
    ] * 2
    assert {version.bioguide for version in sync.rows(t.versions)} == {"G000553"}
    assert sync.told() == set()


def test_what_arrives_after_the_baseline_is_news_once(watched: Sync) -> None:
    watched.serve(OLD, FIRST, SECOND)

    first, second = watched.tick(), watched.tick()

    assert (first.body["counts"]["new"], second.body["counts"]["new"]) == (1, 0)
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


def test_a_document_that_is_missing_is_asked_for_at_each_sync_until_it_comes(watched: Sync) -> None:
    watched.serve(OLD, FIRST, ABSENT)
    watched.tick()
    watched.asked()
    watched.tick()
    again = watched.asked()
    watched.serve(OLD, FIRST, an_entry(9))

    answer = watched.tick()

    assert "20990009.pdf" in again
    assert answer.body["counts"]["failed"] == 0
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

    assert (without.status, without.body["counts"]["indexed"]) == (200, 21)
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


def test_a_house_that_is_down_ends_the_run_before_every_document_was_tried(watched: Sync) -> None:
    watched.serve(OLD, FIRST, *[an_entry(20 + n) for n in range(20)])
    watched.house.arm(status(503, retry_after="1000"), path="*.pdf", times=100)

    answer = watched.tick()

    assert (answer.status, answer.body["status"]) == (503, "failed: transient")
    assert "8 documents in a row" in answer.body["error"]
    assert [filing.state for filing in watched.filings().values()].count("listed") == 12


def test_a_limit_leaves_the_rest_waiting_for_the_next_run(watched: Sync) -> None:
    watched.serve(OLD, FIRST, SECOND, an_entry(4), an_entry(5))

    limited, rest = watched.tick(limit=2), watched.tick()

    assert (limited.body["counts"]["stored"], limited.body["counts"]["waiting"]) == (2, 1)
    assert (rest.body["counts"]["stored"], rest.body["counts"]["waiting"]) == (1, 0)


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
    assert answer.body["counts"]["stored"] == 0
    assert watched.filings()[FIRST.row.doc_id].attempts == 2


def test_a_replay_of_a_year_before_the_baseline_is_history(sync: Sync) -> None:
    sync.serve(OLD, FIRST)
    sync.baseline(years=[2025])

    replayed = sync.tick(years=[2024])

    assert replayed.body["counts"]["parsed"] == 1
    assert sync.told() == set()


def test_a_year_that_begins_after_the_baseline_is_news(watched: Sync) -> None:
    watched.now = datetime(2026, 1, 12, 12, 0, tzinfo=UTC)
    watched.serve(OLD, FIRST, an_entry(6, year=2026))

    watched.tick(years=None)

    assert watched.told() == {"20990006"}


@pytest.mark.parametrize(("month", "expected"), [(1, 200), (2, 503)])
def test_only_in_january_may_this_years_index_be_missing(watched: Sync, month: int, expected: int) -> None:
    watched.now = datetime(2026, month, 12, 12, 0, tzinfo=UTC)

    answer = watched.tick(years=None)

    assert answer.status == expected


def test_a_document_that_two_indexes_list_is_no_success(watched: Sync) -> None:
    twin = replace(FIRST, row=replace(FIRST.row, year=2024))
    watched.serve(OLD, FIRST, twin)

    answer = watched.tick()

    assert answer.status == 500
    assert "look for doc ids that two indexes share" in answer.body["error"]


def test_a_filer_whom_nobody_knows_is_counted_and_queued_for_review(watched: Sync) -> None:
    watched.serve(OLD, FIRST, an_entry(7, first="Nobody", last="Known"))

    answer = watched.tick()

    assert answer.body["counts"]["members_unresolved"] == 1
    assert [review.kind for review in watched.rows(t.reviews)] == ["filer"]


def test_a_document_of_another_kind_is_failed_with_its_reason_and_news(watched: Sync) -> None:
    watched.serve(OLD, FIRST, replace(SECOND, pdf=b"%PDF-1.4\nnothing that a reader can open"))

    watched.tick()

    filing = watched.filings()[SECOND.row.doc_id]
    assert (filing.state, filing.transient) == ("failed", False)
    assert SECOND.row.doc_id in filing.reason
    assert watched.told() == {SECOND.row.doc_id}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"years": [1999]}, "years"),
        ({"limit": 0}, "limit"),
        ({"doc_ids": ["../x"]}, "doc_ids"),
        ({"year": 1}, "year"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(sync: Sync, asked: dict[str, Any], field: str) -> None:
    answer = ask(sync.port, asked)

    assert answer.status == 400
    assert answer.body["field"].startswith(field)
