"""Who filed, recorded: the filer's row, how it was decided, and the review queue for what was not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Row, select, update

from common.db import tables as t
from common.db.dialect import insert_ignore, upsert
from common.db.sources import source_state
from common.members.fit import FilerName
from common.members.identity import UNDECIDED, Decision, Printed, identify
from common.members.roster import Roster, load_shipped
from common.members.senators import SenateFiler, identify_senator
from common.members.store import load_roster, store_roster

OPERATOR = "operator"
"""The method of a decision that no machine may change."""
REVIEW = "filer"
ROSTER = "roster"
"""What `sources` calls the project that the roster is refreshed from."""


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


class SenatorListed(Protocol):
    """What settling needs of a row of the Senate's search; `filed` is the day on which the Senate received the report."""

    @property
    def first(self) -> str: ...
    @property
    def last(self) -> str: ...
    @property
    def office(self) -> str: ...
    @property
    def filed(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Filer:
    """Who filed: the row in `filers`, and the member when that is settled for this filing."""

    filer_id: int
    bioguide: str | None


@dataclass(frozen=True, slots=True)
class _Case:
    """A filing whose filer is to be settled: what `filers` knows the name by, and how to decide for a day."""

    chamber: str
    name: str
    state_district: str
    filed: date | None
    decide: Callable[[date], Decision]


def ensure_roster(connection: Connection) -> int:
    """See that there is a roster: the one that this version ships, until the first refresh; return how many rows changed."""
    state = source_state(connection, ROSTER)
    if state is not None and state.succeeded_at is not None:
        return 0
    return store_roster(connection, load_shipped())


def settle_filer(
    tx: Connection,
    listed: Listed,
    now: datetime,
    *,
    roster: Roster | None = None,
    printed: Printed | None = None,
) -> Filer:
    """Return who filed LISTED with the Clerk, decided for its filing date; what stays undecided goes to the review queue.

    ROSTER (default: the database's own, read anew) must be in the database already. An operator's decision is final, for a
    filer who is nobody's member too. Everybody else is decided anew with each filing: a name may be settled later, and one
    that was somebody else's before is left undecided.
    """
    known = roster or load_roster(tx)
    name = FilerName(listed.prefix, listed.first, listed.last, listed.suffix, listed.state_district)
    case = _Case(
        "house",
        str(name),
        name.state_district,
        listed.filed,
        lambda filed: identify(name, filed, known, printed),
    )
    return _settle(tx, case, now)


def settle_senator(
    tx: Connection,
    listed: SenatorListed,
    now: datetime,
    *,
    roster: Roster | None = None,
    printed: Printed | None = None,
) -> Filer:
    """Return who filed LISTED with the Senate, as `settle_filer` does for the House; PRINTED is the page's heading."""
    known = roster or load_roster(tx)
    name = SenateFiler(listed.first, listed.last, listed.office)
    case = _Case(
        "senate", str(name), "", listed.filed, lambda filed: identify_senator(name, filed, known, printed)
    )
    return _settle(tx, case, now)


def _settle(tx: Connection, case: _Case, now: datetime) -> Filer:
    filer = _filer(tx, case, now)
    if filer.method == OPERATOR:
        return Filer(filer.id, filer.bioguide)
    decision = _unless_another(filer, _decide(case))
    if decision.bioguide is None:
        _open_review(tx, filer.id, case.filed, decision, now)
    else:
        _record(tx, filer, decision, now)
        _close_review(tx, filer.id, case.filed, decision, now)
    return Filer(filer.id, decision.bioguide)


def _filer(tx: Connection, case: _Case, now: datetime) -> Row[Any]:
    key = {"chamber": case.chamber, "name": case.name, "state_district": case.state_district}
    of_that_name = select(t.filers).filter_by(**key)
    known = tx.execute(of_that_name).one_or_none()
    if known is None:
        insert_ignore(tx, t.filers, [{**key, "method": UNDECIDED, "decided_at": now}])
        known = tx.execute(of_that_name).one()
    return known


def _decide(case: _Case) -> Decision:
    if case.filed is None:
        return Decision(None, UNDECIDED, "the index gives no filing date")
    return case.decide(case.filed)


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


def reopen_undecided(tx: Connection) -> int:
    """Have each filing read again at the next sync whose filer is nobody yet, as after a change of the roster; count them.

    To read it again, rather than to settle it from here, lets its own heading have a say, and makes a version where it
    changes who filed. What an operator decided stays.
    """
    f, v = t.filings.c, t.versions.c
    current = (v.filing_id == f.id) & (v.version == f.version)
    undecided = (
        select(f.id)
        .select_from(t.filings.join(t.filers).outerjoin(t.versions, current))
        .where(t.filers.c.method != OPERATOR, v.bioguide.is_(None), f.state != "listed", ~f.transient)
    )
    again = update(t.filings).where(f.id.in_(undecided)).values(next_attempt_at=f.first_seen)
    return tx.execute(again).rowcount
