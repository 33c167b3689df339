"""The ledger's rows: read under lock as `ledger.Message`, and written back where they changed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)

from common.alerts.sending.ledger import DUE, PROOFS, UNSENT, Evidence, Message, Status
from common.db.alert_tables import messages, notices, provider_events

Change = tuple[Message, Message | None]
"""A message as it was read and as it is from now on; None = as it was."""

_NAMES = tuple(field.name for field in fields(Message))
_COLUMNS = tuple(messages.c[name] for name in _NAMES)


def locked(tx: Connection, *, where: ColumnElement[bool]) -> list[Message]:
    """Return the messages for which WHERE holds, kept from others until the commit; by rising id, as all lock them."""
    return _read(tx, select(*_COLUMNS).where(where).order_by(messages.c.id).with_for_update())


def unlocked_batch(tx: Connection, *, where: ColumnElement[bool], after: int, limit: int) -> list[Message]:
    """Lock and return the next LIMIT messages with ids over AFTER for which WHERE holds; those of others are left out."""
    wanted = select(*_COLUMNS).where(where, messages.c.id > after).order_by(messages.c.id).limit(limit)
    return _read(tx, wanted.with_for_update(skip_locked=True))


def keep(tx: Connection, changes: Iterable[Change]) -> dict[int, Status]:
    """Write what changed, one statement for all that changed in the same columns; return where those messages are now."""
    alike: dict[tuple[str, ...], list[Message]] = defaultdict(list)
    for before, after in changes:
        if after is not None and after != before:
            alike[_changed(before, after)].append(after)
    for names, group in alike.items():
        ids = [message.id for message in group]
        values = {name: _value_of_each(name, group) for name in names}
        tx.execute(update(messages).where(messages.c.id.in_(ids)).values(values))
    return {message.id: message.status for group in alike.values() for message in group}


def _changed(before: Message, after: Message) -> tuple[str, ...]:
    return tuple(name for name in _NAMES if getattr(before, name) != getattr(after, name))


def _value_of_each(name: str, group: Sequence[Message]) -> Any:
    """Return what the column NAME becomes: one value where that is everybody's, else each message's own."""
    each = {message.id: getattr(message, name) for message in group}
    if len(set(each.values())) == 1:
        return each[group[0].id]
    column = messages.c[name]
    return case({id_: literal(value, column.type) for id_, value in each.items()}, value=messages.c.id)


def is_due(now: datetime) -> ColumnElement[bool]:
    """Say `ledger.is_due` in SQL; a message that waits for one in `sending` is not, either."""
    earlier = messages.alias("earlier")
    is_under_way = (earlier.c.id == messages.c.waits_for, earlier.c.status == Status.SENDING)
    moments = (and_(messages.c.status == status, messages.c[since] <= now) for status, since in DUE.items())
    return and_(or_(*moments), ~select(earlier.c.id).where(*is_under_way).exists())


def stored_evidence(connection: Connection, ids: Collection[int]) -> dict[int, list[Evidence]]:
    """Return what the events kept so far prove about the messages with these IDS."""
    proven: dict[int, list[Evidence]] = defaultdict(list)
    if ids:
        e = provider_events.c
        kept = select(e.message_id, e.kind, e.occurred_at, e.event).where(e.message_id.in_(ids))
        for row in connection.execute(kept):
            proven[row.message_id].append(evidence(row.kind, row.occurred_at, row.event))
    return proven


def evidence(kind: str, at: datetime, event: dict[str, Any]) -> Evidence:
    """Return what an event of KIND proves."""
    return Evidence(PROOFS.get(kind, Status.ACCEPTED), at, event["provider_id"], event["reason"] or None)


def drop_overtaken(tx: Connection, now_is: Mapping[int, Status]) -> None:
    """Take from messages that turn out unsent what a newer version of the filing has overtaken meanwhile.

    When the newer version was planned, the older mail may have left, so it was not taken back. Now it surely has not:
    the mail about the newer version tells all there is; one that has left already told of the changes alone, and what
    it left out is still to be told (`contents.untold`).
    """
    unsent = [message_id for message_id, status in now_is.items() if status in UNSENT]
    newer, its = notices.alias("newer"), messages.alias("its")
    same = [newer.c[name] == notices.c[name] for name in ("subscriber_id", "filing_id", "channel")]
    is_to_come = or_(newer.c.message_id.is_(None), its.c.status.in_(UNSENT))
    is_overtaken = (
        select(newer.c.version)
        .select_from(newer.outerjoin(its, its.c.id == newer.c.message_id))
        .where(*same, newer.c.version > notices.c.version, is_to_come)
        .exists()
    )
    if unsent:
        tx.execute(delete(notices).where(notices.c.message_id.in_(unsent), is_overtaken))


def heard_at(connection: Connection) -> datetime | None:
    """Return when the last event that we know of was signed: since then at the latest the webhook works."""
    last: datetime | None = connection.scalar(select(func.max(provider_events.c.signed_at)))
    return last


def _read(tx: Connection, wanted: Select[Any]) -> list[Message]:
    return [_message(row) for row in tx.execute(wanted)]


def _message(row: Row[Any]) -> Message:
    return Message(**row._asdict() | {"status": Status(row.status)})
