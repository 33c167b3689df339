"""stock_prices over real HTTP: a market, a Congress that trades in it, a real Redis, both databases."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from common.db import price_tables as t
from common.prices.latest import LatestQuotes
from common.tasks import MARKET_CLOSED, NO_PRICE_SOURCE
from local.standins.market import Listed, Market, Renamed, SplitOf
from local.standins.site import Reply
from tests.support.pricing import MARKET, NOW, Pricing, pricing

TODAY = date(2025, 6, 3)
SINCE_THE_TRADE = [date(2025, 5, day) for day in (27, 28, 29, 30)] + [date(2025, 6, 2)]


@pytest.fixture
def prices(database_url: str, redis_url: str) -> Iterator[Pricing]:
    """Lend the function on SQLite and on PostgreSQL in turn."""
    with pricing(database_url, redis_url) as lent:
        yield lent


@pytest.fixture
def small(sqlite_url: str, redis_url: str) -> Iterator[Pricing]:
    """Lend the function on SQLite."""
    with pricing(sqlite_url, redis_url) as lent:
        yield lent


def test_a_tick_stores_the_quote_and_every_close_since_the_first_trade(
    prices: Pricing, redis_url: str
) -> None:
    prices.disclose("NVDA", "BRK.B", "BRK-B")

    answer = prices.tick()

    quote = prices.market.close("NVDA", TODAY)
    assert answer.status == 200
    assert answer.body["counts"] == {
        "tickers": 2,
        "quoted": 2,
        "unknown": 0,
        "refused": 0,
        "bars": 10,
        "splits": 0,
        "renames": 0,
        "sessions": 5,
        "sessions_complete": 5,
        "gaps_left": 0,
    }
    assert [(row.ticker, row.price, row.at, row.source) for row in prices.rows(t.quotes)][1] == (
        *("NVDA", quote, NOW - timedelta(seconds=7), "Alpaca, IEX"),
    )
    assert prices.closes("NVDA") == {day: MARKET.close("NVDA", day) for day in SINCE_THE_TRADE}
    assert list(prices.closes("BRK-B").values()) == [MARKET.close("BRK.B", day) for day in SINCE_THE_TRADE]
    with closing(LatestQuotes.at(redis_url)) as latest:
        assert latest.get(["NVDA"])["NVDA"].price == quote


def test_the_next_tick_asks_for_quotes_alone(small: Pricing) -> None:
    small.disclose("NVDA")
    small.tick()
    small.alpaca.asked()

    small.now += timedelta(minutes=15)
    answer = small.tick()

    assert small.alpaca.asked() == ["snapshots"]
    assert answer.body["counts"]["bars"] == 0
    assert small.rows(t.quotes)[0].at == small.now - timedelta(seconds=7)


def test_the_first_tick_of_a_day_fetches_the_bars_of_the_session_before(small: Pricing) -> None:
    small.disclose("NVDA")
    small.tick()

    small.now += timedelta(days=1)
    answer = small.tick()

    assert answer.body["counts"]["bars"] == 1
    assert small.closes("NVDA")[TODAY] == MARKET.close("NVDA", TODAY)


def test_an_earlier_trade_that_is_disclosed_later_has_its_bars_filled_in(small: Pricing) -> None:
    small.disclose("NVDA")
    small.tick()
    small.disclose("NVDA", traded=date(2025, 5, 22))

    small.now += timedelta(minutes=15)
    answer = small.tick()

    assert answer.body["counts"]["bars"] == 2  # 22 and 23 May; the 26th was Memorial Day
    assert min(small.closes("NVDA")) == date(2025, 5, 22)


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        ("2025-07-03T16:45:00Z", None),  # the day before Independence Day closes at 13:00
        ("2025-07-03T17:00:00Z", MARKET_CLOSED),
        ("2025-11-03T13:45:00Z", MARKET_CLOSED),  # the first Monday of winter time: 8:45 in New York
        ("2025-11-03T14:30:00Z", None),
    ],
)
def test_a_tick_runs_inside_a_session_and_is_skipped_outside(
    small: Pricing, moment: str, reason: str | None
) -> None:
    small.now = datetime.fromisoformat(moment)

    answer = small.tick()

    assert answer.status == 200
    assert (answer.body["status"], answer.body["reason"]) == (
        ("skipped", reason) if reason else ("succeeded", None)
    )
    assert bool(reason) == (small.alpaca.asked() == [])


@pytest.mark.parametrize("lacking", ["alpaca_key_id", "alpaca_secret_key"])
def test_without_a_key_it_says_what_to_set(sqlite_url: str, redis_url: str, lacking: str) -> None:
    with pricing(sqlite_url, redis_url, **{lacking: None}) as prices:
        prices.disclose("NVDA")

        answer = prices.tick()

        assert (answer.status, answer.body["status"]) == (200, "skipped")
        assert answer.body["reason"] == NO_PRICE_SOURCE
        assert "no price source configured; set ALPACA_KEY_ID and ALPACA_SECRET_KEY" in NO_PRICE_SOURCE
        assert prices.alpaca.asked() == []


def test_a_key_that_is_not_taken_fails_loudly_and_says_what_to_set(sqlite_url: str, redis_url: str) -> None:
    with pricing(sqlite_url, redis_url, alpaca_secret_key="another") as prices:
        prices.disclose("NVDA")

        answer = prices.tick()

        source = prices.source()
        assert (answer.status, answer.body["status"]) == (500, "failed: bug")
        assert "set ALPACA_KEY_ID and ALPACA_SECRET_KEY to a key that it takes" in answer.body["error"]
        assert len(prices.alpaca.requests) == 1
        assert source is not None
        assert "answered 403: forbidden." in (source.fault or "")


def test_a_ticker_that_nobody_knows_has_no_price_and_harms_no_other(small: Pricing) -> None:
    small.alpaca.market = replace(MARKET, silent=frozenset({"MSFT"}))
    small.disclose("NVDA", "GONE", "MSFT", "BTC2", "$$$", "N/A", "a very long name of something")

    answer = small.tick()

    counts = answer.body["counts"]
    assert answer.status == 200
    assert [row.ticker for row in small.rows(t.quotes)] == ["NVDA"]
    assert (counts["tickers"], counts["quoted"], counts["unknown"], counts["refused"]) == (5, 1, 3, 1)
    assert counts["gaps_left"] == 0


def test_a_ticker_that_can_be_none_is_left_out_for_a_month(small: Pricing) -> None:
    small.disclose("NVDA", "BTC2")
    small.tick()
    small.alpaca.asked()

    small.now += timedelta(minutes=15)
    soon = small.tick()
    asked_soon = small.alpaca.asked()
    small.now += timedelta(days=35)
    later = small.tick()

    assert (soon.body["counts"]["tickers"], asked_soon) == (1, ["snapshots"])
    assert later.body["counts"]["refused"] == 1


def test_being_throttled_for_long_stops_and_the_next_attempt_goes_on_where_it_stood(small: Pricing) -> None:
    small.disclose("NVDA")
    small.alpaca.most, small.alpaca.window = 1, 3600.0  # the quotes; then nothing more for an hour

    throttled = small.tick()
    fault = small.source()
    small.alpaca.most = 100
    small.alpaca.asked()
    again = small.tick()

    mended = small.source()
    assert (throttled.status, throttled.body["status"]) == (503, "failed: transient")
    assert fault is not None
    assert "answered 429" in (fault.fault or "")
    assert again.status == 200
    assert "snapshots" not in small.alpaca.asked()
    assert (again.body["counts"]["quoted"], again.body["counts"]["bars"]) == (1, 5)
    assert mended is not None
    assert (mended.fault, mended.succeeded_at) == (None, NOW)


def test_splits_and_renames_of_the_whole_market_are_learnt(small: Pricing) -> None:
    small.alpaca.market = Market(
        listed=dict(MARKET.listed)
        | {"OLD": Listed(last=date(2025, 5, 28)), "NEW": Listed(first=date(2025, 5, 29))},
        splits=(SplitOf("NVDA", date(2025, 5, 29), 10, 1), SplitOf("XYZ", date(2021, 3, 1), 1, 20)),
        renames=(Renamed("OLD", "NEW", date(2025, 5, 29)), Renamed("FB", "META", date(2022, 6, 10))),
    )
    small.disclose("OLD", traded=date(2025, 5, 27), filed=date(2025, 5, 28))

    first = small.tick()
    small.now += timedelta(minutes=15)
    second = small.tick()

    split, reverse = small.rows(t.splits)
    assert (first.body["counts"]["splits"], first.body["counts"]["renames"]) == (2, 1)
    assert (split.ticker, split.effective, split.new_rate, split.old_rate) == (
        "NVDA",
        date(2025, 5, 29),
        10,
        1,
    )
    assert (reverse.new_rate, reverse.old_rate) == (1, 20)
    assert [(row.old, row.new) for row in small.rows(t.renames)] == [("OLD", "NEW")]  # META's is shipped
    assert second.body["counts"]["tickers"] == 2
    assert sorted(small.closes("OLD")) == [date(2025, 5, 27), date(2025, 5, 28)]
    assert min(small.closes("NEW")) == date(2025, 5, 29)
    assert small.closes("NEW")[date(2025, 6, 2)] == Decimal(str(MARKET.close("NEW", date(2025, 6, 2))))


def test_the_last_days_splits_are_read_again_each_day_and_kept_once(small: Pricing) -> None:
    small.alpaca.market = replace(MARKET, splits=(SplitOf("NVDA", date(2025, 6, 2), 10, 1),))
    small.tick()
    first = small.alpaca.asked().count("corporate-actions")

    small.now = datetime(2025, 6, 4, 14, 30, tzinfo=UTC)
    again = small.tick()

    assert (first, small.alpaca.asked().count("corporate-actions")) == (10, 1)  # a year at a time, from 2016
    assert again.body["counts"]["splits"] == 1
    assert len(small.rows(t.splits)) == 1


def without_the_last_bars(small: Pricing) -> None:
    listed = {symbol: Listed(last=date(2025, 5, 30)) for symbol in MARKET.listed}
    small.alpaca.market = replace(MARKET, listed=listed)


def refusing_young_bars(small: Pricing) -> None:
    body = b'{"message": "subscription does not permit querying recent SIP data"}'
    small.alpaca.arm(lambda _: Reply(403, body, {}), path="/v2/stocks/bars*")


@pytest.mark.parametrize("unpublished", [without_the_last_bars, refusing_young_bars])
def test_the_bars_of_a_session_that_is_not_published_are_left_for_later(
    small: Pricing, unpublished: Callable[[Pricing], None]
) -> None:
    unpublished(small)
    small.disclose("NVDA")

    early = small.tick()
    small.alpaca.market = MARKET
    small.now += timedelta(minutes=15)
    later = small.tick()

    assert (early.body["counts"]["bars"], early.body["counts"]["gaps_left"]) == (4, 1)
    assert (later.body["counts"]["bars"], later.body["counts"]["gaps_left"]) == (1, 0)
