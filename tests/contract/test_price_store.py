"""Prices in both databases: exact, the newest stays, what is settled only grows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from sqlalchemy import Engine, select

from common.db import price_tables as t
from common.db.engine import read_transaction, write_transaction
from common.prices import store
from common.prices.disclosed import wanted
from common.prices.records import Bar, Days, Quote, Rename, Split
from tests.support.alerts import Watch
from tests.support.trades import a_trade

DAY = date.fromisoformat
NOW = datetime(2025, 6, 3, 14, 30, tzinfo=UTC)
TODAY = DAY("2025-06-03")


def a_bar(ticker: str = "NVDA", day: str = "2025-06-02", close: str = "137.123456") -> Bar:
    price = Decimal(close)
    return Bar(ticker, DAY(day), price, price, price, price, 10**11, "test")


def days(first: str, last: str) -> Days:
    return Days(DAY(first), DAY(last))


def test_prices_come_back_exactly(engine: Engine) -> None:
    dear = Quote("BRK-A", Decimal("999999999999.999999"), NOW + timedelta(microseconds=1), "test")
    with write_transaction(engine) as tx:
        store.keep_quotes(tx, [dear])
        store.keep_bars(tx, [a_bar()])

    with read_transaction(engine) as connection:
        quote = connection.execute(select(t.quotes)).one()
        bar = connection.execute(select(t.bars)).one()
    assert Quote(*quote) == dear
    assert Bar(*bar) == a_bar()


def test_an_older_quote_never_replaces_a_newer_one(engine: Engine) -> None:
    quotes = [Quote("NVDA", Decimal(n), NOW + timedelta(seconds=n), "test") for n in (1, 2, 3)]

    for order in permutations(quotes):
        with write_transaction(engine) as tx:
            tx.execute(t.quotes.delete())
            written = [store.keep_quotes(tx, [quote]) for quote in order]
            kept = tx.scalars(select(t.quotes.c.price)).all()

        assert kept == [Decimal(3)]
        assert sum(written) == written.count(1) <= 3
    with write_transaction(engine) as tx:
        assert store.keep_quotes(tx, quotes[-1:]) == 0
        assert store.keep_quotes(tx, []) == 0


def test_a_bar_that_is_there_stays_unless_it_is_asked_for_anew(engine: Engine) -> None:
    other = a_bar(close="1")
    with write_transaction(engine) as tx:
        counts = [store.keep_bars(tx, [a_bar()]), store.keep_bars(tx, [other, a_bar(day="2025-05-30")])]
        kept = tx.scalars(select(t.bars.c.close).order_by(t.bars.c.day)).all()
        counts += [store.keep_bars(tx, [other], anew=True), store.keep_bars(tx, [], anew=True)]
        anew = tx.scalars(select(t.bars.c.close).order_by(t.bars.c.day)).all()

    assert counts == [1, 1, 1, 0]
    assert kept == [Decimal("137.123456")] * 2
    assert anew == [Decimal("137.123456"), Decimal(1)]


def test_a_page_of_bars_is_stored_at_once(engine: Engine) -> None:
    bars = [a_bar(f"T{number}", f"2025-0{month}-10") for number in range(500) for month in range(1, 7)]
    with write_transaction(engine) as tx:
        assert store.keep_bars(tx, bars) == 3000


def test_what_is_settled_grows_and_never_shrinks(engine: Engine) -> None:
    spans = [
        days("2025-05-20", "2025-05-30"),
        days("2025-05-26", "2025-05-28"),
        days("2025-05-31", "2025-06-02"),
        days("2025-05-01", "2025-05-19"),
    ]
    with write_transaction(engine) as tx:
        store.note_wanted(tx, {"NVDA": DAY("2025-05-20"), "AMD": DAY("2025-05-20")}, NOW)
        found = []
        for span in spans:
            store.settle(tx, ["NVDA"], span)
            found.append({one.ticker: one.bars for one in store.securities(tx)}["NVDA"])
        other = store.securities_of(tx, ["AMD", "GONE"])

    assert found == [spans[0], spans[0], days("2025-05-20", "2025-06-02"), days("2025-05-01", "2025-06-02")]
    assert [(one.ticker, one.bars) for one in other] == [("AMD", None)]


def test_a_ticker_is_wanted_from_its_earliest_day_and_seen_since_the_first_time(engine: Engine) -> None:
    later = NOW + timedelta(days=1)
    with write_transaction(engine) as tx:
        store.note_wanted(tx, {"NVDA": DAY("2025-05-20"), "AMD": DAY("2025-05-20")}, NOW)
        store.note_wanted(
            tx, {"NVDA": DAY("2025-05-01"), "AMD": DAY("2025-05-21"), "MU": DAY("2025-01-02")}, later
        )
        found = {row.ticker: (row.wanted_from, row.seen_since) for row in tx.execute(select(t.securities))}

    assert found == {
        "NVDA": (DAY("2025-05-01"), NOW),
        "AMD": (DAY("2025-05-20"), NOW),
        "MU": (DAY("2025-01-02"), later),
    }


def test_a_split_that_is_told_again_is_corrected_and_not_doubled(engine: Engine) -> None:
    first = Split("NVDA", DAY("2024-06-10"), Decimal(10), Decimal(1), "test")
    right = Split("NVDA", DAY("2024-06-10"), Decimal("1.5"), Decimal(1), "test")
    with write_transaction(engine) as tx:
        store.keep_splits(tx, [first, first])
        store.keep_splits(tx, [right])
        store.keep_splits(tx, [])

        assert store.splits_of(tx, ["NVDA", "AMD"]) == [right]


def test_a_rename_that_is_known_is_not_kept_again(engine: Engine) -> None:
    told = [
        Rename("FB", DAY("2022-06-11"), "META", "test"),  # shipped, of the 9th
        Rename("AAA", DAY("2024-01-02"), "BBB", "test"),
        Rename("AAA", DAY("2024-01-03"), "BBB", "test"),
    ]
    with write_transaction(engine) as tx:
        counts = [store.keep_renames(tx, told[:2]), store.keep_renames(tx, told)]
        stored = tx.execute(select(t.renames.c.old, t.renames.c.effective)).all()

    assert counts == [1, 0]
    assert stored == [("AAA", DAY("2024-01-02"))]


def test_the_days_whose_splits_are_known_grow_together(engine: Engine) -> None:
    with write_transaction(engine) as tx:
        before = store.actions_read(tx, "test")
        for span in (
            days("2016-01-01", "2016-12-31"),
            days("2017-01-01", "2017-12-31"),
            days("2017-12-18", "2018-01-02"),
        ):
            store.note_actions_read(tx, "test", span)

        assert before is None
        assert store.actions_read(tx, "test") == days("2016-01-01", "2018-01-02")


def test_every_disclosed_ticker_of_both_chambers_is_wanted_from_its_first_trade(engine: Engine) -> None:
    watch = Watch(engine)
    traded = {
        name: {"transaction_date": DAY(day)}
        for name, day in (("early", "2025-01-15"), ("late", "2025-03-03"))
    }
    watch.file(
        a_trade(ticker="BRK.B", **traded["late"]),
        a_trade(row=2, ticker="BRK-B", **traded["early"]),
        a_trade(row=3, ticker=None),
        a_trade(row=4, ticker="MU", transaction_date=DAY("2025-01-20")),  # Martin Luther King's day
        a_trade(row=5, ticker="AMD", transaction_date=DAY("1925-01-15")),
        a_trade(row=6, ticker="TSM", transaction_date=DAY("2031-01-15")),
        a_trade(row=7, ticker="INTC", quarantine=("amount: unreadable",), **traded["early"]),
        a_trade(row=8, ticker="see attached statement", **traded["early"]),
        a_trade(row=9, ticker="IBM", transaction_date=None),
    )
    watch.file(
        a_trade(ticker="BRK/B", **traded["late"]),
        a_trade(row=2, ticker="KO", **traded["late"]),
        chamber="senate",
    )
    replaced = watch.file(a_trade(ticker="OLD", **traded["late"]))
    watch.restate(replaced, a_trade(ticker="NEW", **traded["late"]))

    with read_transaction(engine) as connection:
        found = wanted(connection, store.renames(connection), TODAY)

    assert found == {
        "BRK-B": DAY("2025-01-15"),
        "MU": DAY("2025-01-17"),
        "AMD": DAY("2011-12-30"),  # no earlier than the law; the last session before 2012
        "KO": DAY("2025-03-03"),
        "NEW": DAY("2025-03-03"),
        "IBM": DAY("2025-03-05"),  # of the filing
    }


@pytest.mark.parametrize("written", ["FB", "META"])
def test_a_security_is_wanted_under_each_of_its_names_from_that_names_first_day(
    engine: Engine, written: str
) -> None:
    watch = Watch(engine)
    watch.file(a_trade(ticker=written, transaction_date=DAY("2022-06-01")), filed=DAY("2022-07-01"))

    with read_transaction(engine) as connection:
        found = wanted(connection, store.renames(connection), TODAY)

    assert found == {"FB": DAY("2022-06-01"), "META": DAY("2022-06-09")}
