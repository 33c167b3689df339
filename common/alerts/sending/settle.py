"""What the mail provider tells of its own accord: each event kept once, what it proves taken over, addresses suppressed."""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from common.alerts.sending import ledger
from common.alerts.sending.messages import evidence, keep, locked
from common.alerts.subscriptions.suppressions import Reason, address_hash, suppress
from common.db.alert_tables import messages, provider_events
from common.db.dialect import insert_ignore
from common.mail.events import Event, EventKind

DELIVERY = re.compile(r"(\d{1,18})\.(\d{1,9})")  # <message>.<attempt>
SUPPRESSES: Mapping[EventKind, Reason] = {
    EventKind.BOUNCED: Reason.BOUNCE,
    EventKind.SPAM_REPORT: Reason.SPAM,
    EventKind.UNSUBSCRIBED: Reason.UNSUBSCRIBE,
}
"""A deferral or a block is no word about the address."""

Transaction = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a call's events: how many were new, and how many moved a message on."""

    kept: int
    settled: int


def settle(
    transaction: Transaction, events: Iterable[Event], *, signed_at: datetime, address_key: str, now: datetime
) -> Settled:
    """Keep and apply EVENTS, which the provider signed at SIGNED_AT, each in a transaction of its own.

    The same event may come again, and in any order: nothing changes.
    """
    outcomes = []
    for event in events:
        with transaction() as tx:
            outcomes.append(_take(tx, event, signed_at, address_key, now))
    return Settled(kept=sum(kept for kept, _ in outcomes), settled=sum(moved for _, moved in outcomes))


def _take(
    tx: Connection, event: Event, signed_at: datetime, address_key: str, now: datetime
) -> tuple[int, int]:
    """Lock the message before the event can be seen: whoever decides about it next sees the event, or waits for it."""
    message_id, attempt = _delivery(event.delivery_id)
    found = locked(tx, where=messages.c.id == message_id)
    said = {"provider_id": event.provider_id, "delivery_id": event.delivery_id, "reason": event.reason}
    row = {
        "sg_event_id": event.event_id,
        "message_id": message_id if found else None,
        "attempt": attempt if found else None,
        "kind": event.kind,
        "occurred_at": event.at,
        "signed_at": signed_at,
        "received_at": now,
        "event": said,
    }
    if not insert_ignore(tx, provider_events, [row]):
        return 0, 0
    if reason := SUPPRESSES.get(event.kind):
        suppress(tx, address_hash(address_key, event.address), reason, event.at)
    proof = evidence(event.kind, event.at, said)
    return 1, len(keep(tx, [(message, ledger.settled(message, proof)) for message in found]))


def _delivery(delivery_id: str | None) -> tuple[int, int]:
    """Return message and attempt; 0, which no message has, for mail that is not the ledger's."""
    found = DELIVERY.fullmatch(delivery_id or "")
    return (int(found[1]), int(found[2])) if found else (0, 0)
