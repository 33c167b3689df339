"""What amendments ask of the database: a filer's rows as they stand, and what was decided about them last."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from common.db import tables as t
from common.db.amendment_tables import restatements as links
from common.disclosures import facts
from common.disclosures.amendments import reviews
from common.disclosures.amendments.chains import AMENDS, IS_SURE
from common.disclosures.amendments.deciding import Name, Row, all_but_one

ASSET = {"house": "asset", "senate": "asset_name"}
"""Chamber -> the column that names the asset; the Senate fills in tickers later."""
BESIDE = (
    "notification_date",
    "cap_gains_over_200",
    "asset_type",
    "subholding_of",
    "description",
    "location",
    "comments",
    "details",
)
"""What a trade says beside what identifies it."""
_OF_A_TRADE = (
    "id",
    "version_id",
    "row",
    "filing_status",
    "transaction_id",
    *ASSET.values(),
    "transaction_type",
    "transaction_date",
    "owner",
    "amount_min",
    "amount_max",
    "amount_exact",
    *BESIDE,
)
_ASKED = (
    *(t.trades.c[name] for name in _OF_A_TRADE),
    t.versions.c.filing_id,
    t.versions.c.amendment,
    t.filings.c.doc_id,
    t.filings.c.filed,
)
CURRENT = t.trades.join(t.versions, t.versions.c.id == t.trades.c.version_id).join(
    t.filings, and_(t.filings.c.id == t.versions.c.filing_id, t.filings.c.version == t.versions.c.version)
)
"""The rows of the current versions."""


@dataclass(frozen=True, slots=True, order=True)
class Filer:
    """Whose filings restate one another: a member, in one chamber."""

    chamber: str
    bioguide: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A row as it is stored now."""

    row: Row
    trade_id: int
    version_id: int
    filing_id: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A link as it was decided last; `name` None = its version was replaced since."""

    trade_id: int
    name: Name | None
    original: Name
    original_filing: int


def filers(tx: Connection, filing_id: int) -> Sequence[Filer]:
    """Return who filed FILING_ID, by any of its versions."""
    v, f = t.versions.c, t.filings.c
    who = select(f.chamber, v.bioguide).join(t.filings, f.id == v.filing_id).distinct()
    settled = who.where(v.filing_id == filing_id, v.bioguide.is_not(None))
    return sorted(Filer(*row) for row in tx.execute(settled))


def concerned(tx: Connection, filer: Filer) -> Sequence[Stored]:
    """Return FILER's rows that amend, and whatever may be an original of theirs."""
    amending = rows_of(tx, filer, AMENDS)
    if not amending:
        return ()
    decided = reviews.originals_decided(tx, {one.row.name.doc_id for one in amending})
    _, kinds, days, owners, amounts = (set(values) for values in zip(*_agreed(amending), strict=True))
    lows = {amount[0] for amount in amounts}
    c = t.trades.c
    low = or_(c.amount_min.in_(lows - {None}), c.amount_min.is_(None))
    otherwise = and_(c.transaction_type.in_(kinds), c.owner.in_(owners), low)
    same_day = or_(c.transaction_date.in_(days - {None}), c.transaction_date.is_(None))
    return rows_of(tx, filer, or_(AMENDS, same_day, otherwise, t.filings.c.doc_id.in_(decided)))


def is_touched(tx: Connection, filer: Filer, filing_id: int) -> bool:
    """Whether anything that FILING_ID says, or said in a version before, may have to do with an amendment of FILER's."""
    amending = rows_of(tx, filer, AMENDS)
    of_any_version = t.trades.join(t.versions).join(t.filings, t.filings.c.id == t.versions.c.filing_id)
    its = (t.filings.c.id == filing_id, t.filings.c.filed.is_not(None), IS_SURE)
    found = tx.execute(select(*_ASKED).select_from(of_any_version).where(*its))
    said = [_row(filer.chamber, row) for row in found]
    near = {key for one in amending for key in all_but_one(one.row)}
    return (
        any(row.amends for row in said)
        or any(not near.isdisjoint(all_but_one(row)) for row in said)
        or any(one.original_filing == filing_id for one in kept_links(tx, filer))
    )


def _agreed(stored: Iterable[Stored]) -> list[tuple[Any, ...]]:
    return [one.row.agreed for one in stored]


def rows_of(tx: Connection, filer: Filer, which: ColumnElement[bool]) -> list[Stored]:
    """Return FILER's rows that are not in doubt and of which WHICH holds."""
    f, v = t.filings.c, t.versions.c
    theirs = (f.chamber == filer.chamber, v.bioguide == filer.bioguide, f.filed.is_not(None), IS_SURE)
    found = tx.execute(select(*_ASKED).select_from(CURRENT).where(*theirs, which))
    return [Stored(_row(filer.chamber, row), row.id, row.version_id, row.filing_id) for row in found]


def _row(chamber: str, row: Any) -> Row:
    return Row(
        name=Name(row.doc_id, row.row),
        filed=row.filed,
        amendment=row.amendment,
        status=row.filing_status,
        transaction_id=row.transaction_id,
        agreed=(
            facts.plain(getattr(row, ASSET[chamber])),
            row.transaction_type,
            row.transaction_date,
            row.owner,
            (row.amount_min, row.amount_max, row.amount_exact),
        ),
        beside=tuple(getattr(row, name) for name in BESIDE),
    )


def kept_links(tx: Connection, filer: Filer) -> list[Kept]:
    """Return the links that stand."""
    original, its, first = t.trades.alias("original"), t.versions.alias("its"), t.filings.alias("first")
    f, v = t.filings.c, t.versions.c
    found = (
        select(
            links.c.trade_id,
            f.doc_id,
            t.trades.c.row,
            (v.version == f.version).label("is_current"),
            first.c.doc_id.label("original_doc_id"),
            original.c.row.label("original_row"),
            first.c.id.label("original_filing"),
        )
        .select_from(links)
        .join(t.trades, t.trades.c.id == links.c.trade_id)
        .join(t.versions, v.id == links.c.version_id)
        .join(t.filings, f.id == v.filing_id)
        .join(original, original.c.id == links.c.original_id)
        .join(its, its.c.id == original.c.version_id)
        .join(first, first.c.id == its.c.filing_id)
        .where(links.c.stands, f.chamber == filer.chamber, v.bioguide == filer.bioguide)
    )
    return [
        Kept(
            row.trade_id,
            Name(row.doc_id, row.row) if row.is_current else None,
            Name(row.original_doc_id, row.original_row),
            row.original_filing,
        )
        for row in tx.execute(found)
    ]


def restates(connection: Connection, version_id: int | None) -> dict[int, Name]:
    """Return what the rows of a version restate, by their numbers; None = there is no version yet."""
    if version_id is None:
        return {}
    original = t.trades.alias("original")
    its = t.versions.alias("its")
    found = (
        select(t.trades.c.row, t.filings.c.doc_id, original.c.row.label("original"))
        .select_from(links)
        .join(t.trades, t.trades.c.id == links.c.trade_id)
        .join(original, original.c.id == links.c.original_id)
        .join(its, its.c.id == original.c.version_id)
        .join(t.filings, t.filings.c.id == its.c.filing_id)
        .where(links.c.version_id == version_id)
    )
    return {row.row: Name(row.doc_id, row.original) for row in connection.execute(found)}
