"""Which stored row restates which, kept level with what is stored: a filer's links are decided anew whenever a filing of theirs changes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, literal, select, update

from common.db import tables as t
from common.db.amendment_tables import restatements as links
from common.db.dialect import database_now, upsert
from common.disclosures import facts
from common.disclosures.amendments import reviews
from common.disclosures.amendments.chains import AMENDS, IS_SURE
from common.disclosures.amendments.deciding import Name, Restatements, Row, restatements
from common.disclosures.amendments.rows import (
    CURRENT,
    Filer,
    Kept,
    Stored,
    concerned,
    filers,
    is_touched,
    kept_links,
    restates,
    rows_of,
)
from common.errors import InvalidRequest


def relink(tx: Connection, filing_id: int, *, is_new: bool, now: datetime) -> bool:
    """Bring the links of whoever filed FILING_ID, now or before, level with what is stored; return whether that made versions.

    A filing whose links change gets a new version, and so does one with a row that nothing restates any more; IS_NEW =
    this one has just got its version, which takes the links. Whoever is not settled restates nothing.
    """
    made = False
    for filer in filers(tx, filing_id):
        _lock(tx, filer)
        if is_touched(tx, filer, filing_id):
            made |= _relink(tx, filer, filing_id if is_new else None, now)
    return made


def decide(tx: Connection, name: Name, original: Name | None, now: datetime) -> bool:
    """Let an operator say that NAME restates ORIGINAL, or (None) nothing in our records; return whether that made versions.

    Raises InvalidRequest naming "amendment" or "original" for a row that cannot be it.
    """
    filer, stored = _amending(tx, name)
    by_name = {one.row.name: one.row for one in stored}
    if original and original not in by_name:
        raise InvalidRequest("original", f"{original} is no sure row of a filing by {filer.bioguide}")
    reviews.decide(tx, by_name[name], by_name[original] if original else None, now)
    made = _relink(tx, filer, None, now)
    if original and _link_of(tx, name) != original:
        raise InvalidRequest("original", f"{original} is not earlier than {name}, or was restated before")
    return made


def undo(tx: Connection, name: Name, now: datetime) -> bool:
    """Forget what an operator said of NAME; return whether that made versions. Raises InvalidRequest for nothing said."""
    filer, _ = _amending(tx, name)
    if not reviews.undo(tx, name):
        raise InvalidRequest("amendment", f"no operator decided about {name}")
    return _relink(tx, filer, None, now)


def _amending(tx: Connection, name: Name) -> tuple[Filer, Sequence[Stored]]:
    this = (t.filings.c.doc_id == name.doc_id, t.trades.c.row == name.row, AMENDS, IS_SURE)
    who = select(t.filings.c.chamber, t.versions.c.bioguide).select_from(CURRENT)
    found = tx.execute(who.where(*this, t.versions.c.bioguide.is_not(None))).one_or_none()
    if found is None:
        raise InvalidRequest("amendment", f"{name} is no sure row that amends, of a filer who is settled")
    filer = Filer(*found)
    _lock(tx, filer)
    return filer, rows_of(tx, filer, t.trades.c.id.is_not(None))


def _link_of(tx: Connection, name: Name) -> Name | None:
    this = (t.filings.c.doc_id == name.doc_id, t.trades.c.row == name.row)
    version = tx.scalar(select(t.versions.c.id).select_from(CURRENT).where(*this))
    return restates(tx, version).get(name.row)


def _relink(tx: Connection, filer: Filer, new: int | None, now: datetime) -> bool:
    kept = kept_links(tx, filer)
    stored = concerned(tx, filer)
    rows = {one.row.name: one.row for one in stored}
    found = restatements(filer.chamber, rows.values(), reviews.decisions(tx, rows.values()))
    changed = _changed(stored, kept, found)
    again = (changed | _left_alone(kept, found)) - {new}
    for filing_id in sorted(again):
        store_again(tx, filing_id)
    _keep(tx, filer, kept, found, rows)
    for filing_id in changed:
        _renew_facts(tx, filing_id)
    of = changed | {new} if new else changed
    reviews.keep(tx, _documents(tx, of, rows.values()), rows, found, now)
    return bool(again)


def _lock(tx: Connection, filer: Filer) -> None:
    """Let two transactions that store filings of one filer take turns, so that each sees what the other stored."""
    mine = select(t.members.c.bioguide).where(t.members.c.bioguide == filer.bioguide)
    tx.execute(mine.with_for_update(key_share=True))


# ---- what changes


def _changed(stored: Iterable[Stored], kept: Iterable[Kept], found: Restatements) -> set[int]:
    """Return the filings whose rows restate others than before."""
    before = {one.name: one.original for one in kept if one.name}
    now = {name: link.original for name, link in found.links.items()}
    return {one.filing_id for one in stored if before.get(one.row.name) != now.get(one.row.name)}


def _left_alone(kept: Iterable[Kept], found: Restatements) -> set[int]:
    """Return the filings with rows that were restated, and are no longer."""
    restated = {link.original for link in found.links.values()}
    return {one.original_filing for one in kept if one.original not in restated}


def store_again(tx: Connection, filing_id: int, **changes: Any) -> None:
    """Make a new version of what a filing says already, but for CHANGES of its columns, and queue it to be matched."""
    v, f = t.versions, t.filings
    head = select(v, f.c.alertable).join(f, (f.c.id == v.c.filing_id) & (f.c.version == v.c.version))
    last = tx.execute(head.where(f.c.id == filing_id)).one()
    copied = {column.name: getattr(last, column.name) for column in v.c if column.name != "id"}
    fresh = {"version": last.version + 1, "stored_at": database_now(tx), "planned_at": None}
    version_id = tx.scalar(insert(v).values(copied | fresh | changes).returning(v.c.id))
    said = [column for column in t.trades.c if column.name not in {"id", "version_id"}]
    rows = select(literal(version_id), *said).where(t.trades.c.version_id == last.id)
    tx.execute(insert(t.trades).from_select(["version_id", *(column.name for column in said)], rows))
    tx.execute(update(f).where(f.c.id == filing_id).values(version=last.version + 1))
    if last.alertable:
        tx.execute(insert(t.to_match).values(filing_id=filing_id, version=last.version + 1))


def _keep(
    tx: Connection, filer: Filer, kept: Iterable[Kept], found: Restatements, rows: Mapping[Name, Row]
) -> None:
    """Write the links as they are now; those of replaced versions stay, and stand no more."""
    where = _where(tx, filer, found)
    wanted = [
        {
            "trade_id": where[name].trade_id,
            "version_id": where[name].version_id,
            "original_id": where[link.original].trade_id,
            "method": link.method,
            "first_filed": _filed(found, rows, name),
            "stands": True,
        }
        for name, link in found.links.items()
    ]
    over = {one.trade_id for one in kept} - {link["trade_id"] for link in wanted}
    if over:
        tx.execute(update(links).where(links.c.trade_id.in_(over)).values(stands=False))
    upsert(tx, links, wanted, key=("trade_id",), change=("original_id", "method", "first_filed", "stands"))


def _where(tx: Connection, filer: Filer, found: Restatements) -> Mapping[Name, Stored]:
    """Return where the rows that links are about are stored now."""
    names = {*found.links, *(link.original for link in found.links.values())}
    if not names:
        return {}
    of_documents = t.filings.c.doc_id.in_({name.doc_id for name in names})
    return {one.row.name: one for one in rows_of(tx, filer, of_documents)}


def _filed(found: Restatements, rows: Mapping[Name, Row], name: Name) -> date | None:
    first = found.first(name)
    return rows[first].filed if first else None


def _renew_facts(tx: Connection, filing_id: int) -> None:
    """Let a version's facts say what its rows restate."""
    v, f = t.versions.c, t.filings.c
    version = tx.execute(
        select(v.id, v.bioguide)
        .join(t.filings, (f.id == v.filing_id) & (f.version == v.version))
        .where(f.id == filing_id)
    ).one()
    trades: Any = tx.execute(
        select(t.trades).where(t.trades.c.version_id == version.id).order_by(t.trades.c.row)
    ).all()
    says = facts.digest(
        readable=True, filer=version.bioguide, trades=trades, restates=restates(tx, version.id)
    )
    tx.execute(update(t.versions).where(v.id == version.id).values(facts=says))


def _documents(tx: Connection, filing_ids: Collection[int], rows: Iterable[Row]) -> set[str]:
    of = select(t.filings.c.doc_id).where(t.filings.c.id.in_(filing_ids))
    return {*tx.scalars(of), *(row.name.doc_id for row in rows if row.amends)}
