"""What the indexes of both chambers list, kept in the database: every document once, and whether it may be news."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from common.db import tables as t
from common.db.dialect import insert_ignore, upsert
from common.db.findings import note_findings
from common.disclosures.baseline import news_begins

ASIDE = {"senate": frozenset({"office"})}
"""Chamber -> what its index says beside a report, and may say otherwise later without a word about it: the Senate
reprints the office of whoever left it."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report as its chamber's index lists it."""

    doc_id: str
    year: int
    """The index's."""
    url: str
    filed: date | None
    filer_name: str
    state_district: str
    listing: Mapping[str, Any]
    """The source's own row, verbatim, as JSON."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of a year's index."""

    chamber: str
    year: int
    sha256: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A filing that waits to be read."""

    filing_id: int
    doc_id: str
    year: int
    url: str
    listing: Mapping[str, Any]
    deaths: int
    """Readings that were begun since one ended: runs that died of it, or were killed meanwhile."""


CORRECTED = tuple(field.name for field in fields(Report) if field.name != "doc_id")
"""What an index may say otherwise later of a document that it lists."""


def last_snapshot(connection: Connection, chamber: str, year: int) -> Snapshot | None:
    """Return the newest index of YEAR that was read, or None."""
    s = t.index_snapshots.c
    row = connection.execute(
        select(s.chamber, s.year, s.sha256, s.etag, s.last_modified).where(
            s.chamber == chamber, s.year == year
        )
    ).one_or_none()
    return Snapshot(*row) if row else None


def note_unchanged(tx: Connection, chamber: str, year: int, now: datetime) -> None:
    """Record that CHAMBER has nothing newer for YEAR."""
    s = t.index_snapshots
    tx.execute(update(s).where(s.c.chamber == chamber, s.c.year == year).values(checked_at=now))


def listed(connection: Connection, chamber: str, year: int) -> frozenset[str]:
    """Return the doc ids that YEAR's index listed when it was last read."""
    f = t.filings.c
    still = select(f.doc_id).where(f.chamber == chamber, f.year == year, f.missing_since.is_(None))
    return frozenset(connection.scalars(still))


def as_known(connection: Connection, chamber: str, reports: Sequence[Report]) -> tuple[Report, ...]:
    """Return REPORTS, each once, under the doc ids by which they are known.

    Ids that differ in letter case alone name one report: the Senate writes some of its UUIDs in capitals, and nothing
    keeps it from writing them otherwise tomorrow.
    """
    first: dict[str, Report] = {}
    for report in reports:
        first.setdefault(report.doc_id.lower(), report)
    f = t.filings.c
    kept = select(f.doc_id).where(f.chamber == chamber, named(first))
    known = {doc_id.lower(): doc_id for doc_id in connection.scalars(kept.order_by(f.id.desc()))}
    return tuple(replace(report, doc_id=known.get(key, report.doc_id)) for key, report in first.items())


def named(doc_ids: Collection[str]) -> ColumnElement[bool]:
    """Return which filings DOC_IDS name, in whichever letter case."""
    return func.lower(t.filings.c.doc_id).in_({doc_id.lower() for doc_id in doc_ids})


def list_filings(
    tx: Connection, index: Snapshot, reports: Sequence[Report], *, missing: Collection[str], now: datetime
) -> int:
    """Keep each of REPORTS, which INDEX lists, and mark those MISSING from it; return how many are new.

    Whether a filing may be news is set here, once, and never changes: it may not if the baseline pinned this very
    snapshot of the index (protocols, section 2), nor if it was filed before the baseline in a year that this left out. Whatever else the index corrects is taken over, and has the document
    read again.
    """
    known = last_snapshot(tx, index.chamber, index.year)
    news_from = date.min if known else news_begins(tx, index.chamber, index.year)
    filings = [
        _listed(index.chamber, report, alertable=report.filed is None or report.filed >= news_from, now=now)
        for report in reports
    ]
    new = insert_ignore(tx, t.filings, filings)
    _correct(tx, index, filings)
    ids = [report.doc_id for report in reports]
    _mark_missing(tx, index, missing, now)
    rows = len(ids) - _listed_elsewhere(tx, index, ids, now)
    kept = {**asdict(index), "rows": rows, "fetched_at": now, "checked_at": now}
    kept |= {"pinned_sha256": index.sha256} if news_from > date.min else {}
    upsert(tx, t.index_snapshots, [kept], key=("chamber", "year"), change=tuple(kept))
    return new


