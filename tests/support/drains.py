"""What the suites about sending share: a clock that is set by hand, a mailer that remembers, a small house of mail."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import Engine, Row, insert, select, update

from common.alerts.sending.deliver import Compose, Drained, Post, drain
from common.alerts.sending.queue import RedisQueue
from common.alerts.sending.settle import Settled, settle
from common.db.alert_tables import messages, notices, subscribers, told
from common.db.engine import write_transaction
from common.mail.events import Event, EventKind
from common.mail.port import Accepted, Outcome, Outgoing
from common.runtime.context import RunContext
from local.mail_load import ADDRESS_KEY, compose, plan, run_context
from tests.support.settings import some_settings

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = timedelta(minutes=10)
NOTHING = Drained(
    queued=0,
    accepted=0,
    retried=0,
    failed=0,
    unknown=0,
    suppressed=0,
    cancelled=0,
    lapsed=0,
    presumed_lost=0,
    resent=0,
)
Answer = Callable[[Outgoing], Outcome]


def accept(mail: Outgoing) -> Outcome:
    return Accepted(f"provider-{mail.delivery_id}")


class Mailbox:
    """A way out that remembers what left, and answers what the test wants."""

    def __init__(self, answer: Answer = accept) -> None:
        self.answer = answer
        self.sent: list[str] = []
        self._lock = Lock()

    def send(self, mail: Outgoing) -> Outcome:
        with self._lock:
            self.sent.append(mail.delivery_id)
        return self.answer(mail)


class House:
    """A ledger, a queue, a mailbox and a clock."""

    def __init__(self, engine: Engine, redis_url: str) -> None:
        self.engine = engine
        self.settings = some_settings(redis_url=redis_url)
        self.queue = RedisQueue.at(redis_url)
        self.mailbox = Mailbox()
        self.now = NOW
        self.lines: list[str] = []

    def clock(self) -> datetime:
        return self.now

    def wait(self, time: timedelta = LATER) -> None:
        self.now += time

    def plan(self, count: int) -> list[int]:
        """Plan COUNT messages; return their ids."""
        return plan(self.engine, count, self.now)

    def context(self, scope: str = "notifications/drain-1") -> RunContext:
        return run_context(self.settings, self.engine, scope, self.clock, write=self.lines.append)

    def post(self, *, resend: bool = False, compose: Compose = compose) -> Post:
        return Post(
            queue=self.queue,
            mailer=self.mailbox,
            compose=compose,
            address_key=ADDRESS_KEY,
            resend_unknown=resend,
        )

    def drain(self, *, resend: bool = False) -> Drained:
        return drain(self.context(), self.post(resend=resend))

    def tell(self, *events: Event, signed_at: datetime | None = None) -> Settled:
        return settle(
            lambda: write_transaction(self.engine),
            events,
            signed_at=signed_at or self.now,
            address_key=ADDRESS_KEY,
            now=self.now,
        )

    # ---- what is there

    def rows(self) -> list[Row[Any]]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(messages).order_by(messages.c.id)))

    def row(self, message_id: int) -> Row[Any]:
        with self.engine.connect() as connection:
            return connection.execute(select(messages).where(messages.c.id == message_id)).one()

    def statuses(self) -> list[str]:
        return [row.status for row in self.rows()]

    def told(self) -> set[int]:
        """Return the messages whose rows count as told, if they are in a status that does."""
        with self.engine.connect() as connection:
            return set(connection.scalars(select(told.c.message_id)))

    # ---- what others do

    def change(self, *message_ids: int, **values: Any) -> None:
        with write_transaction(self.engine) as tx:
            tx.execute(update(messages).where(messages.c.id.in_(message_ids)).values(values))

    def amend(self, message_id: int) -> None:
        """Plan a newer version of what a message tells."""
        with write_transaction(self.engine) as tx:
            told = tx.execute(select(notices).where(notices.c.message_id == message_id)).one()
            tx.execute(insert(notices).values(told._asdict() | {"version": 2, "message_id": None}))

    def lose_notices(self, message_id: int) -> None:
        with write_transaction(self.engine) as tx:
            tx.execute(update(notices).where(notices.c.message_id == message_id).values(message_id=None))

    def forget(self, message_id: int, **values: Any) -> None:
        """Change the subscriber of a message."""
        mine = select(messages.c.subscriber_id).where(messages.c.id == message_id).scalar_subquery()
        with write_transaction(self.engine) as tx:
            tx.execute(update(subscribers).where(subscribers.c.id == mine).values(values))


def an_event(
    delivery_id: str | None,
    kind: EventKind = EventKind.DELIVERED,
    *,
    at: datetime = NOW,
    address: str = "reader0@example.com",
) -> Event:
    return Event(
        event_id=f"{kind}-{delivery_id}",
        kind=kind,
        at=at,
        address=address,
        delivery_id=delivery_id,
        provider_id=f"provider-{delivery_id}",
        reason="",
    )
