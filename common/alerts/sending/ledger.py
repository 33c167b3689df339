"""A message's life, as pure functions of what was read (protocols, section 3).

Nothing here reads or writes anything, so tests/model runs the life of messages through every interleaving. Each
function returns the message as it is from now on; None = leave it as it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from common.mail.port import Accepted, Outcome, SurelyNotSent, Then, Unknown

LEASE = timedelta(minutes=2)
"""How long a claim, and then a send, is one drain's alone; far longer than the provider's timeout of 10 s per wait."""
ENQUEUE_AGAIN = timedelta(minutes=2)
"""A queue that was flushed loses its entries; whatever is due has a new one this long after the last."""
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
"""The wait after each attempt that surely failed; the last one repeats."""
STOP_WAIT = timedelta(minutes=15)
"""The wait for an operator: the mail is fine, the configuration is not."""
MOST_ATTEMPTS = 10
LONGEST_TRY = timedelta(days=7)
"""A mail is given up after MOST_ATTEMPTS attempts, and not before it is this old."""
MOST_TROUBLE = 5
"""So many sends in a row that did not go through, whatever for, stop the drain: the provider is not well."""
HEARD_PATIENCE = timedelta(hours=24)
"""SendGrid tries for this long to deliver its events."""
UNHEARD_PATIENCE = timedelta(hours=72)
"""The wait for events while it is in doubt whether they reach us at all."""


class Status(StrEnum):
    """Where a message is on its way."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    DROPPED = "dropped"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNKNOWN = "unknown"
    PRESUMED_LOST = "presumed_lost"


UNSENT = frozenset({Status.PLANNED, Status.CLAIMED})
"""No byte of it is under way: it can still be changed or taken back."""
TOLD = frozenset({Status.SENDING, Status.ACCEPTED, Status.DELIVERED, Status.UNKNOWN, Status.PRESUMED_LOST})
"""Its rows count as told, so that an amendment of them is a correction."""
DUE: Mapping[Status, str] = {Status.PLANNED: "next_attempt_at", Status.CLAIMED: "lease_until"}
"""Status -> the moment from which a drain may claim it."""
CERTAINTY: Mapping[Status, int] = {
    Status.SENDING: 0,
    Status.UNKNOWN: 0,
    Status.PRESUMED_LOST: 0,
    Status.ACCEPTED: 1,
    Status.DELIVERED: 2,
    Status.DROPPED: 3,
    Status.BOUNCED: 4,
}
"""What events may settle, and how far each status lies on the way: in whatever order they come, the furthest holds."""
PROOFS: Mapping[str, Status] = {
    "delivered": Status.DELIVERED,
    "bounced": Status.BOUNCED,
    "blocked": Status.BOUNCED,
    "dropped": Status.DROPPED,
    "spam report": Status.DELIVERED,
    "unsubscribed": Status.DELIVERED,
}
"""Kind of an event (common.mail.events.EventKind) -> what it proves; any other proves that the mail was accepted."""
LAPSED = "the process that sent it did not say what became of it"
ANSWERABLE = frozenset({Status.SENDING, Status.UNKNOWN})
"""What the process that sent may still settle, by its claim token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One send as the ledger holds it."""

    id: int
    status: Status
    attempt: int
    """Sends begun so far."""
    planned_at: datetime
    next_attempt_at: datetime
    enqueued_at: datetime | None = None
    claim_token: str | None = None
    lease_until: datetime | None = None
    sending_at: datetime | None = None
    accepted_at: datetime | None = None
    delivered_at: datetime | None = None
    unknown_at: datetime | None = None
    resent_at: datetime | None = None
    provider_id: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one of the provider's events proves about a message."""

    status: Status
    at: datetime
    provider_id: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Grounds:
    """What is read again right before the bytes leave."""

    is_suppressed: bool
    has_news: bool
    """Whether a notice, and something to say, are left."""
    evidence: tuple[Evidence, ...] = ()
    """What the stored events of earlier attempts prove."""


# ---- the way to the provider


def is_due(message: Message, now: datetime) -> bool:
    """Whether a drain may claim MESSAGE."""
    since = DUE.get(message.status)
    return since is not None and getattr(message, since) <= now


def lacks_entry(message: Message, now: datetime) -> bool:
    """Whether MESSAGE is due and got no entry in the queue a moment ago."""
    before = message.enqueued_at
    return is_due(message, now) and (before is None or before < now - ENQUEUE_AGAIN)


def claim(token: str, now: datetime) -> dict[str, Any]:
    """Return what changes about a message that is due when the drain that made TOKEN takes it."""
    return {"status": Status.CLAIMED, "claim_token": token, "lease_until": now + LEASE}


def begun(message: Message, token: str, grounds: Grounds, now: datetime) -> Message | None:
    """Say what a claimed message becomes right before its bytes leave; only in `sending` may they."""
    if message.status is not Status.CLAIMED or message.claim_token != token:
        return None
    if proof := _furthest(grounds.evidence):
        return _proven(message, proof)
    if grounds.is_suppressed:
        return replace(message, status=Status.SUPPRESSED, lease_until=None)
    if not grounds.has_news:
        return replace(message, status=Status.CANCELLED, lease_until=None)
    return replace(
        message,
        status=Status.SENDING,
        attempt=message.attempt + 1,
        sending_at=now,
        lease_until=now + LEASE,
    )


# ---- what the provider answered


