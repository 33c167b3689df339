"""What is kept no longer: table by table, in portions, and never what a promise still needs.

Kept for good: filings, versions and trades (provenance), messages, notices and told (what was told is never told again),
rules and their revisions (explained), suppressions (an address that must not be mailed), reviews (an operator's word).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select, tuple_

from common.alerts.planning.plan_all import NOT_PLANNED
from common.alerts.sending.ledger import ANSWERABLE, Status
from common.alerts.subscriptions.personal_data import forget_unconfirmed
from common.db.alert_tables import messages, provider_events
from common.db.ops_tables import health, quality_reports
from common.db.tables import checkpoints, findings, task_runs
from common.runtime.context import RunContext
from common.runtime.documents import RETENTION
from common.settings import Settings

PORTION = 1_000  # rows of one transaction
CHECKPOINTS = RETENTION - timedelta(days=1)
"""A chain is over in hours. Its checkpoints go before the record of its first run does: a run that is asked for with the
same idempotency key after that would take them for its own."""

Portion = Callable[[Connection, Settings, datetime], int]
"""Deletes at most PORTION rows that are past their period; returns how many."""


@dataclass(frozen=True, slots=True)
class Retained:
    """Table -> rows deleted; of subscribers, people forgotten."""

    deleted: Mapping[str, int]


def retain(ctx: RunContext) -> Retained:
    """Delete what is past its period."""
    return Retained({name: sum(_portions(ctx, portion)) for name, portion in PORTIONS.items()})


def _portions(ctx: RunContext, portion: Portion) -> Iterator[int]:
    while True:
        ctx.breathe()
        with ctx.transaction() as tx:
            deleted = portion(tx, ctx.settings, ctx.clock())
        yield deleted
        if deleted < PORTION:
            return


def _delete(tx: Connection, table: Table, *past: ColumnElement[bool]) -> int:
    key = tuple(table.primary_key.columns)
    portion = select(*key).where(*past).limit(PORTION)
    return tx.execute(delete(table).where(tuple_(*key).in_(portion))).rowcount


def _task_runs(tx: Connection, settings: Settings, now: datetime) -> int:
    """Delete records of the history that this database holds; Firestore deletes its own."""
    del settings
    return _delete(tx, task_runs, task_runs.c.expire_at <= now)


def _checkpoints(tx: Connection, settings: Settings, now: datetime) -> int:
    """Delete those of chains that nobody took further for so long."""
    del settings
    c, other = checkpoints.c, checkpoints.alias("other")
    fresh = select(other.c.root).where(other.c.root == c.root, other.c.updated_at >= now - CHECKPOINTS)
    return _delete(tx, checkpoints, c.updated_at < now - CHECKPOINTS, ~fresh.exists())


def _provider_events(tx: Connection, settings: Settings, now: datetime) -> int:
    """Spare the newest, which shows that the webhook works, and what may settle a message yet."""
    e, m = provider_events.c, messages.c
    newest = select(func.max(provider_events.alias("any").c.signed_at)).scalar_subquery()
    open_ = select(m.id).where(m.id == e.message_id, m.status.in_({*ANSWERABLE, Status.PRESUMED_LOST}))
    past = e.signed_at < now - timedelta(days=settings.keep_events_days)
    return _delete(tx, provider_events, past, e.signed_at < newest, ~open_.exists())


def _unconfirmed(tx: Connection, settings: Settings, now: datetime) -> int:
    return forget_unconfirmed(tx, now - timedelta(days=settings.keep_unconfirmed_days), PORTION)


def _health(tx: Connection, settings: Settings, now: datetime) -> int:
    """Spare the last word on a component, from which the next check goes on."""
    h, later = health.c, health.alias("later")
    newer = select(later.c.since).where(later.c.component == h.component, later.c.since > h.since)
    past = h.seen_at < now - timedelta(days=settings.keep_health_days)
    return _delete(tx, health, past, newer.exists())


def _findings(tx: Connection, settings: Settings, now: datetime) -> int:
    """Delete those that did not show again for so long; spare why a filing waits, which ends when it waits no more."""
    f = findings.c
    past = f.last_seen < now - timedelta(days=settings.keep_findings_days)
    return _delete(tx, findings, past, f.rule != NOT_PLANNED)


def _quality_reports(tx: Connection, settings: Settings, now: datetime) -> int:
    past = quality_reports.c.made_at < now - timedelta(days=settings.keep_reports_days)
    return _delete(tx, quality_reports, past)


PORTIONS: Mapping[str, Portion] = {
    "task_runs": _task_runs,
    "checkpoints": _checkpoints,
    "provider_events": _provider_events,
    "subscribers": _unconfirmed,
    "health": _health,
    "findings": _findings,
    "quality_reports": _quality_reports,
}
