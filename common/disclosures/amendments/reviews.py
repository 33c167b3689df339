"""Rows whose original nobody knows for certain: the review queue, and what an operator decided there."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select, update

from common.db.dialect import upsert
from common.db.tables import reviews
from common.disclosures.amendments.deciding import AGREED, Name, Restatements, Row

KIND = "amendment"
OPERATOR = "operator"
_c = reviews.c


def decisions(tx: Connection, rows: Collection[Row]) -> dict[Name, Name | None]:
    """Return what operators decided about those of ROWS that amend, as far as these still say what they said then."""
    by_name = {row.name: row for row in rows}
    amending = {row.name.doc_id for row in rows if row.amends}
    decided: dict[Name, Name | None] = {}
    if not amending:
        return decided
    for subject, decision in tx.execute(select(_c.subject, _c.decision).where(_about(amending))):
        said = decision or {}
        if said.get("method") == OPERATOR:
            name, original = _named(subject), said["original"] and _named(said["original"])
            if (
                _says(by_name.get(name)) == said["says"]
                and _says(by_name.get(original)) == said["original_says"]
            ):
                decided[name] = original
    return decided


def originals_decided(tx: Connection, doc_ids: Collection[str]) -> set[str]:
    """Return the documents of the originals that operators chose for rows of these."""
    chosen = tx.scalars(select(_c.decision).where(_about(doc_ids)))
    names = (one["original"] for one in chosen if one and one.get("method") == OPERATOR)
    return {_named(name).doc_id for name in names if name}


def decide(tx: Connection, row: Row, original: Row | None, now: datetime) -> None:
    """Keep what an operator said: ROW restates ORIGINAL, or none that is in our records."""
    decision = {
        "method": OPERATOR,
        "original": str(original.name) if original else None,
        "says": _says(row),
        "original_says": _says(original),
    }
    review = _review(row.name, "an operator decided", {}, now) | {"closed_at": now, "decision": decision}
    upsert(tx, reviews, [review], key=("kind", "subject"), change=("closed_at", "decision"))


def undo(tx: Connection, name: Name) -> bool:
    """Forget what an operator said of NAME; return whether there was anything."""
    mine = (_c.kind == KIND, _c.subject == str(name))
    decision = tx.scalar(select(_c.decision).where(*mine))
    tx.execute(update(reviews).where(*mine).values(decision=None, closed_at=None))
    return (decision or {}).get("method") == OPERATOR


def keep(
    tx: Connection, doc_ids: Collection[str], rows: Mapping[Name, Row], found: Restatements, now: datetime
) -> None:
    """Open a review for each unsure row of these documents, and close those that are settled or gone."""
    opened = [
        _review(name, _reason(among), _evidence(rows, name, among), now)
        for name, among in found.unsure.items()
    ]
    upsert(tx, reviews, opened, key=("kind", "subject"), change=("reason", "evidence", "closed_at"))
    still = select(_c.id, _c.subject, _c.decision).where(_about(doc_ids), _c.closed_at.is_(None))
    for review in tx.execute(still).all():
        if (name := _named(review.subject)) not in found.unsure:
            link = found.links.get(name)
            said = {"method": link.method, "original": str(link.original)} if link else {"method": "gone"}
            closed = {"closed_at": now, "decision": review.decision or said}
            tx.execute(update(reviews).where(_c.id == review.id).values(closed))


def _about(doc_ids: Iterable[str]) -> Any:
    subjects = [_c.subject.startswith(f"{doc_id}/", autoescape=True) for doc_id in doc_ids]
    return (_c.kind == KIND) & or_(False, *subjects)  # noqa: FBT003 - of no document, none


def _review(name: Name, reason: str, evidence: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "kind": KIND,
        "subject": str(name),
        "reason": reason,
        "evidence": dict(evidence),
        "opened_at": now,
        "closed_at": None,
    }


def _reason(among: Collection[Name]) -> str:
    if not among:
        return "no earlier trade of this filer agrees in four of its five facts"
    return f"it may restate {' or '.join(map(str, among))}"


def _evidence(rows: Mapping[Name, Row], name: Name, among: Collection[Name]) -> dict[str, Any]:
    says = _facts(rows[name])
    return {
        "row": says,
        "candidates": [
            {"name": str(one), "differs": _differences(says, _facts(rows[one])), "row": _facts(rows[one])}
            for one in among
        ],
    }


def _facts(row: Row) -> dict[str, str]:
    return dict(zip(AGREED, map(str, row.agreed), strict=True))


def _differences(row: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    return [name for name in AGREED if row[name] != other[name]]


def _says(row: Row | None) -> list[str] | None:
    return [str(value) for value in row.agreed] if row else None


def _named(subject: str) -> Name:
    doc_id, _, row = subject.rpartition("/")
    return Name(doc_id, int(row))
