"""A small house of mail in which anything happens: filings, rules, time, runs that are killed, answers that are lost."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event

from common.alerts.planning.digest import gather_all
from common.alerts.planning.plan_all import plan_all
from common.alerts.sending.compose import Writer
from common.alerts.sending.deliver import Post, drain
from common.alerts.sending.queue import RedisQueue
from common.alerts.sending.settle import settle
from common.alerts.subscriptions import suppressions
from common.alerts.subscriptions.stop import stop_rule
from common.alerts.subscriptions.subscribers import move
from common.db.alert_tables import subscribers
from common.db.dialect import CLOCK
from common.db.engine import write_transaction
from common.disclosures.records import Trade
from common.disclosures.store import Reading
from common.errors import DependencyDown
from common.mail.model import Mail, News
from common.mail.port import Accepted, Outcome, Outgoing, SurelyNotSent, Then, Unknown
from common.mail.render import Letterhead
from common.runtime.context import RunContext
from local.mail_load import ADDRESS_KEY, run_context
from tests.support.alerts import BROKEN, NOW, SCAN, Watch
from tests.support.drains import an_event
from tests.support.letters import LETTERHEAD, SomeWays
from tests.support.settings import some_settings
from tests.support.trades import a_trade

Op = tuple[Any, ...]
"""What happens: the name of a method of Chronicle, and its arguments."""
Said = tuple[Any, ...]
"""A row of a report: its slot, owner, least amount, filing status, and whether it is in doubt."""
TICKERS = ("NVDA", "AMD", "MSFT", "IBM")
"""Two slots for each of the first two reports; the third restates the first."""
HIGHEST = {1001: 15000, 15001: 50000}
UNREADABLE: dict[str, Reading] = {"scan": SCAN, "broken": BROKEN}
STORM = 2  # immediate mails in an hour, so that storms are common
TICK = timedelta(milliseconds=1)
RECOVERY = (10, 1440, 4 * 1440, 7 * 1440, 1440)
"""Minutes until runs without a fault: when leases end, waits are over, digests due, and lost mails given up."""
NEVER = datetime.max.replace(tzinfo=UTC)
LOST = Unknown("the answer was lost")
ANSWERS: dict[str, tuple[bool, Outcome | None]] = {
    "accept": (True, Accepted("provider")),
    "answer lost": (True, LOST),
    "mail lost": (False, LOST),
    "busy": (False, SurelyNotSent(Then.RETRY, "too many requests")),
    "killed before": (False, None),
    "killed after": (True, None),
}
"""Whether the provider takes a mail, and what it answers; None = the process is gone by then."""


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Asked:
    """What a rule asked for, from one moment to another."""

    rule: int
    who: int
    asks: dict[str, Any]
    since: datetime
    until: datetime = NEVER


@dataclass
class Chronicle:
    """What happened, and what every mail said; with everything but the rendering as in a run."""

    watch: Watch
    redis_url: str
    now: datetime = NOW
    people: list[int] = field(default_factory=list)
    filings: dict[int, int] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    stopped: set[int] = field(default_factory=set)
    """Rules."""
    silenced: set[int] = field(default_factory=set)
    """Who ever unsubscribed."""
    written: dict[str, News] = field(default_factory=dict)
    """Delivery id -> what the mail says."""
    taken: list[str] = field(default_factory=list)
    """Deliveries that the provider took, once for each time."""
    heard: int = 0
    """How many of them we had an event about."""
    answer: str = "accept"
    steps_left: int | None = None
    """Transactions that the process will live to begin, or to commit."""

    @classmethod
    def begun(cls, engine: Engine, redis_url: str) -> "Chronicle":
        """Return the chronicle of two people."""
        chronicle = cls(Watch(engine), redis_url)
        engine.update_execution_options(**{CLOCK: chronicle.clock})
        event.listen(engine, "begin", chronicle.step)
        event.listen(engine, "commit", chronicle.step)
        chronicle.people = [chronicle.watch.subscriber(name) for name in ("kyle", "anna")]
        return chronicle

    @property
    def engine(self) -> Engine:
        """The database."""
        return self.watch.engine

    def clock(self) -> datetime:
        """Return a later moment each time."""
        self.now += TICK
        return self.now

    def tell(self, history: list[Op]) -> None:
        """Let HISTORY happen, and then enough time pass, without a fault, for everything to be told."""
        recovery = [op for minutes in RECOVERY for op in (("events",), ("wait", minutes), ("notify",))]
        for name, *said in (*history, *recovery, ("events",)):
            getattr(self, name)(*said)

    # ---- what happens in Congress, and to people

    def file(self, which: int, by: str | None, said: str | tuple[Said, ...]) -> None:
        """Store what a report says now, and whose it is."""
        if which not in self.filings:
            filed = NOW.date() - timedelta(days=10 - which)
            self.filings[which] = self.watch.listed(by=by, filed=filed)
        self.watch.restate(self.filings[which], *_reading(which, said), by=by)

    def follow(self, who: int, frequency: str, asks: dict[str, Any]) -> None:
        """Save a rule."""
        rule = self.watch.rule(self.people[who], frequency=frequency, **asks)
        self.asked.append(Asked(rule, self.people[who], asks, self.now))

    def edit(self, which: int, frequency: str, asks: dict[str, Any]) -> None:
        """Give one of the rules that go on another revision."""
        for before in self._one_in_force(which):
            self.watch.edit(before.rule, frequency=frequency, **asks)
            before.until = self.now
            self.asked.append(Asked(before.rule, before.who, asks, self.now))

    def stop(self, which: int) -> None:
        """Stop one of the rules that go on."""
        for before in self._one_in_force(which):
            with write_transaction(self.engine) as tx:
                stop_rule(tx, before.rule)
            before.until = self.now
            self.stopped.add(before.rule)

    def _one_in_force(self, which: int) -> list[Asked]:
        found = [asked for asked in self.asked if asked.until > self.now]
        return [found[which % len(found)]] if found else []

    def move(self, who: int, zone: str) -> None:
        """Change somebody's zone."""
        with write_transaction(self.engine) as tx:
            move(tx, self.people[who], zone)

    def unsubscribe(self, who: int) -> None:
        """Suppress somebody's address."""
        hashed = self._hashed(who)
        with write_transaction(self.engine) as tx:
            suppressions.suppress(tx, hashed, suppressions.Reason.UNSUBSCRIBE, self.now)
        self.silenced.add(self.people[who])

    def come_back(self, who: int) -> None:
        """Lift that."""
        hashed = self._hashed(who)
        with write_transaction(self.engine) as tx:
            suppressions.lift_unsubscribe(tx, hashed)

    def _hashed(self, who: int) -> str:
        (address,) = (row.address for row in self.watch.rows(subscribers) if row.id == self.people[who])
        return suppressions.address_hash(ADDRESS_KEY, address)

    def wait(self, minutes: int) -> None:
        """Let time pass."""
        self.now += timedelta(minutes=minutes)

    # ---- what runs do, as long as they live

    def plan(self, kill: int | None = None) -> None:
        """Plan; the process is gone after KILL steps."""
        self._run(lambda ctx: plan_all(ctx, storm=STORM), kill)

    def gather(self, kill: int | None = None) -> None:
        """Gather digests."""
        self._run(gather_all, kill)

    def drain(self, answer: str = "accept", kill: int | None = None) -> None:
        """Send; the provider answers ANSWER to every mail."""
        self.answer = answer
        writer = Writer(SomeWays(), LETTERHEAD, finish=self._finish)
        queue = RedisQueue.at(self.redis_url)
        post = Post(queue=queue, mailer=self, compose=writer.letters, address_key=ADDRESS_KEY)
        self._run(lambda ctx: drain(ctx, post), kill)

    def notify(self, answer: str = "accept", kill: int | None = None) -> None:
        """Plan, gather and send."""
        self.plan()
        self.gather()
        self.drain(answer, kill)

    def events(self) -> None:
        """Let the provider say of each mail that it took that it was delivered."""
        new, self.heard = self.taken[self.heard :], len(self.taken)
        settle(
            lambda: write_transaction(self.engine),
            [an_event(delivery, at=self.now) for delivery in new],
            signed_at=self.now,
            address_key=ADDRESS_KEY,
            now=self.now,
        )

    def _run(self, work: Callable[[RunContext], object], kill: int | None) -> None:
        settings = some_settings(redis_url=self.redis_url)
        ctx = run_context(settings, self.engine, "notifications", self.clock, write=lambda _: None)
        self.steps_left = kill
        with suppress(Killed, DependencyDown):
            work(ctx)
        self.steps_left = None

    def step(self, _: object) -> None:
        """Die here, where a transaction begins or is about to be committed, if that is to be."""
        if self.steps_left is not None:
            self.steps_left -= 1
            if self.steps_left < 0:
                raise Killed

    def _finish(self, mail: Mail, letterhead: Letterhead) -> Outgoing:
        assert isinstance(mail.content, News)
        self.written[mail.delivery_id] = mail.content
        return Outgoing(
            to=mail.to,
            sender=letterhead.sender,
            subject="",
            text="",
            html="",
            headers={},
            delivery_id=mail.delivery_id,
            category="alert",
            made_at=mail.made_at,
        )

    def send(self, mail: Outgoing) -> Outcome:
        """Answer for the provider."""
        is_taken, outcome = ANSWERS[self.answer]
        if is_taken:
            self.taken.append(mail.delivery_id)
        if outcome is None:
            raise Killed
        return outcome


def _reading(which: int, said: str | tuple[Said, ...]) -> list[Trade | Reading]:
    if isinstance(said, str):
        return [UNREADABLE[said]]
    return [_row(number, which, one) for number, one in enumerate(said, 1)]


def _row(number: int, which: int, said: Said) -> Trade:
    slot, owner, low, status, in_doubt = said
    ticker = TICKERS[which % 2 * 2 + slot]
    return a_trade(
        row=number,
        ticker=ticker,
        asset=f"{ticker} [ST]",
        owner=owner,
        amount_min=low,
        amount_max=HIGHEST[low],
        filing_status=status,
        quarantine=("amount: odd",) if in_doubt else (),
    )
