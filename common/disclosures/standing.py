"""Whether the books balance: every document that the Clerk's indexes list, and what became of it."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from common.db import tables as t
from common.disclosures.catalogue import CHAMBER


@dataclass(frozen=True, slots=True)
class Standing:
    """How the filings of some years stand; `indexed` is what the Clerk's indexes list."""

    indexed: int
    parsed: int
    unread: int
    failed: int
    waiting: int
    quarantined_rows: int
    members_unresolved: int


def standing(connection: Connection, years: Collection[int]) -> Standing:
    """Count, from the database alone, what became of every document that the indexes of YEARS list."""
    f, v, r = t.filings.c, t.versions.c, t.trades.c
    here = (f.chamber == CHAMBER, f.year.in_(years), f.missing_since.is_(None))
    states: dict[str, int] = dict(
        connection.execute(select(f.state, func.count()).where(*here).group_by(f.state)).tuples().all()
    )
    s = t.index_snapshots.c
    indexed = select(func.coalesce(func.sum(s.rows), 0)).where(s.chamber == CHAMBER, s.year.in_(years))
    rows = (
        select(func.count())
        .select_from(
            t.filings.join(t.versions, (v.filing_id == f.id) & (v.version == f.version)).join(t.trades)
        )
        .where(*here, func.json_array_length(r.quarantine) > 0)
    )
    people = (
        select(func.count(func.distinct(f.filer_id)))
        .select_from(t.filings.join(t.filers))
        .where(*here, t.filers.c.bioguide.is_(None))
    )
    return Standing(
        indexed=connection.execute(indexed).scalar_one(),
        parsed=states.get("parsed", 0),
        unread=states.get("unread", 0),
        failed=states.get("failed", 0),
        waiting=states.get("listed", 0),
        quarantined_rows=connection.execute(rows).scalar_one(),
        members_unresolved=connection.execute(people).scalar_one(),
    )
