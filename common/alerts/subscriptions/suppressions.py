"""Addresses that get no mail, each kept as a keyed hash only, so that one that was deleted is still known.

A bounce and a spam report stay; a new opt-in lifts an unsubscribe alone (product, section 3).
"""

import hmac
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, select

from common.db.alert_tables import suppressions
from common.db.dialect import insert_ignore


class Reason(StrEnum):
    """Why an address gets no mail."""

    BOUNCE = "bounce"
    SPAM = "spam"
    UNSUBSCRIBE = "unsubscribe"


def address_hash(key: str, address: str) -> str:
    """Return what stands for ADDRESS among the suppressions; KEY is ADDRESS_KEY, which never changes."""
    return hmac.digest(key.encode(), address.strip().lower().encode(), "sha256").hex()


def suppress(tx: Connection, hashed: str, reason: Reason, since: datetime) -> bool:
    """Send nothing more to the address behind HASHED; return whether it was not so before for this reason."""
    row = {"address_hash": hashed, "reason": reason, "since": since}
    return insert_ignore(tx, suppressions, [row]) == 1


def lift_unsubscribe(tx: Connection, hashed: str) -> None:
    """Let the address behind HASHED be mailed again, as its owner asks; a bounce or a spam report stays."""
    s = suppressions.c
    tx.execute(delete(suppressions).where(s.address_hash == hashed, s.reason == Reason.UNSUBSCRIBE))


def reasons(connection: Connection, hashed: str) -> frozenset[Reason]:
    """Return why the address behind HASHED gets no mail; empty = it may be mailed."""
    found = connection.scalars(select(suppressions.c.reason).where(suppressions.c.address_hash == hashed))
    return frozenset(map(Reason, found))


def suppressed(connection: Connection, hashes: Iterable[str]) -> frozenset[str]:
    """Return which of HASHES get no mail, for whatever reason."""
    wanted = suppressions.c.address_hash.in_(list(hashes))
    return frozenset(connection.scalars(select(suppressions.c.address_hash).where(wanted).distinct()))
