"""Taking back what was planned and has not left: messages lose notices, and are cancelled when none is left."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from common.alerts.sending.ledger import UNSENT, taken_back
from common.db.alert_tables import messages, notices

STILL_TO_COME = or_(
    notices.c.message_id.is_(None),
    notices.c.message_id.in_(select(messages.c.id).where(messages.c.status.in_(UNSENT))),
)
"""A notice that waits for its digest, or whose message has not left."""


def lock_messages(tx: Connection, *, where: ColumnElement[bool]) -> list[int]:
    """Keep the messages of the notices for which WHERE holds from others until the commit; return the unsent ones."""
    held = select(notices.c.message_id).where(where)
    found = select(messages.c.id, messages.c.status).where(messages.c.id.in_(held))
    rows = tx.execute(found.order_by(messages.c.id).with_for_update(of=messages)).all()
    return [row.id for row in rows if row.status in UNSENT]


def take_back(tx: Connection, *, where: ColumnElement[bool]) -> int:
    """Remove the notices for which WHERE holds and that have not left; return how many messages that cancelled.

    A message that keeps some is rendered again: whoever claimed it lost it.
    """
    unsent = lock_messages(tx, where=where)
    gone = or_(notices.c.message_id.is_(None), notices.c.message_id.in_(unsent))
    tx.execute(delete(notices).where(and_(where, gone)))
    return settle(tx, unsent)


def settle(tx: Connection, message_ids: Collection[int]) -> int:
    """Cancel those unsent messages that have lost all their notices, let the others be rendered again; count the former."""
    if not message_ids:
        return 0
    mine = messages.c.id.in_(message_ids)
    is_left: Any = select(notices.c.message_id).where(notices.c.message_id == messages.c.id).exists()
    tx.execute(update(messages).where(mine, is_left).values(taken_back(has_notices=True)))
    empty = update(messages).where(mine, ~is_left)
    cancelled = taken_back(has_notices=False) | {"detail": "nothing is left to tell"}
    return tx.execute(empty.values(cancelled)).rowcount
