"""Which security a ticker means on a day, and what that security is called on another.

Tickers are given up, taken over and given back, so that one alone names nothing. What is shipped here are renames that
companies announced themselves; the price source tells of others. A merger is none: its price does not go on.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from operator import attrgetter
from pathlib import Path

from common.prices.records import Days, Rename

SHIPPED = Path(__file__).with_name("renames.json")
OURS = "CapitolScope"
VAGUE = timedelta(days=10)  # by which sources differ about the day of one rename
ONE_DAY = timedelta(days=1)


@cache
def shipped() -> tuple[Rename, ...]:
    """Return the renames that this project vouches for, oldest first."""
    facts = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return tuple(
        Rename(fact["old"], date.fromisoformat(fact["effective"]), fact["new"], OURS) for fact in facts
    )


def news_among(told: Iterable[Rename], known: Iterable[Rename]) -> list[Rename]:
    """Return those of TOLD that none of KNOWN tells already, give or take a few days."""
    days: dict[tuple[str, str | None], list[date]] = {}
    for rename in known:
        days.setdefault((rename.old, rename.new), []).append(rename.effective)
    return [
        rename
        for rename in told
        if not any(abs(rename.effective - day) <= VAGUE for day in days.get((rename.old, rename.new), ()))
    ]


def known_on(renames: Sequence[Rename], ticker: str, traded: date, filed: date) -> date:
    """Return the day on which TICKER, disclosed on FILED of a trade on TRADED, was the security's name.

    Filers write the name of either day; where TICKER was given up in between, it is that of the trade.
    """
    given_up = any(one.old == ticker and traded < one.effective <= filed for one in renames)
    return traded if given_up else filed


def names(renames: Sequence[Rename], ticker: str, known: date, days: Days) -> list[tuple[str, Days]]:
    """Return what the security that was called TICKER on KNOWN was called on DAYS, name after name.

    A day on which it traded no more is in none of the spans.
    """
    chain = sorted(renames, key=attrgetter("effective"))
    spans = [*_former(chain, ticker, known), *_later(chain, ticker, known)]
    cut = [(name, Days(max(span.first, days.first), min(span.last, days.last))) for name, span in spans]
    return [(name, span) for name, span in _joined(cut) if span.first <= span.last]


def ticker_on(renames: Sequence[Rename], ticker: str, known: date, day: date) -> str | None:
    """Return what the security that was called TICKER on KNOWN is called on DAY; None = it trades no more."""
    return next((name for name, _ in names(renames, ticker, known, Days(day, day))), None)


def _former(chain: Sequence[Rename], ticker: str, known: date) -> Iterator[tuple[str, Days]]:
    """Yield the names up to KNOWN, oldest first."""
    spans, last = [], known
    for rename in reversed(chain):
        if rename.new == ticker and rename.effective <= last:
            spans.append((ticker, Days(rename.effective, last)))
            ticker, last = rename.old, rename.effective - ONE_DAY
    yield ticker, Days(date.min, last)
    yield from reversed(spans)


def _later(chain: Sequence[Rename], ticker: str, known: date) -> Iterator[tuple[str, Days]]:
    """Yield the names after KNOWN."""
    first = known + ONE_DAY
    for rename in chain:
        if rename.old == ticker and rename.effective >= first:
            yield ticker, Days(first, rename.effective - ONE_DAY)
            if rename.new is None:
                return
            ticker, first = rename.new, rename.effective
    yield ticker, Days(first, date.max)


def _joined(spans: Sequence[tuple[str, Days]]) -> Iterator[tuple[str, Days]]:
    """Yield SPANS with neighbours of one name as one, and without empty ones."""
    waiting: tuple[str, Days] | None = None
    for name, span in spans:
        if span.first > span.last:
            continue
        if waiting and waiting[0] == name:
            waiting = name, Days(waiting[1].first, span.last)
            continue
        if waiting:
            yield waiting
        waiting = name, span
    if waiting:
        yield waiting
