"""health_check over real HTTP: what it says of each part, whom it tells, and whom it asks to run again."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from common.db.alert_tables import messages
from common.db.engine import make_engine, write_transaction
from common.db.ops_tables import health
from common.db.sources import note_fault, note_success
from common.db.tables import baselines, filings, sources
from common.runtime.database import SqlDatabase
from common.runtime.history_sql import SqlHistory
from common.runtime.lock import RedisLock
from common.runtime.records import Kind, RunRecord, Status
from common.runtime.task_state import pause
from common.tasks import CONGRESSIONAL_SYNC, NOTIFICATIONS
from local.services.server import free_port
from local.standins.sendgrid import CUT_BEFORE
from tests.support.settings import some_settings
from tests.support.ward import Ward, a_ward

TICK = {"X-CloudScheduler-ScheduleTime": "2026-11-03T15:10:00Z"}


@pytest.fixture
def ward(sqlite_url: str, redis_url: str) -> Iterator[Ward]:
    with a_ward(sqlite_url, redis_url) as ward:
        yield ward


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


def test_it_names_redis_when_redis_is_down_and_tells_the_operator_once(ward: Ward) -> None:
    ward.check()
    alive = ward.parts.lock
    ward.parts = replace(ward.parts, lock=RedisLock.at(f"redis://127.0.0.1:{free_port()}/0"))

    first, second = ward.check(), ward.check()
    ward.parts = replace(ward.parts, lock=alive)
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
    ward.provider.arm(CUT_BEFORE, times=2)

    ward.check()
    before = ward.told()
    ward.check()

    assert before == []
    assert len(ward.told()) == 2


def test_a_paused_job_is_missed_at_the_first_check_after_its_grace(ward: Ward) -> None:
    ward.now += timedelta(
        hours=2, minutes=20
    )  # 17:35 UTC: the grace of the tick at 12:00 in New York is over

    answer = ward.check()

    assert answer.status == 503
    assert ward.found(answer)["task congressional_sync"] == "down"
    assert any("task.missed" in line for line in ward.lines)


def test_a_job_that_was_never_run_is_missed_once_its_first_tick_is_over(
    sqlite_url: str, redis_url: str
) -> None:
    with a_ward(sqlite_url, redis_url) as ward:
        with write_transaction(ward.engine) as tx:
            tx.exec_driver_sql("DELETE FROM task_runs")
        first = ward.check()
        ward.now += timedelta(minutes=50)
        second = ward.check()

    assert ward.found(first)["task notifications"] == "well"
    assert ward.found(second)["task notifications"] == "down"


def test_a_run_that_holds_its_lock_is_late_and_not_missed(ward: Ward) -> None:
    ward.now += timedelta(hours=2, minutes=20)
    due = datetime(2026, 11, 3, 17, 0, tzinfo=ward.now.tzinfo)
    record = ward.ended(CONGRESSIONAL_SYNC, due, Status.RUNNING, finished_at=None)
    assert ward.parts.lock.acquire(CONGRESSIONAL_SYNC.name, f"{record.run_id}/process", 60) is None

    answer = ward.check()

    assert ward.found(answer)["task congressional_sync"] == "worth a look"


def test_a_failing_job_is_reported_at_once(ward: Ward) -> None:
    ward.ended(NOTIFICATIONS, ward.now - timedelta(minutes=2), Status.FAILED_BUG, error="KeyError: 'x'")

    answer = ward.check()

    assert ward.found(answer)["task notifications"] == "down"


def an_orphan(ward: Ward, **fields: object) -> RunRecord:
    record = RunRecord(
        "notifications-m-1",
        "notifications",
        "notifications/drain-1",
        "notifications-m-1",
        Kind.HANDOVER,
        Status.INTERRUPTED,
        {},
        ward.now - timedelta(hours=1),
    )
    assert ward.parts.history.create(replace(record, **fields))  # type: ignore[arg-type]
    return record


def test_an_open_run_that_nobody_asks_for_is_asked_for_again(ward: Ward) -> None:
    an_orphan(ward)

    answer = ward.check()

    assert ward.found(answer)["open runs"] == "worth a look"
    (taken,) = ward.queue.taken
    assert taken.path == "/notifications"
    headers = {name.lower(): value for name, value in taken.headers.items()}
    assert headers["capitolscope-run"] == "notifications-m-1"
    assert headers["capitolscope-shard"] == "drain-1"
    assert headers["capitolscope-again"]


@pytest.mark.parametrize("how", ["its lock is held", "its caller still asks"])
def test_an_open_run_is_left_alone_while(ward: Ward, how: str) -> None:
    if how == "its lock is held":
        an_orphan(ward)
        assert ward.parts.lock.acquire("notifications/drain-1", "notifications-m-1/process", 60) is None
    else:
        an_orphan(ward, started_at=ward.now - timedelta(minutes=1))

    answer = ward.check()

    assert ward.found(answer)["open runs"] == "well"
    assert ward.queue.taken == []


def test_an_open_run_that_the_queue_does_not_take_is_red(ward: Ward) -> None:
    an_orphan(ward)
    ward.queue.status = 500

    answer = ward.check()

    assert ward.found(answer)["open runs"] == "down"


def a_message(ward: Ward, **fields: object) -> None:
    usual = {
        "subscriber_id": 1,
        "channel": "email",
        "key": "f/1/1",
        "kind": "alert",
        "status": "planned",
        "next_attempt_at": ward.now,
        "planned_at": ward.now - timedelta(hours=3),
    }
    with write_transaction(ward.engine) as tx:
        tx.execute(insert(messages).values(usual | fields))


@pytest.mark.parametrize(
    ("hours", "fields", "color"),
    [
        (0, {}, "well"),
        (2, {"next_attempt_at": "ago"}, "down"),
        (2, {"status": "sending", "lease_until": "ago"}, "down"),
        (1, {"status": "unknown", "unknown_at": "ago"}, "worth a look"),
        (25, {"status": "unknown", "unknown_at": "ago"}, "down"),
        (26, {"status": "presumed_lost", "sending_at": "ago"}, "down"),
        (80, {"status": "presumed_lost", "sending_at": "ago"}, "well"),
    ],
)
def test_messages_are_judged_by_how_long_they_have_been_so(
    ward: Ward, hours: int, fields: dict[str, str], color: str
) -> None:
    ago = ward.now - timedelta(hours=hours)
    a_message(ward, **{name: ago if value == "ago" else value for name, value in fields.items()})

    answer = ward.check()

    assert ward.found(answer)["messages"] == color


def test_events_that_do_not_come_are_red(ward: Ward) -> None:
    a_message(ward, status="accepted", accepted_at=ward.now - timedelta(hours=3))

    answer = ward.check()

    assert ward.found(answer)["webhook"] == "down"


@pytest.mark.parametrize(
    ("setting", "component"),
    [("sendgrid_event_key", "webhook"), ("operator_address", "operator"), ("address_key", "mail")],
)
def test_a_setting_that_mail_lacks_is_red(
    sqlite_url: str, redis_url: str, setting: str, component: str
) -> None:
    with a_ward(sqlite_url, redis_url, **{setting: None}) as ward:
        answer = ward.check()

    assert ward.found(answer)[component] == "down"


@pytest.mark.parametrize("fault", ["wrong key", "no scope"])
def test_a_key_that_may_not_send_is_red(sqlite_url: str, redis_url: str, fault: str) -> None:
    settings = {"sendgrid_api_key": "SG.other"} if fault == "wrong key" else {}
    with a_ward(sqlite_url, redis_url, **settings) as ward:
        ward.provider.allowed = []

        answer = ward.check()

    assert ward.found(answer)["mail"] == "down"


def test_a_source_that_fails_is_worth_a_look_and_then_red(ward: Ward) -> None:
    with write_transaction(ward.engine) as tx:
        note_fault(tx, "senate", "403 Access Denied", ward.now)

    first = ward.check()
    ward.now += timedelta(days=1)
    second = ward.check()

    assert ward.found(first)["source senate"] == "worth a look"
    assert "403 Access Denied" in str(first.body)
    assert ward.found(second)["source senate"] == "down"


def test_a_roster_that_was_not_refreshed_for_days_is_red(ward: Ward) -> None:
    with write_transaction(ward.engine) as tx:
        note_success(tx, "roster", ward.now - timedelta(days=4))

    answer = ward.check()

    assert ward.found(answer)["source roster"] == "down"


def test_a_chamber_that_was_never_asked_is_not_well(ward: Ward) -> None:
    with write_transaction(ward.engine) as tx:
        tx.execute(sources.delete())

    answer = ward.check()

    assert ward.found(answer)["source house"] == "not looked at"


def test_a_schema_that_this_code_does_not_know_is_red(ward: Ward) -> None:
    with write_transaction(ward.engine) as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")

    answer = ward.check()

    assert ward.found(answer)["database"] == "down"
    assert "schema 0001" in str(answer.body)


def test_mail_that_goes_into_a_folder_says_so(sqlite_url: str, redis_url: str, tmp_path: Path) -> None:
    with a_ward(sqlite_url, redis_url, mail="folder", data_dir=tmp_path) as ward:
        answer = ward.check()

    assert answer.status == 200
    assert "mails go into a folder" in str(answer.body)


def test_a_paused_task_is_missed_and_the_number_says_why(ward: Ward) -> None:
    pause(ward.parts.history, NOTIFICATIONS.name, "the provider is changing", ward.now)
    ward.now += timedelta(hours=1)

    answer = ward.check()

    assert ward.found(answer)["task notifications"] == "down"
    assert "paused: the provider is changing" in str(answer.body)


def test_a_chamber_without_a_baseline_is_red(ward: Ward) -> None:
    with write_transaction(ward.engine) as tx:
        tx.execute(baselines.delete().where(baselines.c.chamber == "senate"))

    answer = ward.check()

    assert (ward.found(answer)["source house"], ward.found(answer)["source senate"]) == ("well", "down")


def some_filings(ward: Ward, count: int, state: str, first_seen: datetime) -> None:
    rows = [
        {
            "chamber": "house",
            "doc_id": f"{state}-{number}-{first_seen:%d%H}",
            "year": 2026,
            "url": "https://example.gov",
            "filer_name": "Al Green",
            "state_district": "TX09",
            "listing": {},
            "first_seen": first_seen,
            "alertable": True,
            "state": state,
        }
        for number in range(count)
    ]
    with write_transaction(ward.engine) as tx:
        tx.execute(insert(filings), rows)


def test_more_failures_than_in_the_week_before_are_red(ward: Ward) -> None:
    some_filings(ward, 20, "parsed", ward.now - timedelta(days=3))
    some_filings(ward, 3, "failed", ward.now - timedelta(hours=3))

    answer = ward.check()

    assert ward.found(answer)["parsing"] == "down"
    assert "3 of 3 failed in a day, 0 of 20" in str(answer.body)


def test_books_that_do_not_balance_are_red(ward: Ward) -> None:
    some_filings(ward, 1, "parsed", ward.now - timedelta(days=3))  # and no index lists it

    answer = ward.check()

    assert ward.found(answer)["books"] == "down"


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
