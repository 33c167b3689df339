"""What the Clerk's index lists, kept in the database: every document once, and whether it may be news."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, or_, select, update

from common.db import tables as t
from common.db.dialect import insert_ignore, upsert
from common.disclosures.baseline import news_begins
from common.disclosures.records import IndexRow

CHAMBER = "house"
CORRECTED = ("year", "url", "filed", "filer_name", "state_district", "listing")
"""What an index may say otherwise later of a document that it lists."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of a year's index, as the Clerk sent it."""

    year: int
    sha256: str
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class Document:
    """A filing that waits to be read."""

    filing_id: int
    row: IndexRow
    deaths: int
    """Readings that were begun since one ended: runs that died of it, or were killed meanwhile."""


def last_snapshot(connection: Connection, year: int) -> Snapshot | None:
    """Return the newest index of YEAR that was read, or None."""
    s = t.index_snapshots.c
    row = connection.execute(
        select(s.year, s.sha256, s.etag, s.last_modified).where(s.chamber == CHAMBER, s.year == year)
    ).one_or_none()
    return Snapshot(*row) if row else None


def note_unchanged(tx: Connection, year: int, now: datetime) -> None:
    """Record that the Clerk has nothing newer for YEAR."""
    s = t.index_snapshots
    tx.execute(update(s).where(s.c.chamber == CHAMBER, s.c.year == year).values(checked_at=now))


def listed(connection: Connection, year: int) -> frozenset[str]:
    """Return the doc ids that YEAR's index listed when it was last read."""
    f = t.filings.c
    still = select(f.doc_id).where(f.chamber == CHAMBER, f.year == year, f.missing_since.is_(None))
    return frozenset(connection.scalars(still))


def list_filings(
    tx: Connection,
    index: Snapshot,
    rows: Sequence[IndexRow],
    *,
    urls: Mapping[str, str],
    missing: Collection[str],
    now: datetime,
) -> int:
    """Keep every report that ROWS lists, and mark those MISSING from it; return how many are new.

    URLS maps doc id -> address of the document.
    Whether a filing may be news is set here, once, and never changes: it may not if the baseline pinned this very
    snapshot of the index (protocols, section 2), nor if it was filed before the baseline in a year that this left out. Whatever else the index corrects is taken over, and has the document
    read again.
    """
    news_from = date.min if last_snapshot(tx, index.year) else news_begins(tx, CHAMBER, index.year)
    filings = [
        _listed(row, urls[row.doc_id], alertable=row.filed is None or row.filed >= news_from, now=now)
        for row in rows
    ]
    new = insert_ignore(tx, t.filings, filings)
    _correct(tx, index.year, filings)
    _mark_missing(tx, index.year, [row.doc_id for row in rows], missing, now)
    kept = {"chamber": CHAMBER, **asdict(index), "rows": len(rows), "fetched_at": now, "checked_at": now}
    kept |= {"pinned_sha256": index.sha256} if news_from > date.min else {}
    upsert(tx, t.index_snapshots, [kept], key=("chamber", "year"), change=tuple(kept))
    return new


def _correct(tx: Connection, year: int, filings: Collection[Mapping[str, Any]]) -> None:
    """Take over what FILINGS say otherwise than before, a document's move from another year's index included."""
    f = t.filings
    said = {filing["doc_id"]: filing for filing in filings}
    ours = or_(f.c.year == year, f.c.missing_since.is_not(None))
    known = select(f.c.id, f.c.doc_id, f.c.listing).where(f.c.chamber == CHAMBER, f.c.doc_id.in_(said), ours)
    for filing in tx.execute(known).all():
        now = said[filing.doc_id]
        if filing.listing != now["listing"]:
            changed = {name: now[name] for name in CORRECTED} | {"missing_since": None}
            due = {"next_attempt_at": f.c.first_seen}  # at once
            tx.execute(update(f).where(f.c.id == filing.id).values(changed | due))


def _listed(row: IndexRow, url: str, *, alertable: bool, now: datetime) -> dict[str, object]:
    return {
        "chamber": CHAMBER,
        "doc_id": row.doc_id,
        "year": row.year,
        "url": url,
        "filed": row.filed,
        "filer_name": " ".join(filter(None, (row.prefix, row.first, row.last, row.suffix))),
        "state_district": row.state_district,
        "listing": asdict(row) | {"filed": row.filed and row.filed.isoformat()},
        "first_seen": now,
        "alertable": alertable,
        "state": "listed",
        "transient": False,
        "attempts": 0,
        "version": 0,
    }


def _mark_missing(
    tx: Connection, year: int, present: Sequence[str], missing: Collection[str], now: datetime
) -> None:
    f = t.filings
    here = (f.c.chamber == CHAMBER, f.c.year == year)
    returned = (f.c.missing_since.is_not(None), f.c.doc_id.in_(present))
    tx.execute(update(f).where(*here, *returned).values(missing_since=None))
    if not missing:
        return
    tx.execute(update(f).where(*here, f.c.doc_id.in_(missing)).values(missing_since=now))
    found = [
        {
            "rule": "index_lost_row",
            "subject": doc,
            "detail": f"the Clerk's {year} index no longer lists {doc}; the filing is kept",
            "first_seen": now,
            "last_seen": now,
        }
        for doc in missing
    ]
    upsert(tx, t.findings, found, key=("rule", "subject"), change=("last_seen",))


def due_documents(
    connection: Connection, years: Collection[int], *, due: datetime, doc_ids: Collection[str] = ()
) -> list[Document]:
    """Return what waits to be read: new filings, and those whose next attempt was DUE by then.

    With DOC_IDS exactly those, whatever their state. Oldest first, but last what runs died of, so that nothing waits
    for it, and before that what failed already.
    """
    f = t.filings.c
    waits = or_(f.state == "listed", f.next_attempt_at <= due)
    wanted = f.doc_id.in_(doc_ids) if doc_ids else waits & f.missing_since.is_(None)
    query = (
        select(f.id, f.listing, f.attempts)
        .where(f.chamber == CHAMBER, f.year.in_(years), wanted)
        .order_by(f.attempts, f.transient, f.filed, f.doc_id)
    )
    return [Document(row.id, _index_row(row.listing), row.attempts) for row in connection.execute(query)]


def _index_row(listing: dict[str, Any]) -> IndexRow:
    filed = date.fromisoformat(listing["filed"]) if listing["filed"] else None
    return IndexRow(**{**listing, "filed": filed})