def answered(
    message: Message, token: str, outcome: Outcome, evidence: Iterable[Evidence], now: datetime
) -> Message | None:
    """Take the provider's answer, if it is the answer to the send that is still open under TOKEN."""
    if message.status not in ANSWERABLE or message.claim_token != token:
        return None
    if isinstance(outcome, Accepted):
        return _proven(message, Evidence(Status.ACCEPTED, now, outcome.provider_id))
    if isinstance(outcome, Unknown):
        return _known_or_unknown(message, evidence, now, outcome.reason)
    return _not_sent(message, outcome, now)


def _known_or_unknown(message: Message, evidence: Iterable[Evidence], now: datetime, detail: str) -> Message:
    if proof := _furthest(evidence):
        return _proven(message, proof)
    since = message.unknown_at or now
    return replace(message, status=Status.UNKNOWN, unknown_at=since, lease_until=None, detail=detail)


def _not_sent(message: Message, outcome: SurelyNotSent, now: datetime) -> Message:
    over = replace(message, claim_token=None, lease_until=None, unknown_at=None, detail=outcome.reason)
    if outcome.then is Then.GIVE_UP or (outcome.then is Then.RETRY and _tried_enough(message, now)):
        return replace(over, status=Status.FAILED)
    return replace(over, status=Status.PLANNED, next_attempt_at=now + _wait(message, outcome))


def _tried_enough(message: Message, now: datetime) -> bool:
    return message.attempt >= MOST_ATTEMPTS and now - message.planned_at > LONGEST_TRY


def _wait(message: Message, outcome: SurelyNotSent) -> timedelta:
    if outcome.then is Then.STOP:
        return STOP_WAIT
    return max(BACK_OFF[min(message.attempt, len(BACK_OFF)) - 1], outcome.retry_after or timedelta(0))


def trouble(so_far: int, outcome: Outcome) -> int:
    """Return how many sends in a row did not go through; MOST_TROUBLE of them stop the drain.

    A refusal of this one mail says nothing about the others; one of all mail stops it at once.
    """
    if isinstance(outcome, Accepted):
        return 0
    if isinstance(outcome, Unknown):
        return so_far + 1
    return {Then.GIVE_UP: so_far, Then.RETRY: so_far + 1, Then.STOP: MOST_TROUBLE}[outcome.then]


def room(trouble: int, *, accepted: bool, most: int) -> int:
    """Return how many mails may leave side by side: MOST where the last were taken, and some were, by this drain.

    Else as many as may fail before the drain must stop: none of them knows what becomes of the others.
    """
    return most if accepted and not trouble else MOST_TROUBLE - trouble


# ---- what nobody answered


def lapsed(message: Message, evidence: Iterable[Evidence], now: datetime) -> Message | None:
    """Give up waiting for the process that was sending; the stored events may know more than it did."""
    if message.status is not Status.SENDING or message.lease_until is None or message.lease_until > now:
        return None
    return _known_or_unknown(message, evidence, now, LAPSED)


def presumed_lost(
    message: Message, evidence: Iterable[Evidence], heard_at: datetime | None, now: datetime
) -> Message | None:
    """Give up waiting for events about an unknown message; HEARD_AT is when the last event of any mail was signed."""
    if message.status is not Status.UNKNOWN or message.sending_at is None:
        return None
    if proof := _furthest(evidence):
        return _proven(message, proof)
    is_heard = heard_at is not None and heard_at > message.sending_at
    patience = HEARD_PATIENCE if is_heard else UNHEARD_PATIENCE
    return replace(message, status=Status.PRESUMED_LOST) if now - message.sending_at >= patience else None


def resent(message: Message, evidence: Iterable[Evidence], now: datetime) -> Message | None:
    """Plan a message that is presumed lost for a second time, once; only where RESEND_UNKNOWN says so."""
    if message.status is not Status.PRESUMED_LOST:
        return None
    if proof := _furthest(evidence):
        return _proven(message, proof)
    if message.resent_at is not None:
        return None
    return replace(
        message, status=Status.PLANNED, claim_token=None, next_attempt_at=now, enqueued_at=None, resent_at=now
    )


# ---- what events prove, and what people change


def settled(message: Message, evidence: Evidence) -> Message | None:
    """Take what an event proves; what is known already is never taken back."""
    if CERTAINTY.get(message.status, len(CERTAINTY)) >= CERTAINTY[evidence.status]:
        return None
    return _proven(message, evidence)


def taken_back(*, has_notices: bool) -> dict[str, Any]:
    """Return what changes about an UNSENT message that says less than before; without a notice it is cancelled.

    Whoever claimed it lost it, so that nothing leaves as it was composed before.
    """
    status = Status.PLANNED if has_notices else Status.CANCELLED
    return {"status": status, "claim_token": None, "lease_until": None}


def _furthest(evidence: Iterable[Evidence]) -> Evidence | None:
    """Return the one piece of EVIDENCE that proves most, if there is any."""
    return max(evidence, key=lambda proof: CERTAINTY[proof.status], default=None)


def _proven(message: Message, evidence: Evidence) -> Message:
    delivered = evidence.at if evidence.status is Status.DELIVERED else message.delivered_at
    return replace(
        message,
        status=evidence.status,
        accepted_at=message.accepted_at or evidence.at,
        delivered_at=delivered,
        provider_id=message.provider_id or evidence.provider_id,
        lease_until=None,
        detail=evidence.detail,
    )
