"""When the New York Stock Exchange trades: its sessions, with holidays, half-days and one-off closures.

Hours by https://www.nyse.com/markets/hours-calendars: 9:30 to 16:00 in New York, half-days until 13:00 (since 1993).
The days are those of the `holidays` library; the clock's changes are those of the zone.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from holidays.constants import HALF_DAY
from holidays.financial.ny_stock_exchange import NewYorkStockExchange

EASTERN = ZoneInfo("America/New_York")
OPENS, CLOSES, CLOSES_EARLY = time(9, 30), time(16), time(13)
SATURDAY = 5  # as date.weekday counts
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Session:
    """One day's trading; `opens` belongs to it, `closes` no longer does. Both are aware."""

    day: date
    opens: datetime
    closes: datetime


def session_of(day: date) -> Session | None:
    """Return the session of DAY, None on weekends and where the exchange is closed."""
    if day.weekday() >= SATURDAY or day in _closed(day.year):
        return None
    closes = CLOSES_EARLY if day in _half(day.year) else CLOSES
    return Session(day, datetime.combine(day, OPENS, EASTERN), datetime.combine(day, closes, EASTERN))


def is_open(now: datetime) -> bool:
    """Whether a session is under way at the aware moment NOW."""
    session = session_of(new_york_day(now))
    return session is not None and session.opens <= now < session.closes


def sessions_between(first: date, last: date) -> Iterator[Session]:
    """Yield the sessions from FIRST to LAST, both included."""
    for number in range((last - first).days + 1):
        if session := session_of(first + number * ONE_DAY):
            yield session


def sessions_in(first: date, last: date) -> int:
    """Return how many sessions there are from FIRST to LAST, without looking at each day."""
    listed = (_sessions(year) for year in range(first.year, last.year + 1))
    return sum(bisect_right(days, last) - bisect_left(days, first) for days in listed)


def session_before(day: date) -> Session:
    """Return the last session before DAY."""
    while True:
        day -= ONE_DAY
        if session := session_of(day):
            return session


def new_york_day(now: datetime) -> date:
    """Return the date that the exchange's calendar shows at the aware moment NOW."""
    return now.astimezone(EASTERN).date()


@cache
def _sessions(year: int) -> tuple[date, ...]:
    return tuple(session.day for session in sessions_between(date(year, 1, 1), date(year, 12, 31)))


@cache
def _closed(year: int) -> frozenset[date]:
    return frozenset(NewYorkStockExchange(years=year))  # type: ignore[no-untyped-call]


@cache
def _half(year: int) -> frozenset[date]:
    return frozenset(NewYorkStockExchange(years=year, categories=(HALF_DAY,)))  # type: ignore[no-untyped-call]
