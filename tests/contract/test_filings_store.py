"""How a reading becomes a version, on every database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from common.db import tables as t
from common.db.engine import write_transaction
from common.disclosures.records import Trade
from common.disclosures.store import NEWS_AFTER, Failed, Read, Source, Unread, store
from common.members.settle import Filer
from tests.support.trades import a_filing, a_trade

NOW = datetime(2025, 3, 6, 15, 0, tzinfo=UTC)
PDF = Source(sha256="a" * 64, posted=datetime(2025, 3, 6, 14, 55, tzinfo=UTC))
SCAN = Unread("1 page without text", PDF)
GONE = Failed("404", transient=True)
BROKEN = Failed("no table of transactions", source=PDF)


def read(*trades: Trade, parser: str = "1", source: Source = PDF) -> Read:
    return Read(a_filing(*trades), source, parser)


class House:
    """One listed filing, and what was stored of it."""

    def __init__(self, engine: Engine, *, alertable: bool = True) -> None:
        self.engine = engine
        with write_transaction(engine) as tx:
            tx.execute(
                insert(t.members).values(
                    bioguide="G000596",
                    official_name="Marjorie Taylor Greene",
                    first="Marjorie",
                    last="Greene",
                )
            )
            filer: dict[str, object] = {
                "chamber": "house",
                "name": "Hon. Marjorie Taylor Greene",
                "state_district": "GA14",
            }
            filer |= {"bioguide": "G000596", "method": "test", "decided_at": NOW}
            filer_id = tx.execute(insert(t.filers).values(filer).returning(t.filers.c.id)).scalar_one()
            self.filer = Filer(filer_id, "G000596")
            listed = {
                "chamber": "house",
                "doc_id": "20090001",
                "year": 2025,
                "url": "http://127.0.0.1/20090001.pdf",
                "filed": date(2025, 3, 5),
                "filer_name": "Hon. Marjorie Taylor Greene",
                "state_district": "GA14",
                "listing": {},
                "first_seen": NOW,
                "alertable": alertable,
                "state": "listed",
                "transient": False,
                "attempts": 0,
                "version": 0,
            }
            self.id = tx.execute(insert(t.filings).values(listed).returning(t.filings.c.id)).scalar_one()

    def keep(
        self, reading: Read | Unread | Failed, *, filer: Filer | None = None, now: datetime = NOW
    ) -> bool:
        with write_transaction(self.engine) as tx:
            return store(tx, self.id, reading, filer=filer or self.filer, now=now)

    def filing(self) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(select(t.filings)).one()

    def rows(self, table: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key.columns)))


@pytest.fixture
def house(engine: Engine) -> House:
    return House(engine)


def test_a_read_filing_is_stored_with_every_row_and_queued_to_be_matched(house: House) -> None:
    exact = a_trade(row=2, amount_exact=Decimal("350.78"), quarantine=("amount: odd",))

    new = house.keep(read(a_trade(), exact))

    assert new
    assert (house.filing().state, house.filing().version) == ("parsed", 1)
    (version,) = house.rows(t.versions)
    assert (version.readable, version.sha256, version.posted) == (True, PDF.sha256, PDF.posted)
    assert (version.bioguide, version.pages, version.generation) == ("G000596", 1, "G3")
    first, second = house.rows(t.trades)
    assert (first.ticker, first.raw) == ("NVDA", {"asset": "NVIDIA Corporation (NVDA) [ST]"})
    assert (second.amount_exact, second.quarantine) == (Decimal("350.78"), ["amount: odd"])
    assert [(row.filing_id, row.version) for row in house.rows(t.to_match)] == [(house.id, 1)]


def test_a_doubtful_cell_that_no_column_can_hold_is_kept_as_printed(house: House) -> None:
    printed = {"owner": "Spouse", "transaction_id": "2000012345 and 2000012346"}

    house.keep(read(a_trade(**printed, raw=printed, quarantine=("owner: 'Spouse' is unknown",))))

    (row,) = house.rows(t.trades)
    assert (row.owner, row.transaction_id, row.raw) == ("?", None, printed)


def test_storing_the_same_reading_twice_changes_nothing(house: House) -> None:
    house.keep(read())
    before = house.rows(t.versions), house.rows(t.trades), house.rows(t.to_match)

    new = house.keep(read())

    assert not new
    assert (house.rows(t.versions), house.rows(t.trades), house.rows(t.to_match)) == before


def test_a_better_reading_of_the_same_facts_replaces_the_text_and_tells_nobody(house: House) -> None:
    house.keep(read(a_trade(asset="nvidia CORPORATION (NVDA) [ST]")))
    trade_id = house.rows(t.trades)[0].id

    new = house.keep(read(parser="2"))

    assert not new
    (trade,), (version,) = house.rows(t.trades), house.rows(t.versions)
    assert (trade.id, trade.asset, version.parser) == (trade_id, "NVIDIA Corporation (NVDA) [ST]", "2")
    assert len(house.rows(t.to_match)) == 1


@pytest.mark.parametrize("reading", [SCAN, BROKEN])
def test_which_parser_could_not_read_a_document_is_kept(house: House, reading: Unread | Failed) -> None:
    house.keep(replace(reading, parser="1"))

    new = house.keep(replace(reading, parser="2"))

    assert not new
    assert [version.parser for version in house.rows(t.versions)] == ["2"]


def test_changed_facts_make_a_new_version_and_keep_the_old_one(house: House) -> None:
    house.keep(read())

    new = house.keep(read(a_trade(amount_min=15001, amount_max=50000)))

    assert new
    assert house.filing().version == 2
    assert [trade.amount_min for trade in house.rows(t.trades)] == [1001, 15001]
    assert [row.version for row in house.rows(t.to_match)] == [1, 2]


def test_a_filing_of_the_baseline_is_never_queued_to_be_matched(engine: Engine) -> None:
    house = House(engine, alertable=False)

    house.keep(SCAN)
    house.keep(read())

    assert house.filing().version == 2
    assert house.rows(t.to_match) == []


def test_a_scan_is_news_once_and_its_rows_are_news_when_they_are_read(house: House) -> None:
    assert house.keep(SCAN)
    assert not house.keep(SCAN)
    assert house.keep(read())

    assert [version.readable for version in house.rows(t.versions)] == [False, True]


def test_unread_and_failed_are_one_class(house: House) -> None:
    house.keep(BROKEN)

    new = house.keep(SCAN)

    assert not new
    assert (house.filing().state, house.filing().reason) == ("unread", "1 page without text")


def test_a_document_that_is_not_what_it_should_be_is_news_at_once_and_not_asked_for_again(
    house: House,
) -> None:
    new = house.keep(BROKEN)

    filing = house.filing()
    assert new
    assert (filing.state, filing.reason, filing.next_attempt_at) == (
        "failed",
        "no table of transactions",
        None,
    )


def test_a_failure_that_may_pass_is_tried_at_each_sync_and_is_no_news_for_48_hours(house: House) -> None:
    early = NOW + NEWS_AFTER - timedelta(seconds=1)

    assert not house.keep(GONE)
    assert not house.keep(GONE, now=early)

    filing = house.filing()
    assert (filing.state, filing.first_failed_at, filing.next_attempt_at) == ("failed", NOW, early)
    assert house.rows(t.versions) == []


def test_after_48_hours_it_is_news_once_and_tried_daily(house: House) -> None:
    late = NOW + NEWS_AFTER
    house.keep(GONE)

    assert house.keep(GONE, now=late)
    assert not house.keep(GONE, now=late + timedelta(days=1))

    assert house.filing().next_attempt_at == late + timedelta(days=1, hours=23)


def test_a_document_that_comes_after_all_clears_the_failure(house: House) -> None:
    house.keep(GONE)

    house.keep(read(), now=NOW + timedelta(hours=2))

    filing = house.filing()
    assert (filing.state, filing.reason, filing.first_failed_at, filing.transient) == (
        "parsed",
        None,
        None,
        False,
    )


@pytest.mark.parametrize("failure", [GONE, BROKEN])
@pytest.mark.parametrize("kept", [read(), SCAN])
def test_what_was_fetched_is_never_replaced_by_a_failure_to_fetch_it_again(
    house: House, kept: Read | Unread, failure: Failed
) -> None:
    house.keep(kept)
    before = house.filing()

    house.keep(failure)
    house.keep(failure)

    assert house.filing() == before
    (finding,) = house.rows(t.findings)
    assert (finding.rule, finding.subject) == ("refetch_failed", "20090001")
    assert failure.reason in finding.detail


def test_a_filer_who_is_settled_later_makes_a_new_version(house: House) -> None:
    house.keep(read(), filer=replace(house.filer, bioguide=None))

    assert house.keep(read())
    assert [version.bioguide for version in house.rows(t.versions)] == [None, "G000596"]


def test_a_document_that_no_reader_understood_is_kept_when_it_cannot_be_fetched_again(house: House) -> None:
    house.keep(BROKEN)

    new = house.keep(GONE, now=NOW + timedelta(days=9))

    filing, (version,) = house.filing(), house.rows(t.versions)
    assert not new
    assert (filing.reason, filing.transient, version.sha256) == (BROKEN.reason, False, PDF.sha256)
    assert [finding.rule for finding in house.rows(t.findings)] == ["refetch_failed"]
