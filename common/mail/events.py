"""What SendGrid tells about mails it took: its signature checked, its events read (https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event)."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from common.errors import CapitolScopeError, NotConfigured
from common.mail.words import plain, without_addresses

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
# SendGrid tries for 24 hours. A replay within that changes nothing: events are kept once, by their id.
OLDEST = timedelta(hours=25)
FASTEST_CLOCK = timedelta(minutes=5)
LONGEST = 320  # characters of an address, the longest of an event's names
LONGEST_ID = 100  # of an event's id, as its column holds it


class NotSigned(CapitolScopeError):
    """A body is not what the provider signed, or is too old; answered 403, and nothing of it is believed."""


class EventKind(StrEnum):
    """What happened to a mail."""

    PROCESSED = "processed"
    DEFERRED = "deferred"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    """For good: the address does not work."""
    BLOCKED = "blocked"
    """This mail was turned away; the address may work tomorrow."""
    DROPPED = "dropped"
    SPAM_REPORT = "spam report"
    UNSUBSCRIBED = "unsubscribed"
    RESUBSCRIBED = "resubscribed"
    OTHER = "other"


KINDS = {
    "processed": EventKind.PROCESSED,
    "deferred": EventKind.DEFERRED,
    "delivered": EventKind.DELIVERED,
    "bounce": EventKind.BOUNCED,
    "dropped": EventKind.DROPPED,
    "spamreport": EventKind.SPAM_REPORT,
    "unsubscribe": EventKind.UNSUBSCRIBED,
    "group_unsubscribe": EventKind.UNSUBSCRIBED,
    "group_resubscribe": EventKind.RESUBSCRIBED,
}


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `reason` names no address; `at` is aware, UTC."""

    event_id: str
    """SendGrid's `sg_event_id`: the same event may come twice."""
    kind: EventKind
    at: datetime
    address: str
    delivery_id: str | None
    """Ours, from the mail's custom_args; None on mail that is not ours."""
    provider_id: str | None
    """What the X-Message-Id of the answer was."""
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """The events of one call, and what of it could not be read."""

    events: tuple[Event, ...]
    strange: tuple[str, ...]


class Verifier:
    """Checks signatures with the webhook's public key (base64 of its DER form, as SendGrid shows it).

    Raises NotConfigured when made with anything else.
    """

    def __init__(self, public_key: str) -> None:
        try:
            key = load_der_public_key(base64.b64decode(public_key, validate=True))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise NotConfigured("SENDGRID_EVENT_KEY is no public key; see README, Configuration") from error
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise NotConfigured("SENDGRID_EVENT_KEY is no elliptic-curve key; see README, Configuration")
        self._key = key

    def verify(self, body: bytes, headers: Mapping[str, str], now: datetime) -> datetime:
        """Return when BODY, raw and whole, was signed. Raises NotSigned naming what is wrong."""
        signature, timestamp = headers.get(SIGNATURE, ""), headers.get(TIMESTAMP, "")
        try:
            self._key.verify(
                base64.b64decode(signature, validate=True), timestamp.encode() + body, ec.ECDSA(SHA256())
            )
            at = datetime.fromtimestamp(int(timestamp), UTC)
        except InvalidSignature as error:
            raise NotSigned("the signature is not of this body and this time") from error
        except (binascii.Error, ValueError, OverflowError, OSError) as error:
            raise NotSigned("the signature's headers are missing or malformed") from error
        if not now - OLDEST <= at <= now + FASTEST_CLOCK:
            raise NotSigned(f"signed at {at:%Y-%m-%d %H:%M:%S} UTC, which is not of this day")
        return at


def parse(body: bytes) -> Batch:
    """Read a call's events; one that cannot be read is reported, and does not hold up the others."""
    try:
        found = json.loads(body)
    except ValueError:
        return Batch((), ("the body is no JSON",))
    if not isinstance(found, list):
        return Batch((), ("the body is no list of events",))
    read = [_event(item) for item in found]
    events = tuple(event for event in read if isinstance(event, Event))
    return Batch(events, tuple(event for event in read if isinstance(event, str)))


def _event(item: Any) -> Event | str:
    try:
        return Event(
            event_id=_text(item, "sg_event_id", LONGEST_ID),
            kind=_kind(item),
            at=datetime.fromtimestamp(item["timestamp"], UTC),
            address=_text(item, "email"),
            delivery_id=_optional(item, "delivery_id"),
            provider_id=(_optional(item, "sg_message_id") or "").partition(".")[0] or None,
            reason=plain(without_addresses(str(item.get("reason") or item.get("response") or ""))),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        return f"an event cannot be read: {type(error).__name__} {error}"


def _text(item: Mapping[str, Any], name: str, longest: int = LONGEST) -> str:
    """Return a name that a database can keep. Raises ValueError for anything else."""
    value = item[name]
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise ValueError(f"{name} is empty, too long or no text")
    return value


def _optional(item: Mapping[str, Any], name: str) -> str | None:
    return _text(item, name) if item.get(name) else None


def _kind(item: Mapping[str, Any]) -> EventKind:
    """Return the kind; a bounce of type `blocked` says nothing about the address."""
    if item["event"] == "bounce" and item.get("type") == "blocked":
        return EventKind.BLOCKED
    return KINDS.get(item["event"], EventKind.OTHER)
