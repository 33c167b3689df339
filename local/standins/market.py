"""An invented market for the price stand-in: what is listed, when, at what price, and what becomes of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zlib import crc32

from common.prices.sessions import EASTERN, is_open, session_before, session_of, sessions_between

CENT = Decimal("0.01")
EPOCH = date(2012, 1, 1)


@dataclass(frozen=True, slots=True)
class Listed:
    """The days on which a symbol trades; `last` None = still."""

    first: date = EPOCH
    last: date | None = None


@dataclass(frozen=True, slots=True)
class SplitOf:
    """A split as the vendor tells it."""

    symbol: str
    effective: date
    new: int
    old: int


@dataclass(frozen=True, slots=True)
class Renamed:
    """A change of symbol as the vendor tells it; both must be listed for their days."""

    old: str
    new: str
    effective: date


@dataclass(frozen=True)
class Market:
    """Prices are invented, but the same whenever they are asked for; `anything` = every well-formed symbol is listed."""

    listed: Mapping[str, Listed] = field(default_factory=dict)
    splits: Sequence[SplitOf] = ()
    renames: Sequence[Renamed] = ()
    silent: frozenset[str] = frozenset()
    """Symbols that are listed and that nobody trades at IEX."""
    anything: bool = False

    def listing(self, symbol: str) -> Listed | None:
        """Return when SYMBOL is listed, None = never."""
        return self.listed.get(symbol, Listed() if self.anything else None)

    def close(self, symbol: str, day: date) -> Decimal:
        """Return the raw closing price of DAY: between 20 and 420 dollars, and what its splits made of that."""
        seed = crc32(symbol.encode())
        whole = Decimal(20 + seed % 400) + Decimal((day.toordinal() * 7 + seed) % 200 - 100) / 100
        for split in self.splits:
            if split.symbol == symbol and split.effective <= day:
                whole = whole * split.old / split.new
        return whole.quantize(CENT)

    def days(self, symbol: str, first: date, last: date) -> Iterator[date]:
        """Yield the sessions from FIRST to LAST in which SYMBOL traded."""
        listing = self.listing(symbol)
        if listing:
            end = min(last, listing.last or last)
            yield from (session.day for session in sessions_between(max(first, listing.first), end))

    def last_trade(self, symbol: str, now: datetime) -> tuple[datetime, Decimal] | None:
        """Return when SYMBOL last traded before NOW, and at what: within a session seconds ago, else at its close."""
        listing = self.listing(symbol)
        if listing is None or symbol in self.silent:
            return None
        local = now.astimezone(EASTERN)
        day = _trading_day(local) if listing.last is None else listing.last
        if is_open(now) and day == local.date():
            return now - timedelta(seconds=7), self.close(symbol, day)
        session = session_of(day)
        at = session.closes if session else datetime.combine(day, time(16), EASTERN)
        return at - timedelta(seconds=1), self.close(symbol, day)

    def former(self, symbol: str) -> Renamed | None:
        """Return how SYMBOL came to be called so, None where it always was."""
        return next((renamed for renamed in self.renames if renamed.new == symbol), None)


def _trading_day(local: datetime) -> date:
    """Return the session that LOCAL, a moment in New York, lies in or after."""
    session = session_of(local.date())
    return session.day if session and session.opens <= local else session_before(local.date()).day
