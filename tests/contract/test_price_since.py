"""What a price did since a trade and since its disclosure: from stored closes, quotes, splits and renames."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from common.db.engine import make_engine, read_transaction, write_transaction
from common.prices import store
from common.prices.records import Bar, Days, Quote, Rename, Split
from common.prices.since import Asked, Change, Since, Unknown, price_since, told, told_in_full
from tests.support.settings import some_settings

DAY = date.fromisoformat
NOW = datetime(2025, 6, 3, 19, 50, tzinfo=UTC)
AT = datetime(2025, 6, 3, 19, 45, tzinfo=UTC)  # 15:45 in New York
NVDA = Asked("NVDA", DAY("2025-05-01"), DAY("2025-05-30"))
KNOWN = Days(DAY("2016-01-01"), DAY("2025-06-03"))


class Books:
    """Prices stored in a database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def keep(
        self, *closes: tuple[str, str, str], through: str = "2025-06-02", actions: Days | None = KNOWN
    ) -> None:
        """Store closes of (ticker, day, dollars), and that every session until THROUGH was asked for."""
        bars = [_bar(ticker, DAY(day), Decimal(dollars)) for ticker, day, dollars in closes]
        first = {bar.ticker: min(one.day for one in bars if one.ticker == bar.ticker) for bar in bars}
        with write_transaction(self.engine) as tx:
            store.keep_bars(tx, bars)
            store.note_wanted(tx, first, NOW)
            for ticker, day in first.items():
                store.settle(tx, [ticker], Days(day, DAY(through)))
            if actions:
                store.note_actions_read(tx, "Alpaca", actions)

    def quote(self, ticker: str, dollars: str, at: datetime = AT) -> None:
        with write_transaction(self.engine) as tx:
            store.keep_quotes(tx, [Quote(ticker, Decimal(dollars), at, "Alpaca, IEX")])

    def happens(self, *events: Split | Rename) -> None:
        with write_transaction(self.engine) as tx:
            store.keep_splits(tx, [one for one in events if isinstance(one, Split)])
            store.keep_renames(tx, [one for one in events if isinstance(one, Rename)])

    def since(self, asked: Asked = NVDA, now: datetime = NOW) -> Since:
        with read_transaction(self.engine) as connection:
            return price_since(connection, {asked}, now)[asked]


def _bar(ticker: str, day: date, close: Decimal) -> Bar:
    return Bar(ticker, day, close, close, close, close, 1, "Alpaca, SIP")


def a_split(ticker: str, day: str, new: int, old: int) -> Split:
    return Split(ticker, DAY(day), Decimal(new), Decimal(old), "Alpaca")


def percents(since: Since) -> tuple[Any, ...]:
    return tuple(one.percent if isinstance(one, Change) else one for one in (since.trade, since.disclosure))


@pytest.fixture
def books(sqlite_url: str) -> Iterator[Books]:
    engine = make_engine(some_settings(database_url=sqlite_url))
    yield Books(engine)
    engine.dispose()


def test_the_basis_is_stated_with_each_change(engine: Engine) -> None:
    books = Books(engine)
    books.keep(("NVDA", "2025-05-01", "100"), ("NVDA", "2025-05-30", "110"))
    books.quote("NVDA", "123.45")

    to_the_quote = "to the quote of 2025-06-03 15:45 ET, Alpaca, IEX; dividends and spin-offs left out"
    assert told(books.since()) == (
        f"Price +23.4% since the trade (close of 2025-05-01, split-adjusted, {to_the_quote})",
        f"Price +12.2% since the disclosure (close of 2025-05-30, split-adjusted, {to_the_quote})",
    )


@pytest.mark.parametrize(
    ("quote", "percent"),
    [("50", "-50.0"), ("99.99", "0.0"), ("100.05", "0.0"), ("100.15", "0.2"), ("1000", "900.0")],
)
def test_a_change_is_rounded_to_a_tenth_of_a_percent(books: Books, quote: str, percent: str) -> None:
    books.keep(("NVDA", "2025-05-01", "100"))
    books.quote("NVDA", quote)

    change = books.since().trade

    assert isinstance(change, Change)
    assert str(change.percent) == percent


