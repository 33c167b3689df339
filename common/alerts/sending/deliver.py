"""A drain: what is due goes to the provider, and what became of it is recorded.

Several may work at once, each with a scope of its own:
queue -> claim -> compose -> `sending`, committed -> the bytes leave -> the answer, recorded by the claim token.
"""

import secrets
from collections import ChainMap, Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from common.alerts.sending import claims, ledger
from common.alerts.sending.claims import Letter
from common.alerts.sending.ledger import Status
from common.alerts.sending.queue import Entry, RedisQueue
from common.alerts.sending.repair import repair
from common.errors import DependencyDown
from common.mail.port import Accepted, Mailer, Outcome
from common.runtime.context import RunContext
from common.runtime.stops import Stopped

WAVE = 16  # mails that are under way at once, at most; so many may be unknown when a drain is killed
TOGETHER = 0.01  # seconds; answers that come so soon after one another are recorded together
ENTRIES = 500  # put into the queue per transaction
LAST_ANSWERS = 1.0  # seconds; after SIGTERM the response must be out within 5 s


Compose = Callable[[Connection, Mapping[int, str], datetime], Mapping[int, Letter]]
"""Writes the letters of messages as of now; each bears its delivery id. One with nothing left to say has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What a drain works with."""

    queue: RedisQueue
    mailer: Mailer
    compose: Compose
    address_key: str
    resend_unknown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """What a drain did, in messages. `retried` and `failed` surely were not sent; `lapsed` died in `sending`."""

    queued: int
    accepted: int
    retried: int
    failed: int
    unknown: int
    suppressed: int
    cancelled: int
    lapsed: int
    presumed_lost: int
    resent: int


COUNTED = {
    Status.ACCEPTED: "accepted",
    Status.PLANNED: "retried",
    Status.FAILED: "failed",
    Status.UNKNOWN: "unknown",
    Status.SUPPRESSED: "suppressed",
    Status.CANCELLED: "cancelled",
}
"""Where a message is after its wave -> the count that rises. Events may be quicker than an answer: then it is theirs."""


def drain(ctx: RunContext, post: Post) -> Drained:
    """Send what is due until nothing is.

    Raises DependencyDown("mail provider") when MOST_TROUBLE sends in a row did not go through, or none can: of a wave
    that was under way when the trouble began, all may be among them. After all others have left, raises the bug of a
    mail that could not be written.
    """
    counts = Counter(repair(ctx.transaction, ctx.clock(), resend=post.resend_unknown))
    with _threads() as pool:
        work = _Drain(ctx, post, pool, counts)
        while work.fill_queue() + work.empty_queue():
            pass
    for bug in work.bugs.values():
        raise bug
    return Drained(**{name: counts[name] for name in Drained.__dataclass_fields__})


@contextmanager
def _threads() -> Iterator[ThreadPoolExecutor]:
    """Lend WAVE threads; a run that must stop does not wait for the provider."""
    pool = ThreadPoolExecutor(WAVE, thread_name_prefix="send")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@dataclass
class _Drain:
    ctx: RunContext
    post: Post
    pool: ThreadPoolExecutor
    counts: Counter[str]
    trouble: int = 0
    bugs: dict[int, Exception] = field(default_factory=dict)
    """Messages whose letters could not be written, and why."""

    def fill_queue(self) -> int:
        """Put what is due and has no fresh entry into the queue; return how many that were."""
        total = 0
        while chosen := self._choose():
            self.post.queue.put(chosen)
            total += len(chosen)
        self.counts["queued"] += total
        return total

    def _choose(self) -> list[int]:
        self.ctx.breathe()
        with self.ctx.transaction() as tx:
            return claims.enqueue(tx, self.ctx.clock(), ENTRIES)

    def empty_queue(self) -> int:
        """Work off the queue, wave by wave; return how many entries it had."""
        total, of = 0, self.post.queue.depth()
        while entries := self._take():
            token = secrets.token_hex(16)
            with self.ctx.transaction() as tx:
                claimed = claims.claim(tx, [entry.message_id for entry in entries], token, self.ctx.clock())
            self.post.queue.done(entries)
            if claimed:
                self._deliver(token, claimed)
            self._stop_in_trouble()
            total += len(entries)
            if of > WAVE:
                self.ctx.progress(total, max(total, of))
        return total

    def _take(self) -> list[Entry]:
        self.ctx.breathe()
        room = ledger.room(self.trouble, accepted=self.counts["accepted"] > 0, most=WAVE)
        return self.post.queue.take(self.ctx.scope, room)

    def _deliver(self, token: str, claimed: Mapping[int, str]) -> None:
        letters = self._write(claimed)
        with self.ctx.transaction() as tx:
            key, now = self.post.address_key, self.ctx.clock()
            begun = claims.begin(tx, token, claimed.keys() - self.bugs, letters, address_key=key, now=now)
        self._count(begun.values())
        leaving = [message_id for message_id, status in begun.items() if status is Status.SENDING]
        self._send(
            token, {self.pool.submit(self.post.mailer.send, letters[id_].mail): id_ for id_ in leaving}
        )

    def _write(self, deliveries: Mapping[int, str]) -> Mapping[int, Letter]:
        """Write the letters together; where that fails, each alone: one that cannot be written holds up no other.

        It keeps its claim, and is tried again when its lease ends.
        """
        try:
            with self.ctx.reading() as connection:
                return self.post.compose(connection, deliveries, self.ctx.clock())
        except DependencyDown:
            raise
        except Exception as bug:  # noqa: BLE001 - whatever it is, one mail has it; raised when all others have left
            if len(deliveries) == 1:
                return self._set_aside(next(iter(deliveries)), bug)
        alone = (self._write({message_id: delivery}) for message_id, delivery in deliveries.items())
        return dict(ChainMap(*map(dict, alone)))

    def _set_aside(self, message_id: int, bug: Exception) -> Mapping[int, Letter]:
        self.bugs[message_id] = bug
        self.ctx.log.error("mail.not_written", cause=bug, message=message_id)
        return {}

    def _send(self, token: str, under_way: dict[Future[Outcome], int]) -> None:
        """Record each answer as soon as it is there; a run that must stop still records those that are quick."""
        try:
            while under_way:
                wait(under_way, return_when=FIRST_COMPLETED)
                done, _ = wait(under_way, TOGETHER)
                self._record(token, under_way, done)
        except Stopped:
            done, _ = wait(under_way, LAST_ANSWERS)
            self._record(token, under_way, done)
            raise

    def _record(self, token: str, under_way: dict[Future[Outcome], int], done: set[Future[Outcome]]) -> None:
        outcomes = {id_: future.result() for future, id_ in under_way.items() if future in done}
        with self.ctx.recording() as tx:
            recorded = claims.record(tx, token, outcomes, self.ctx.clock())
        for future in done:
            del under_way[future]
        self._count(recorded.values())
        self._judge(outcomes)

    def _count(self, statuses: Iterable[Status]) -> None:
        self.counts.update(COUNTED[status] for status in statuses if status in COUNTED)

    def _judge(self, outcomes: Mapping[int, Outcome]) -> None:
        for message_id, outcome in outcomes.items():
            self.trouble = ledger.trouble(self.trouble, outcome)
            if not isinstance(outcome, Accepted):
                self.ctx.log.warning("mail.not_accepted", message=message_id, reason=outcome.reason)

    def _stop_in_trouble(self) -> None:
        if self.trouble >= ledger.MOST_TROUBLE:
            raise DependencyDown(
                "mail provider", "the last sends did not go through; see mail.not_accepted in the log"
            )
