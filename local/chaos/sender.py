"""A process that drains the queue, and ends itself with SIGKILL at a chosen step of a send."""

import http.client
import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from multiprocessing.process import BaseProcess
from typing import Any

from sqlalchemy import Connection

from common.alerts.sending.claims import Letter
from common.alerts.sending.deliver import Post, drain
from common.alerts.sending.queue import Entry, RedisQueue
from common.clock import utc_now
from common.db.engine import make_engine
from common.mail.port import Mailer, Outcome, Outgoing
from common.mail.sendgrid import SendGridMailer
from common.runtime.database import SqlDatabase
from common.settings import Settings
from local.mail_load import ADDRESS_KEY, compose, run_context
from local.standins.sendgrid import KEY

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


class Step(StrEnum):
    """Where a sender can be killed, in the order in which a send meets them."""

    BEFORE_CLAIM = "before claim"
    AFTER_CLAIM = "after claim"
    SENDING = "after `sending` committed"
    LEFT = "after the request left"
    ACCEPTED = "after acceptance"
    BEFORE_COMMIT = "before commit"


@dataclass(frozen=True, slots=True)
class Death:
    """The NTH time that this process comes to STEP it dies; None = it lives."""

    step: Step | None = None
    nth: int = 1
    _seen: Iterator[int] = field(default_factory=lambda: count(1))

    def at(self, step: Step) -> None:
        """Die here, if it is time."""
        if step is self.step and next(self._seen) == self.nth:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalQueue(RedisQueue):
    """May die between reading entries and claiming their messages."""

    death = Death()

    def take(self, consumer: str, limit: int) -> list[Entry]:
        entries = super().take(consumer, limit)
        if entries:
            self.death.at(Step.BEFORE_CLAIM)
        return entries


@dataclass(frozen=True, slots=True)
class MortalMailer:
    """May die right before the bytes leave, and right after the provider's yes."""

    mailer: Mailer
    death: Death

    def send(self, mail: Outgoing) -> Outcome:
        """Send MAIL, and live to tell of it, or not."""
        self.death.at(Step.SENDING)
        outcome = self.mailer.send(mail)
        self.death.at(Step.ACCEPTED)
        return outcome


@dataclass(frozen=True)
class MortalDatabase(SqlDatabase):
    """May die before an answer is committed."""

    death: Death = field(default_factory=Death)

    @contextmanager
    def recording(self) -> Iterator[Connection]:
        """Lend a transaction that is not committed if this process dies."""
        with super().recording() as tx:
            yield tx
            self.death.at(Step.BEFORE_COMMIT)


def start(settings: Mapping[str, Any], scope: str, ahead: timedelta, death: Death) -> BaseProcess:
    """Start a sender that drains in SCOPE, with a clock AHEAD of ours, until nothing is due or it dies."""
    process = PROCESSES.Process(
        target=_work, args=(settings, scope, ahead, death.step, death.nth), daemon=True
    )
    process.start()
    return process


def _work(given: Mapping[str, Any], scope: str, ahead: timedelta, step: Step | None, nth: int) -> None:
    settings, death = Settings.model_validate(given), Death(step, nth)
    engine = make_engine(settings)
    _die_between_request_and_answer(death)

    def clock() -> datetime:
        return utc_now() + ahead

    def write(connection: Connection, deliveries: Mapping[int, str], now: datetime) -> dict[int, Letter]:
        death.at(Step.AFTER_CLAIM)
        return compose(connection, deliveries, now)

    queue = MortalQueue.at(settings.redis_url)
    queue.death = death
    post = Post(
        queue=queue,
        mailer=MortalMailer(SendGridMailer(KEY, clock, url=settings.sendgrid_url), death),
        compose=write,
        address_key=ADDRESS_KEY,
        resend_unknown=settings.resend_unknown,
    )
    context = run_context(settings, engine, scope, clock, write=_unheard)
    drain(replace(context, database=MortalDatabase(engine, death=death)), post)


def _die_between_request_and_answer(death: Death) -> None:
    """Seed the death into the one place that no port reaches: the request's bytes are out, nobody has read an answer."""
    answer = http.client.HTTPConnection.getresponse

    def last_words(connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
        death.at(Step.LEFT)
        return answer(connection)

    http.client.HTTPConnection.getresponse = last_words  # type: ignore[method-assign,assignment]


def _unheard(line: str) -> None:
    """Nobody reads its log."""
