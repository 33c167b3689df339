"""health_check on a stage: real HTTP, Redis and database, a provider, and a world in which all is well."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from common.db.engine import write_transaction
from common.db.sources import note_success
from common.db.tables import baselines
from common.ops.health.watch import check_health
from common.runtime.database import SqlDatabase
from common.runtime.decide import scheduled_id
from common.runtime.records import Kind, RunRecord, Status
from common.runtime.wiring import Parts
from common.tasks import TASKS, Task
from local.standins.sendgrid import KEY, SendGridStandin
from tests.support.parts import assembled
from tests.support.queue import Queue, a_queue
from tests.support.served import Answered, ask, served
from tests.support.settings import some_settings

NOW = datetime(2026, 11, 3, 15, 5, 1, tzinfo=UTC)  # a Tuesday; the sync's last tick was at 10:00 in New York
OPERATOR = "operator@example.org"
SENDING = {
    "mail": "sendgrid",
    "mail_from": "alerts@example.org",
    "postal_address": "1 Example Street, Atlanta, GA 30303",
    "public_base_url": "https://example.org",
    "sendgrid_api_key": KEY,
    "sendgrid_event_key": "set",
    "address_key": "a" * 32,
    "operator_address": OPERATOR,
}


@dataclass
class Ward:
    """The served health_check; a test may replace its parts and its clock between requests."""

    parts: Parts
    provider: SendGridStandin
    queue: Queue
    port: int = 0
    now: datetime = NOW
    lines: list[str] = field(default_factory=list)

    def check(self, parameters: object = None) -> Answered:
        """Answer the Scheduler's next tick, ten minutes after the last."""
        self.now += timedelta(minutes=10)
        due = self.now.replace(minute=self.now.minute // 10 * 10, second=0)
        return self.ask({"X-CloudScheduler-ScheduleTime": due.isoformat()}, parameters)

    def ask(self, headers: Mapping[str, str] | None = None, parameters: object = None) -> Answered:
        return ask(self.port, parameters, headers, timeout=60)

    def found(self, answer: Answered) -> dict[str, str]:
        """Return the color of each component in ANSWER."""
        return {one["component"]: one["color"] for one in answer.body["components"]}

    def ended(self, task: Task, due: datetime, status: Status = Status.SUCCEEDED, **fields: Any) -> RunRecord:
        """Let TASK's tick DUE have ended a minute later."""
        kind, run_id = scheduled_id(task.name, due, due)
        record = RunRecord(run_id, task.name, task.name, run_id, kind, status, {}, due, due=due)
        ended = {"finished_at": due + timedelta(minutes=1)} | fields
        assert self.parts.history.create(replace(record, **ended))
        return record

    def all_is_well(self) -> None:
        """Let every task have done its work, and every source have answered."""
        for task in TASKS.values():
            self.ended(task, self.now - timedelta(minutes=5))
        with write_transaction(self.engine) as tx:
            for chamber in ("house", "senate"):
                tx.execute(insert(baselines).values(chamber=chamber, started_at=NOW, completed_at=NOW))
                note_success(tx, chamber, self.now)

    @property
    def engine(self) -> Any:
        assert isinstance(self.parts.database, SqlDatabase)
        return self.parts.database.engine

    def told(self) -> list[str]:
        """Return the subjects of the mails to the operator."""
        assert {mail.to for mail in self.provider.taken} <= {OPERATOR}
        return [mail.subject for mail in self.provider.taken]


__all__ = ["NOW", "Kind", "Ward", "a_ward"]


@contextmanager
def a_ward(database_url: str, redis_url: str, **settings: Any) -> Iterator[Ward]:
    """Serve health_check where all is well."""
    with SendGridStandin() as provider, a_queue() as queue:
        given = {
            "database_url": database_url,
            "redis_url": redis_url,
            "sendgrid_url": provider.url,
            "dispatch_url": queue.url,
            **SENDING,
            **settings,
        }
        with assembled(some_settings(**given), lambda: ward.now) as parts:
            ward = Ward(parts, provider, queue)
            ward.parts = replace(parts, write=ward.lines.append)
            with served(lambda request: check_health(request, parts=lambda: ward.parts)) as ward.port:
                ward.all_is_well()
                yield ward
