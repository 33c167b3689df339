"""One spelling for a ticker, whoever writes it: `BRK.B` (House), `BRK-B` (SEC), `BRK/B` are `BRK-B`."""

import re
from typing import Any

from sqlalchemy import ColumnElement, func

from common.errors import InvalidRequest

DIVIDERS = (".", "/", " ", "$")  # before the class of a share: BRK.B; of a preferred one: T$A
TICKER = re.compile(r"[A-Z0-9]{1,10}(-[A-Z0-9]{1,8})?")


def canonical(ticker: str) -> str:
    """Return TICKER in our spelling. Raises InvalidRequest("tickers") for what cannot be one."""
    in_ours = spelled(ticker.strip().removeprefix("$"))
    if not TICKER.fullmatch(in_ours):
        raise InvalidRequest("tickers", f"{ticker!r} is no ticker; write it like NVDA or BRK.B")
    return in_ours


def alike(ticker: str) -> frozenset[str]:
    """Return the ways in which a disclosed TICKER may be printed elsewhere."""
    in_ours = spelled(ticker)
    return frozenset({ticker, *(in_ours.replace("-", divider) for divider in ("-", *DIVIDERS))})


def spelled(ticker: str) -> str:
    """Return TICKER, as disclosed, in our spelling, whatever it is."""
    for divider in DIVIDERS:
        ticker = ticker.replace(divider, "-")
    return ticker.upper()


def spelled_in_sql(ticker: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the SQL that gives a disclosed ticker our spelling; NULL stays NULL."""
    in_ours: ColumnElement[Any] = func.upper(ticker)
    for divider in DIVIDERS:
        in_ours = func.replace(in_ours, divider, "-")
    return in_ours
