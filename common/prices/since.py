"""What a price did since a trade, and since that was disclosed, each with the basis on which it is said.

A close is raw, of the ticker's name on its day; splits until the quote are applied here, where they are known.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from math import prod
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from common.db import price_tables as t
from common.prices import store
from common.prices.records import Days, Quote, Rename, Split
from common.prices.renames import known_on, names, ticker_on
from common.tickers import spelled

EASTERN = ZoneInfo("America/New_York")
AT_MOST = timedelta(days=6)  # from a close to the day it stands for: no weekend is longer
STALE = timedelta(days=7)  # after which a quote no longer says what a share costs
SPLITS_FROM = date(2020, 1, 1)  # Alpaca's records of corporate actions are thin before
SOURCE = "Alpaca"
TENTH = Decimal("0.1")
MOST_AT_ONCE = 100  # conditions of one statement


@dataclass(frozen=True, slots=True)
class Asked:
    """A disclosed trade; `ticker` as it was disclosed."""

    ticker: str
    traded: date | None
    filed: date | None


@dataclass(frozen=True, slots=True)
class Change:
    """What the price did from a close to a quote, in percent, rounded to a tenth."""

    percent: Decimal
    day: date
    """Of the close."""
    quote: Quote
    adjusted: bool
    """Whether every split in between is known, and applied."""

    @property
    def basis(self) -> str:
        """Say from what to what."""
        at = self.quote.at.astimezone(EASTERN)
        splits = "split-adjusted" if self.adjusted else "not adjusted for splits"
        return (
            f"close of {self.day}, {splits}, to the quote of {at:%Y-%m-%d %H:%M} ET, {self.quote.source}; "
            "dividends and spin-offs left out"
        )


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why it cannot be said."""

    reason: str


@dataclass(frozen=True, slots=True)
class Since:
    """What the price did since the trade, and since its disclosure."""

    trade: Change | Unknown
    disclosure: Change | Unknown


@dataclass(frozen=True, slots=True)
class _Close:
    ticker: str
    day: date
    price: Decimal


@dataclass(frozen=True, slots=True)
class _Prices:
    """What is stored about some securities."""

    renames: Sequence[Rename]
    quotes: Mapping[str, Quote]
    settled: Mapping[str, Days]
    closes: Collection[_Close]
    splits: Sequence[Split]
    splits_known: Days | None


def price_since(connection: Connection, asked: Collection[Asked], now: datetime) -> Mapping[Asked, Since]:
    """Return what is known of each trade's price at NOW; nothing here asks a source."""
    stored = _load(connection, asked, now)
    return {
        one: Since(_change(stored, one, one.traded, now), _change(stored, one, one.filed, now))
        for one in asked
    }


def told(since: Since) -> tuple[str, ...]:
    """Return the changes that are known, in words."""
    return tuple(_said(what, change) for what, change in _both(since) if isinstance(change, Change))


def told_in_full(since: Since) -> tuple[str, ...]:
    """Return the changes in words, and of those that are not known why."""
    return tuple(_said(what, change) for what, change in _both(since))


def _said(what: str, change: Change | Unknown) -> str:
    if isinstance(change, Unknown):
        return f"Price since the {what} not known: {change.reason}"
    return f"Price {change.percent:+}% since the {what} ({change.basis})"


def _both(since: Since) -> tuple[tuple[str, Change | Unknown], ...]:
    return ("trade", since.trade), ("disclosure", since.disclosure)


def _change(stored: _Prices, one: Asked, day: date | None, now: datetime) -> Change | Unknown:
    known = _known(stored.renames, one)
    if known is None or day is None:
        return Unknown("its day is not known")
    ticker = spelled(one.ticker)
    today = ticker_on(stored.renames, ticker, known, now.astimezone(EASTERN).date())
    quote = stored.quotes.get(today or "")
    if quote is None or now - quote.at > STALE:
        return Unknown(f"there is no recent quote of {today or ticker}")
    close = _close(stored, ticker, known, day)
    if close is None:
        return Unknown(f"the close of {day} is not stored")
    if close.day >= quote.at.astimezone(EASTERN).date():
        return Unknown(f"nothing traded since the close of {close.day}")
    return _from(stored, close, quote, names(stored.renames, ticker, known, _until(close, quote)))


