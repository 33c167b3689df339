"""Alpaca's market data on this machine: a real HTTP server with the answers, pages, limits and errors of the real one.

`python -m local.standins.alpaca --port 0` serves a market in which every symbol is listed, and prints its URL; GET
/standin/asked there says what it was asked since the last look.
"""

import base64
import json
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import click

from common.clock import Clock, utc_now
from common.prices.sessions import EASTERN
from local.standins.market import Market
from local.standins.site import Reply, Request, Site

ASKED = "/standin/asked"
KEY_ID, SECRET_KEY = "PKSTANDIN", "stand-in-secret"
SYMBOL = re.compile(r"[A-Z]{1,10}(\.[A-Z]{1,4})?")
DELAY = timedelta(minutes=15)  # of what the free plan may see of the whole market
MOST = {"/v2/stocks/bars": 10_000, "/v1/corporate-actions": 1_000}
TAKEN = {
    "/v2/stocks/snapshots": {"symbols", "feed", "currency"},
    "/v2/stocks/bars": {
        *("symbols", "timeframe", "start", "end", "limit", "adjustment", "asof", "feed", "currency"),
        *("page_token", "sort"),
    },
    "/v1/corporate-actions": {"symbols", "types", "start", "end", "limit", "page_token", "sort"},
}
Query = Mapping[str, str]


class Refusal(Exception):
    """Alpaca answers STATUS with an error's message."""

    def __init__(self, status: int, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message} | ({"code": code} if code else {})


class AlpacaStandin(Site):
    """Serves MARKET as it is at CLOCK. It answers `most` requests in a `window` of so many seconds of this machine's.

    NAMES_CULPRIT = whether it says which symbol it does not take, as it does today.
    """

    def __init__(
        self,
        market: Market,
        *,
        clock: Clock = utc_now,
        names_culprit: bool = True,
        port: int = 0,
    ) -> None:
        super().__init__(port=port)
        self.market = market
        self.clock = clock
        self.most, self.window = 200_000, 60.0
        self.names_culprit = names_culprit
        self._begun, self._count = monotonic(), 0
        self._answers: Mapping[str, Callable[[Query], dict[str, Any]]] = {
            "/v2/stocks/snapshots": self._snapshots,
            "/v2/stocks/bars": self._bars,
            "/v1/corporate-actions": self._actions,
        }

    def asked(self) -> list[str]:
        """Return the last part of each path asked for since the last look: snapshots, bars or corporate-actions."""
        asked = [urlsplit(request.path).path.rpartition("/")[2] for request in self.requests]
        self.requests.clear()
        return asked

    def reply(self, request: Request) -> Reply:
        """Return the JSON that REQUEST asks for, with what is left of this minute's requests."""
        url = urlsplit(request.path)
        if url.path == ASKED:
            return self._told()
        try:
            limits = self._counted()
            body = self._said(url.path, dict(parse_qsl(url.query)), request.headers)
        except Refusal as refusal:
            return _json(refusal.status, refusal.body, self._limits())
        return _json(HTTPStatus.OK, body, limits)

    def _told(self) -> Reply:
        paths = [path for path in self.paths() if path != ASKED]
        self.requests.clear()
        return _json(HTTPStatus.OK, {"paths": paths}, {})

    def _counted(self) -> dict[str, str]:
        if monotonic() - self._begun >= self.window:
            self._begun, self._count = monotonic(), 0
        self._count += 1
        if self._count > self.most:
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, "too many requests.", 42910000)
        return self._limits()

    def _limits(self) -> dict[str, str]:
        reset = utc_now() + timedelta(seconds=max(0, self.window - (monotonic() - self._begun)))
        return {
            "X-RateLimit-Limit": str(self.most),
            "X-RateLimit-Remaining": str(max(0, self.most - self._count)),
            "X-RateLimit-Reset": str(int(reset.timestamp())),
        }

    def _said(self, path: str, query: Query, headers: Mapping[str, str]) -> dict[str, Any]:
        key = headers.get("APCA-API-KEY-ID"), headers.get("APCA-API-SECRET-KEY")
        if None in key:
            raise Refusal(HTTPStatus.UNAUTHORIZED, "forbidden.")
        if key != (KEY_ID, SECRET_KEY):
            raise Refusal(HTTPStatus.FORBIDDEN, "forbidden.")
        if path not in self._answers:
            raise Refusal(HTTPStatus.NOT_FOUND, "endpoint not found.")
        if odd := sorted(query.keys() - TAKEN[path]):
            raise Refusal(HTTPStatus.BAD_REQUEST, f"unexpected parameter(s): {', '.join(odd)}")
        return self._answers[path](query)

    def _symbols(self, query: Query) -> list[str]:
        symbols = query.get("symbols", "").split(",")
        for symbol in symbols:
            if not SYMBOL.fullmatch(symbol):
                named = f": {symbol}" if self.names_culprit else ""
                raise Refusal(HTTPStatus.BAD_REQUEST, f"invalid symbol{named}")
        return symbols

    def _snapshots(self, query: Query) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for symbol in self._symbols(query):
            trade = self.market.last_trade(symbol, self.clock())
            if trade:
                found[symbol] = _snapshot(*trade)
            elif self.market.listing(symbol):
                found[symbol] = None
        return found

    def _bars(self, query: Query) -> dict[str, Any]:
        if "timeframe" not in query:
            raise Refusal(HTTPStatus.BAD_REQUEST, "timeframe is required")
        start, end = (datetime.fromisoformat(query[name]) for name in ("start", "end"))
        if query.get("feed", "sip") == "sip" and end > self.clock() - DELAY:
            raise Refusal(HTTPStatus.FORBIDDEN, "subscription does not permit querying recent SIP data")
        span = start.astimezone(EASTERN).date(), end.astimezone(EASTERN).date()
        entries = [
            (symbol, _bar(self.market, called, day))
            for symbol in sorted(self._symbols(query))
            for called, day in self._traded(symbol, *span, follow=query.get("asof") != "-")
        ]
        page, token = _page(entries, query, MOST["/v2/stocks/bars"])
        bars: dict[str, list[Any]] = {}
        for symbol, bar in page:
            bars.setdefault(symbol, []).append(bar)
        return {"bars": bars, "next_page_token": token}

    def _traded(self, symbol: str, first: date, last: date, *, follow: bool) -> Sequence[tuple[str, date]]:
        """Return each session of SYMBOL and what it was called then; FOLLOW = under its former name, too."""
        former = self.market.former(symbol) if follow else None
        before = [(former.old, day) for day in self.market.days(former.old, first, last)] if former else []
        return before + [(symbol, day) for day in self.market.days(symbol, first, last)]

    def _actions(self, query: Query) -> dict[str, Any]:
        first, last = query["start"], query["end"]
        listed = [
            *(_split(split) for split in self.market.splits),
            *(
                ("name_change", {"old_symbol": r.old, "new_symbol": r.new, "process_date": str(r.effective)})
                for r in self.market.renames
            ),
        ]
        asked = set(query["types"].split(","))
        entries = [
            (kind, entry)
            for kind, entry in listed
            if kind in asked and first <= entry["process_date"] <= last
        ]
        page, token = _page(entries, query, MOST["/v1/corporate-actions"])
        groups: dict[str, list[Any]] = {}
        for kind, entry in page:
            groups.setdefault(f"{kind}s", []).append(entry)
        return {"corporate_actions": groups, "next_page_token": token}


