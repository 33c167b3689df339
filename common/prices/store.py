"""Prices in the database: what is asked about, quotes, raw bars, splits and renames."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, or_, select, update

from common.db import price_tables as t
from common.db.dialect import insert_ignore, replace_older, upsert
from common.prices.records import Bar, Days, Quote, Rename, Split
from common.prices.renames import news_among, shipped


@dataclass(frozen=True, slots=True)
class Security:
    """A ticker that was disclosed, and the days whose bars we have asked for."""

    ticker: str
    wanted_from: date
    bars: Days | None
    """Every session of it is settled: asked about and answered, with a bar or without."""
    refused_at: datetime | None
    """When the source said that it can be none."""


def securities(connection: Connection) -> list[Security]:
    """Return everything that is asked about, by ticker."""
    return [_security(row) for row in connection.execute(_SECURITIES)]


def securities_of(connection: Connection, tickers: Collection[str]) -> list[Security]:
    """Return what is asked about among TICKERS."""
    some = _SECURITIES.where(t.securities.c.ticker.in_(tickers))
    return [_security(row) for row in connection.execute(some)]


def note_wanted(tx: Connection, wanted: Mapping[str, date], now: datetime) -> list[Security]:
    """Ask from now on about the tickers of WANTED, each from its first day, or from an earlier one that is known.

    Return everything that is asked about, by ticker.
    """
    s = t.securities
    every = securities(tx)
    known = {one.ticker: one.wanted_from for one in every}
    fresh = [
        {"ticker": ticker, "wanted_from": first, "seen_since": now}
        for ticker, first in sorted(wanted.items())
        if ticker not in known
    ]
    insert_ignore(tx, s, fresh)
    earlier = [
        {"of": ticker, "first": wanted[ticker]}
        for ticker, first in known.items()
        if wanted.get(ticker, first) < first
    ]
    if earlier:
        change = update(s).where(s.c.ticker == bindparam("of")).values(wanted_from=bindparam("first"))
        tx.execute(change, earlier)
    return securities(tx) if fresh or earlier else every


def note_refused(tx: Connection, tickers: Collection[str], now: datetime) -> None:
    """Record that the source said of TICKERS that they can be none."""
    if tickers:
        s = t.securities
        tx.execute(update(s).where(s.c.ticker.in_(tickers)).values(refused_at=now))


def settle(tx: Connection, tickers: Collection[str], days: Days) -> None:
    """Record that the source answered about each of TICKERS for DAYS, which adjoin or overlap those settled before."""
    s = t.securities
    first = case((or_(s.c.bars_from.is_(None), s.c.bars_from > days.first), days.first), else_=s.c.bars_from)
    last = case(
        (or_(s.c.bars_through.is_(None), s.c.bars_through < days.last), days.last), else_=s.c.bars_through
    )
    tx.execute(update(s).where(s.c.ticker.in_(tickers)).values(bars_from=first, bars_through=last))


def keep_quotes(tx: Connection, quotes: Iterable[Quote]) -> int:
    """Keep those of QUOTES that are newer than what is there; return how many were."""
    return replace_older(tx, t.quotes, [_columns(quote) for quote in quotes], key=("ticker",), age="at")


def keep_bars(tx: Connection, bars: Iterable[Bar], *, anew: bool = False) -> int:
    """Keep BARS, and return how many were not there; ANEW = those that were are replaced, and count as well."""
    rows = [_columns(bar) for bar in bars]
    if not anew:
        return insert_ignore(tx, t.bars, rows)
    if rows:
        upsert(tx, t.bars, rows, key=("ticker", "day"), change=tuple(rows[0]))
    return len(rows)


def keep_splits(tx: Connection, splits: Iterable[Split]) -> int:
    """Keep SPLITS, a later word on one replacing an earlier; return how many were told."""
    rows = {(split.ticker, split.effective): _columns(split) for split in splits}
    upsert(
        tx,
        t.splits,
        list(rows.values()),
        key=("ticker", "effective"),
        change=("new_rate", "old_rate", "source"),
    )
    return len(rows)


def keep_renames(tx: Connection, told: Iterable[Rename]) -> int:
    """Keep those of TOLD that are news; return how many were."""
    fresh = {(one.old, one.effective): _columns(one) for one in news_among(told, renames(tx))}
    return insert_ignore(tx, t.renames, list(fresh.values()))


def renames(connection: Connection) -> tuple[Rename, ...]:
    """Return every rename that is known: those that this project ships, and what the source told."""
    r = t.renames.c
    stored = connection.execute(select(r.old, r.effective, r.new, r.source).order_by(r.effective, r.old))
    return (*shipped(), *(Rename(*row) for row in stored))


def splits_of(connection: Connection, tickers: Collection[str]) -> Sequence[Split]:
    """Return the splits of TICKERS, oldest first."""
    s = t.splits.c
    columns = (s.ticker, s.effective, s.new_rate, s.old_rate, s.source)
    found = connection.execute(select(*columns).where(s.ticker.in_(tickers)).order_by(s.effective))
    return [Split(*row) for row in found]


def note_actions_read(tx: Connection, source: str, days: Days) -> None:
    """Record that every split and rename of DAYS is known by SOURCE; they adjoin or overlap those read before."""
    known = actions_read(tx, source) or days
    row = {"source": source, "since": min(known.first, days.first), "through": max(known.last, days.last)}
    upsert(tx, t.actions_read, [row], key=("source",), change=("since", "through"))


def actions_read(connection: Connection, source: str) -> Days | None:
    """Return the days of which every split and rename is known by SOURCE; None = of none."""
    a = t.actions_read.c
    row = connection.execute(select(a.since, a.through).where(a.source == source)).one_or_none()
    return Days(*row) if row else None


def _columns(record: Quote | Bar | Split | Rename) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__slots__}  # asdict copies: half of a page's time


def _security(row: Row[Any]) -> Security:
    bars = Days(row.bars_from, row.bars_through) if row.bars_from and row.bars_through else None
    return Security(row.ticker, row.wanted_from, bars, row.refused_at)


_COLUMNS = ("ticker", "wanted_from", "bars_from", "bars_through", "refused_at")
_SECURITIES = select(*(t.securities.c[name] for name in _COLUMNS)).order_by(t.securities.c.ticker)
