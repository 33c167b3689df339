"""health_check over real HTTP: it works whatever is down, and tells the operator of changes, once."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from json import JSONDecodeError
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from common.db.engine import make_engine, write_transaction
from common.db.ops_tables import health
from common.db.sources import note_fault
from common.db.tables import baselines
from common.runtime.database import SqlDatabase
from common.runtime.history_sql import SqlHistory
from common.runtime.lock import RedisLock
from common.runtime.records import Kind, RunRecord, Status
from common.tasks import STOCK_PRICES
from local.services.server import free_port
from local.standins.sendgrid import lost, refused
from tests.support.settings import some_settings
from tests.support.ward import NOW, Ward, a_ward

TICK = {"X-CloudScheduler-ScheduleTime": "2026-11-03T15:10:00Z"}
NEXT_TICK = {"X-CloudScheduler-ScheduleTime": "2026-11-03T15:20:00Z"}


@pytest.fixture
def nowhere() -> Iterator[SqlDatabase]:
    engine = make_engine(
        some_settings(database_url=f"postgresql+pg8000://nobody@127.0.0.1:{free_port()}/none")
    )
    yield SqlDatabase(engine)
    engine.dispose()


def test_where_all_is_well_it_says_so_of_each_part_with_a_number_and_tells_nobody(
    database_url: str, redis_url: str
) -> None:
    with a_ward(database_url, redis_url) as ward:
        answer = ward.check()

        assert answer.status == 200, answer.body
        assert set(ward.found(answer).values()) == {"well"}
        assert all(one["number"] for one in answer.body["components"])
        assert ward.told() == []


def test_a_tick_that_is_delivered_twice_is_looked_at_once(ward: Ward) -> None:
    first = ward.ask(TICK)
    ward.parts = replace(ward.parts, lock=RedisLock.at(f"redis://127.0.0.1:{free_port()}/0"))

    again = ward.ask(TICK)

    assert (again.status, again.body) == (first.status, first.body)


class AskedMeanwhile(RedisLock):
    """A lock whose server is gone; when it is first asked, `meanwhile` happens."""

    meanwhile: Callable[[], object] | None = None

    def holder(self, scope: str) -> str | None:
        if happens := self.meanwhile:
            self.meanwhile = None
            happens()
        return super().holder(scope)


def test_a_tick_that_is_delivered_twice_at_once_tells_the_operator_once(ward: Ward) -> None:
    ward.check()
    lock = AskedMeanwhile.at(f"redis://127.0.0.1:{free_port()}/0")
    lock.meanwhile = partial(ward.ask, NEXT_TICK)
    ward.parts = replace(ward.parts, lock=lock)

    answer = ward.ask(NEXT_TICK)

    assert lock.meanwhile is None
    assert (answer.status, ward.told()) == (503, ["CapitolScope: redis is down"])


def test_it_names_redis_when_redis_is_down_and_tells_the_operator_once(ward: Ward) -> None:
    ward.check()
    alive = ward.parts.lock
    ward.parts = replace(ward.parts, lock=RedisLock.at(f"redis://127.0.0.1:{free_port()}/0"))

    first, second = ward.check(), ward.check()
    ward.parts = replace(ward.parts, lock=alive)
    ward.ended(STOCK_PRICES, ward.now)
    third = ward.check()

    assert (first.status, second.status, third.status) == (503, 503, 200)
    assert ward.found(first)["redis"] == "down"
    assert ward.found(first)["tasks"] == "not looked at"
    assert ward.told() == ["CapitolScope: redis is down", "CapitolScope: redis is well again"]


def test_it_answers_in_time_and_tells_the_operator_when_the_database_is_down(
    ward: Ward, nowhere: SqlDatabase
) -> None:
    ward.check()
    ward.parts = replace(ward.parts, database=nowhere)
    began = time.monotonic()

    answer = ward.check()

    assert time.monotonic() - began < 10
    assert answer.status == 503
    assert ward.found(answer)["database"] == "down"
    assert ward.found(answer)["books"] == "not looked at"
    assert ward.told() == ["CapitolScope: database is down"]


def test_without_history_it_remembers_in_the_database_what_the_operator_knows(
    ward: Ward, nowhere: SqlDatabase
) -> None:
    ward.check()
    ward.parts = replace(ward.parts, history=SqlHistory(nowhere.engine))

    first, second = ward.check(), ward.check()

    assert ward.found(first)["history"] == "down"
    assert (first.status, second.status) == (503, 503)
    assert ward.told() == ["CapitolScope: history is down"]


def test_with_database_and_history_both_down_it_still_says_so(ward: Ward, nowhere: SqlDatabase) -> None:
    ward.parts = replace(ward.parts, database=nowhere, history=SqlHistory(nowhere.engine))

    answer = ward.check()

    assert answer.status == 503
    assert {"database", "history"} <= {name for name, color in ward.found(answer).items() if color == "down"}
    assert any("health.no_memory" in line for line in ward.lines)


def test_an_operator_mail_that_was_not_taken_is_sent_by_the_next_check(ward: Ward) -> None:
    ward.check()
    with write_transaction(ward.engine) as tx:
        tx.execute(baselines.delete())
    ward.provider.arm(refused(429), times=2)

    ward.check()
    before = ward.told()
    ward.check()

    assert before == []
    assert len(ward.told()) == 2


def test_an_operator_mail_of_which_nobody_knows_whether_it_left_is_not_sent_again(ward: Ward) -> None:
    ward.check()
    ward.parts = replace(ward.parts, lock=RedisLock.at(f"redis://127.0.0.1:{free_port()}/0"))
    ward.provider.arm(lost(503))

    ward.check()
    ward.check()

    assert ward.told() == ["CapitolScope: redis is down"]
    assert any("operator.not_told" in line for line in ward.lines)


@pytest.mark.parametrize("remembers", ["history", "database"])
def test_a_check_that_ended_before_the_answer_was_kept_is_not_told_again(
    ward: Ward, nowhere: SqlDatabase, remembers: str
) -> None:
    ward.check()
    ward.parts = replace(ward.parts, lock=RedisLock.at(f"redis://127.0.0.1:{free_port()}/0"))
    if remembers == "database":
        ward.parts = replace(ward.parts, history=SqlHistory(nowhere.engine))

    def end(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if ward.provider.taken and statement.startswith(("UPDATE", "INSERT")):
            raise RuntimeError("this process ended")

    event.listen(Engine, "before_cursor_execute", end)
    with suppress(JSONDecodeError):  # nothing of ours is left to answer
        ward.check()
    event.remove(Engine, "before_cursor_execute", end)
    told = ward.told()
    ward.check()

    assert len(told) == 1
    assert ward.told()[0] not in ward.told()[1:]


def test_one_component_alone_can_be_asked_for_by_its_older_name_too(ward: Ward) -> None:
    answer = ward.check({"component": "congress"})

    assert set(ward.found(answer)) == {"source house", "source senate"}


def test_a_component_that_does_not_exist_is_refused(ward: Ward) -> None:
    answer = ward.check({"component": "weather"})

    assert answer.status == 400
    assert "component" in answer.body["error"]


def test_each_stretch_of_time_is_kept_with_what_was_measured(ward: Ward) -> None:
    ward.check()
    with write_transaction(ward.engine) as tx:
        note_fault(tx, "senate", "403", ward.now)
    ward.check()

    with ward.parts.database.reading() as connection:
        rows = connection.execute(
            select(health.c.color).where(health.c.component == "source senate").order_by(health.c.since)
        ).scalars()

        assert list(rows) == ["well", "worth a look"]


QUEUED = RunRecord(
    "health_check-k-1",
    "health_check",
    "health_check",
    "health_check-k-1",
    Kind.KEYED,
    Status.QUEUED,
    {"component": "redis"},
    NOW,
)
HANDED_OVER = {"CapitolScope-Run": QUEUED.run_id}


def test_a_check_that_was_queued_begins_its_record_and_closes_it(ward: Ward) -> None:
    assert ward.parts.history.create(QUEUED)

    answer = ward.ask(HANDED_OVER, {"component": "redis"})

    stored = ward.parts.history.read(QUEUED.run_id)
    assert stored is not None
    assert set(ward.found(answer)) == {"redis"}
    assert (stored.record.status, stored.record.kind, stored.record.attempt) == ("succeeded", "keyed", 1)
    assert stored.record.started_at == ward.now


def test_a_queue_is_not_asked_to_repeat_a_check_that_found_something(ward: Ward) -> None:
    assert ward.parts.history.create(QUEUED)
    ward.parts = replace(ward.parts, lock=RedisLock.at(f"redis://127.0.0.1:{free_port()}/0"))

    answer = ward.ask(HANDED_OVER, {"component": "redis"})

    assert (answer.status, answer.body["healthy"]) == (200, False)


def test_a_queued_check_asked_for_with_other_parameters_is_refused(ward: Ward) -> None:
    assert ward.parts.history.create(QUEUED)

    answer = ward.ask(HANDED_OVER, {"component": "queue"})

    assert answer.status == 409
