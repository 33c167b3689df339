"""What SendGrid tells about mails it took: events in its shape, signed with a key of this stand-in's own."""

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.standins.sendgrid import Taken

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
TIMEOUT = 10.0  # seconds


class EventWebhook:
    """Tells URL what became of mails. The public key is what an operator would copy from SendGrid's page."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public_key(self) -> str:
        """The base64 of the key's DER form."""
        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def tell(
        self, events: Sequence[dict[str, Any]], at: datetime, *, twice: bool = False, backwards: bool = False
    ) -> int:
        """Post EVENTS, signed AT that time, each one TWICE or the last one first if asked; return the answer's status."""
        told = [event for event in events for _ in range(1 + twice)]
        body = body_of(told[::-1] if backwards else told)
        headers = self.headers(body, at)
        # Plain HTTP on this machine: reading certificates that nobody checks takes longer than the answer.
        answer = httpx.post(self._url, content=body, headers=headers, timeout=TIMEOUT, verify=False)  # noqa: S501
        return answer.status_code

    def headers(self, body: bytes, at: datetime) -> dict[str, str]:
        """Return what SendGrid sends beside BODY when it signs AT that time."""
        return self.signed(body, str(int(at.timestamp())))

    def signed(self, body: bytes, timestamp: str) -> dict[str, str]:
        """Return the headers for BODY with any TIMESTAMP, sound or not."""
        signature = self._key.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
        return {
            "Content-Type": "application/json",
            SIGNATURE: base64.b64encode(signature).decode(),
            TIMESTAMP: timestamp,
        }


def body_of(events: Sequence[dict[str, Any]]) -> bytes:
    """Return EVENTS as SendGrid writes them, with the line end that its signature covers."""
    return json.dumps(events, separators=(",", ":")).encode() + b"\r\n"


def event_of(taken: Taken, event: str, at: datetime, **more: str) -> dict[str, Any]:
    """Return that EVENT happened to TAKEN. The same event of the same mail always has the same id."""
    name = base64.urlsafe_b64encode(f"{event}-{taken.provider_id}".encode()).decode().rstrip("=")
    return {
        "email": taken.to,
        "event": event,
        "sg_event_id": name,
        "sg_message_id": f"{taken.provider_id}.recvd-5b8c-1-5F5FC76C-9.0",
        "smtp-id": f"<{taken.provider_id}@standin.example>",
        "timestamp": int(at.timestamp()),
        "delivery_id": taken.delivery_id,
        **more,
    }
