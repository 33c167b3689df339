"""Which stored rows restate which, read back: as conditions for statements, and as links."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, not_, or_, select

from common.db.amendment_tables import restatements
from common.db.tables import filings, trades, versions
from common.disclosures.amendments.deciding import DELETED, STATUSES

IS_SURE = func.json_array_length(trades.c.quarantine) == 0
AMENDS = or_(trades.c.filing_status.in_(STATUSES), versions.c.amendment > 0)
"""Of a row and its version: it restates an earlier one, known or not."""
_later = restatements.alias("later")
IS_RESTATED = (
    select(_later.c.trade_id)
    .where(_later.c.original_id == trades.c.id, _later.c.stands)
    .correlate(trades)
    .exists()
)
IS_DELETED = and_(trades.c.filing_status.is_not(None), trades.c.filing_status == DELETED, IS_SURE)
TELLS = not_(or_(IS_RESTATED, func.coalesce(IS_DELETED, False)))
"""A row that is told by its own filing: no later one restates it, and it takes nothing back."""


def first_filed() -> ColumnElement[Any]:
    """Return when a row's trade was disclosed first; NULL = not established. Needs `restatements` joined to the row."""
    return case((AMENDS, restatements.c.first_filed), else_=filings.c.filed)


@dataclass(frozen=True, slots=True)
class Original:
    """What a row restates: a row of a version, and when the chain's first was filed (None = not established)."""

    trade_id: int
    version_id: int
    first_filed: date | None


@dataclass(frozen=True, slots=True)
class Heir:
    """The row that restates a row."""

    trade_id: int
    version_id: int


def originals(connection: Connection, version_ids: Collection[int]) -> Mapping[int, Original]:
    """Return what the rows of these versions restate, by their trade ids."""
    r = restatements.c
    found = (
        select(r.trade_id, r.original_id, trades.c.version_id, r.first_filed)
        .join(trades, trades.c.id == r.original_id)
        .where(r.version_id.in_(version_ids))
    )
    return {row.trade_id: Original(*row[1:]) for row in connection.execute(found)}


def heirs(connection: Connection, version_ids: Collection[int]) -> Mapping[int, Heir]:
    """Return which rows restate those of these versions now, by the trade ids of the latter."""
    r = restatements.c
    found = (
        select(r.original_id, r.trade_id, r.version_id)
        .join(trades, trades.c.id == r.original_id)
        .where(trades.c.version_id.in_(version_ids), r.stands)
    )
    return {row.original_id: Heir(row.trade_id, row.version_id) for row in connection.execute(found)}


def restated_among(connection: Connection, filing_ids: Collection[int]) -> frozenset[int]:
    """Return those of these filings of which any row was ever restated."""
    of_these = trades.join(versions, versions.c.id == trades.c.version_id)
    found = (
        select(versions.c.filing_id)
        .select_from(of_these.join(restatements, restatements.c.original_id == trades.c.id))
        .where(versions.c.filing_id.in_(filing_ids))
        .distinct()
    )
    return frozenset(connection.scalars(found)) if filing_ids else frozenset()


def amended_filings(connection: Connection, version_ids: Collection[int]) -> Mapping[int, frozenset[int]]:
    """Return the filings whose rows these versions restate, directly or not; no entry = none."""
    r = restatements.c
    restated: dict[int, set[tuple[int, int]]] = defaultdict(set)
    asked, wanted = set[int](), set(version_ids)
    while wanted:
        found = (
            select(r.version_id, versions.c.filing_id, versions.c.id)
            .join(trades, trades.c.id == r.original_id)
            .join(versions, versions.c.id == trades.c.version_id)
            .where(r.version_id.in_(wanted))
            .distinct()
        )
        asked |= wanted
        for version_id, filing_id, original in connection.execute(found):
            restated[version_id].add((filing_id, original))
        wanted = {original for edges in restated.values() for _, original in edges} - asked
    return {one: frozenset(_reached(restated, one)) for one in version_ids if one in restated}


def _reached(restated: Mapping[int, Collection[tuple[int, int]]], version_id: int) -> Iterator[int]:
    for filing_id, original in restated.get(version_id, ()):
        yield filing_id
        yield from _reached(restated, original)
