"""stock_prices as an operator asks for it: for some tickers, or for bars that are asked for again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from common.db import price_tables as t
from local.standins.market import SplitOf
from tests.support.pricing import MARKET, Pricing, pricing


@pytest.fixture
def small(sqlite_url: str, redis_url: str) -> Iterator[Pricing]:
    """Lend the function on SQLite."""
    with pricing(sqlite_url, redis_url) as lent:
        yield lent


def test_an_operator_has_bars_asked_for_again_at_any_hour(small: Pricing) -> None:
    small.disclose("NVDA", "AAPL")
    small.tick()
    before = small.closes("AAPL")
    small.alpaca.market = replace(MARKET, splits=(SplitOf("NVDA", date(2025, 5, 29), 2, 1),))
    small.now = datetime(2025, 6, 7, 3, tzinfo=UTC)  # a Friday's night in New York

    answer = small.ask(tickers=["nvda"], since="2025-05-28", until="2025-05-29")

    assert answer.body["counts"]["bars"] == 2
    assert small.closes("NVDA")[date(2025, 5, 28)] == MARKET.close("NVDA", date(2025, 5, 28))
    assert small.closes("NVDA")[date(2025, 5, 29)] == small.market.close("NVDA", date(2025, 5, 29))
    assert small.closes("AAPL") == before


def test_an_operator_has_quotes_and_bars_brought_up_to_date_while_the_exchange_is_closed(
    small: Pricing,
) -> None:
    small.disclose("NVDA", "AAPL")
    small.now = datetime(2025, 6, 7, 3, tzinfo=UTC)  # a Friday's night in New York

    closed = small.tick()
    answer = small.ask(at_any_hour=True, tickers=["NVDA"])

    assert closed.body["reason"] == "market closed"
    assert (answer.body["counts"]["quoted"], answer.body["counts"]["gaps_left"]) == (1, 0)
    (quote,) = small.rows(t.quotes)
    assert quote.at == datetime(2025, 6, 6, 19, 59, 59, tzinfo=UTC)
    assert max(small.closes("NVDA")) == date(2025, 6, 5)
    assert small.closes("AAPL") == {}


def test_what_cannot_be_asked_is_refused_by_name(small: Pricing) -> None:
    odd: list[dict[str, Any]] = [
        {"since": "2025-05-28", "until": "2025-05-27"},
        {"until": "2025-05-27"},
        {"tickers": ["!"]},
        {"ticker": "NVDA"},
    ]

    answers = [small.ask(**asked) for asked in odd]

    fields = [(answer.status, answer.body["field"]) for answer in answers]
    assert fields == [(400, "body"), (400, "body"), (400, "tickers.0"), (400, "ticker")]


def test_days_that_are_still_to_come_are_asked_of_nobody(small: Pricing) -> None:
    small.disclose("NVDA")

    answer = small.ask(since="2025-06-03")

    assert answer.body["counts"]["bars"] == 0
    assert small.alpaca.asked() == []
