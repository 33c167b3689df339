"""stock_prices: quotes while the exchange trades; closing bars, splits and renames as far as they are missing."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta

from common.db.sources import note_fault, note_success
from common.errors import SourceChanged, SourceUnavailable
from common.prices import disclosed, fill, store
from common.prices.alpaca import Alpaca
from common.prices.fill import Tally
from common.prices.gaps import complete, gaps
from common.prices.latest import LatestQuotes
from common.prices.parameters import PriceParameters
from common.prices.records import Days
from common.prices.sessions import is_open, new_york_day, session_before
from common.prices.source import BadKey, PriceSource
from common.prices.store import Security
from common.runtime.context import RunContext, Skip
from common.tasks import BACKFILL, MARKET_CLOSED, NO_PRICE_SOURCE, STOCK_PRICES

SOURCE = "prices"  # its row in `sources`
ONE_TICK = 30  # errands for bars in one; they take a minute or two of its fifteen
ASKED_AGAIN = timedelta(days=30)  # after the source said that a ticker can be none


@dataclass(frozen=True, slots=True)
class Updated:
    """What a chain of runs did, and what is left.

    `tickers` were asked about; of those `quoted` have a price, `unknown` have none, `refused` can be no ticker.
    `bars`, `splits` and `renames` were stored. Of `sessions` that bars are wanted of, `sessions_complete` have all; `gaps_left`
    spans of single tickers do not.
    """

    tickers: int
    quoted: int
    unknown: int
    refused: int
    bars: int
    splits: int
    renames: int
    sessions: int
    sessions_complete: int
    gaps_left: int


def update_prices(ctx: RunContext) -> Updated:
    """Bring quotes, bars, splits and renames up to date.

    Raises Skip outside a session, or while no source is configured; BadKey, SourceChanged or SourceUnavailable (when asked too
    often, too) with the work so far stored: the next run goes on from there.
    """
    asked = PriceParameters.model_validate(ctx.params)
    with _source(ctx) as source:
        _stop_where_closed(ctx, asked)
        try:
            updated = _update(ctx, source, asked)
        except (SourceUnavailable, SourceChanged, BadKey) as fault:
            with ctx.transaction() as tx:
                note_fault(tx, SOURCE, str(fault), ctx.clock())
            raise
    with ctx.transaction() as tx:
        note_success(tx, SOURCE, ctx.clock())
    return updated


def _source(ctx: RunContext) -> Alpaca:
    settings = ctx.settings
    if not (settings.alpaca_key_id and settings.alpaca_secret_key):
        raise Skip(NO_PRICE_SOURCE)
    return Alpaca(
        settings.alpaca_key_id,
        settings.alpaca_secret_key,
        base_url=settings.alpaca_url,
        contact=settings.contact,
        pace=settings.alpaca_pace,
        breathe=ctx.breathe,
    )


def _stop_where_closed(ctx: RunContext, asked: PriceParameters) -> None:
    """Raise Skip outside a session, but for an operator, for a backfill, and for what goes on with begun work."""
    at_any_hour = asked.at_any_hour or asked.since or _is_backfill(ctx) or ctx.resume(fill.STEP)
    if not (at_any_hour or is_open(ctx.clock())):
        raise Skip(MARKET_CLOSED)


def _is_backfill(ctx: RunContext) -> bool:
    return ctx.scope != ctx.task.name


def _update(ctx: RunContext, source: PriceSource, asked: PriceParameters) -> Updated:
    tally = Tally.resumed(ctx)
    chosen = _securities(ctx, asked)
    last = session_before(new_york_day(ctx.clock())).day  # its bars are final; those of today still change
    if asked.since:
        fill.anew(ctx, source, chosen, Days(asked.since, min(asked.until or last, last)), tally)
    else:
        quoting = (asked.at_any_hour or is_open(ctx.clock())) and not _is_backfill(ctx)
        _bring_up_to_date(ctx, source, chosen, last, tally, quoting=quoting)
    return _updated(ctx, chosen, last, tally)


def _bring_up_to_date(
    ctx: RunContext,
    source: PriceSource,
    chosen: Sequence[Security],
    last: date,
    tally: Tally,
    *,
    quoting: bool,
) -> None:
    if quoting:
        _quote(ctx, source, chosen, tally)
    some_left = fill.bars(ctx, source, chosen, last, tally, most=None if _is_backfill(ctx) else ONE_TICK)
    fill.actions(ctx, source, new_york_day(ctx.clock()), tally)
    if some_left:
        ctx.hand_over(STOCK_PRICES, BACKFILL)


def _securities(ctx: RunContext, asked: PriceParameters) -> list[Security]:
    """Note what was disclosed meanwhile, and return what to ask about."""
    now = ctx.clock()
    with ctx.transaction() as tx:
        wanted = disclosed.wanted(tx, store.renames(tx), new_york_day(now))
        every = store.note_wanted(tx, wanted, now)
    return [
        security
        for security in every
        if (not asked.tickers or security.ticker in asked.tickers)
        and (security.refused_at is None or security.refused_at < now - ASKED_AGAIN)
    ]


def _quote(ctx: RunContext, source: PriceSource, chosen: Sequence[Security], tally: Tally) -> None:
    """Ask for the quotes of CHOSEN that this chain has not asked for yet, one transaction a batch."""
    waiting = [one.ticker for one in chosen if one.ticker > tally.quoted_through]
    with closing(LatestQuotes.at(ctx.settings.redis_url)) as latest:
        for begin in range(0, len(waiting), source.most_at_once):
            ctx.breathe()
            batch = waiting[begin : begin + source.most_at_once]
            quotes = source.latest(batch)
            with ctx.transaction() as tx:
                store.keep_quotes(tx, quotes.values())
                tally.add_quotes(batch, quoted=len(quotes), refused=len(source.refused))
                fill.note_work(ctx, tx, source, tally)
            latest.put(quotes.values())
            ctx.progress(begin + len(batch), len(waiting))


def _updated(ctx: RunContext, chosen: Sequence[Security], last: date, tally: Tally) -> Updated:
    """Return the chain's counts, and how the bars of the securities that it chose stand now."""
    with ctx.reading() as connection:
        stored = {one.ticker: one for one in store.securities(connection)}
    now = [stored[one.ticker] for one in chosen if stored[one.ticker].refused_at == one.refused_at]
    left = gaps(now, last)
    sessions, whole = complete(now, left, last)
    return Updated(
        tickers=len(chosen),
        quoted=tally.quoted,
        unknown=tally.unknown,
        refused=tally.refused,
        bars=tally.bars,
        splits=tally.splits,
        renames=tally.renames,
        sessions=sessions,
        sessions_complete=whole,
        gaps_left=len(left),
    )
