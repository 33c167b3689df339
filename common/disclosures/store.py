"""Filings as they are stored: one transaction each, a new version only when the facts changed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from sqlalchemy import Connection, Row, String, and_, insert, select, update

from common.db import tables as t
from common.db.dialect import database_now, upsert
from common.db.findings import note_findings
from common.disclosures import facts
from common.disclosures.amendments.rows import restates
from common.disclosures.amendments.store import relink
from common.disclosures.records import Filing, Trade
from common.members.settle import Filer

NEWS_AFTER = timedelta(hours=48)
"""A failure that may pass is retried at each sync this long, and only then becomes news (protocols, section 2)."""
LATER_RETRY = timedelta(hours=23)
"""Afterwards daily; an hour short of a day, so that a sync at the same hour finds it due."""

TOO_LONG = {"owner": "?", "transaction_id": None}
"""What stands for a text that the form does not know and its column cannot hold: `raw` keeps it, `quarantine` names it."""


@dataclass(frozen=True, slots=True)
class Source:
    """The document that a reading came from; `posted` is its Last-Modified."""

    sha256: str
    posted: datetime | None


@dataclass(frozen=True, slots=True)
class Read:
    """A document whose rows were read. `parser` here and below is who said so: another may read it otherwise."""

    filing: Filing
    source: Source
    parser: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A document that is a picture of paper."""

    reason: str
    source: Source
    parser: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A document that could not be fetched or arrived torn (both `transient`), or that is not what it should be."""

    reason: str
    transient: bool = False
    source: Source | None = None
    parser: str | None = None


Reading = Read | Unread | Failed


def begin_reading(tx: Connection, filing_id: int) -> None:
    """Note that FILING_ID's document is about to be read; `store` notes the end, so that what kills runs is found out."""
    f = t.filings
    tx.execute(update(f).where(f.c.id == filing_id).values(attempts=f.c.attempts + 1))


def leave_due(tx: Connection, filing_id: int, due: datetime) -> None:
    """Have FILING_ID's document fetched anew when that was DUE, though it was read: what was read is not what was asked for."""
    _change(tx, filing_id, next_attempt_at=due)


def store(tx: Connection, filing_id: int, reading: Reading, *, filer: Filer, now: datetime) -> bool:
    """Keep READING as what filing FILING_ID says; return whether that made a new version, of it or of one that restates it.

    A new version of an alertable filing is queued to be matched in the same transaction. What was once fetched is
    never replaced by a failure to fetch it again: that is a finding.
    """
    filing = _filing(tx, filing_id)
    if isinstance(reading, Failed) and _is_worse(reading, filing):
        _note_failed_again(tx, filing.doc_id, reading, now)
        _change(tx, filing_id, attempts=0, next_attempt_at=filing.next_attempt_at and now + LATER_RETRY)
        return False
    outcome = _outcome(reading, filing.first_failed_at, now)
    _change(tx, filing_id, filer_id=filer.filer_id, attempts=0, **outcome)
    if _may_pass(reading, outcome["first_failed_at"], now):
        return False
    is_new = _store_version(tx, filing, reading, filer)
    return relink(tx, filing_id, is_new=is_new, now=now) or is_new


def _is_worse(failure: Failed, filing: Row[Any]) -> bool:
    """Whether FAILURE says less than what is kept of FILING: its rows, that it is a scan, or the document itself."""
    return filing.state in {"parsed", "unread"} or (failure.source is None and filing.sha256 is not None)


def _filing(tx: Connection, filing_id: int) -> Row[Any]:
    f, v = t.filings, t.versions
    current = f.outerjoin(v, and_(v.c.filing_id == f.c.id, v.c.version == f.c.version))
    columns = (f, v.c.id.label("version_id"), v.c.facts, v.c.sha256)
    return tx.execute(select(*columns).select_from(current).where(f.c.id == filing_id)).one()


def _change(tx: Connection, filing_id: int, **columns: Any) -> None:
    tx.execute(update(t.filings).where(t.filings.c.id == filing_id).values(columns))


