"""Who filed, recorded: the filer's row, how it was decided, and the review queue for what was not."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Row, select, update

from common.db import tables as t
from common.db.dialect import insert_ignore, upsert
from common.members.fit import FilerName
from common.members.identity import UNDECIDED, Decision, Printed, identify
from common.members.roster import Roster, load_shipped
from common.members.store import store_roster

CHAMBER = "house"
OPERATOR = "operator"
"""The method of a decision that no machine may change."""
REVIEW = "filer"


class Listed(Protocol):
    """What settling needs of a row in the Clerk's index."""

    @property
    def prefix(self) -> str: ...
    @property
    def first(self) -> str: ...
    @property
    def last(self) -> str: ...
    @property
    def suffix(self) -> str: ...
    @property
    def state_district(self) -> str: ...
    @property
    def filed(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Filer:
    """Who filed: the row in `filers`, and the member when that is settled for this filing."""

    filer_id: int
    bioguide: str | None


def ensure_roster(connection: Connection) -> int:
    """Bring the database's members up to the roster that this version ships; return how many rows changed."""
    return store_roster(connection, load_shipped())


def settle_filer(
    tx: Connection,
    listed: Listed,
    now: datetime,
    *,
    roster: Roster | None = None,
    printed: Printed | None = None,
) -> Filer:
    """Return who filed LISTED, decided for its filing date; what stays undecided goes to the review queue.

    ROSTER (default: the shipped one) must be in the database already. An operator's decision is final, for a filer who is
    nobody's member too. Everybody else is decided anew with each filing: a name may be settled later, and one that
    was somebody else's before is left undecided.
    """
    name = FilerName(listed.prefix, listed.first, listed.last, listed.suffix, listed.state_district)
    filer = _filer(tx, name, now)
    if filer.method == OPERATOR:
        return Filer(filer.id, filer.bioguide)
    decision = _unless_another(filer, _decide(name, listed.filed, roster or load_shipped(), printed))
    if decision.bioguide is None:
        _open_review(tx, filer.id, listed.filed, decision, now)
    else:
        _record(tx, filer, decision, now)
        _close_review(tx, filer.id, listed.filed, decision, now)
    return Filer(filer.id, decision.bioguide)


def _filer(tx: Connection, name: FilerName, now: datetime) -> Row[Any]:
    key = {"chamber": CHAMBER, "name": str(name), "state_district": name.state_district}
    insert_ignore(tx, t.filers, [{**key, "method": UNDECIDED, "decided_at": now}])
    return tx.execute(select(t.filers).filter_by(**key)).one()


def _decide(name: FilerName, filed: date | None, roster: Roster, printed: Printed | None) -> Decision:
    if filed is None:
        return Decision(None, UNDECIDED, "the index gives no filing date")
    return identify(name, filed, roster, printed)


def _unless_another(filer: Row[Any], decision: Decision) -> Decision:
    """Leave DECISION undecided when the same name and district meant somebody else on another day."""
    if None in {filer.bioguide, decision.bioguide} or filer.bioguide == decision.bioguide:
        return decision
    reason = f"this name was {filer.bioguide} on another day, now: {decision.reason}"
    return replace(
        decision,
        bioguide=None,
        method=UNDECIDED,
        reason=reason,
        candidates=(filer.bioguide, *decision.candidates),
    )


def _record(tx: Connection, filer: Row[Any], decision: Decision, now: datetime) -> None:
    if filer.bioguide is None:
        settled = {"bioguide": decision.bioguide, "method": decision.method, "decided_at": now}
        tx.execute(update(t.filers).where(t.filers.c.id == filer.id).values(settled))


def _open_review(
    tx: Connection, filer_id: int, filed: date | None, decision: Decision, now: datetime
) -> None:
    review = {
        "kind": REVIEW,
        "subject": str(filer_id),
        "reason": decision.reason,
        "evidence": {"candidates": list(decision.candidates), "filed": filed and filed.isoformat()},
        "opened_at": now,
        "closed_at": None,
    }
    upsert(tx, t.reviews, [review], key=("kind", "subject"), change=("reason", "evidence", "closed_at"))


def _close_review(
    tx: Connection, filer_id: int, filed: date | None, decision: Decision, now: datetime
) -> None:
    """Close the review that asked about this very filing date; another day's question stays open."""
    c = t.reviews.c
    review = (c.kind == REVIEW, c.subject == str(filer_id), c.closed_at.is_(None))
    asked = tx.execute(select(c.id, c.evidence).where(*review)).one_or_none()
    if asked and filed and asked.evidence["filed"] == filed.isoformat():
        decided = {"bioguide": decision.bioguide, "method": decision.method}
        tx.execute(update(t.reviews).where(c.id == asked.id).values(closed_at=now, decision=decided))
