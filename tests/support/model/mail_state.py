"""One state of the small world of mails: a ledger, a queue, two drains, a provider."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from common.alerts.sending.ledger import Message, Status

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""It is always noon; when time passes, what it was set for comes to lie in the past."""
PAST = NOW - timedelta(days=4)


class Delivery(NamedTuple):
    """One send of a message, and what it says of the trade: new, or corrected, and in which version."""

    message: int
    attempt: int
    says: str

    def __str__(self) -> str:
        return f"{self.message}.{self.attempt} ({self.says})"


class Told(NamedTuple):
    """An event about a delivery."""

    delivery: Delivery
    kind: str


class Drain(NamedTuple):
    """A drain, where it stands in its loop, and what it has in hand."""

    name: str
    at: str = "idle"
    claims: int = 0
    chosen: tuple[int, ...] = ()
    message: int = 0
    says: str | None = None
    outcome: str = ""

    @property
    def token(self) -> str:
        return f"{self.name}{self.claims}"


class State(NamedTuple):
    """Everything that the future depends on."""

    messages: tuple[Message, ...]
    faults: int
    people: frozenset[str]
    """What people may still do: suppress, stop, amend."""
    drains: tuple[Drain, ...] = (Drain("a"), Drain("b"))
    noticed: frozenset[int] = frozenset({1})
    stream: tuple[int, ...] = ()
    pending: tuple[tuple[str, int], ...] = ()
    taken: tuple[Delivery, ...] = ()
    coming: frozenset[Told] = frozenset()
    kept: frozenset[Told] = frozenset()
    is_suppressed: bool = False
    is_amended: bool = False


def a_message(number: int) -> Message:
    return Message(id=number, status=Status.PLANNED, attempt=0, planned_at=NOW, next_attempt_at=NOW)


def message(s: State, number: int) -> Message:
    return s.messages[number - 1]


def with_drain(s: State, drain: Drain) -> State:
    return s._replace(drains=tuple(drain if d.name == drain.name else d for d in s.drains))


def idle(s: State, drain: Drain) -> State:
    return with_drain(s, Drain(drain.name, claims=drain.claims))
