"""When what somebody asks for takes effect, and how planning waits until it can be seen (protocols, section 2, Planning)."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from common.db.dialect import database_now

TAKING_EFFECT = 0x52554C45  # an advisory lock of PostgreSQL's; SQLite has one writer at a time


def takes_effect(tx: Connection) -> datetime:
    """Return the moment from which a change that TX makes decides; `is_all_seen` is false until TX ends."""
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock_shared(TAKING_EFFECT)))
    return database_now(tx)


def is_all_seen(connection: Connection) -> bool:
    """Whether a transaction that begins after CONNECTION's sees every change that has taken effect by now."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.scalar(select(func.pg_try_advisory_xact_lock(TAKING_EFFECT))))
