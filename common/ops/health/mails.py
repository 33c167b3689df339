"""Whether mail gets out, and how it is received: stuck and unknown messages, the queue's depth, bounces."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select

from common.alerts.sending.ledger import HEARD_PATIENCE, Status
from common.alerts.sending.messages import is_due
from common.db.alert_tables import messages, provider_events
from common.mail.events import EventKind
from common.ops.health.look import Look
from common.ops.health.verdict import Verdict, judged

STUCK_AFTER = timedelta(minutes=90)  # three ticks of notifications
LATELY = timedelta(days=1)
WEEK = timedelta(days=7)
RECEPTION = (EventKind.DELIVERED, EventKind.BOUNCED, EventKind.SPAM_REPORT)
BOUNCES_ENDURED = 0.05  # SendGrid looks into accounts above this
SPAM_REPORTS_ENDURED = 0.001  # Gmail's and Yahoo's rules for senders ask to stay below it
FEW = 3  # fewer prove nothing: one report among a hundred mails is 1 %


def ledger(look: Look) -> Iterator[Verdict]:
    """Judge the messages: none waits past its time, none stays unknown, none was lost lately."""
    m = messages.c
    since = look.now - STUCK_AFTER
    stuck = or_(
        and_(m.status == Status.PLANNED, m.next_attempt_at < since),
        and_(m.status.in_((Status.CLAIMED, Status.SENDING)), m.lease_until < since),
    )
    unknown = m.status == Status.UNKNOWN
    questions = {
        "stuck": stuck,
        "unknown": unknown,
        "unheard": and_(unknown, m.unknown_at < look.now - HEARD_PATIENCE),
        "lost": and_(m.status == Status.PRESUMED_LOST, m.sending_at > look.now - HEARD_PATIENCE - LATELY),
        "failed": and_(m.status == Status.FAILED, m.planned_at > look.now - LATELY),
    }
    found = _counts(look, questions)
    number = ", ".join(f"{count} {name}" for name, count in found.items())
    red = bool(found["stuck"] or found["unheard"] or found["lost"])
    next_step = "deploy.sh logs notifications --errors"
    yield judged("messages", number, next_step, red=red, yellow=bool(found["unknown"]), figures=found)


def _counts(look: Look, questions: dict[str, ColumnElement[bool]]) -> dict[str, int]:
    asked = [func.count().filter(question).label(name) for name, question in questions.items()]
    with look.database.reading() as connection:
        return dict(connection.execute(select(*asked).select_from(messages)).mappings().one())


def queue(look: Look) -> Iterator[Verdict]:
    """Judge the queue: its depth in Redis beside what is due in the ledger, which is the truth."""
    depth = look.queue.depth()
    due = _counts(look, {"due": is_due(look.now), "overdue": is_due(look.now - STUCK_AFTER)})
    number = f"{depth} in the queue, {due['due']} due"
    next_step = "is notifications running? deploy.sh run notifications"
    yield judged("queue", number, next_step, red=bool(due["overdue"]), figures={"depth": depth, **due})


def reputation(look: Look) -> Iterator[Verdict]:
    """Judge how mail is received: bounces and spam reports of a week, beside what was delivered in it."""
    found = _told_of(look, look.now - WEEK)
    delivered, bounced, spam = (found.get(kind, 0) for kind in RECEPTION)
    bounce_rate = bounced / max(1, delivered + bounced)
    spam_rate = spam / max(1, delivered)
    over = [
        (bounced, bounce_rate > BOUNCES_ENDURED),
        (spam, spam_rate > SPAM_REPORTS_ENDURED),
    ]
    number = f"{bounced} bounced and {spam} reported as spam beside {delivered} delivered in a week"
    yield judged(
        "reputation",
        number,
        "docs/email.md, Bounces and spam reports",
        red=any(high and count >= FEW for count, high in over),
        yellow=any(high for _, high in over),
        figures={"delivered": delivered, "bounce_rate": bounce_rate, "spam_rate": spam_rate},
    )


def _told_of(look: Look, since: datetime) -> dict[str, int]:
    lately = provider_events.c.signed_at > since
    kinds = select(provider_events.c.kind, func.count().label("events")).where(lately)
    with look.database.reading() as connection:
        found = connection.execute(kinds.group_by(provider_events.c.kind)).all()
    return {row.kind: row.events for row in found}