def _correct(tx: Connection, index: Snapshot, filings: Collection[Mapping[str, Any]]) -> None:
    """Take over what FILINGS say otherwise than before, and what is listed again, be it in another year's index.

    What was withdrawn meanwhile may be another document now.
    """
    f = t.filings
    said = {filing["doc_id"]: filing for filing in filings}
    ours = or_(f.c.year == index.year, f.c.missing_since.is_not(None))
    known = select(f.c.id, f.c.doc_id, f.c.listing, f.c.first_seen, f.c.missing_since).where(
        f.c.chamber == index.chamber, f.c.doc_id.in_(said), ours
    )
    for filing in tx.execute(known).all():
        now = said[filing.doc_id]
        is_back = filing.missing_since is not None
        if is_back or filing.listing != now["listing"]:
            changed = {name: now[name] for name in CORRECTED} | {"missing_since": None}
            if is_back or _is_of_the_report(index.chamber, filing.listing, now["listing"]):
                changed["next_attempt_at"] = filing.first_seen  # at once
            tx.execute(update(f).where(f.c.id == filing.id).values(changed))


def _listed_elsewhere(tx: Connection, index: Snapshot, doc_ids: Collection[str], now: datetime) -> int:
    """Return how many of DOC_IDS another year's index lists as well: there each is one filing, counted once."""
    f = t.filings.c
    elsewhere = (f.chamber == index.chamber, f.year != index.year, f.missing_since.is_(None))
    found = tx.execute(select(f.doc_id, f.year).where(*elsewhere, f.doc_id.in_(doc_ids))).all()
    twice = {
        doc_id: f"the indexes of {year} and {index.year} list it; counted in {year}" for doc_id, year in found
    }
    note_findings(tx, "index_twin", twice, now)
    return len(found)


def _is_of_the_report(chamber: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether what changed from BEFORE to NOW is said of the report itself."""
    aside = ASIDE.get(chamber, frozenset())
    return any(before.get(name) != now.get(name) for name in {*before, *now} - aside)


def _listed(chamber: str, report: Report, *, alertable: bool, now: datetime) -> dict[str, object]:
    return {
        "chamber": chamber,
        **{field.name: getattr(report, field.name) for field in fields(report)},
        "listing": dict(report.listing),
        "first_seen": now,
        "alertable": alertable,
        "state": "listed",
        "transient": False,
        "attempts": 0,
        "version": 0,
    }


def _mark_missing(tx: Connection, index: Snapshot, missing: Collection[str], now: datetime) -> None:
    if not missing:
        return
    f = t.filings
    lost = (f.c.chamber == index.chamber, f.c.year == index.year, f.c.doc_id.in_(missing))
    tx.execute(update(f).where(*lost).values(missing_since=now))
    detail = f"the {index.chamber.title()}'s {index.year} index lists it no more; the filing is kept"
    note_findings(tx, "index_lost_row", dict.fromkeys(missing, detail), now)
    # One of the others may list it, and was read too early.
    forget_marks(tx, index.chamber, but=index.year)


def forget_marks(tx: Connection, chamber: str, *, but: int | None = None) -> None:
    """Have CHAMBER's indexes sent whole at the next sync, all BUT the year's that was read just now."""
    s = t.index_snapshots
    others = update(s).where(s.c.chamber == chamber, s.c.year.is_distinct_from(but))
    tx.execute(others.values(etag=None, last_modified=None))


def not_listed(
    connection: Connection, chambers: Collection[str], years: Collection[int], doc_ids: Collection[str]
) -> tuple[str, ...]:
    """Return those of DOC_IDS, sorted, that no index of CHAMBERS and YEARS ever listed."""
    f = t.filings.c
    listed = select(f.doc_id).where(f.chamber.in_(chambers), f.year.in_(years), named(doc_ids))
    known = {doc_id.lower() for doc_id in connection.scalars(listed)}
    return tuple(sorted(doc_id for doc_id in {*doc_ids} if doc_id.lower() not in known))


def due_documents(
    connection: Connection,
    chamber: str,
    years: Collection[int],
    *,
    due: datetime,
    doc_ids: Collection[str] = (),
    failed: bool | None = None,
) -> list[Document]:
    """Return what waits to be read: new filings, and those whose next attempt was DUE by then.

    FAILED = only those that failed and may pass (True), or all but those (False). With DOC_IDS exactly those, whatever
    their state. Oldest first, but last what runs died of, so that nothing waits
    for it, and before that what failed already.
    """
    f = t.filings.c
    waits = or_(f.state == "listed", f.next_attempt_at <= due)
    if failed is not None:
        waits &= f.transient == failed
    wanted = named(doc_ids) if doc_ids else waits & f.missing_since.is_(None)
    query = (
        select(f.id, f.doc_id, f.year, f.url, f.listing, f.attempts)
        .where(f.chamber == chamber, f.year.in_(years), wanted)
        .order_by(f.attempts, f.transient, f.filed, f.doc_id)
    )
    return [Document(*row) for row in connection.execute(query)]
