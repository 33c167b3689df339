"""stock_prices with more bars to fetch than one tick may: the rest is handed over, and done at any hour."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from common.db import price_tables as t
from common.prices import gaps, update
from common.tasks import BACKFILL
from local.standins.site import Reply, status
from tests.support.pricing import Pricing, pricing
from tests.support.queue import Queue, a_queue
from tests.support.served import Answered, ask

LONGEST_CHAIN = 12
TICKERS = ("AAPL", "BRK.B", "MSFT", "NVDA")


@pytest.fixture
def queue() -> Iterator[Queue]:
    """Lend a queue that takes what is handed over."""
    with a_queue() as queue:
        yield queue


@pytest.fixture
def prices(
    sqlite_url: str, redis_url: str, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Pricing]:
    """Lend the function with four gaps of five sessions, one errand each, and ticks that run one errand."""
    monkeypatch.setattr(gaps, "MOST_BARS", 5)
    monkeypatch.setattr(update, "ONE_TICK", 1)
    with pricing(sqlite_url, redis_url, dispatch_url=queue.url) as lent:
        lent.disclose(*TICKERS)
        yield lent


def follow(prices: Pricing, queue: Queue) -> list[Answered]:
    """Answer what was handed over, and all that follows from it."""
    answers: list[Answered] = []
    while (not answers or answers[-1].body["status"] == "continued") and len(answers) < LONGEST_CHAIN:
        asks = queue.taken[-1]
        answers.append(ask(prices.port, asks.body, asks.headers, timeout=60))
    return answers


def stored(prices: Pricing) -> dict[str, int]:
    return {ticker: len(prices.closes(ticker)) for ticker in ("AAPL", "BRK-B", "MSFT", "NVDA")}


def test_what_a_tick_leaves_is_handed_over_and_filled_after_the_close(prices: Pricing, queue: Queue) -> None:
    tick = prices.tick()
    prices.now = datetime(2025, 6, 3, 22, tzinfo=UTC)

    (rest,) = follow(prices, queue)

    assert (tick.body["counts"]["bars"], tick.body["counts"]["gaps_left"]) == (5, 3)
    assert queue.taken[0].headers["Capitolscope-Shard"] == BACKFILL
    assert (rest.body["status"], rest.body["counts"]["bars"], rest.body["counts"]["gaps_left"]) == (
        "succeeded",
        15,
        0,
    )
    assert stored(prices) == dict.fromkeys(("AAPL", "BRK-B", "MSFT", "NVDA"), 5)
    assert len(prices.rows(t.quotes)) == 4


def test_a_backfill_that_runs_out_of_time_goes_on_where_it_stood(prices: Pricing, queue: Queue) -> None:
    def later(reply: Reply) -> Reply:
        prices.now += timedelta(minutes=10)
        return reply

    prices.tick()
    prices.alpaca.asked()
    prices.alpaca.arm(later, path="/v2/stocks/bars*", times=99)

    *links, end = follow(prices, queue)

    assert [link.body["status"] for link in links] == ["continued"] * len(links)
    assert links
    assert (end.body["status"], end.body["counts"]["bars"], end.body["counts"]["gaps_left"]) == (
        "succeeded",
        15,
        0,
    )
    assert stored(prices) == dict.fromkeys(("AAPL", "BRK-B", "MSFT", "NVDA"), 5)


def test_an_errand_that_failed_halfway_is_run_again_and_nothing_is_stored_twice(
    prices: Pricing, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update, "ONE_TICK", 9)
    prices.alpaca.arm(lambda reply: reply, path="/v2/stocks/bars*", times=2)
    prices.alpaca.arm(status(503, retry_after="3600"), path="/v2/stocks/bars*")

    broken = prices.tick()
    halfway = sum(stored(prices).values())
    again = prices.tick()

    assert (broken.status, halfway) == (503, 5)
    assert (again.status, again.body["counts"]["bars"]) == (200, 20)
    assert sum(stored(prices).values()) == 20


def test_a_tick_that_is_asked_for_again_after_the_close_finishes_its_bars_without_quotes(
    prices: Pricing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update, "ONE_TICK", 9)
    prices.alpaca.most, prices.alpaca.window = 3, 3600.0
    began = prices.now

    early = prices.tick()
    prices.alpaca.most = 99
    prices.alpaca.asked()
    due, prices.now = began, datetime(2025, 6, 3, 20, 5, tzinfo=UTC)
    late = ask(prices.port, {}, {"X-CloudScheduler-ScheduleTime": due.isoformat()}, timeout=60)

    assert early.status == 503
    assert (late.status, late.body["counts"]["quoted"], late.body["counts"]["gaps_left"]) == (200, 4, 0)
    assert "snapshots" not in prices.alpaca.asked()


def test_a_long_backfill_by_hand_goes_on_after_the_last_ticker_that_it_did(
    prices: Pricing, queue: Queue
) -> None:
    def later(reply: Reply) -> Reply:
        prices.now += timedelta(minutes=10)
        return reply

    prices.tick()
    queue.taken.clear()
    prices.alpaca.asked()
    prices.alpaca.arm(later, path="/v2/stocks/bars*", times=99)

    first = prices.ask(since="2025-05-27", until="2025-06-02")
    *links, end = follow(prices, queue)

    assert first.body["status"] == "continued"
    assert end.body["counts"]["bars"] == 20
    assert len(prices.alpaca.asked()) <= 4 + 1 + len(links)  # one that time ran out upon is asked again
    assert min(prices.closes("NVDA")) == date(2025, 5, 27)
