"""One spelling for a ticker, whoever writes it: `BRK.B` (House), `BRK-B` (SEC), `BRK/B` are `BRK-B`."""

import re
from typing import Any

from sqlalchemy import ColumnElement, func

from common.errors import InvalidRequest

DIVIDERS = (".", "/", " ", "$")  # before the class of a share: BRK.B; of a preferred one: T$A
TICKER = re.compile(r"[A-Z0-9]{1,10}(-[A-Z0-9]{1,8})?")


def canonical(ticker: str) -> str:
    """Return TICKER in our spelling. Raises InvalidRequest("tickers") for what cannot be one."""
    spelled = ticker.strip().removeprefix("$").upper()
    for divider in DIVIDERS:
        spelled = spelled.replace(divider, "-")
    if not TICKER.fullmatch(spelled):
        raise InvalidRequest("tickers", f"{ticker!r} is no ticker; write it like NVDA or BRK.B")
    return spelled


def spelled_alike(ticker: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the SQL that gives a disclosed ticker our spelling; NULL stays NULL."""
    spelled: ColumnElement[Any] = func.upper(ticker)
    for divider in DIVIDERS:
        spelled = func.replace(spelled, divider, "-")
    return spelled
