"""Whether mail gets out: stuck and unknown messages, and the queue's depth."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select

from common.alerts.sending.ledger import HEARD_PATIENCE, Status
from common.alerts.sending.messages import is_due
from common.db.alert_tables import messages
from common.ops.health.look import Look
from common.ops.health.verdict import Verdict, judged

STUCK_AFTER = timedelta(minutes=90)  # three ticks of notifications
LATELY = timedelta(days=1)


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
    yield judged(
        "messages", number, "deploy.sh logs notifications --errors", red=red, yellow=bool(found["unknown"])
    )


def _counts(look: Look, questions: dict[str, ColumnElement[bool]]) -> dict[str, int]:
    asked = [func.count().filter(question).label(name) for name, question in questions.items()]
    with look.database.reading() as connection:
        return dict(connection.execute(select(*asked).select_from(messages)).mappings().one())


def queue(look: Look) -> Iterator[Verdict]:
    """Judge the queue: its depth in Redis beside what is due in the ledger, which is the truth."""
    depth = look.queue.depth()
    due = _counts(look, {"due": is_due(look.now), "overdue": is_due(look.now - STUCK_AFTER)})
    number = f"{depth} in the queue, {due['due']} due"
    yield judged(
        "queue", number, "is notifications running? deploy.sh run notifications", red=bool(due["overdue"])
    )
