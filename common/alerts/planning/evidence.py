"""Why a rule matched a row, or which of its criteria failed and with which values: the same decisions as `match`."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.alerts.planning.disclosed import Disclosed, StoredTrade
from common.alerts.subscriptions.criteria import OWNER_WORDS, Criteria, Frequency
from common.mail import words
from common.mail.model import Amount
from common.tickers import spelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What a rule asked for from one moment to another."""

    id: int
    rule_id: int
    number: int
    name: str
    subscriber_id: int
    criteria: Criteria
    frequency: Frequency
    effective_from: datetime
    effective_until: datetime | None
    stopped_at: datetime | None
    """When the whole rule was stopped; None = it goes on."""

    def in_force(self, moment: datetime) -> bool:
        """Whether this revision decides about what was stored at MOMENT."""
        return self.effective_from <= moment and (
            self.effective_until is None or moment < self.effective_until
        )


@dataclass(frozen=True, slots=True)
class Miss:
    """A criterion that does not hold."""

    criterion: str
    wanted: str
    found: str


def misses(criteria: Criteria, filing: Disclosed, row: StoredTrade | None = None) -> tuple[Miss, ...]:
    """Return the criteria that do not hold for ROW of FILING; none = the rule matches it.

    ROW None = the filing as a whole, which could not be read: only criteria of a filing can hold. The same goes for a
    row in quarantine.
    """
    trusted = row if row is not None and row.is_sure else None
    checks = (CHECKS[name](criteria, filing, trusted) for name in criteria.names)
    return tuple(
        Miss(name, wanted, found)
        for name, (holds, wanted, found) in zip(criteria.names, checks, strict=True)
        if not holds
    )


def matched_rows(
    criteria: Criteria, filing: Disclosed, spoken: Container[int] = ()
) -> tuple[StoredTrade, ...]:
    """Return the rows of `told_rows` that a rule of CRITERIA is about, in their order; doubtful ones for a wide rule alone."""
    return tuple(row for row in told_rows(filing, spoken) if not misses(criteria, filing, row))


def told_rows(filing: Disclosed, spoken: Container[int]) -> tuple[StoredTrade, ...]:
    """Return the rows that FILING tells: those that another filing restates are that one's, but for those SPOKEN of already."""
    return tuple(row for row in filing.rows if row.tells or row.id in spoken)


def matches(criteria: Criteria, filing: Disclosed, spoken: Container[int] = ()) -> bool:
    """Whether a rule of CRITERIA matches FILING; one that was read and tells no row is about nothing."""
    return bool(matched_rows(criteria, filing, spoken)) if filing.readable else not misses(criteria, filing)


Check = tuple[bool, str, str]
"""Whether it holds, what was wanted, what was found."""
NOT_READ = "could not be read for certain"


def _one_of(wanted: frozenset[str], found: str | None) -> Check:
    return found in wanted, " or ".join(sorted(wanted)), found or "none"


def _equal(wanted: str | None, found: str | None) -> Check:
    return wanted == found, str(wanted), found or "none"


def _of_filing(check: Callable[[Criteria, Disclosed], Check]) -> "Judge":
    return lambda criteria, filing, _: check(criteria, filing)


def _of_row(check: Callable[[Criteria, StoredTrade], Check], wanted: Callable[[Criteria], Any]) -> "Judge":
    def judge(criteria: Criteria, _: Disclosed, row: StoredTrade | None) -> Check:
        return check(criteria, row) if row else (False, str(wanted(criteria)), NOT_READ)

    return judge


def _ticker(criteria: Criteria, row: StoredTrade) -> Check:
    return _one_of(criteria.tickers, spelled(row.trade.ticker or "") or None)


def _owner(criteria: Criteria, row: StoredTrade) -> Check:
    wanted, found = str(criteria.owner), row.trade.owner
    return wanted == found, OWNER_WORDS[wanted], OWNER_WORDS.get(found, found)


def _range(row: StoredTrade) -> str:
    return words.amount(Amount(row.trade.amount_min, row.trade.amount_max, row.trade.amount_exact))


def _at_least(criteria: Criteria, row: StoredTrade) -> Check:
    low = row.trade.amount_min
    return low is not None and low >= (criteria.amount or 0), _wanted_at_least(criteria), _range(row)


def _possibly(criteria: Criteria, row: StoredTrade) -> Check:
    low, high = row.trade.amount_min, row.trade.amount_max
    holds = low is not None if high is None else high >= (criteria.amount or 0)
    return holds, _wanted_possibly(criteria), _range(row)


def _late(_: Criteria, row: StoredTrade) -> Check:
    return bool(row.late), "filed late", words.lateness(row.late)


def _wanted_at_least(criteria: Criteria) -> str:
    return f"a lower bound of at least ${criteria.amount:,}"


def _wanted_possibly(criteria: Criteria) -> str:
    return f"an upper bound of at least ${criteria.amount:,}, or none"


Judge = Callable[[Criteria, Disclosed, StoredTrade | None], Check]
CHECKS: Mapping[str, Judge] = {
    "members": _of_filing(lambda criteria, filing: _one_of(criteria.members, filing.bioguide)),
    "chamber": _of_filing(lambda criteria, filing: _equal(criteria.chamber, filing.chamber)),
    "party": _of_filing(lambda criteria, filing: _equal(criteria.party, filing.party)),
    "state": _of_filing(lambda criteria, filing: _equal(criteria.state, filing.state)),
    "tickers": _of_row(_ticker, lambda criteria: " or ".join(sorted(criteria.tickers))),
    "side": _of_row(lambda criteria, row: _equal(criteria.side, row.side), lambda criteria: criteria.side),
    "owner": _of_row(_owner, lambda criteria: OWNER_WORDS[str(criteria.owner)]),
    "asset_type": _of_row(
        lambda criteria, row: _equal(criteria.asset_type, row.trade.asset_type),
        lambda criteria: criteria.asset_type,
    ),
    "at_least": _of_row(_at_least, _wanted_at_least),
    "possibly": _of_row(_possibly, _wanted_possibly),
    "filed_late": _of_row(_late, lambda _: "filed late"),
}
"""Criterion -> how it is judged."""