@pytest.mark.parametrize(
    ("splits", "percent"),
    [
        ([a_split("NVDA", "2025-05-15", 10, 1)], "20.0"),
        ([a_split("NVDA", "2025-05-02", 10, 1)], "20.0"),
        ([a_split("NVDA", "2025-06-03", 10, 1)], "20.0"),  # today's quote is in new shares
        ([a_split("NVDA", "2025-05-01", 10, 1)], "-88.0"),  # that day's close already is
        ([a_split("NVDA", "2025-06-04", 10, 1)], "-88.0"),  # still to come
        ([a_split("AMD", "2025-05-15", 10, 1)], "-88.0"),
        ([a_split("NVDA", "2025-05-15", 3, 1), a_split("NVDA", "2025-05-20", 1, 6)], "-94.0"),
        ([a_split("NVDA", "2025-05-15", 5, 1), a_split("NVDA", "2025-05-20", 2, 1)], "20.0"),
    ],
)
def test_splits_between_close_and_quote_are_applied_when_they_are_read(
    books: Books, splits: list[Split], percent: str
) -> None:
    books.keep(("NVDA", "2025-05-01", "100"))
    books.quote("NVDA", "12")
    books.happens(*splits)

    assert percents(books.since())[0] == Decimal(percent)


@pytest.mark.parametrize(
    "known",
    [
        None,
        Days(DAY("2025-05-02"), DAY("2025-06-03")),  # a split on the day after the close
        Days(DAY("2016-01-01"), DAY("2025-06-02")),  # or on the day of the quote
    ],
)
def test_where_splits_are_not_known_it_says_so(books: Books, known: Days | None) -> None:
    books.keep(("NVDA", "2025-05-01", "100"), actions=known)
    books.quote("NVDA", "120")

    (words,) = told(books.since())

    assert "+20.0% since the trade (close of 2025-05-01, not adjusted for splits, to the quote" in words


def test_a_trade_before_splits_are_recorded_is_not_called_adjusted(books: Books) -> None:
    books.keep(("NVDA", "2019-12-31", "100"))
    books.quote("NVDA", "120")

    (words,) = told(books.since(Asked("NVDA", DAY("2019-12-31"), None)))[:1]

    assert "not adjusted for splits" in words


@pytest.mark.parametrize(("disclosed", "stored"), [("BRK.B", "BRK-B"), ("brk/b", "BRK-B")])
def test_a_ticker_is_found_however_it_is_disclosed(books: Books, disclosed: str, stored: str) -> None:
    books.keep((stored, "2025-05-01", "400"))
    books.quote(stored, "500")

    assert percents(books.since(Asked(disclosed, DAY("2025-05-01"), None)))[0] == Decimal("25.0")


def test_a_day_without_a_session_stands_for_the_last_close_before(books: Books) -> None:
    books.keep(("NVDA", "2025-05-23", "100"), ("NVDA", "2025-05-27", "200"))
    books.quote("NVDA", "150")

    since = books.since(
        Asked("NVDA", DAY("2025-05-26"), DAY("2025-05-25"))
    )  # Memorial Day, and the Sunday before

    assert percents(since) == (Decimal("50.0"), Decimal("50.0"))
    assert isinstance(since.trade, Change)
    assert since.trade.day == DAY("2025-05-23")


def test_a_close_that_is_older_than_a_weekend_stands_for_no_other_day(books: Books) -> None:
    books.keep(("NVDA", "2025-04-24", "100"))
    books.quote("NVDA", "150")

    assert percents(books.since())[0] == Unknown("the close of 2025-05-01 is not stored")