def _outcome(reading: Reading, first_failed: datetime | None, now: datetime) -> dict[str, Any]:
    """Return the filing's columns that say how its last reading went."""
    settled = {"reason": None, "transient": False, "first_failed_at": None, "next_attempt_at": None}
    match reading:
        case Read():
            return settled | {"state": "parsed"}
        case Unread(reason):
            return settled | {"state": "unread", "reason": reason}
        case Failed(reason, transient):
            since = first_failed or now
            due = (now if now - since < NEWS_AFTER else now + LATER_RETRY) if transient else None
            return {
                "state": "failed",
                "reason": reason,
                "transient": transient,
                "first_failed_at": since,
                "next_attempt_at": due,
            }


def _may_pass(reading: Reading, first_failed: datetime | None, now: datetime) -> bool:
    return isinstance(reading, Failed) and reading.transient and now - (first_failed or now) < NEWS_AFTER


def _note_failed_again(tx: Connection, doc_id: str, reading: Failed, now: datetime) -> None:
    detail = f"kept what was stored; reading it again failed: {reading.reason}"
    note_findings(tx, "refetch_failed", {doc_id: detail}, now)


def _store_version(tx: Connection, filing: Row[Any], reading: Reading, filer: Filer) -> bool:
    trades = reading.filing.trades if isinstance(reading, Read) else ()
    says = partial(
        facts.digest,
        readable=isinstance(reading, Read),
        filer=filer.bioguide or filing.filer_name,
        trades=trades,
    )
    if says(restates=restates(tx, filing.version_id)) == filing.facts:
        _refresh(tx, filing.version_id, reading, trades)
        return False
    version = filing.version + 1
    version_id = tx.execute(
        insert(t.versions)
        .values(
            filing_id=filing.id,
            version=version,
            stored_at=database_now(tx),
            facts=says(),
            bioguide=filer.bioguide,
            **_described(reading),
        )
        .returning(t.versions.c.id)
    ).scalar_one()
    _change(tx, filing.id, version=version)
    if trades:
        tx.execute(insert(t.trades), _rows(version_id, trades))
    if filing.alertable:
        tx.execute(insert(t.to_match).values(filing_id=filing.id, version=version))
    return True


def _refresh(tx: Connection, version_id: int, reading: Reading, trades: Sequence[Trade]) -> None:
    """Rewrite a version in place with a better reading of the same facts: nobody is told twice."""
    tx.execute(update(t.versions).where(t.versions.c.id == version_id).values(_described(reading)))
    kept = tx.execute(select(t.trades).where(t.trades.c.version_id == version_id)).mappings()
    by_number = {row["row"]: row for row in kept}
    rows = _rows(version_id, trades)
    better = [row for row in rows if any(by_number[row["row"]][name] != row[name] for name in row)]
    if better:
        upsert(tx, t.trades, better, key=("version_id", "row"), change=tuple(better[0]))


def _described(reading: Reading) -> dict[str, Any]:
    filing = reading.filing if isinstance(reading, Read) else None
    return {
        "readable": filing is not None,
        "sha256": reading.source.sha256 if reading.source else None,
        "posted": reading.source.posted if reading.source else None,
        "pages": filing.pages if filing else None,
        "generation": filing.generation if filing else None,
        "signed": filing.signed_date if filing else None,
        "parser": reading.parser,
        "amendment": filing.amendment if filing else 0,
    }


def _rows(version_id: int, trades: Sequence[Trade]) -> list[dict[str, Any]]:
    return [{"version_id": version_id, **_columns(trade)} for trade in trades]


def _columns(trade: Trade) -> dict[str, Any]:
    columns = asdict(trade) | {
        "details": dict(trade.details),
        "raw": dict(trade.raw),
        "quarantine": list(trade.quarantine),
    }
    long = {name: put for name, put in TOO_LONG.items() if len(columns[name] or "") > _width(name)}
    return columns | long


def _width(name: str) -> int:
    return cast("String", t.trades.c[name].type).length or 0
