"""What daily_maintenance deletes, on both databases: exactly what is past its period, and nothing that a promise needs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, Table, delete, func, insert, select, update

from common.alerts.planning.plan_all import NOT_PLANNED
from common.alerts.subscriptions.criteria import Frequency, parse_criteria
from common.alerts.subscriptions.rules import Draft, save_rule
from common.alerts.subscriptions.subscribers import confirm, subscribe
from common.db.alert_tables import (
    consents,
    messages,
    provider_events,
    rule_tickers,
    rules,
    subscribers,
    suppressions,
)
from common.db.engine import read_transaction, write_transaction
from common.db.ops_tables import health, quality_reports
from common.db.tables import checkpoints, findings, task_runs
from common.ops.maintenance.retention import CHECKPOINTS, PORTION, Retained, retain
from local.mail_load import run_context
from tests.support.settings import some_settings

NOW = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
NEVER = timedelta(days=3650)


@dataclass(frozen=True)
class Kept:
    """A table, its period, and a row of it that is of some age."""

    table: Table
    key: str
    at: str
    """The column that says how old a row is."""
    period: timedelta
    row: Callable[[int, datetime], dict[str, Any]]


def a_run(number: int, at: datetime) -> dict[str, Any]:
    told = {"run_id": f"run-{number}", "task": "steps", "status": "succeeded", "document": {}, "revision": 1}
    return told | {"created_at": at, "expire_at": at + 90 * DAY}


def a_checkpoint(number: int, at: datetime) -> dict[str, Any]:
    return {"root": f"run-{number}", "step": "chain", "state": {}, "updated_at": at}


def an_event(number: int, at: datetime) -> dict[str, Any]:
    moments = dict.fromkeys(("occurred_at", "signed_at", "received_at"), at)
    return {"sg_event_id": f"event-{number}", "kind": "delivered", "event": {}, "message_id": None, **moments}


def a_stretch(number: int, at: datetime) -> dict[str, Any]:
    seen = {"since": at - SECOND, "seen_at": at}
    return {"component": f"redis {number}", "color": "well", "number": "3 ms", "told": True, **seen}


def a_finding(number: int, at: datetime) -> dict[str, Any]:
    told = {"rule": "index_lost_row", "subject": str(number), "detail": "gone"}
    return told | {"first_seen": at, "last_seen": at}


def a_report(number: int, at: datetime) -> dict[str, Any]:
    return {"day": (NOW - NEVER).date() + number * DAY, "made_at": at, "report": {}}


TABLES = [
    Kept(task_runs, "run_id", "created_at", 90 * DAY, a_run),
    Kept(checkpoints, "root", "updated_at", CHECKPOINTS, a_checkpoint),
    Kept(provider_events, "sg_event_id", "signed_at", 90 * DAY, an_event),
    Kept(health, "component", "seen_at", 90 * DAY, a_stretch),
    Kept(findings, "subject", "last_seen", 365 * DAY, a_finding),
    Kept(quality_reports, "day", "made_at", 730 * DAY, a_report),
]


def night(engine: Engine, now: datetime = NOW) -> Retained:
    """Take the step."""
    context = run_context(some_settings(), engine, "daily_maintenance", lambda: now, write=lambda _: None)
    return retain(context)


def put(engine: Engine, table: Table, *rows: dict[str, Any]) -> None:
    with write_transaction(engine) as tx:
        tx.execute(insert(table), rows)


def ids(engine: Engine, table: Table) -> set[Any]:
    key = next(iter(table.primary_key.columns))
    with read_transaction(engine) as connection:
        return set(connection.scalars(select(key)))


@pytest.mark.parametrize("kept", TABLES, ids=lambda kept: kept.table.name)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(offsets=st.lists(st.sampled_from((-400, -1, 1, 2, 3600)) | st.integers(-5, 5), min_size=1, max_size=8))
def test_exactly_what_is_past_its_period_is_deleted(kept: Kept, offsets: list[int], engine: Engine) -> None:
    """OFFSETS are seconds by which rows are older than the period."""
    rows = {n: kept.row(n, NOW - kept.period - by * SECOND) for n, by in enumerate(offsets, start=1)}
    with write_transaction(engine) as tx:
        tx.execute(delete(kept.table))
        tx.execute(insert(kept.table), [*rows.values(), *newer(kept.table, rows.values())])

    deleted = night(engine).deleted[kept.table.name]

    at_once = 0 if kept.table is task_runs else 1  # a record is gone for readers at the very moment
    past = {n for n, by in enumerate(offsets, start=1) if by >= at_once}
    key, at = kept.table.c[kept.key], kept.table.c[kept.at]
    with read_transaction(engine) as connection:
        left = set(connection.scalars(select(key).where(at < NOW)))
    assert (deleted, left) == (len(past), {rows[n][kept.key] for n in rows.keys() - past})


def newer(table: Table, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what must stand beside ROWS, so that none of them is a last word, which stays."""
    if table is provider_events:
        return [an_event(0, NOW)]
    return [row | {"since": NOW, "seen_at": NOW} for row in rows] if table is health else []


