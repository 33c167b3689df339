"""Signed links: whoever holds one may do what it is for, without a password; none holds an address.

A link is PUBLIC_BASE_URL / what it is for / token. A token is what it says, compressed, and its HMAC; what it is for is part
of what is signed, so that a link to one page opens no other.
"""

import hmac
import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from common.errors import CapitolScopeError
from common.settings import Settings

CONFIRM_FOR = timedelta(days=7)
"""How long a link to confirm works; all others work until the key that signed them is dropped."""
LONGEST_TOKEN = 3000  # characters; browsers and mail programs take links of far over that
_RAW = -15  # zlib: no header, no checksum; the HMAC is one


class Purpose(StrEnum):
    """What a link is for; the first part of its path."""

    CONFIRM = "confirm"
    MANAGE = "manage"
    UNSUBSCRIBE = "unsubscribe"
    STOP = "stop"
    MAIL = "mail"


class BadLink(CapitolScopeError):
    """A link is not one of ours, or not whole; nobody is told which part is wrong."""


class ExpiredLink(BadLink):
    """A link was ours, and its time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token says; 0 = an id that the purpose does not need."""

    subscriber_id: int = 0
    rule_id: int = 0
    message_id: int = 0
    asked: Any = None
    """What a form asked for, as JSON can hold it, to be done once its link is followed."""
    expires: datetime | None = None


_SHORT = {"subscriber_id": "s", "rule_id": "r", "message_id": "m", "asked": "a", "expires": "x"}


class Signer:
    """Signs with the first of KEYS, takes what any of them signed: put a new one in front, drop the old one later."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [key.encode() for key in keys]

    def sign(self, purpose: Purpose, grant: Grant) -> str:
        """Return the token of GRANT."""
        said = {short: value for name, short in _SHORT.items() if (value := getattr(grant, name))}
        if grant.expires:
            said["x"] = int(grant.expires.timestamp())
        payload = zlib.compress(json.dumps(said, separators=(",", ":")).encode(), 9, _RAW)
        return f"{_text(payload)}.{_text(_mac(self._keys[0], purpose, payload))}"

    def read(self, purpose: Purpose, token: str, now: datetime) -> Grant:
        """Return what TOKEN says. Raises BadLink, or ExpiredLink once its time is over."""
        payload = self._verified(purpose, token)
        said = json.loads(zlib.decompress(payload, _RAW))
        if (until := said.pop("x", None)) and datetime.fromtimestamp(until, UTC) <= now:
            raise ExpiredLink(f"the link to {purpose} has expired")
        return Grant(**{name: said[short] for name, short in _SHORT.items() if short in said})

    def fingerprint(self, text: str) -> str:
        """Return what stands for TEXT where only sameness matters, such as in counting; it changes with the first key."""
        return _mac(self._keys[0], "fingerprint", text.encode()).hex()[:32]

    def _verified(self, purpose: Purpose, token: str) -> bytes:
        payload, _, mac = token.partition(".")
        try:
            said, signed = _bytes(payload), _bytes(mac)
        except ValueError as error:
            raise BadLink(f"the link to {purpose} is malformed") from error
        fits = [hmac.compare_digest(_mac(key, purpose, said), signed) for key in self._keys]
        if len(token) > LONGEST_TOKEN or not any(fits):
            raise BadLink(f"the link to {purpose} was not signed by us")
        return said


def _mac(key: bytes, purpose: str, payload: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\0" + payload, "sha256")


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """Return what TEXT stands for. Raises ValueError for all but the one way in which `_text` writes it."""
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _text(raw) != text:
        raise ValueError("not as we write it")
    return raw


@dataclass(frozen=True, slots=True)
class Links:
    """Makes the links that mails and pages bear."""

    base: str
    signer: Signer

    def manage(self, subscriber_id: int) -> str:
        """Return the page where SUBSCRIBER_ID sees and changes everything."""
        return self._link(Purpose.MANAGE, Grant(subscriber_id=subscriber_id))

    def unsubscribe(self, subscriber_id: int) -> str:
        """Return the link that ends all mail: on POST at once, while GET only asks (RFC 8058)."""
        return self._link(Purpose.UNSUBSCRIBE, Grant(subscriber_id=subscriber_id))

    def stop(self, subscriber_id: int, rule_id: int) -> str:
        """Return the link that stops one rule."""
        return self._link(Purpose.STOP, Grant(subscriber_id=subscriber_id, rule_id=rule_id))

    def everything(self, message_id: int) -> str:
        """Return the page with every row of one mail."""
        return self._link(Purpose.MAIL, Grant(message_id=message_id))

    def confirm(self, subscriber_id: int, asked: Any, now: datetime) -> str:
        """Return the link that does what a form ASKED; it works for CONFIRM_FOR."""
        grant = Grant(subscriber_id=subscriber_id, asked=asked, expires=now + CONFIRM_FOR)
        return self._link(Purpose.CONFIRM, grant)

    def _link(self, purpose: Purpose, grant: Grant) -> str:
        return f"{self.base}/{purpose}/{self.signer.sign(purpose, grant)}"


def links_of(settings: Settings) -> Links:
    """Return the maker of links that SETTINGS name. Raises NotConfigured naming everything that it lacks."""
    given = settings.need("public_base_url", "link_keys")
    return Links(given["public_base_url"], Signer(given["link_keys"].split(",")))
