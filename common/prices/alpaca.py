"""Asks Alpaca for market data: quotes of IEX, bars of the consolidated tape (SIP), splits and renames.

https://docs.alpaca.markets/docs/about-market-data-api: the free plan has 200 requests a minute, live data of IEX alone,
and SIP data that are older than 15 minutes.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx

from common.background import first_done
from common.download import Answer, Pace, Patience, Requests, pace_of, send
from common.errors import SourceChanged
from common.prices import answers
from common.prices.records import Bar, Days, Quote
from common.prices.sessions import EASTERN
from common.prices.source import Actions, BadKey, NotYetPublished

PACES = {"data.alpaca.markets": timedelta(seconds=60 / 200)}  # host -> least time between two starts
MOST_AT_ONCE = 500  # symbols; as a query of 6,500 characters at most, below the 8,000 that servers take
MOST_BARS, MOST_ACTIONS = 10_000, 1_000  # a page
MOST_BYTES = 20_000_000  # ten times a full page
SNAPSHOTS, BARS, ACTIONS = "/v2/stocks/snapshots", "/v2/stocks/bars", "/v1/corporate-actions"
TOO_YOUNG = "recent SIP"  # in the message of a 403: the plan lacks the last 15 minutes, and the key is good
JUDGED = frozenset({200, 400, 401, 403, 422})  # statuses whose body says what they mean
Query = dict[str, str]


class InvalidSymbol(Exception):
    """Alpaca refused a whole request because one symbol can be none; its message may name it."""

    def __init__(self, symbol: str) -> None:
        super().__init__(symbol or "it does not say which")
        self.symbol = symbol


class Alpaca:
    """Alpaca's market data, or a stand-in at BASE_URL; leaving the context cancels what is under way.

    PACE is the least time between two starts; None = the one that belongs to the base URL. BREATHE is called at least
    every half second while waiting; what it raises ends the wait at once.
    """

    name = "Alpaca"
    most_at_once = MOST_AT_ONCE

    def __init__(
        self,
        key_id: str,
        secret_key: str,
        *,
        base_url: str,
        contact: str,
        pace: timedelta | None = None,
        patience: Patience | None = None,
        breathe: Callable[[], None] = lambda: None,
    ) -> None:
        self.refused: set[str] = set()
        self.asked = 0
        self._key = {"APCA-API-KEY-ID": key_id, "APCA-API-SECRET-KEY": secret_key}
        self._base_url = base_url
        self._requests = Requests(contact)
        self._pace = Pace(pace_of(base_url, PACES) if pace is None else pace)
        self._patience = patience or Patience()
        self._breathe = breathe

    def __enter__(self) -> Self:
        self._requests.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._requests.__exit__(kind, error, trace)

    def latest(self, tickers: Collection[str]) -> Mapping[str, Quote]:
        """Return what each of TICKERS last traded at on IEX."""
        pages = self._about(tickers, SNAPSHOTS, {"feed": "iex"})
        return {quote.ticker: quote for page in pages for quote in answers.quotes(page)}

    def daily_bars(self, days: Days, tickers: Collection[str]) -> Mapping[str, Sequence[Bar]]:
        """Return the raw bars of TICKERS on DAYS, oldest first. Raises NotYetPublished for the last 15 minutes.

        Each bar is of whatever was called so on its day: `asof=-` keeps Alpaca from following renames.
        """
        query = {
            "timeframe": "1Day",
            "adjustment": "raw",
            "feed": "sip",
            "asof": "-",
            "start": datetime.combine(days.first, time(), EASTERN).isoformat(),
            "end": datetime.combine(days.last, time(23, 59, 59), EASTERN).isoformat(),
            "limit": str(MOST_BARS),
        }
        found: dict[str, list[Bar]] = {}
        for page in self._about(tickers, BARS, query):
            for bar in answers.bars(page, BARS):
                found.setdefault(bar.ticker, []).append(bar)
        return found

    def actions(self, days: Days) -> Actions:
        """Return every split and rename of the market that took effect on DAYS."""
        query = {
            "types": "forward_split,reverse_split,name_change",
            "start": days.first.isoformat(),
            "end": days.last.isoformat(),
            "limit": str(MOST_ACTIONS),
        }
        pages = list(self._pages(ACTIONS, query))
        return Actions(
            tuple(split for page in pages for split in answers.splits(page, ACTIONS)),
            tuple(rename for page in pages for rename in answers.renames(page, ACTIONS)),
        )

    def _about(self, tickers: Collection[str], path: str, query: Query) -> Iterator[dict[str, Any]]:
        """Yield the pages about TICKERS; those that can be none go to `refused`, and the others are asked for again."""
        if not tickers:
            return
        symbols = {answers.symbol_of(ticker): ticker for ticker in tickers}
        try:
            yield from self._pages(path, query | {"symbols": ",".join(symbols)})
        except InvalidSymbol as invalid:
            culprit, parts = without(invalid.symbol, list(symbols))
            self.refused |= {symbols[symbol] for symbol in culprit}
            for part in parts:
                yield from self._about([symbols[symbol] for symbol in part], path, query)

    def _pages(self, path: str, query: Query) -> Iterator[dict[str, Any]]:
        """Yield each page of an answer. Raises SourceChanged when one leads back to itself."""
        token = ""
        while True:
            page = self._ask(path, query | ({"page_token": token} if token else {}))
            yield page
            before, token = token, str(page.get("next_page_token") or "")
            if not token:
                return
            if token == before:
                raise SourceChanged(f"Alpaca{path}: page {token!r} leads back to itself")

    def _ask(self, path: str, query: Query) -> dict[str, Any]:
        async def ask(client: httpx.AsyncClient) -> Answer:
            return await send(
                client,
                client.build_request("GET", self._base_url + path, params=query, headers=self._key),
                what=f"Alpaca{path}",
                most_bytes=MOST_BYTES,
                pace=self._pace,
                patience=self._patience,
                answers=JUDGED,
            )

        self.asked += 1
        future = self._requests.start(ask)
        first_done([future], self._breathe)
        return judged(future.result(), f"Alpaca{path}")


def judged(answer: Answer, what: str) -> dict[str, Any]:
    """Return what ANSWER says. Raises BadKey, NotYetPublished, InvalidSymbol or SourceChanged."""
    if answer.status == HTTPStatus.OK:
        return answers.read(answer.body, what)
    message = answers.message_of(answer.body)
    said = f"{what}: answered {answer.status}: {message[:200] or repr(answer.body[:80])}"
    if answer.status == HTTPStatus.FORBIDDEN and TOO_YOUNG in message:
        raise NotYetPublished(said)
    if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise BadKey(f"{said}; set ALPACA_KEY_ID and ALPACA_SECRET_KEY to a key that it takes")
    symbol = answers.invalid_symbol(message)
    if symbol is None:
        raise SourceChanged(said)
    raise InvalidSymbol(symbol)


def without(culprit: str, symbols: Sequence[str]) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Return what of SYMBOLS can be none, and in which parts to ask for the others.

    CULPRIT is the one that was named. Where that is none of them, halves tell: the one without it is answered.
    """
    if culprit in symbols:
        return [culprit], [[symbol for symbol in symbols if symbol != culprit]]
    middle = len(symbols) // 2
    return ([], [symbols[:middle], symbols[middle:]]) if middle else (symbols, [])
