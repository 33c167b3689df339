"""A sync under test: the function over real HTTP, the chambers that it asks, and the database that it fills."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import Request, Response
from pydantic import BaseModel
from sqlalchemy import Engine, Table, select

from common.alerts.notify import notify
from common.alerts.parameters import NotifyParameters
from common.db import tables as t
from common.db.engine import make_engine, read_transaction
from common.disclosures.parameters import SyncParameters
from common.disclosures.records import IndexRow
from common.disclosures.sync import sync_disclosures
from common.ops.health.watch import check_health
from common.ops.maintenance.maintain import maintain
from common.ops.maintenance.parameters import MaintenanceParameters
from common.runtime.runner import UseCase, run
from common.tasks import CONGRESSIONAL_SYNC, DAILY_MAINTENANCE, HEALTH_CHECK, NOTIFICATIONS, Task
from local.standins.drawing import Form, Row, draw
from local.standins.house import HouseStandin
from local.standins.senate import SenateStandin
from local.standins.sheet import scan_to_pdf
from local.standins.shelf import Entry, OwnShelf
from tests.support.parts import assembled
from tests.support.senate import a_report
from tests.support.served import Answered, ask, served
from tests.support.settings import some_settings

if TYPE_CHECKING:
    from common.runtime.wiring import Parts

SYNC: tuple[Task, UseCase, type[BaseModel]] = (CONGRESSIONAL_SYNC, sync_disclosures, SyncParameters)
FUNCTIONS: Mapping[str, tuple[Task, UseCase, type[BaseModel]]] = {
    NOTIFICATIONS.name: (NOTIFICATIONS, notify, NotifyParameters),
    DAILY_MAINTENANCE.name: (DAILY_MAINTENANCE, maintain, MaintenanceParameters),
}
NOW = datetime(2025, 6, 2, 12, 0, tzinfo=UTC)
YEARS = [2024, 2025]


@cache
def pdf(doc_id: str, filer: str, district: str, ticker: str = "NVDA") -> bytes:
    traded = Row(
        owner="SP",
        asset=f"NVIDIA Corporation ({ticker}) [ST]",
        kind="P",
        traded=date(2025, 5, 1),
        notified=date(2025, 5, 2),
        amount="$1,001 - $15,000",
    )
    return draw(
        Form(doc_id=doc_id, filer=filer, state_district=district, signed=date(2025, 5, 3), rows=(traded,))
    )


def an_entry(
    number: int, *, year: int = 2025, first: str = "Al", last: str = "Green", district: str = "TX09"
) -> Entry:
    doc_id = str(20990000 + number)
    row = IndexRow(doc_id, "Hon.", last, first, "", "P", district, year, date(year, 5, 5))
    return Entry(row, pdf(doc_id, f"Hon. {first} {last}", district))


OLD, FIRST, SECOND = an_entry(1, year=2024), an_entry(2), an_entry(3)
SCAN = replace(FIRST, row=replace(FIRST.row, doc_id="8299001"), pdf=scan_to_pdf())
ABSENT = replace(an_entry(9), pdf=None)
SENATE_OLD, SENATE_FIRST, SENATE_SECOND = a_report(1, day=date(2024, 5, 6)), a_report(2), a_report(3)


class Sync:
    """The function, its database, and the sites that it asks; it is told to look at the House alone, or at CHAMBERS."""

    def __init__(self, house: HouseStandin, senate: SenateStandin, port: int, engine: Engine) -> None:
        self.house, self.senate, self.port, self.engine = house, senate, port, engine
        self.now = NOW
        self.chambers = ["house"]

    def serve(self, *entries: Entry) -> None:
        self.house.shelf = OwnShelf(entries)

    def tick(self, **asked: Any) -> Answered:
        """Answer the Scheduler's next tick, two hours after the last."""
        self.now += timedelta(hours=2)
        headers = {"X-CloudScheduler-ScheduleTime": self.now.isoformat()}
        return ask(self.port, self._asking(asked), headers, timeout=60)

    def baseline(self, **asked: Any) -> Answered:
        return ask(self.port, self._asking({"baseline": True} | asked), timeout=60)

    def maintain(self, **asked: Any) -> Answered:
        """Answer the Scheduler's next tick of daily_maintenance, at two in the night."""
        tonight = self.now.replace(hour=2, minute=0)
        self.now = tonight if tonight > self.now else tonight + timedelta(days=1)
        return self.maintain_again(**asked)

    def maintain_again(self, **asked: Any) -> Answered:
        """Answer the same tick once more, as after a failure."""
        headers = {"X-CloudScheduler-ScheduleTime": self.now.isoformat()}
        return ask(self.port, asked, headers, path=f"/{DAILY_MAINTENANCE.name}", timeout=60)

    def _asking(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"years": YEARS, "chambers": self.chambers} | asked

    def rows(self, table: Table) -> list[Any]:
        with read_transaction(self.engine) as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key.columns)))

    def filings(self) -> dict[str, Any]:
        return {filing.doc_id: filing for filing in self.rows(t.filings)}

    def told(self) -> set[str]:
        """Return the documents that are queued to be matched."""
        ids = {row.filing_id for row in self.rows(t.to_match)}
        return {doc_id for doc_id, filing in self.filings().items() if filing.id in ids}

    def asked(self) -> list[str]:
        """Return what the House was asked for since the last look."""
        paths = [path.rpartition("/")[2] for path in self.house.paths()]
        self.house.requests.clear()
        return sorted(paths)


@contextmanager
def syncing(database_url: str, redis_url: str, **settings: Any) -> Iterator[Sync]:
    """Serve congressional_sync, and those that work beside it at their paths, asking chambers that have one filing of each year."""
    lent: list[Sync] = []
    made: list[Parts] = []

    def function(request: Request) -> Response:
        path = request.path.strip("/")
        if path == HEALTH_CHECK.name:
            return check_health(request, parts=lambda: made[0])
        return run(request, *FUNCTIONS.get(path, SYNC), parts=lambda: made[0])

    with (
        HouseStandin(OwnShelf((OLD, FIRST))) as house,
        SenateStandin((SENATE_OLD, SENATE_FIRST)) as senate,
        served(function) as port,
    ):
        given = {
            "database_url": database_url,
            "redis_url": redis_url,
            "house_url": house.url,
            "senate_url": senate.url,
            "dispatch_url": f"http://127.0.0.1:{port}",
            **settings,
        }
        with assembled(some_settings(**given), lambda: lent[0].now) as parts:
            made.append(parts)
            engine = make_engine(parts.settings)
            lent.append(Sync(house, senate, port, engine))
            yield lent[0]
            engine.dispose()
