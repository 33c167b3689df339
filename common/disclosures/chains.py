"""Which stored rows restate which, read back: as conditions for statements, and as links."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, not_, or_, select

from common.db.amendment_tables import restatements
from common.db.tables import filings, trades, versions
from common.disclosures.amendments import DELETED, STATUSES

IS_SURE = func.json_array_length(trades.c.quarantine) == 0
AMENDS = or_(trades.c.filing_status.in_(STATUSES), versions.c.amendment > 0)
"""Of a row and its version: it restates an earlier one, known or not."""
IS_RESTATED = (
    select(restatements.c.trade_id)
    .where(restatements.c.original_id == trades.c.id, restatements.c.stands)
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
