"""The Alpaca client against a real server: what it brings, what it leaves out, and how it fails."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from common.download import Patience
from common.errors import SourceChanged, SourceUnavailable
from common.prices.alpaca import MOST_AT_ONCE, PACES, Alpaca, without
from common.prices.records import Days, Rename, Split
from common.prices.source import BadKey, NotYetPublished, Throttled
from local.standins import alpaca as standin
from local.standins.alpaca import KEY_ID, SECRET_KEY, AlpacaStandin
from local.standins.market import Listed, Market, Renamed, SplitOf
from local.standins.site import Fault, Reply, cut, instead, slow, status

NOW = datetime(2025, 6, 3, 14, 30, tzinfo=UTC)
WEEK = Days(date(2025, 5, 26), date(2025, 5, 30))  # its Monday is Memorial Day
QUICK = Patience(attempts=3, first_wait=timedelta(milliseconds=5), total=timedelta(seconds=5))
MARKET = Market(
    {symbol: Listed() for symbol in ("A", "AAPL", "BRK.B", "NVDA")},
    splits=(SplitOf("NVDA", date(2024, 6, 10), 10, 1), SplitOf("GE", date(2021, 8, 2), 1, 8)),
    renames=(Renamed("FB", "META", date(2022, 6, 9)),),
    silent=frozenset({"A"}),
)


@pytest.fixture
def market() -> Iterator[AlpacaStandin]:
    with AlpacaStandin(MARKET, clock=lambda: NOW) as market:
        yield market


@pytest.fixture
def alpaca(market: AlpacaStandin) -> Iterator[Alpaca]:
    with client(market) as client_:
        yield client_


def client(market: AlpacaStandin, secret: str = SECRET_KEY, patience: Patience = QUICK) -> Alpaca:
    return Alpaca(KEY_ID, secret, base_url=market.url, contact="ops@example.org", patience=patience)


def with_headers(**headers: str) -> Fault:
    def answer(reply: Reply) -> Reply:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        return Reply(429, b'{"code": 42910000, "message": "too many requests."}', said)

    return answer


def test_quotes_come_in_one_request_in_our_spelling_and_exact(market: AlpacaStandin, alpaca: Alpaca) -> None:
    quotes = alpaca.latest(["BRK-B", "NVDA", "A", "GONE"])

    assert set(quotes) == {"BRK-B", "NVDA"}
    assert quotes["BRK-B"].price == MARKET.close("BRK.B", NOW.date())
    assert quotes["NVDA"].at == NOW - timedelta(seconds=7)
    (request,) = market.requests
    asked = parse_qs(urlsplit(request.path).query)
    assert asked == {"symbols": ["BRK.B,NVDA,A,GONE"], "feed": ["iex"]}
    assert request.headers["User-Agent"].endswith("(+ops@example.org)")


def test_nothing_is_asked_about_nothing(market: AlpacaStandin, alpaca: Alpaca) -> None:
    assert alpaca.latest([]) == {}
    assert alpaca.daily_bars(WEEK, []) == {}
    assert market.requests == []


def test_bars_are_raw_and_of_every_session(market: AlpacaStandin, alpaca: Alpaca) -> None:
    bars = alpaca.daily_bars(WEEK, ["NVDA", "BRK-B", "GONE"])

    assert set(bars) == {"NVDA", "BRK-B"}
    assert [(bar.day.day, bar.close) for bar in bars["NVDA"]] == [
        (day, MARKET.close("NVDA", date(2025, 5, day))) for day in (27, 28, 29, 30)
    ]
    asked = parse_qs(urlsplit(market.requests[0].path).query)
    assert (asked["adjustment"], asked["feed"], asked["timeframe"]) == (["raw"], ["sip"], ["1Day"])
    assert (asked["start"], asked["end"]) == (["2025-05-26T00:00:00-04:00"], ["2025-05-30T23:59:59-04:00"])


def test_bars_of_several_pages_are_put_together(
    market: AlpacaStandin, alpaca: Alpaca, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(standin.MOST, "/v2/stocks/bars", 3)

    bars = alpaca.daily_bars(WEEK, ["NVDA", "AAPL"])

    assert {ticker: len(found) for ticker, found in bars.items()} == {"AAPL": 4, "NVDA": 4}
    assert len(market.requests) == 3


def test_a_bar_is_of_what_was_called_so_on_its_day(market: AlpacaStandin, alpaca: Alpaca) -> None:
    market.market = replace(
        MARKET, listed={"FB": Listed(last=date(2022, 6, 8)), "META": Listed(first=date(2022, 6, 9))}
    )

    bars = alpaca.daily_bars(Days(date(2022, 6, 7), date(2022, 6, 10)), ["FB", "META"])

    assert {ticker: [bar.day.day for bar in found] for ticker, found in bars.items()} == {
        "FB": [7, 8],
        "META": [9, 10],
    }


def test_splits_and_renames_of_the_market_come_page_by_page(
    alpaca: Alpaca, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(standin.MOST, "/v1/corporate-actions", 1)

    told = alpaca.actions(Days(date(2021, 1, 1), date(2024, 6, 10)))

    assert set(told.splits) == {
        Split("NVDA", date(2024, 6, 10), Decimal(10), Decimal(1), "Alpaca"),
        Split("GE", date(2021, 8, 2), Decimal(1), Decimal(8), "Alpaca"),
    }
    assert told.renames == (Rename("FB", date(2022, 6, 9), "META", "Alpaca"),)


@pytest.mark.parametrize("names_culprit", [True, False])
@pytest.mark.parametrize("bad", [["BAD1"], ["BAD1", "BAD2", "BAD3"], ["BAD1", "NVDA2", "NVDA", "AAPL"]])
def test_a_symbol_that_can_be_none_costs_no_other_its_price(
    *, market: AlpacaStandin, alpaca: Alpaca, bad: list[str], names_culprit: bool
) -> None:
    market.names_culprit = names_culprit
    tickers = ["AAPL", *bad, "BRK-B", "NVDA"]

    quotes = alpaca.latest(dict.fromkeys(tickers))

    assert set(quotes) == {"AAPL", "BRK-B", "NVDA"}
    assert alpaca.refused == {ticker for ticker in bad if ticker[-1].isdigit()}


def test_the_same_holds_for_bars(market: AlpacaStandin, alpaca: Alpaca) -> None:
    market.names_culprit = False

    bars = alpaca.daily_bars(WEEK, ["BAD1", "NVDA", "AAPL"])

    assert set(bars) == {"NVDA", "AAPL"}
    assert alpaca.refused == {"BAD1"}


@pytest.mark.parametrize(
    ("culprit", "parts"),
    [
        ("B", (["B"], [["A", "C"]])),
        ("", ([], [["A"], ["B", "C"]])),
        ("elsewhere", ([], [["A"], ["B", "C"]])),
    ],
)
def test_a_culprit_that_is_not_named_is_found_by_halves(culprit: str, parts: object) -> None:
    assert without(culprit, ["A", "B", "C"]) == parts


def test_one_symbol_that_is_refused_is_its_own_culprit() -> None:
    assert without("", ["A"]) == (["A"], [])


def test_a_wrong_key_is_told_apart_from_data_that_are_too_young(
    market: AlpacaStandin, alpaca: Alpaca
) -> None:
    with (
        client(market, secret="another") as stranger,
        pytest.raises(BadKey, match=r"answered 403: forbidden\."),
    ):
        stranger.latest(["NVDA"])
    with pytest.raises(NotYetPublished, match="does not permit querying recent SIP data"):
        alpaca.daily_bars(Days(NOW.date(), NOW.date()), ["NVDA"])

    assert len(market.requests) == 2


def test_no_key_is_a_wrong_one(market: AlpacaStandin, alpaca: Alpaca) -> None:
    market.arm(lambda _: Reply(401, b'{"message": "forbidden."}', {}))

    with pytest.raises(BadKey, match="set ALPACA_KEY_ID and ALPACA_SECRET_KEY to a key that it takes"):
        alpaca.latest(["NVDA"])


PASSING = {
    "429": status(429, retry_after="0"),
    "500": status(500),
    "503": status(503),
    "a connection cut in the body": cut(20),
    "a connection cut before the body": cut(0),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_what_may_pass_is_asked_for_again(market: AlpacaStandin, alpaca: Alpaca, fault: Fault) -> None:
    market.arm(fault, times=2)

    assert set(alpaca.latest(["NVDA"])) == {"NVDA"}
    assert len(market.requests) == 3


def test_a_server_that_is_down_or_slow_is_unavailable(market: AlpacaStandin) -> None:
    market.arm(status(503), times=3)
    market.arm(slow(1.0))

    with client(market) as alpaca, pytest.raises(SourceUnavailable, match="answered 503"):
        alpaca.latest(["NVDA"])
    brief = replace(QUICK, total=timedelta(seconds=0.1))
    with client(market, patience=brief) as alpaca, pytest.raises(SourceUnavailable, match="no whole answer"):
        alpaca.latest(["NVDA"])


def test_a_short_pause_is_waited_for_and_a_long_one_is_told(market: AlpacaStandin, alpaca: Alpaca) -> None:
    date_ = {"Date": "Tue, 03 Jun 2025 14:30:00 GMT"}
    at = int(NOW.timestamp())
    market.arm(with_headers(X_RateLimit_Reset=str(at + 1), **date_))
    market.arm(with_headers(X_RateLimit_Reset=str(at + 3600), **date_))

    with pytest.raises(Throttled) as throttled:
        alpaca.latest(["NVDA"])

    first, second = market.requests
    assert 1 <= second.at - first.at < 2
    assert throttled.value.retry_after == timedelta(hours=1)


@pytest.mark.parametrize("reset", ["soon", "", "9" * 30])
def test_a_reset_that_is_no_moment_is_no_reason_to_stop(
    market: AlpacaStandin, alpaca: Alpaca, reset: str
) -> None:
    market.arm(with_headers(X_RateLimit_Reset=reset))

    assert set(alpaca.latest(["NVDA"])) == {"NVDA"}


def test_a_request_that_it_does_not_understand_is_our_fault(market: AlpacaStandin, alpaca: Alpaca) -> None:
    market.arm(lambda _: Reply(400, b'{"message": "unexpected parameter(s): asof"}', {}))

    with pytest.raises(SourceChanged, match=r"answered 400: unexpected parameter\(s\): asof"):
        alpaca.latest(["NVDA"])


def test_a_page_that_leads_back_to_itself_ends(market: AlpacaStandin, alpaca: Alpaca) -> None:
    market.arm(instead(b'{"bars": {}, "next_page_token": "MQ=="}'), times=9)

    with pytest.raises(SourceChanged, match="page 'MQ==' leads back to itself"):
        alpaca.daily_bars(WEEK, ["NVDA"])

    assert len(market.requests) == 2


def test_five_hundred_of_the_longest_symbols_fit_a_query(market: AlpacaStandin, alpaca: Alpaca) -> None:
    alpaca.latest([f"{'W' * 8}-{chr(65 + n // 26)}" for n in range(MOST_AT_ONCE)])

    assert len(market.requests[0].path) < 8_000


def test_the_pace_is_the_plans(market: AlpacaStandin) -> None:
    paced = Alpaca(
        *(KEY_ID, SECRET_KEY), base_url=market.url, contact="x", pace=timedelta(seconds=0.05), patience=QUICK
    )

    began = time.monotonic()
    with paced as alpaca:
        for _ in range(3):
            alpaca.latest(["NVDA"])

    assert {"data.alpaca.markets": timedelta(seconds=0.3)} == PACES
    assert market.requests[-1].at - began >= 0.1


def test_what_breathing_raises_ends_the_wait_at_once(market: AlpacaStandin) -> None:
    def breathe() -> None:
        raise KeyboardInterrupt

    market.arm(slow(5.0))
    impatient = Alpaca(KEY_ID, SECRET_KEY, base_url=market.url, contact="x", breathe=breathe)

    with pytest.raises(KeyboardInterrupt), impatient as alpaca:
        alpaca.latest(["NVDA"])
