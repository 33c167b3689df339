"""Who asked to be mailed: an address, a zone, and the proof that its owner wants it (double opt-in)."""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, insert, select, update

from common.alerts.subscriptions.effect import takes_effect
from common.db.alert_tables import consents, subscribers
from common.db.dialect import database_now, insert_ignore
from common.errors import InvalidRequest

LONGEST_ADDRESS = 254  # characters; RFC 5321, section 4.5.3.1.3, without the angle brackets
ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}")


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One address; until `confirmed_at` nothing but the question whether it was they who asked may be sent."""

    id: int
    address: str
    zone: str
    confirmed_at: datetime | None


def parse_address(text: str) -> str:
    """Return TEXT as addresses are kept: in lower case. Raises InvalidRequest("address")."""
    address = text.strip().lower()
    if len(address) > LONGEST_ADDRESS or not ADDRESS.fullmatch(address):
        raise InvalidRequest("address", "write one e-mail address, like name@example.com")
    return address


def parse_zone(text: str) -> str:
    """Return TEXT if the tz database knows it. Raises InvalidRequest("zone")."""
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidRequest(
            "zone", f"{text!r} is not in the tz database; write one like America/New_York"
        ) from error


def subscribe(tx: Connection, address: str, zone: str) -> Subscriber:
    """Keep that somebody, maybe its owner, gave ADDRESS; one that is known stays as it is, but for when it was given.

    Raises InvalidRequest("address" or "zone").
    """
    asked = {"address": parse_address(address), "zone": parse_zone(zone), "created_at": database_now(tx)}
    if not insert_ignore(tx, subscribers, [asked]):
        waiting = (subscribers.c.address == asked["address"], subscribers.c.confirmed_at.is_(None))
        tx.execute(update(subscribers).where(*waiting).values(created_at=asked["created_at"]))
    found = select(*_SHOWN).where(subscribers.c.address == asked["address"])
    return Subscriber(*tx.execute(found).one())


def confirm(tx: Connection, subscriber_id: int, *, wording: str) -> None:
    """Record that the address's owner agreed to WORDING, verbatim; their rules match what is stored from now on.

    Agreeing again adds to the record and changes no more. Raises InvalidRequest("subscriber") when they are gone.
    """
    now = takes_effect(tx)
    mine = subscribers.c.id == subscriber_id
    if tx.execute(select(subscribers.c.id).where(mine, subscribers.c.deleted_at.is_(None))).first() is None:
        raise InvalidRequest("subscriber", "this subscription was deleted; subscribe again")
    tx.execute(insert(consents).values(subscriber_id=subscriber_id, given_at=now, wording=wording))
    waiting = update(subscribers).where(mine, subscribers.c.confirmed_at.is_(None))
    tx.execute(waiting.values(confirmed_at=now))


def move(tx: Connection, subscriber_id: int, zone: str) -> None:
    """Let digests go out at 08:00 in ZONE. Raises InvalidRequest("zone")."""
    moved = update(subscribers).where(subscribers.c.id == subscriber_id)
    tx.execute(moved.values(zone=parse_zone(zone)))


_SHOWN = (subscribers.c.id, subscribers.c.address, subscribers.c.zone, subscribers.c.confirmed_at)
