"""What Alpaca's market data answers, read: bytes in, records out.

Formats by https://docs.alpaca.markets/reference/stocksnapshots-1, /stockbars and /corporateactions-1. A single entry
that makes no sense is no price; an answer of another shape raises SourceChanged.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from common.errors import SourceChanged
from common.prices.records import Bar, Quote, Rename, Split

QUOTES_BY, BARS_BY, ACTIONS_BY = "Alpaca, IEX", "Alpaca, SIP", "Alpaca"
EASTERN = ZoneInfo("America/New_York")
TICKER = re.compile(r"[A-Z0-9]{1,10}(\.[A-Z0-9]{1,8})?")
PLACES = Decimal("0.000001")  # no exchange quotes in smaller steps; our columns hold these exactly
FIRST_YEAR = 1900  # no calendar that we ask begins before
MOST = Decimal(10) ** 12  # dollars, shares of a split; our columns hold less
INVALID = re.compile(r"invalid symbol:?\s*(\S*)")


def symbol_of(ticker: str) -> str:
    """Return TICKER as Alpaca spells it: `BRK.B`."""
    return ticker.replace("-", ".")


def read(body: bytes, what: str) -> dict[str, Any]:
    """Return the JSON object of BODY, its numbers exact. Raises SourceChanged where it is none."""
    try:
        answer = json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise SourceChanged(f"{what}: no JSON: {body[:80]!r}") from error
    if not isinstance(answer, dict):
        raise SourceChanged(f"{what}: no JSON object: {body[:80]!r}")
    return answer


def message_of(body: bytes) -> str:
    """Return the message of an error's BODY, empty where it has none."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return str(answer.get("message", "")) if isinstance(answer, dict) else ""


def invalid_symbol(message: str) -> str | None:
    """Return the symbol that MESSAGE calls invalid, empty where it names none; None = it speaks of something else."""
    found = INVALID.search(message)
    return found[1] if found else None


def quotes(answer: dict[str, Any]) -> Iterator[Quote]:
    """Yield what each symbol of a snapshots ANSWER last traded at; one without a trade at IEX has no price."""
    for symbol, snapshot in answer.items():
        trade = _object(_object(snapshot).get("latestTrade"))
        price, at = _amount(trade.get("p")), _moment(trade.get("t"))
        if price and at and TICKER.fullmatch(symbol):
            yield Quote(_ticker(symbol), price, at, QUOTES_BY)


def bars(answer: dict[str, Any], what: str) -> Iterator[Bar]:
    """Yield the daily bars of one page of a bars ANSWER."""
    for symbol, listed in _part(answer, "bars", what).items():
        for entry in _objects(listed, what):
            bar = _bar(symbol, entry)
            if bar and TICKER.fullmatch(symbol):
                yield bar


def splits(answer: dict[str, Any], what: str) -> Iterator[Split]:
    """Yield the splits of one page of a corporate actions ANSWER."""
    groups = _part(answer, "corporate_actions", what)
    kinds = ("forward_splits", "reverse_splits")
    for entry in [entry for kind in kinds for entry in _objects(groups.get(kind), what)]:
        symbol, effective = str(entry.get("symbol")), _day(entry.get("ex_date"))
        new, old = _amount(entry.get("new_rate")), _amount(entry.get("old_rate"))
        if effective and new and old and TICKER.fullmatch(symbol):
            yield Split(_ticker(symbol), effective, new, old, ACTIONS_BY)


def renames(answer: dict[str, Any], what: str) -> Iterator[Rename]:
    """Yield the changes of symbols of one page of a corporate actions ANSWER."""
    for entry in _objects(_part(answer, "corporate_actions", what).get("name_changes"), what):
        old, new = str(entry.get("old_symbol")), str(entry.get("new_symbol"))
        effective = _day(entry.get("process_date"))
        if effective and old != new and TICKER.fullmatch(old) and TICKER.fullmatch(new):
            yield Rename(_ticker(old), effective, _ticker(new), ACTIONS_BY)


def _part(answer: dict[str, Any], name: str, what: str) -> dict[str, Any]:
    part = answer.get(name, ())
    if part is None:  # so it says that there is nothing
        return {}
    if not isinstance(part, dict):
        raise SourceChanged(f"{what}: no object {name!r} in {json.dumps(answer, default=str)[:80]}")
    return part


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object, what: str) -> list[dict[str, Any]]:
    if not isinstance(value, list | None):
        raise SourceChanged(f"{what}: no list: {str(value)[:80]!r}")
    return list(map(_object, value or ()))


def _bar(symbol: str, entry: dict[str, Any]) -> Bar | None:
    at, volume = _moment(entry.get("t")), _shares(entry.get("v"))
    prices = {name: _amount(entry.get(name[0])) for name in ("open", "high", "low", "close")}
    known = {name: price for name, price in prices.items() if price}
    if at is None or len(known) < len(prices) or volume is None:
        return None
    day = at.astimezone(EASTERN).date()  # a day's bar bears New York's midnight
    return Bar(_ticker(symbol), day, **known, volume=volume, source=BARS_BY)


def _shares(value: object) -> int | None:
    return int(value) if isinstance(value, int | Decimal) and 0 <= value < MOST else None


def _amount(value: object) -> Decimal | None:
    """Return VALUE where it is a positive number that our columns hold exactly."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    amount = Decimal(value)
    fits = 0 < amount < MOST and amount == amount.quantize(PLACES)
    return amount if fits else None


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo and moment.year >= FIRST_YEAR else None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _ticker(symbol: str) -> str:
    return symbol.replace(".", "-")


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
