"""All that waits is planned, a batch at a time; a batch that fails is parted, until what failed stands alone."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import SystemRandom

from sqlalchemy import Connection, delete, func, select

from common.alerts.planning.plan import STORM, Planned, plan
from common.alerts.subscriptions.effect import is_all_seen
from common.db.findings import note_findings
from common.db.tables import filings, findings, to_match
from common.errors import DependencyDown, LeaseLost, Overtaken
from common.logs import type_and_text
from common.runtime.context import RunContext

BATCH = 500  # filings in one transaction
PARTS = 8  # of a batch that failed
TRIES = 5  # at a filing whose rows others change, too
PAUSE = 0.1  # seconds at most before the second try; doubled before each further one
LOOKS = 50  # at whether a rule is being saved, PAUSE apart; one that takes longer holds up no mail
NOT_PLANNED = "not_planned"  # the finding's rule
LONGEST_DETAIL = 500  # characters of what went wrong


def plan_all(
    ctx: RunContext, *, limit: int = BATCH, storm: int = STORM, sleep: Callable[[float], None] = time.sleep
) -> tuple[Planned, Sequence[Exception]]:
    """Plan everything that waits, LIMIT filings at a time and STORM mails an hour; return what that did, and the bugs it met.

    A filing that planning has a bug about goes on waiting, with a finding that says so, and holds up no other; the caller
    raises the bug when its own work is done. Stops between two transactions when told to.
    """
    work = _Work(ctx, storm, sleep)
    planned = Planned()
    done = 0
    while filing_ids := work.choose(limit):
        planned += work.plan(filing_ids)
        done += len(filing_ids)
        if len(filing_ids) == limit:
            ctx.progress(done, done + work.left())
    return planned, list(work.bugs.values())


def first_waiting(connection: Connection, limit: int, *, beside: Collection[int] = ()) -> Sequence[int]:
    """Return at most LIMIT filings that wait to be planned, those first seen first, without those of BESIDE."""
    return connection.scalars(
        select(filings.c.id)
        .where(filings.c.id.in_(select(to_match.c.filing_id)), filings.c.id.not_in(beside))
        .order_by(filings.c.first_seen, filings.c.id)
        .limit(limit)
    ).all()


@dataclass
class _Work:
    ctx: RunContext
    storm: int
    sleep: Callable[[float], None]
    bugs: dict[int, Exception] = field(default_factory=dict)
    """Filings that could not be planned, and why."""

    def choose(self, limit: int) -> Sequence[int]:
        with self.ctx.reading() as connection:
            return first_waiting(connection, limit, beside=self.bugs)

    def left(self) -> int:
        """Return how many filings wait."""
        with self.ctx.reading() as connection:
            waiting = select(func.count(to_match.c.filing_id.distinct()))
            return connection.scalar(waiting.where(to_match.c.filing_id.not_in(self.bugs))) or 0

    def plan(self, filing_ids: Sequence[int], overtaken: int = 0) -> Planned:
        """Plan FILING_IDS together, else in parts; OVERTAKEN = how often others came first."""
        self.ctx.breathe()
        self._let_rules_be_seen()
        try:
            with self.ctx.transaction(repeatable=True) as tx:
                _forget_findings(tx, filing_ids)
                return plan(tx, filing_ids, storm=self.storm)
        except Overtaken as error:
            overtaken += 1
            self._let_others_pass(overtaken, error)
        except (DependencyDown, LeaseLost):
            raise
        except Exception as bug:  # noqa: BLE001 - whatever it is, one filing has it; raised when all others are planned
            if len(filing_ids) == 1:
                return self._set_aside(filing_ids[0], bug)
        return sum((self.plan(part, overtaken) for part in _parts(filing_ids)), Planned())

    def _let_rules_be_seen(self) -> None:
        """Wait for rules that took effect before what was chosen was stored, and whose transactions are still open."""
        for _ in range(LOOKS):
            with self.ctx.reading() as connection:
                if is_all_seen(connection):
                    return
            self.sleep(PAUSE)
            self.ctx.breathe()

    def _let_others_pass(self, overtaken: int, error: Overtaken) -> None:
        if overtaken == TRIES:
            message = f"planning was overtaken by other writers {TRIES} times in a row"
            raise DependencyDown("database", message) from error
        self.sleep(SystemRandom().uniform(0, PAUSE * 2 ** (overtaken - 1)))

    def _set_aside(self, filing_id: int, bug: Exception) -> Planned:
        self.bugs[filing_id] = bug
        self.ctx.log.error("filing.not_planned", cause=bug, filing=filing_id)
        with self.ctx.transaction() as tx:
            _note(tx, filing_id, bug, self.ctx.clock())
        return Planned()


def _parts(filing_ids: Sequence[int]) -> list[Sequence[int]]:
    size = -(-len(filing_ids) // PARTS)
    return [filing_ids[begin : begin + size] for begin in range(0, len(filing_ids), size)]


def _forget_findings(tx: Connection, filing_ids: Collection[int]) -> None:
    subjects = select(filings.c.doc_id).where(filings.c.id.in_(filing_ids))
    tx.execute(delete(findings).where(findings.c.rule == NOT_PLANNED, findings.c.subject.in_(subjects)))


def _note(tx: Connection, filing_id: int, bug: Exception, now: datetime) -> None:
    doc_id = tx.scalar(select(filings.c.doc_id).where(filings.c.id == filing_id))
    detail = f"it waits to be matched, and planning fails: {type_and_text(bug)}"[:LONGEST_DETAIL]
    note_findings(tx, NOT_PLANNED, {str(doc_id): detail}, now)