def _page(entries: Sequence[Any], query: Query, most: int) -> tuple[Sequence[Any], str | None]:
    limit = min(int(query.get("limit", most)), most)
    begin = int(base64.b64decode(query["page_token"])) if "page_token" in query else 0
    end = begin + limit
    return entries[begin:end], base64.b64encode(b"%d" % end).decode() if end < len(entries) else None


def _snapshot(at: datetime, price: Any) -> dict[str, Any]:
    bar = {"t": _utc(at), "o": price, "h": price, "l": price, "c": price, "v": 1200, "n": 14, "vw": price}
    quote = {"ap": price, "as": 1, "ax": "V", "bp": price, "bs": 2, "bx": "V", "c": ["R"], "t": _utc(at)}
    trade = {"c": ["@"], "i": 52983525029461, "p": price, "s": 100, "t": _utc(at), "x": "V", "z": "C"}
    names = ("dailyBar", "latestQuote", "latestTrade", "minuteBar", "prevDailyBar")
    return dict(zip(names, (bar, quote, trade, bar, bar), strict=True))


def _bar(market: Market, symbol: str, day: date) -> dict[str, Any]:
    price = market.close(symbol, day)
    at = datetime.combine(day, time(), EASTERN)
    high, low, volume = price + 1, price - 1, 1_000_000 + day.toordinal()
    return {"t": _utc(at), "o": price, "h": high, "l": low, "c": price, "v": volume, "n": 900, "vw": price}


def _split(split: Any) -> tuple[str, dict[str, Any]]:
    day = str(split.effective)
    said = {"symbol": split.symbol, "new_rate": split.new, "old_rate": split.old}
    kind = "forward_split" if split.new > split.old else "reverse_split"
    return kind, said | {"ex_date": day, "process_date": day, "record_date": day}


def _utc(moment: datetime) -> str:
    """Return MOMENT as Alpaca writes it, to the nanosecond where it has a fraction."""
    text = f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
    return f"{text}.{moment.microsecond:06}123Z" if moment.microsecond else f"{text}Z"


def _json(status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Reply:
    text = json.dumps(body, default=float)
    return Reply(status, text.encode(), {"Content-Type": "application/json; charset=UTF-8", **headers})


@click.command(help=__doc__)
@click.option("--port", default=0, help="0 = a free one")
def main(port: int) -> None:
    """Serve until ended by a signal."""
    with AlpacaStandin(Market(anything=True), port=port) as alpaca:
        print(alpaca.url, flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
