"""A mail ready to leave, what may become of it, and the port through which it leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A rendered mail: everything that a provider needs, and nothing else."""

    to: str
    sender: str
    """`Name <address>` or an address."""
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    delivery_id: str
    category: str
    made_at: datetime


class Then(StrEnum):
    """What to do with a mail that surely was not sent."""

    RETRY = "retry"
    """Later; it may pass."""
    GIVE_UP = "give up"
    """This mail can never be sent as it is."""
    STOP = "stop"
    """No mail can be sent until an operator changes the configuration; stop the drain."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it. `provider_id` is its name for the mail; None where the answer bore none."""

    provider_id: str | None


@dataclass(frozen=True, slots=True)
class SurelyNotSent:
    """Nobody took it. `reason` names no address."""

    then: Then
    reason: str
    retry_after: timedelta | None = None
    """The least wait that the provider asked for."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been taken: only the provider's events can tell. `reason` names no address."""

    reason: str


Outcome = Accepted | SurelyNotSent | Unknown


class Mailer(Protocol):
    """A way out."""

    def send(self, mail: Outgoing) -> Outcome:
        """Hand MAIL over once and say what became of it; never raises for what the outside did."""
        ...
