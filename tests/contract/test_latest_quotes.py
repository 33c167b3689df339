"""The latest quotes on a real Redis: the newest stays, whoever writes last."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from common.errors import DependencyDown
from common.prices.latest import LatestQuotes
from common.prices.records import Quote

NOW = datetime(2025, 6, 2, 14, 30, 0, 123456, tzinfo=UTC)
NVDA = Quote("NVDA", Decimal("137.25"), NOW, "Alpaca, IEX")


@pytest.fixture
def latest(redis_url: str) -> LatestQuotes:
    return LatestQuotes.at(redis_url)


def test_a_quote_comes_back_exactly(latest: LatestQuotes) -> None:
    odd = Quote("BRK-A", Decimal("0.000100"), NOW, "a | b")

    latest.put([NVDA, odd])

    assert latest.get(["BRK-A", "NVDA", "GONE"]) == {"NVDA": NVDA, "BRK-A": odd}
    latest.close()


def test_an_older_quote_never_replaces_a_newer_one_in_whatever_order_they_come(redis_url: str) -> None:
    quotes = [Quote("NVDA", Decimal(n), NOW + timedelta(microseconds=n), "test") for n in (1, 2, 3)]

    for order in permutations(quotes):
        latest = LatestQuotes.at(redis_url)
        latest._client.flushdb()
        for quote in order:
            latest.put([quote])

        assert latest.get(["NVDA"]) == {"NVDA": quotes[-1]}
        latest.close()


def test_it_says_how_many_were_news(latest: LatestQuotes) -> None:
    latest.put([NVDA])

    assert latest.put([NVDA, Quote("MSFT", Decimal(1), NOW, "test")]) == 1
    latest.close()


def test_nothing_asked_is_nothing_known(latest: LatestQuotes) -> None:
    assert latest.get([]) == {}
    latest.close()


def test_a_server_that_is_away_is_told_by_name() -> None:
    latest = LatestQuotes.at("redis://127.0.0.1:9/0")

    for question in (lambda: latest.put([NVDA]), lambda: latest.get(["NVDA"])):
        with pytest.raises(DependencyDown, match="redis: it did not"):
            question()
