"""Which closing bars are missing, and how to ask for them: pure planning."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from common.prices.records import Days
from common.prices.sessions import ONE_DAY, sessions_in
from common.prices.store import Security

MOST_BARS = 10_000  # of one errand: what the source answers on one page, and one transaction stores


@dataclass(frozen=True, slots=True)
class Errand:
    """The bars of these tickers on these days, to be asked for at once."""

    tickers: tuple[str, ...]
    days: Days


@dataclass(frozen=True, slots=True)
class Gap:
    """Days of which a ticker's bars are missing."""

    ticker: str
    days: Days


def gaps(securities: Iterable[Security], last: date) -> list[Gap]:
    """Return what is missing until LAST: before and after the days that are settled."""
    return [
        Gap(security.ticker, days)
        for security in securities
        for days in _missing(security, last)
        if sessions_in(*days) > 0
    ]


def _missing(security: Security, last: date) -> Iterator[Days]:
    wanted, settled = security.wanted_from, security.bars
    if settled is None:
        yield Days(wanted, last)
        return
    yield Days(wanted, settled.first - ONE_DAY)
    yield Days(settled.last + ONE_DAY, last)


def errands(missing: Iterable[Gap], *, most_at_once: int) -> Iterator[Errand]:
    """Yield what to ask for, the newest days first: at most MOST_AT_ONCE tickers and about MOST_BARS bars each.

    Gaps on nearby days go together, and all their tickers are asked for every day from the first to the last.
    """
    tickers: list[str] = []
    days = Days(date.max, date.min)
    for gap in sorted(missing, key=_newest_first):
        wider = Days(min(days.first, gap.days.first), max(days.last, gap.days.last))
        too_much = (len(tickers) + 1) * sessions_in(*wider) > MOST_BARS
        if tickers and (too_much or len(tickers) == most_at_once):
            yield Errand(tuple(tickers), days)
            tickers, wider = [], gap.days
        tickers.append(gap.ticker)
        days = wider
    if tickers:
        yield Errand(tuple(tickers), days)


def spread(tickers: Sequence[str], days: Days, *, most_at_once: int) -> Iterator[Errand]:
    """Yield what to ask for to have the bars of all TICKERS on DAYS."""
    sessions = sessions_in(*days)
    if sessions <= 0:
        return
    size = max(1, min(most_at_once, MOST_BARS // sessions))
    for begin in range(0, len(tickers), size):
        yield Errand(tuple(tickers[begin : begin + size]), days)


def complete(securities: Sequence[Security], missing: Iterable[Gap], last: date) -> tuple[int, int]:
    """Return of how many sessions until LAST bars are wanted, and of how many of those no ticker's is MISSING."""
    first = min((security.wanted_from for security in securities), default=last + ONE_DAY)
    wanted = max(0, sessions_in(first, last))
    return wanted, wanted - sum(sessions_in(*hole) for hole in _holes(missing))


def _holes(missing: Iterable[Gap]) -> list[Days]:
    """Return the days of MISSING, those that overlap as one."""
    holes: list[Days] = []
    for days in sorted({gap.days for gap in missing}):
        if holes and days.first <= holes[-1].last:
            holes[-1] = Days(holes[-1].first, max(holes[-1].last, days.last))
        else:
            holes.append(days)
    return holes


def _newest_first(gap: Gap) -> tuple[int, int, str]:
    return -gap.days.last.toordinal(), -gap.days.first.toordinal(), gap.ticker
