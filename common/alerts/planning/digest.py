"""Digests: which are due, and the notices that go into them (protocols, section 2, Digest).

A notice waits until the first 08:00 local after it was planned (a weekly one: the first on a Monday). A digest is named
after the day of that 08:00; there is never a second one for a day, nor one within 12 h of the last.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, case, func, insert, literal, or_, select, update

from common.alerts.planning.plan import CHANNEL
from common.alerts.planning.unsent import settle
from common.alerts.sending.ledger import UNSENT, Status
from common.alerts.subscriptions.criteria import Frequency
from common.db.alert_tables import messages, notices, subscribers
from common.db.dialect import database_now
from common.mail.model import Kind
from common.runtime.context import RunContext

EIGHT = time(8)  # local
MONDAY = 0
APART = timedelta(hours=12)
PORTION = 500  # subscribers in one transaction
KINDS = {Frequency.DAILY: Kind.DAILY, Frequency.WEEKLY: Kind.WEEKLY}


@dataclass(frozen=True, slots=True)
class Slots:
    """The last 08:00 in a zone, and the last on a Monday; `day` is the former's date."""

    day: date
    moments: Mapping[Frequency, datetime]


@dataclass(frozen=True, slots=True)
class Last:
    """A subscriber's last digests: when one was last sent, and the latest day that one was for."""

    sent_at: datetime | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """What gathering made or extended, in messages."""

    digests: int = 0
    storms: int = 0


def slots(now: datetime, zone: str) -> Slots:
    """Return the last 08:00 in ZONE before or at NOW, whatever its clocks did meanwhile."""
    where = ZoneInfo(zone)
    day = now.astimezone(where).date()
    if _eight(day, where) > now:
        day -= timedelta(days=1)
    monday = day - timedelta(days=(day.weekday() - MONDAY) % 7)
    return Slots(day, {Frequency.DAILY: _eight(day, where), Frequency.WEEKLY: _eight(monday, where)})


def _eight(day: date, where: ZoneInfo) -> datetime:
    return datetime.combine(day, EIGHT, where)


def due(
    now: datetime, eight: Slots, waiting: Mapping[Frequency, datetime | None], last: Last
) -> frozenset[Frequency]:
    """Return the frequencies whose notices go out now; WAITING says since when the oldest notice of each waits.

    EIGHT are the slots of the subscriber's zone, as it is now.
    """
    if last.sent_at is not None and now - last.sent_at < APART:
        return frozenset()
    if last.day is not None and eight.day <= last.day:
        return frozenset()
    return frozenset(
        frequency
        for frequency, moment in eight.moments.items()
        if (since := waiting.get(frequency)) is not None and since < moment
    )


def gather_all(ctx: RunContext) -> Gathered:
    """Put every notice that is due into its digest; stop between two portions when told to."""
    digests = 0
    with ctx.reading() as connection:
        zones = _zones(connection)
    for zone in zones:
        after: int | None = 0
        while after is not None:
            ctx.breathe()
            with ctx.transaction() as tx:
                made, after = gather_digests(tx, zone, after=after)
            digests += made
    with ctx.transaction() as tx:
        return Gathered(digests, gather_storms(tx))


def _zones(connection: Connection) -> Sequence[str]:
    waiting = select(subscribers.c.zone).distinct().join(notices, _THEIRS).where(_WAITS)
    return connection.scalars(waiting.order_by(subscribers.c.zone)).all()


def gather_digests(tx: Connection, zone: str, *, after: int = 0) -> tuple[int, int | None]:
    """Gather what is due in ZONE for the next subscribers after the id AFTER.

    Returns how many digests that made or extended, and the last id looked at; None = there were no more.
    """
    now = database_now(tx)
    eight = slots(now, zone)
    portion = _waiting(tx, zone, eight, after)
    lasts, unsent = _last_digests(tx, [row.subscriber_id for row in portion])
    ready: dict[frozenset[Frequency], list[int]] = {}
    for row in portion:
        since = {Frequency.DAILY: row.daily, Frequency.WEEKLY: row.weekly}
        if frequencies := due(now, eight, since, lasts.get(row.subscriber_id, Last())):
            ready.setdefault(frequencies, []).append(row.subscriber_id)
    for frequencies, subscriber_ids in ready.items():
        _address(tx, subscriber_ids, frequencies, eight.day, unsent=unsent, now=now)
    made = sum(map(len, ready.values()))
    return made, portion[-1].subscriber_id if len(portion) == PORTION else None


