"""Messages of our own making, and a run to send them: for benchmarks, and for tests of what sending promises."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, insert, select

from common import logs
from common.alerts.sending.claims import Letter
from common.alerts.sending.ledger import Status
from common.clock import Clock
from common.db.alert_tables import messages, notices, subscribers
from common.db.engine import write_transaction
from common.db.tables import filings, trades, versions
from common.errors import DependencyDown
from common.mail.port import Outgoing
from common.runtime.context import RunContext
from common.runtime.database import SqlDatabase
from common.settings import Settings
from common.tasks import CONGRESSIONAL_SYNC, Task

ADDRESS_KEY = "a key of our own"
LONG = timedelta(hours=1)
TEXT = "Greene (R-GA) bought NVDA, $1,001-$15,000.\n" * 40
HTML = f"<!doctype html><html lang=en><title>Trades</title><p>{TEXT}</p></html>"
HEADERS = {"List-Unsubscribe": "<https://alerts.example.org/u>"}
ROWS = 2


def plan(engine: Engine, count: int, now: datetime) -> list[int]:
    """Plan COUNT messages about one filing of two trades, each to a subscriber of its own; return their ids."""
    with write_transaction(engine) as tx:
        filing, first = _a_filing(tx, now), _count(tx, subscribers)
        people = [
            {
                "address": f"reader{first + n}@example.com",
                "zone": "UTC",
                "created_at": now,
                "confirmed_at": now,
            }
            for n in range(count)
        ]
        ids = _inserted(tx, subscribers, people)
        planned = [_message(subscriber, filing, now) for subscriber in ids]
        message_ids = _inserted(tx, messages, planned)
        told = [
            _notice(subscriber, filing, message, now)
            for subscriber, message in zip(ids, message_ids, strict=True)
        ]
        tx.execute(insert(notices), told)
    return message_ids


def compose(connection: Connection, deliveries: Mapping[int, str], now: datetime) -> dict[int, Letter]:
    """Write mails as large as usual ones."""
    m, s = messages.c, subscribers.c
    to = select(m.id, s.address).join_from(messages, subscribers, s.id == m.subscriber_id)
    about = select(notices.c.message_id, trades.c.id).join_from(
        notices, versions, versions.c.filing_id == notices.c.filing_id
    )
    said: dict[int, dict[int, str]] = {message_id: {} for message_id in deliveries}
    for message_id, trade_id in connection.execute(
        about.join(trades).where(notices.c.message_id.in_(deliveries))
    ):
        said[message_id][trade_id] = "new"
    return {
        row.id: Letter(_mail(row.address, deliveries[row.id], now), said[row.id])
        for row in connection.execute(to.where(m.id.in_(deliveries), s.address.is_not(None)))
    }


def _mail(address: str, delivery_id: str, now: datetime) -> Outgoing:
    return Outgoing(
        to=address,
        sender="CapitolScope <alerts@example.org>",
        subject="Greene (R-GA) bought NVDA, $1,001-$15,000",
        text=TEXT,
        html=HTML,
        headers=HEADERS,
        delivery_id=delivery_id,
        category="alert",
        made_at=now,
    )


def run_context(
    settings: Settings, engine: Engine, scope: str, clock: Clock, *, write: Callable[[str], None]
) -> RunContext:
    """Return the context of a run that holds SCOPE's newest fence, without lock and history."""
    database = SqlDatabase(engine)
    return RunContext(
        settings=settings,
        clock=clock,
        task=CONGRESSIONAL_SYNC,
        run_id=scope,
        root=scope,
        params={},
        log=logs.bind(function="notifications", task="notifications", run_id=scope, clock=clock, write=write),
        scope=scope,
        token=database.take_fence(scope),
        deadline=clock() + LONG,
        database=database,
        stop_if_asked=_go_on,
        report=_unheard,
        ask_for=_nothing_follows,
        lend=_nothing_is_lent,
    )


def _go_on() -> None:
    """Nobody asks this run to stop."""


def _unheard(done: int, total: int) -> None:
    """Nobody looks at its progress."""


def _nothing_follows(*_: object) -> bool:
    """Ask for no other run."""
    return False


def _nothing_is_lent(_: RunContext, task: Task) -> AbstractContextManager[RunContext]:
    """Refuse: without locks there are none to lend."""
    raise DependencyDown(task.name, "no lock is at hand")


def _inserted(tx: Connection, table: Table, rows: list[dict[str, Any]]) -> list[int]:
    """Insert ROWS; return their ids in the same order."""
    given = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(tx.scalars(given, rows))


def _count(tx: Connection, table: Table) -> int:
    return tx.execute(select(func.count()).select_from(table)).scalar_one()


def _a_filing(tx: Connection, now: datetime) -> int:
    number = _count(tx, filings)
    listed = {
        "chamber": "house",
        "doc_id": f"load-{number}",
        "year": now.year,
        "url": f"https://example.org/{number}.pdf",
        "filed": now.date(),
        "filer_name": "Hon. Jane Q. Public",
        "state_district": "GA14",
        "listing": {},
        "first_seen": now,
        "alertable": True,
        "state": "parsed",
        "version": 1,
    }
    (filing,) = _inserted(tx, filings, [listed])
    stored = {"filing_id": filing, "version": 1, "stored_at": now, "readable": True, "facts": "f" * 64}
    (version,) = _inserted(tx, versions, [stored])
    tx.execute(insert(trades), [_trade(version, row) for row in range(1, ROWS + 1)])
    return filing


def _trade(version: int, row: int) -> dict[str, Any]:
    return {
        "version_id": version,
        "row": row,
        "page": 1,
        "owner": "",
        "asset": "NVIDIA Corporation (NVDA) [ST]",
        "asset_name": "NVIDIA Corporation",
        "ticker": "NVDA",
        "transaction_type": "P",
        "amount_text": "$1,001 - $15,000",
        "amount_min": 1_001,
        "amount_max": 15_000,
        "raw": {},
        "quarantine": [],
    }


def _message(subscriber: int, filing: int, now: datetime) -> dict[str, Any]:
    return {
        "subscriber_id": subscriber,
        "channel": "email",
        "key": f"f/{filing}/1",
        "kind": "alert",
        "status": Status.PLANNED,
        "next_attempt_at": now,
        "planned_at": now,
    }


def _notice(subscriber: int, filing: int, message: int, now: datetime) -> dict[str, Any]:
    return {
        "subscriber_id": subscriber,
        "filing_id": filing,
        "version": 1,
        "channel": "email",
        "frequency": "immediate",
        "planned_at": now,
        "message_id": message,
    }
