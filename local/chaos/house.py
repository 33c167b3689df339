"""Senders killed at each step, and what the ledger and the provider say of every message afterwards."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any

from sqlalchemy import Engine, select

from common.alerts.sending.deliver import WAVE, Drained, Post, drain
from common.alerts.sending.ledger import HEARD_PATIENCE, Status
from common.alerts.sending.queue import RedisQueue
from common.alerts.sending.settle import settle
from common.clock import utc_now
from common.db.alert_tables import messages
from common.db.engine import make_engine, write_transaction
from common.db.tables import fences
from common.mail.events import parse
from common.mail.sendgrid import SendGridMailer
from common.settings import Settings
from local.chaos.sender import Death, Step, start
from local.mail_load import ADDRESS_KEY, compose, plan, run_context
from local.standins.sendgrid import KEY, SendGridStandin
from local.standins.sendgrid_events import body_of, event_of

PER_SENDER = WAVE + 4  # new messages in each round
LATEST = 4  # of the mails of a wave: the one at which a sender dies
PAUSE = timedelta(minutes=10)
"""How far the senders' clock goes on from round to round: every lease of a dead sender has ended."""
KILLED = -9  # exit code of a process that SIGKILL ended
MOST_TRIES = 3  # rounds per kill: the other sender may have been quicker


@dataclass(frozen=True, slots=True)
class Books:
    """What the provider took and what the ledger says, by message; and where senders died."""

    kills: Mapping[Step, int]
    planned: Sequence[int]
    taken: Mapping[int, int]
    """Message -> how often the provider took it."""
    status: Mapping[int, str]

    @property
    def faults(self) -> list[str]:
        """Say of each message that breaks a promise which one."""
        return [fault for message in self.planned if (fault := self._fault(message))]

    def _fault(self, message: int) -> str | None:
        taken, status = self.taken.get(message, 0), self.status.get(message)
        if taken > 1:
            return f"message {message} was accepted {taken} times"
        expected = Status.DELIVERED if taken else Status.PRESUMED_LOST
        return f"message {message} is {status}, accepted {taken} times" if status != expected else None


@dataclass
class House:
    """A ledger, a queue, a provider, and senders that die."""

    given: Mapping[str, Any]
    """Settings, as `Settings` dumps them."""
    standin: SendGridStandin
    senders: int
    chance: Random
    ahead: timedelta = timedelta(0)
    kills: Counter[Step] = field(default_factory=Counter)
    planned: list[int] = field(default_factory=list)
    told: int = 0
    """Of the mails that the provider took: how many it told of."""

    def __post_init__(self) -> None:
        self.settings = Settings.model_validate(self.given)
        self.engine: Engine = make_engine(self.settings)

    def clock(self) -> datetime:
        """Return the senders' time."""
        return utc_now() + self.ahead

    def plan(self, count: int) -> None:
        """Plan COUNT more messages."""
        self.planned += plan(self.engine, count, self.clock())

    def kill(self, times: int) -> None:
        """Kill a sender TIMES times, each step in turn. Raises TimeoutError when senders do not die."""
        steps = cycle(Step)
        for _ in range(times):
            self._kill_at(next(steps))

    def _kill_at(self, step: Step) -> None:
        for _ in range(MOST_TRIES):
            if self._round(Death(step, self.chance.randint(1, LATEST if _is_of_a_mail(step) else 1))):
                self.kills[step] += 1
                return
        raise TimeoutError(f"no sender came to {step!r}")

    def _round(self, death: Death) -> bool:
        """Let all senders work on new messages, the first one until its DEATH; return whether it died."""
        self.ahead += PAUSE
        self.plan(self.senders * PER_SENDER)
        deaths = [death, *[Death()] * (self.senders - 1)]
        working = [
            start(self.given, f"notifications/drain-{number}", self.ahead, each)
            for number, each in enumerate(deaths, start=1)
        ]
        for process in working:
            process.join()
        codes = [process.exitcode for process in working]
        if any(codes[1:]) or codes[0] not in {0, KILLED}:
            raise ChildProcessError(f"senders ended with {codes}")
        return codes[0] == KILLED

    def settle_and_balance(self) -> Books:
        """Deliver the provider's events, doubled and backwards; wait for what it never had; balance the books."""
        self.ahead += PAUSE
        self.drain()
        self.tell()
        self.ahead += HEARD_PATIENCE
        self.drain()
        return self.books()

    def drain(self, *, resend: bool = False) -> Drained:
        """Let a sender that lives do what is due."""
        post = Post(
            queue=RedisQueue.at(self.settings.redis_url),
            mailer=SendGridMailer(KEY, self.clock, url=self.standin.url),
            compose=compose,
            address_key=ADDRESS_KEY,
            resend_unknown=resend,
        )
        scope = "notifications/drain-1"
        return drain(run_context(self.settings, self.engine, scope, self.clock, write=_unheard), post)

    def tell(self) -> None:
        """Let the provider tell what became of each mail since it told last, each event twice, the last one first."""
        at, news = self.clock(), self.standin.taken[self.told :]
        told = [event_of(taken, kind, at) for taken in news for kind in ("processed", "delivered")]
        batch = parse(body_of([*told, *reversed(told)]))
        self.told += len(news)
        settle(
            lambda: write_transaction(self.engine),
            batch.events,
            signed_at=at,
            address_key=ADDRESS_KEY,
            now=at,
        )

    def books(self) -> Books:
        """Return what there is."""
        with self.engine.connect() as connection:
            status = {
                row.id: row.status for row in connection.execute(select(messages.c.id, messages.c.status))
            }
        taken = Counter(int(delivery.partition(".")[0]) for delivery in self.standin.count().elements())
        return Books(dict(self.kills), tuple(self.planned), taken, status)

    def fences(self) -> dict[str, int]:
        """Return each scope's newest fence."""
        with self.engine.connect() as connection:
            return {row.scope: row.token for row in connection.execute(select(fences))}

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def _is_of_a_mail(step: Step) -> bool:
    """Whether a sender comes to STEP once for each mail, not once for each wave."""
    return step in {Step.SENDING, Step.LEFT, Step.ACCEPTED}


def _unheard(line: str) -> None:
    """Nobody reads the log."""