def test_more_than_one_portion_goes_in_one_night(engine: Engine) -> None:
    old = NOW - NEVER
    put(engine, task_runs, *[a_run(n, old) for n in range(2 * PORTION + 1)], a_run(-1, NOW))

    deleted = night(engine).deleted["task_runs"]

    assert (deleted, ids(engine, task_runs)) == (2 * PORTION + 1, {"run--1"})


def test_a_chain_keeps_all_its_checkpoints_while_one_of_them_is_young(engine: Engine) -> None:
    old = a_checkpoint(1, NOW - NEVER)
    put(engine, checkpoints, old, old | {"step": "house", "updated_at": NOW}, a_checkpoint(2, NOW - NEVER))

    night(engine)

    with read_transaction(engine) as connection:
        left = connection.execute(select(checkpoints.c.root, checkpoints.c.step)).all()
    assert set(map(tuple, left)) == {("run-1", "chain"), ("run-1", "house")}


def test_the_newest_event_stays_and_what_may_settle_a_message_yet(engine: Engine) -> None:
    old = NOW - NEVER
    for number, status in enumerate(("unknown", "presumed_lost", "sending", "delivered"), start=1):
        put(engine, messages, a_message(number, status, old))
        put(engine, provider_events, an_event(number, old) | {"message_id": number})
    put(engine, provider_events, an_event(9, old + SECOND))

    night(engine)

    assert ids(engine, provider_events) == {"event-1", "event-2", "event-3", "event-9"}


def a_message(number: int, status: str, at: datetime) -> dict[str, Any]:
    told = {"id": number, "subscriber_id": 1, "channel": "email", "key": f"f/{number}/1", "kind": "alert"}
    return told | {"status": status, "attempt": 1, "next_attempt_at": at, "planned_at": at}


def test_the_last_word_on_a_component_stays_however_old(engine: Engine) -> None:
    old = NOW - NEVER
    put(engine, health, a_stretch(1, old), a_stretch(1, old + DAY), a_stretch(2, old))

    night(engine)

    with read_transaction(engine) as connection:
        left = connection.execute(select(health.c.component, health.c.seen_at).order_by(health.c.component))
        assert [tuple(row) for row in left] == [("redis 1", old + DAY), ("redis 2", old)]


def test_why_a_filing_waits_is_kept_while_it_does(engine: Engine) -> None:
    put(engine, findings, a_finding(1, NOW - NEVER) | {"rule": NOT_PLANNED}, a_finding(2, NOW - NEVER))

    assert night(engine).deleted["findings"] == 1
    with read_transaction(engine) as connection:
        assert connection.scalars(select(findings.c.rule)).all() == [NOT_PLANNED]


@pytest.fixture
def people(engine: Engine) -> dict[str, int]:
    """Lend three who gave an address long ago: one confirmed it, one never did, and one was asked again lately."""
    who = {}
    with write_transaction(engine) as tx:
        for name in ("sure@example.org", "never@example.org", "again@example.org"):
            who[name] = subscribe(tx, name, "America/New_York").id
            save_rule(tx, who[name], Draft("my own", parse_criteria({"tickers": ["NVDA"]}), Frequency.DAILY))
        confirm(tx, who["sure@example.org"], wording="Yes.")
        tx.execute(update(subscribers).values(created_at=NOW - 31 * DAY))
        tx.execute(insert(consents).values(subscriber_id=who["never@example.org"], given_at=NOW, wording="?"))
    return who


def test_who_never_confirmed_is_forgotten_and_their_id_is_nobody_else_s(
    engine: Engine, people: dict[str, int]
) -> None:
    with write_transaction(engine) as tx:
        subscribe(tx, "again@example.org", "America/New_York")

    deleted = night(engine).deleted["subscribers"]

    with write_transaction(engine) as tx:
        left = tx.execute(select(subscribers.c.id, subscribers.c.address)).all()
        newcomer = subscribe(tx, "never@example.org", "America/New_York").id
        names = dict(tx.execute(select(rules.c.subscriber_id, rules.c.name)).all())
        going_on = set(tx.scalars(select(rules.c.subscriber_id).where(rules.c.stopped_at.is_(None))))
        followed = tx.scalar(select(func.count()).select_from(rule_tickers))
        kept_consents = tx.scalars(select(consents.c.subscriber_id)).all()
        hashes = tx.scalar(select(func.count()).select_from(suppressions))
    never = people["never@example.org"]
    assert deleted == 1
    assert {row.id: row.address for row in left}[never] is None
    assert newcomer not in people.values()
    assert names == {
        people["sure@example.org"]: "my own",
        never: "alert",
        people["again@example.org"]: "my own",
    }
    assert going_on == {people["sure@example.org"], people["again@example.org"]}
    assert (followed, kept_consents, hashes) == (2, [people["sure@example.org"]], 0)


@pytest.mark.parametrize(("age", "forgotten"), [(30 * DAY, 0), (30 * DAY + SECOND, 1)])
def test_an_address_waits_for_its_owner_for_thirty_days(
    engine: Engine, people: dict[str, int], age: timedelta, forgotten: int
) -> None:
    with write_transaction(engine) as tx:
        tx.execute(update(subscribers).values(created_at=NOW))
        never = subscribers.c.id == people["never@example.org"]
        tx.execute(update(subscribers).where(never).values(created_at=NOW - age))

    assert night(engine).deleted["subscribers"] == forgotten
