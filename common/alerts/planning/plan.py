"""Planning: from versions that wait to be matched to notices and messages, in one transaction (protocols, section 2).

What nobody has heard of goes from table to table in set-based statements; only who heard of an earlier version of a
filing is looked at one by one, in bounded portions.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from common.alerts.planning.again import draft_again, withhold
from common.alerts.planning.batch import drafts, match_batch, matched, pending, work_space
from common.alerts.planning.unsent import lock_messages, take_back
from common.alerts.sending.ledger import Status
from common.alerts.subscriptions.criteria import SPEED
from common.db.alert_tables import messages, notices
from common.db.dialect import database_now
from common.db.engine import patient
from common.db.tables import to_match, versions
from common.disclosures.amendments.chains import amended_filings
from common.mail.model import Kind

STORM = 10  # immediate mails to one subscriber in a UTC hour; what is more waits for the hour's digest
LONGEST_STATEMENT = 60.0  # seconds
CHANNEL = "email"


@dataclass(frozen=True, slots=True)
class Planned:
    """What planning did: filings looked at, rules that matched, and what came of it."""

    filings: int = 0
    matches: int = 0
    notices: int = 0
    messages: int = 0
    cancelled: int = 0

    def __add__(self, other: "Planned") -> "Planned":
        """Add up two batches."""
        return Planned(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Planned)))


def plan(tx: Connection, filing_ids: Collection[int], *, storm: int = STORM) -> Planned:
    """Plan those of FILING_IDS that wait, and say what that made; several versions of a filing count as the newest.

    TX must show one state of the database throughout (REPEATABLE READ). More than STORM immediate mails in an hour
    wait for that hour's digest. A rule whose transaction is still open when TX begins cannot be seen: `plan_all` waits.
    """
    with patient(tx, LONGEST_STATEMENT):
        newest = _take(tx, filing_ids)
        if not newest:
            return Planned()
        with work_space(tx):
            return _plan(tx, newest, database_now(tx), storm)


def _take(tx: Connection, filing_ids: Collection[int]) -> Mapping[int, int]:
    """Take filings off the list; return them with the newest version of each."""
    taken = delete(to_match).where(to_match.c.filing_id.in_(filing_ids))
    newest: dict[int, int] = {}
    for row in tx.execute(taken.returning(*to_match.c)):
        newest[row.filing_id] = max(row.version, newest.get(row.filing_id, 0))
    return newest


def _plan(tx: Connection, newest: Mapping[int, int], now: datetime, storm: int) -> Planned:
    of_batch = versions.c.filing_id.in_(newest)
    found = tx.execute(select(versions.c.id, versions.c.filing_id, versions.c.version).where(of_batch))
    ids = [row.id for row in found if newest[row.filing_id] == row.version]
    matches = match_batch(tx, ids)
    amended = amended_filings(tx, ids)
    cancelled = _take_back(tx, newest, frozenset[int]().union(*amended.values()))
    again = _told_before(tx, amended)
    _draft_first(tx, again)
    draft_again(tx, again)
    made = _write_messages(tx, now, storm)
    noted = _write_notices(tx, now)
    for version_id, filing_id in again.items():
        _let_correction_wait(tx, filing_id, newest[filing_id], amended.get(version_id, frozenset()))
    tx.execute(update(versions).where(versions.c.id.in_(ids)).values(planned_at=now))
    return Planned(len(newest), matches, noted, made, cancelled)


def _take_back(tx: Connection, newest: Mapping[int, int], restated: Collection[int]) -> int:
    """Take back what has not left, and the batch says anew; return how many messages that cancelled."""
    earlier = _earlier_of(newest)
    if not restated:
        return take_back(tx, where=earlier)
    lock_messages(
        tx, where=or_(earlier, notices.c.filing_id.in_(restated))
    )  # together: all lock by rising id
    return take_back(tx, where=earlier) + withhold(tx, restated)


def _earlier_of(newest: Mapping[int, int]) -> ColumnElement[bool]:
    """Notices of versions that a restating one replaces."""
    restating = [filing_id for filing_id, version in newest.items() if version > 1]
    now = select(pending.c.version).where(pending.c.filing_id == notices.c.filing_id).scalar_subquery()
    return and_(notices.c.filing_id.in_(restating), notices.c.version < now)


def _told_before(tx: Connection, amended: Mapping[int, Collection[int]]) -> Mapping[int, int]:
    """Return the versions of the batch, with their filings, of which somebody may have heard what they say anew."""
    earlier = and_(notices.c.filing_id == pending.c.filing_id, notices.c.version < pending.c.version)
    is_told = and_(pending.c.version > 1, select(notices.c.version).where(earlier).exists())
    restated = {filing_id for filing_ids in amended.values() for filing_id in filing_ids}
    noticed = set(tx.scalars(select(notices.c.filing_id).where(notices.c.filing_id.in_(restated)).distinct()))
    restating = [
        version_id for version_id, filing_ids in amended.items() if not noticed.isdisjoint(filing_ids)
    ]
    found = select(pending.c.version_id, pending.c.filing_id).where(
        or_(is_told, pending.c.version_id.in_(restating))
    )
    return {row.version_id: row.filing_id for row in tx.execute(found)}


def _draft_first(tx: Connection, again: Collection[int]) -> None:
    """Draft a notice for everybody whose rules match what nobody has heard of, for the fastest rule of each."""
    kind = case((pending.c.readable, Kind.ALERT), else_=Kind.UNREADABLE)
    speed = func.min(case(SPEED, value=matched.c.frequency))
    found = (
        select(matched.c.version_id, matched.c.subscriber_id, speed, kind)
        .join(pending, pending.c.version_id == matched.c.version_id)
        .where(matched.c.version_id.not_in(again))
        .group_by(matched.c.version_id, matched.c.subscriber_id, pending.c.readable)
    )
    tx.execute(insert(drafts).from_select(list(drafts.c), found))


def _write_messages(tx: Connection, now: datetime, storm: int) -> int:
    """Give each immediate draft its message, a subscriber's in first-seen order, as far as the hour's limit allows.

    One subscriber after the other: so they are ranked anyway, and each page of the unique index is filled while at hand.
    """
    hour = now.replace(minute=0, second=0, microsecond=0)
    so_far = (
        select(messages.c.subscriber_id, func.count().label("mails"))
        .where(messages.c.planned_at >= hour, messages.c.key.startswith("f/"))
        .group_by(messages.c.subscriber_id)
        .subquery()
    )
    in_order = (pending.c.first_seen, pending.c.filing_id)
    turn = func.row_number().over(partition_by=drafts.c.subscriber_id, order_by=in_order)
    ranked = (
        select(drafts.c.subscriber_id, drafts.c.kind, *in_order, _KEY.label("key"), turn.label("turn"))
        .join(pending, pending.c.version_id == drafts.c.version_id)
        .where(drafts.c.speed == 0)
        .subquery()
    )
    said: dict[str, Any] = {
        "subscriber_id": ranked.c.subscriber_id,
        "channel": literal(CHANNEL),
        "key": ranked.c.key,
        "kind": ranked.c.kind,
        "status": literal(Status.PLANNED),
        "attempt": literal(0),
        "next_attempt_at": literal(now, messages.c.next_attempt_at.type),
        "planned_at": literal(now, messages.c.planned_at.type),
    }
    found = (
        select(*said.values())
        .select_from(ranked.outerjoin(so_far, so_far.c.subscriber_id == ranked.c.subscriber_id))
        .where(ranked.c.turn + func.coalesce(so_far.c.mails, 0) <= storm)
        .order_by(ranked.c.subscriber_id, ranked.c.first_seen, ranked.c.filing_id)
    )
    return tx.execute(insert(messages).from_select(list(said), found)).rowcount


def _write_notices(tx: Connection, now: datetime) -> int:
    """Write each draft's notice, in its message; without one it waits for its digest, or the hour's.

    In the primary key's order, so that each of its pages is filled while it is at hand.
    """
    mine = and_(
        drafts.c.speed == 0,
        messages.c.subscriber_id == drafts.c.subscriber_id,
        messages.c.channel == CHANNEL,
        messages.c.key == _KEY,
    )
    frequency = case({number: name for name, number in SPEED.items()}, value=drafts.c.speed)
    said: dict[str, Any] = {
        "subscriber_id": drafts.c.subscriber_id,
        "filing_id": pending.c.filing_id,
        "version": pending.c.version,
        "channel": literal(CHANNEL),
        "frequency": frequency,
        "planned_at": literal(now, notices.c.planned_at.type),
        "message_id": messages.c.id,
    }
    found = (
        select(*said.values())
        .select_from(
            drafts.join(pending, pending.c.version_id == drafts.c.version_id).outerjoin(messages, mine)
        )
        .order_by(drafts.c.subscriber_id, pending.c.filing_id)
    )
    return tx.execute(insert(notices).from_select(list(said), found)).rowcount


def _let_correction_wait(tx: Connection, filing_id: int, version: int, restated: Collection[int]) -> None:
    """Let a mail that may correct one in `sending` wait until that one has left it."""
    sending = messages.alias()
    said_before = and_(notices.c.filing_id == filing_id, notices.c.version < version)
    earlier = (
        select(func.max(sending.c.id))
        .join(notices, notices.c.message_id == sending.c.id)
        .where(
            or_(said_before, notices.c.filing_id.in_(restated)),
            sending.c.subscriber_id == messages.c.subscriber_id,
            sending.c.status == Status.SENDING,
        )
        .scalar_subquery()
    )
    mine = update(messages).where(messages.c.key == f"f/{filing_id}/{version}")
    tx.execute(mine.values(waits_for=earlier))


_KEY = (
    literal("f/")
    + pending.c.filing_id.cast(messages.c.key.type)
    + "/"
    + pending.c.version.cast(messages.c.key.type)
)
