"""Filling what is missing: bars errand by errand, splits and renames year by year, each piece one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Self

from sqlalchemy import Connection

from common.prices import store
from common.prices.gaps import Errand, errands, gaps, spread
from common.prices.records import Days
from common.prices.sessions import ONE_DAY, session_before
from common.prices.source import NotYetPublished, PriceSource
from common.prices.store import Security
from common.runtime.context import RunContext

STEP = "prices"
YARDSTICK = "SPY"  # an index fund that trades in every session: one without its bar is not published yet
ACTIONS_FROM = date(2016, 1, 1)  # Alpaca's first market data
LATE = timedelta(days=14)  # Alpaca promises no day by which it has heard of a split


@dataclass(slots=True)
class Tally:
    """What a chain of runs did so far: its checkpoint, saved in the transaction of each piece of work."""

    quoted: int = 0
    unknown: int = 0
    refused: int = 0
    bars: int = 0
    splits: int = 0
    renames: int = 0
    quoted_through: str = ""
    """The last ticker whose quote was asked for; they are asked for in order."""
    filled_through: str = ""
    """The same for bars that are asked for anew."""

    @classmethod
    def resumed(cls, ctx: RunContext) -> Self:
        """Return the chain's tally; zeros at its beginning."""
        return cls(**(ctx.resume(STEP) or {}))

    def add_quotes(self, batch: Sequence[str], *, quoted: int, refused: int) -> None:
        """Count a BATCH of tickers that were asked for."""
        self.quoted += quoted
        self.refused += refused
        self.unknown += len(batch) - quoted - refused
        self.quoted_through = batch[-1]


def note_work(ctx: RunContext, tx: Connection, source: PriceSource, tally: Tally) -> None:
    """Save TALLY, and what SOURCE refused, in the transaction TX of the work that they speak of."""
    store.note_refused(tx, source.refused, ctx.clock())
    source.refused.clear()
    ctx.checkpoint(tx, STEP, asdict(tally))


def bars(
    ctx: RunContext,
    source: PriceSource,
    securities: Iterable[Security],
    last: date,
    tally: Tally,
    *,
    most: int | None,
) -> bool:
    """Fill the gaps of SECURITIES until LAST, at most MOST errands; return whether some are left."""
    missing = gaps(securities, last)
    if missing and not _is_published(source, last):
        ctx.log.info("bars.not_published", day=last)
        missing = gaps(securities, session_before(last).day)
    waiting = list(errands(missing, most_at_once=source.most_at_once))
    for done, errand in enumerate(waiting[:most], start=1):
        ctx.breathe()
        _run(ctx, source, errand, tally)
        ctx.progress(done, len(waiting[:most]))
    return len(waiting) > len(waiting[:most])


def anew(
    ctx: RunContext, source: PriceSource, securities: Iterable[Security], days: Days, tally: Tally
) -> None:
    """Ask for the bars of SECURITIES on DAYS, and put them in the place of those that are stored."""
    tickers = [one.ticker for one in securities if one.ticker > tally.filled_through]
    waiting = list(spread(tickers, days, most_at_once=source.most_at_once))
    for done, errand in enumerate(waiting, start=1):
        ctx.breathe()
        found = source.daily_bars(errand.days, errand.tickers)
        with ctx.transaction() as tx:
            tally.bars += store.keep_bars(tx, (bar for bars in found.values() for bar in bars), anew=True)
            tally.filled_through = errand.tickers[-1]
            note_work(ctx, tx, source, tally)
        ctx.progress(done, len(waiting))


def actions(ctx: RunContext, source: PriceSource, today: date, tally: Tally) -> None:
    """Read the splits and renames until TODAY that are not known yet, the last days again: some are told late."""
    with ctx.reading() as connection:
        known = store.actions_read(connection, source.name)
    if known and known.last >= today:
        return
    waiting = list(_years(known.last - LATE if known else ACTIONS_FROM, today))
    for done, days in enumerate(waiting, start=1):
        ctx.breathe()
        told = source.actions(days)
        with ctx.transaction() as tx:
            tally.splits += store.keep_splits(tx, told.splits)
            tally.renames += store.keep_renames(tx, told.renames)
            store.note_actions_read(tx, source.name, days)
            note_work(ctx, tx, source, tally)
        ctx.progress(done, len(waiting))


def _run(ctx: RunContext, source: PriceSource, errand: Errand, tally: Tally) -> None:
    found = source.daily_bars(errand.days, errand.tickers)
    with ctx.transaction() as tx:
        tally.bars += store.keep_bars(tx, (bar for bars in found.values() for bar in bars))
        store.settle(tx, errand.tickers, errand.days)
        note_work(ctx, tx, source, tally)


def _is_published(source: PriceSource, day: date) -> bool:
    try:
        return YARDSTICK in source.daily_bars(Days(day, day), [YARDSTICK])
    except NotYetPublished:
        return False


def _years(first: date, last: date) -> Iterable[Days]:
    """Yield the days from FIRST to LAST, at most a year at a time."""
    while first <= last:
        end = min(date(first.year, 12, 31), last)
        yield Days(first, end)
        first = end + ONE_DAY
