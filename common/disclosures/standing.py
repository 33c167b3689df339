"""Whether the books balance: every document that a chamber's indexes list, and what became of it."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from common.db import tables as t


@dataclass(frozen=True, slots=True)
class Standing:
    """How the filings of some years stand; `indexed` is what the chamber's indexes list, each document once."""

    indexed: int
    parsed: int
    unread: int
    failed: int
    waiting: int
    quarantined_rows: int
    members_unresolved: int
    """Filings whose filer is not settled."""


def standing(connection: Connection, chamber: str, years: Collection[int]) -> Standing:
    """Count, from the database alone, what became of every document that CHAMBER's indexes of YEARS list."""
    f, v, r = t.filings.c, t.versions.c, t.trades.c
    here = (f.chamber == chamber, f.year.in_(years), f.missing_since.is_(None))
    counted = select(f.state, func.count()).where(*here).group_by(f.state)
    states: dict[str, int] = dict(tuple(row) for row in connection.execute(counted))
    s = t.index_snapshots.c
    indexed = select(func.coalesce(func.sum(s.rows), 0)).where(s.chamber == chamber, s.year.in_(years))
    current = (v.filing_id == f.id) & (v.version == f.version)
    rows = (
        select(func.count())
        .select_from(t.filings.join(t.versions, current).join(t.trades))
        .where(*here, func.json_array_length(r.quarantine) > 0)
    )
    settled = func.coalesce(v.bioguide, case((v.id.is_(None), t.filers.c.bioguide)))
    unresolved = (
        select(func.count())
        .select_from(t.filings.outerjoin(t.versions, current).join(t.filers, t.filers.c.id == f.filer_id))
        .where(*here, settled.is_(None))
    )
    return Standing(
        indexed=connection.execute(indexed).scalar_one(),
        parsed=states.get("parsed", 0),
        unread=states.get("unread", 0),
        failed=states.get("failed", 0),
        waiting=states.get("listed", 0),
        quarantined_rows=connection.execute(rows).scalar_one(),
        members_unresolved=connection.execute(unresolved).scalar_one(),
    )
