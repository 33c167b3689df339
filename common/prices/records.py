"""What price sources say, as records. Tickers are in our spelling, prices exact dollars as traded, never adjusted."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple


class Days(NamedTuple):
    """A span of calendar days, both ends included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Quote:
    """What a share last cost."""

    ticker: str
    price: Decimal
    at: datetime
    """When it traded at that price, aware: for a share that is seldom traded, long ago."""
    source: str
    """Who says so, and of which market: `Alpaca, IEX`."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One session of a ticker, raw: in the dollars and shares of that day."""

    ticker: str
    day: date
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int
    """Shares."""
    source: str


@dataclass(frozen=True, slots=True)
class Split:
    """From its day on, `new_rate` shares are what `old_rate` were before; that day's bar is in new shares already."""

    ticker: str
    effective: date
    new_rate: Decimal
    old_rate: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Rename:
    """From its day on, the security that was `old` trades as `new`; None = it trades no more."""

    old: str
    effective: date
    new: str | None
    source: str