def test_a_renamed_security_is_followed_and_one_that_reused_its_ticker_is_not(books: Books) -> None:
    books.keep(("FB", "2022-06-01", "100"), ("META", "2022-06-01", "7"), ("META", "2022-07-01", "80"))
    books.quote("META", "160")
    books.quote("FB", "1")

    for ticker in ("FB", "META"):
        since = books.since(Asked(ticker, DAY("2022-06-01"), DAY("2022-07-01")))

        assert percents(since) == (Decimal("60.0"), Decimal("100.0"))


def test_a_split_under_a_later_name_is_the_same_securitys(books: Books) -> None:
    books.keep(("OLD", "2025-05-01", "100"))
    books.quote("NEW", "30")
    books.happens(Rename("OLD", DAY("2025-05-08"), "NEW", "test"), a_split("NEW", "2025-05-20", 4, 1))

    assert percents(books.since(Asked("OLD", DAY("2025-05-01"), DAY("2025-05-02"))))[0] == Decimal("20.0")


@pytest.mark.parametrize("printed", ["OLD", "NEW"])
def test_a_split_on_the_day_of_a_rename_counts_once_under_either_name(books: Books, printed: str) -> None:
    books.keep(("OLD", "2025-05-01", "100"))
    books.quote("NEW", "30")
    books.happens(Rename("OLD", DAY("2025-05-08"), "NEW", "test"), a_split(printed, "2025-05-08", 4, 1))

    assert percents(books.since(Asked("OLD", DAY("2025-05-01"), DAY("2025-05-02"))))[0] == Decimal("20.0")


UNKNOWN = {
    "no quote": (lambda books: books.quote("AMD", "1"), NVDA, "there is no recent quote of NVDA"),
    "an old quote": (
        lambda books: books.quote("NVDA", "1", datetime(2025, 5, 20, 15, tzinfo=UTC)),
        NVDA,
        "there is no recent quote of NVDA",
    ),
    "a close still to come": (
        lambda books: books.quote("NVDA", "1"),
        Asked("NVDA", DAY("2025-06-03"), None),
        "the close of 2025-06-03 is not stored",
    ),
    "a close that was never asked for": (
        lambda books: books.quote("AMD", "1"),
        Asked("AMD", DAY("2025-05-01"), None),
        "the close of 2025-05-01 is not stored",
    ),
    "nothing traded since": (
        lambda books: books.quote("NVDA", "1", datetime(2025, 6, 2, 19, tzinfo=UTC)),
        Asked("NVDA", DAY("2025-06-02"), None),
        "nothing traded since the close of 2025-06-02",
    ),
    "no day at all": (
        lambda books: books.quote("NVDA", "1"),
        Asked("NVDA", None, None),
        "its day is not known",
    ),
    "a company that is gone": (
        lambda books: books.quote("TWTR", "1"),
        Asked("TWTR", DAY("2022-05-02"), DAY("2022-06-01")),
        "there is no recent quote of TWTR",
    ),
}


@pytest.mark.parametrize(("stored", "asked", "reason"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_is_not_known_is_not_told_and_says_why(
    books: Books, stored: Any, asked: Asked, reason: str
) -> None:
    books.keep(("NVDA", "2025-06-02", "100"))
    stored(books)

    since = books.since(asked)

    assert since.trade == Unknown(reason)
    assert not any("since the trade" in words for words in told(since))
    assert told_in_full(since)[0] == f"Price since the trade not known: {reason}"


def test_many_trades_are_looked_up_together(books: Books) -> None:
    tickers = [f"T{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(150)]
    books.keep(*((ticker, "2025-05-01", "100") for ticker in tickers))
    for ticker in tickers:
        books.quote(ticker, "101")
    asked = {Asked(ticker, DAY("2025-05-01"), None) for ticker in tickers}

    with read_transaction(books.engine) as connection:
        found = price_since(connection, asked, NOW)

    assert {percents(since)[0] for since in found.values()} == {Decimal("1.0")}


def test_nothing_asked_is_nothing_found(books: Books) -> None:
    with read_transaction(books.engine) as connection:
        assert price_since(connection, set(), NOW) == {}