def _from(stored: _Prices, close: _Close, quote: Quote, chain: Sequence[tuple[str, Days]]) -> Change:
    days = _until(close, quote)
    splits = {
        split.effective: split.old_rate / split.new_rate
        for split in stored.splits
        if days.first < split.effective <= days.last and _is_of(split, chain)
    }
    then = close.price * prod(splits.values(), start=Decimal(1))
    percent = ((quote.price / then - 1) * 100).quantize(TENTH, ROUND_HALF_EVEN) + 0  # no minus before zero
    return Change(percent, close.day, quote, adjusted=_covers(stored.splits_known, days))


def _is_of(split: Split, chain: Iterable[tuple[str, Days]]) -> bool:
    """Whether SPLIT is of a security with these names; on the day of a rename either name may be printed."""
    return any(
        split.ticker == name and days.first <= split.effective <= days.last + timedelta(days=1)
        for name, days in chain
    )


def _covers(known: Days | None, days: Days) -> bool:
    return known is not None and max(known.first, SPLITS_FROM) <= days.first and days.last <= known.last


def _until(close: _Close, quote: Quote) -> Days:
    return Days(close.day, quote.at.astimezone(EASTERN).date())


def _close(stored: _Prices, ticker: str, known: date, day: date) -> _Close | None:
    """Return the last close until DAY, where DAY's own would be stored if there was one."""
    name = ticker_on(stored.renames, ticker, known, day)
    settled = stored.settled.get(name or "")
    if settled is None or settled.last < day:
        return None
    spans = dict(_spans(stored.renames, ticker, known, day))
    found = [one for one in stored.closes if one.ticker in spans and _lies_in(one.day, spans[one.ticker])]
    return max(found, key=lambda one: one.day, default=None)


def _lies_in(day: date, days: Days) -> bool:
    return days.first <= day <= days.last


def _known(renames: Sequence[Rename], one: Asked) -> date | None:
    traded, filed = one.traded or one.filed, one.filed or one.traded
    return known_on(renames, spelled(one.ticker), traded, filed) if traded and filed else None


def _spans(renames: Sequence[Rename], ticker: str, known: date, day: date) -> list[tuple[str, Days]]:
    return names(renames, ticker, known, Days(day - AT_MOST, day))


def _load(connection: Connection, asked: Collection[Asked], now: datetime) -> _Prices:
    renames = store.renames(connection)
    today = now.astimezone(EASTERN).date()
    chains, spans = set[str](), set[tuple[str, Days]]()
    for one in asked:
        ticker, known = spelled(one.ticker), _known(renames, one)
        days = [day for day in (one.traded, one.filed) if day and day <= today]
        if known and days:
            chains |= {name for name, _ in names(renames, ticker, known, Days(min(days) - AT_MOST, today))}
            spans.update(span for day in days for span in _spans(renames, ticker, known, day))
    return _Prices(
        renames=renames,
        quotes=_quotes(connection, chains),
        settled={one.ticker: one.bars for one in store.securities_of(connection, chains) if one.bars},
        closes=list(_closes(connection, sorted(spans))),
        splits=store.splits_of(connection, chains),
        splits_known=store.actions_read(connection, SOURCE),
    )


def _quotes(connection: Connection, tickers: Collection[str]) -> Mapping[str, Quote]:
    q = t.quotes.c
    found = select(q.ticker, q.price, q.at, q.source).where(q.ticker.in_(tickers))
    return {row.ticker: Quote(*row) for row in connection.execute(found)}


def _closes(connection: Connection, spans: Sequence[tuple[str, Days]]) -> Iterator[_Close]:
    b = t.bars.c
    for begin in range(0, len(spans), MOST_AT_ONCE):
        some: list[ColumnElement[bool]] = [
            and_(b.ticker == name, b.day.between(*days)) for name, days in spans[begin : begin + MOST_AT_ONCE]
        ]
        for row in connection.execute(select(b.ticker, b.day, b.close).where(or_(*some))):
            yield _Close(*row)
