"""Who a filer is, where no machine knows: what an operator said, and taking that back.

Both store a version of each filing that is somebody else's by it, so that those who follow a member hear of it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select, update

from common.db import tables as t
from common.disclosures import facts
from common.disclosures.amendments.store import relink, store_again
from common.errors import InvalidRequest
from common.members.settle import OPERATOR, REVIEW

_f, _v, _r = t.filings.c, t.versions.c, t.reviews.c


def decide(tx: Connection, filer_id: int, bioguide: str | None, now: datetime) -> int:
    """Let an operator say that FILER_ID is BIOGUIDE, or (None) nobody of ours; return how many versions that made.

    It holds for filings to come, too. Call it while no sync is at work. Raises InvalidRequest("bioguide") for nobody's id.
    """
    if bioguide is not None and not _is_known(tx, bioguide):
        raise InvalidRequest("bioguide", f"nobody in our roster has the id {bioguide}")
    filer = tx.execute(select(t.filers).where(t.filers.c.id == filer_id)).one()
    filings = _filings(tx, filer_id)
    before = _said(tx, filer_id).get("before") or {
        "bioguide": filer.bioguide,
        "method": filer.method,
        "filings": {str(filing.id): filing.bioguide for filing in filings},
    }
    _settle(tx, filer_id, bioguide, OPERATOR, now)
    said = {"method": OPERATOR, "bioguide": bioguide, "before": before}
    _note(tx, filer_id, closed_at=now, decision=said)
    return _restate(tx, filings, {filing.id: bioguide for filing in filings}, now)


def undo(tx: Connection, filer_id: int, now: datetime) -> int:
    """Take back what an operator said of FILER_ID; return how many versions that made.

    What was stored before is again whose it was; what came since is nobody's, and is read again at the next sync. Call it
    while no sync is at work. Raises InvalidRequest("review") where no operator said anything.
    """
    said = _said(tx, filer_id)
    if not said:
        raise InvalidRequest("review", "no operator decided about it")
    before = said["before"]
    _settle(tx, filer_id, before["bioguide"], before["method"], now)
    _note(tx, filer_id, closed_at=None, decision=None)
    filings = _filings(tx, filer_id)
    whose = {filing.id: before["filings"].get(str(filing.id)) for filing in filings}
    since = [filing.id for filing in filings if str(filing.id) not in before["filings"]]
    tx.execute(update(t.filings).where(_f.id.in_(since)).values(next_attempt_at=_f.first_seen))
    return _restate(tx, filings, whose, now)


def _is_known(tx: Connection, bioguide: str) -> bool:
    of = select(t.members.c.bioguide).where(t.members.c.bioguide == bioguide)
    return tx.execute(of).first() is not None


def _said(tx: Connection, filer_id: int) -> Mapping[str, Any]:
    """Return what an operator said of a filer; empty = none did."""
    decision = tx.scalar(select(_r.decision).where(_r.kind == REVIEW, _r.subject == str(filer_id))) or {}
    return decision if decision.get("method") == OPERATOR else {}


def _filings(tx: Connection, filer_id: int) -> Sequence[Row[Any]]:
    """Return the filer's filings that have a version, oldest first."""
    current = and_(_v.filing_id == _f.id, _v.version == _f.version)
    asked: tuple[Any, ...] = (_f.id, _f.filer_name, _f.version, _v.bioguide, _v.readable)
    found = select(*asked).select_from(t.filings.join(t.versions, current)).where(_f.filer_id == filer_id)
    return tx.execute(found.order_by(_f.id)).all()


def _settle(tx: Connection, filer_id: int, bioguide: str | None, method: str, now: datetime) -> None:
    settled = {"bioguide": bioguide, "method": method, "decided_at": now}
    tx.execute(update(t.filers).where(t.filers.c.id == filer_id).values(settled))


def _note(tx: Connection, filer_id: int, **said: Any) -> None:
    tx.execute(update(t.reviews).where(_r.kind == REVIEW, _r.subject == str(filer_id)).values(said))


def _restate(
    tx: Connection, filings: Sequence[Row[Any]], whose: Mapping[int, str | None], now: datetime
) -> int:
    """Store a version of each filing that is another's by WHOSE; return how many."""
    changed = [filing for filing in filings if filing.bioguide != whose[filing.id]]
    for filing in changed:
        bioguide = whose[filing.id]
        store_again(tx, filing.id, bioguide=bioguide)
        _renew_facts(tx, filing, bioguide)
        relink(tx, filing.id, is_new=True, now=now)
    return len(changed)


def _renew_facts(tx: Connection, filing: Row[Any], bioguide: str | None) -> None:
    fresh = (_v.filing_id == filing.id, _v.version == filing.version + 1)
    of = select(t.trades).join(t.versions).where(*fresh).order_by(t.trades.c.row)
    trades: Any = tx.execute(of).all()
    says = facts.digest(readable=filing.readable, filer=bioguide or filing.filer_name, trades=trades)
    tx.execute(update(t.versions).where(*fresh).values(facts=says))