def _waiting(tx: Connection, zone: str, eight: Slots, after: int) -> Sequence[Any]:
    """Return who has a notice that waited at its last 08:00, with the oldest of each frequency."""
    oldest = {
        frequency: func.min(case((notices.c.frequency == frequency, notices.c.planned_at)))
        for frequency in KINDS
    }
    was_there = or_(*(oldest[frequency] < moment for frequency, moment in eight.moments.items()))
    found = (
        select(notices.c.subscriber_id, *(column.label(name) for name, column in oldest.items()))
        .join(subscribers, _THEIRS)
        .where(_WAITS, subscribers.c.zone == zone, notices.c.subscriber_id > after)
        .group_by(notices.c.subscriber_id)
        .having(was_there)
        .order_by(notices.c.subscriber_id)
        .limit(PORTION)
    )
    return tx.execute(found).all()


def _last_digests(tx: Connection, subscriber_ids: Collection[int]) -> tuple[dict[int, Last], dict[int, int]]:
    """Return everybody's last digests that left, and the one that has not: subscriber -> message, kept from others.

    Of two that have not, the later: one that was presumed lost may be to be sent again beside it.
    """
    mine = messages.c.subscriber_id.in_(subscriber_ids) & messages.c.key.startswith("d/")
    waits = select(messages.c.subscriber_id, messages.c.id).where(mine, messages.c.status.in_(UNSENT))
    unsent = dict(tuple(row) for row in tx.execute(waits.order_by(messages.c.id).with_for_update()))
    left = (
        select(messages.c.subscriber_id, func.max(messages.c.sending_at), func.max(messages.c.key))
        .where(mine, messages.c.status.not_in(UNSENT))
        .group_by(messages.c.subscriber_id)
    )
    lasts = {
        who: Last(sent_at, date.fromisoformat(key.removeprefix("d/")))
        for who, sent_at, key in tx.execute(left)
    }
    return lasts, unsent


def _address(
    tx: Connection,
    subscriber_ids: Sequence[int],
    frequencies: frozenset[Frequency],
    day: date,
    *,
    unsent: Mapping[int, int],
    now: datetime,
) -> None:
    """Put the notices of FREQUENCIES into each subscriber's digest: the unsent one, re-dated, or a new one."""
    kind = KINDS[min(frequencies)]  # daily stands before weekly
    key = f"d/{day}"
    extended = [unsent[who] for who in subscriber_ids if who in unsent]
    tx.execute(
        update(messages)
        .where(messages.c.id.in_(extended))
        .values(key=key, kind=kind, planned_at=now, next_attempt_at=now)
    )
    new = [_new(who, key, kind, now) for who in subscriber_ids if who not in unsent]
    if new:
        tx.execute(insert(messages), new)
    which = and_(notices.c.subscriber_id.in_(subscriber_ids), _WAITS, notices.c.frequency.in_(frequencies))
    _put(tx, which, key)
    settle(tx, extended)


def gather_storms(tx: Connection) -> int:
    """Put what went over the limit in the hours before this one into one digest for each subscriber; count them."""
    now = database_now(tx)
    hour = now.replace(minute=0, second=0, microsecond=0)
    key = f"s/{hour:%Y-%m-%dT%H}"
    over = and_(
        notices.c.message_id.is_(None),
        notices.c.frequency == Frequency.IMMEDIATE,
        notices.c.planned_at < hour,
        ~select(messages.c.id)
        .where(messages.c.subscriber_id == notices.c.subscriber_id, messages.c.key == key)
        .exists(),
    )
    who = select(notices.c.subscriber_id).where(over).distinct().subquery().c.subscriber_id
    said = _new(who, key, Kind.STORM, now)
    values = [one if one is who else literal(one, messages.c[name].type) for name, one in said.items()]
    made = tx.execute(insert(messages).from_select(list(said), select(*values))).rowcount
    just_made = select(messages.c.subscriber_id).where(messages.c.key == key, messages.c.planned_at == now)
    late = and_(notices.c.message_id.is_(None), notices.c.frequency == Frequency.IMMEDIATE)
    _put(tx, and_(late, notices.c.planned_at < hour, notices.c.subscriber_id.in_(just_made)), key)
    return made


def _new(subscriber: Any, key: str, kind: Kind, now: datetime) -> dict[str, Any]:
    return {
        "subscriber_id": subscriber,
        "channel": CHANNEL,
        "key": key,
        "kind": kind,
        "status": Status.PLANNED,
        "attempt": 0,
        "next_attempt_at": now,
        "planned_at": now,
    }


def _put(tx: Connection, which: ColumnElement[bool], key: str) -> None:
    """Put the notices for which WHICH holds into their subscriber's message KEY."""
    theirs = (
        select(messages.c.id)
        .where(
            messages.c.subscriber_id == notices.c.subscriber_id,
            messages.c.channel == CHANNEL,
            messages.c.key == key,
        )
        .scalar_subquery()
    )
    tx.execute(update(notices).where(which).values(message_id=theirs))


_THEIRS = subscribers.c.id == notices.c.subscriber_id
_WAITS = and_(notices.c.message_id.is_(None), notices.c.frequency.in_(KINDS))
