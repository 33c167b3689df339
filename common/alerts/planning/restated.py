"""Which row says anew what an earlier one said: of a later version, or of a filing that restates it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import eq

from common.alerts.planning.disclosed import Disclosed, StoredTrade
from common.disclosures import facts

LEAST_IN_COMMON = 4
"""Of owner, security, asset type, side, date, lower and upper bound: a row that shares fewer is another trade."""


@dataclass(frozen=True, slots=True)
class Restated:
    """How a row stands later; `row` None = it is gone, or `by` takes it back."""

    row: StoredTrade | None
    changed: bool
    by: StoredTrade | None = None


def stands(of: Disclosed, row: StoredTrade, later: Disclosed) -> Restated | None:
    """Return how ROW of OF stands in LATER; None = that is another filing, and says nothing of it."""
    if of.filing_id == later.filing_id:
        return _standing(restated(of, later)[row.id])
    for version, rows in later.restates.get(of.filing_id, {}).items():
        then = restated(of, version)[row.id].row
        if then and then.id in rows:
            return _standing(became(row, rows[then.id]))
    return None


def _standing(after: Restated) -> Restated:
    is_deleted = after.row and after.row.is_deleted
    return Restated(None, changed=True, by=after.row) if is_deleted else after


@lru_cache(maxsize=64)  # thousands of subscribers hear of the same two versions
def restated(before: Disclosed, after: Disclosed) -> Mapping[int, Restated]:
    """Return, for each row of BEFORE by its id, what became of it in AFTER, a later version of the same filing.

    Equal rows are paired first, in their order, for the same lot may stand twice; then those most alike. Where the
    filer turned out to be somebody else, no row is the same.
    """
    if before.bioguide not in {None, after.bioguide}:
        return {row.id: Restated(None, changed=True) for row in before.rows}
    pairs = _equal(before.rows, after.rows)
    taken = {row.id for row in pairs.values()}
    pairs |= _alike(
        [row for row in before.rows if row.id not in pairs],
        [row for row in after.rows if row.id not in taken],
    )
    return {row.id: became(row, pairs.get(row.id)) for row in before.rows}


def became(row: StoredTrade, after: StoredTrade | None) -> Restated:
    """Return how ROW stands if it is AFTER now; None = it is gone."""
    return Restated(after, changed=after is None or _facts(row) != _facts(after))


def _facts(row: StoredTrade) -> list[str | int | bool | None]:
    return facts.of_row(row.trade)[:-1]  # without the last, whether it is in doubt


def _equal(before: Sequence[StoredTrade], after: Sequence[StoredTrade]) -> dict[int, StoredTrade]:
    lots: dict[str, list[StoredTrade]] = defaultdict(list)
    for row in reversed(after):
        lots[repr(_facts(row))].append(row)
    return {row.id: lot.pop() for row in before if (lot := lots[repr(_facts(row))])}


def _alike(before: Sequence[StoredTrade], after: Sequence[StoredTrade]) -> dict[int, StoredTrade]:
    """Pair those of one security first, for rows of a day often agree in all else; then the most alike, and the nearest."""
    said = {row.id: _facts(row) for row in (*before, *after)}
    of = {row.id: facts.security(row.trade) for row in (*before, *after)}
    candidates = sorted(
        (
            (of[old.id] != of[new.id], -common, abs(old.trade.row - new.trade.row), old.trade.row, old, new)
            for old in before
            for new in after
            if (common := sum(map(eq, said[old.id], said[new.id]))) >= LEAST_IN_COMMON
        ),
        key=lambda candidate: candidate[:4],
    )
    pairs: dict[int, StoredTrade] = {}
    taken = set[int]()
    for *_, old, new in candidates:
        if old.id not in pairs and new.id not in taken:
            pairs[old.id] = new
            taken.add(new.id)
    return pairs
