"""What a price source must do, and how it may fail."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from common.download import Throttled
from common.errors import CapitolScopeError, SourceUnavailable
from common.prices.records import Bar, Days, Quote, Rename, Split

__all__ = ["Actions", "BadKey", "NotYetPublished", "PriceSource", "Throttled", "Unavailable"]

Unavailable = SourceUnavailable
"""It did not answer; tried again. `Throttled`, one of them, says when: we asked too often."""


class BadKey(CapitolScopeError):
    """It does not take our key; asking again is of no use until somebody sets another."""


class NotYetPublished(CapitolScopeError):
    """It has those days, but does not give them away yet."""


@dataclass(frozen=True, slots=True)
class Actions:
    """What became of securities in some days: every split and rename of the whole market."""

    splits: tuple[Split, ...]
    renames: tuple[Rename, ...]


class PriceSource(Protocol):
    """Asked in batches of at most `most_at_once` tickers.

    A ticker that it does not know has no price: it is left out. Every method raises Throttled, BadKey, Unavailable,
    or SourceChanged when the answer is not what it always was.
    """

    name: str
    most_at_once: int
    refused: set[str]
    """Tickers that it said can be none, since it was made."""

    def latest(self, tickers: Collection[str]) -> Mapping[str, Quote]:
        """Return what each of TICKERS last cost."""
        ...

    def daily_bars(self, days: Days, tickers: Collection[str]) -> Mapping[str, Sequence[Bar]]:
        """Return the raw bars of TICKERS on DAYS, oldest first. Raises NotYetPublished for what is too young."""
        ...

    def actions(self, days: Days) -> Actions:
        """Return what took effect on DAYS."""
        ...
