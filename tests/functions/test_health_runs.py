"""health_check over real HTTP: missed ticks, failing tasks, and runs that nobody is left to ask for."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from common.db.engine import write_transaction
from common.errors import NotConfigured
from common.ops.health.runs import LATEST
from common.runtime.records import Kind, RunRecord, Status
from common.runtime.task_state import pause, resume
from common.tasks import CONGRESSIONAL_SYNC, DAILY_MAINTENANCE, NOTIFICATIONS, Task
from local.functions import serve
from tests.support.ward import Ward, a_ward

TICK = {"X-CloudScheduler-ScheduleTime": "2026-11-03T15:10:00Z"}


def test_a_paused_job_is_missed_at_the_first_check_after_its_grace(ward: Ward) -> None:
    ward.now += timedelta(
        hours=2, minutes=20
    )  # 17:35 UTC: the grace of the tick at 12:00 in New York is over

    answer = ward.check()

    assert answer.status == 503
    assert ward.found(answer)["task congressional_sync"] == "down"
    assert any("task.missed" in line for line in ward.lines)


def test_a_chain_between_two_of_its_links_is_late_and_not_missed(ward: Ward) -> None:
    ward.now += timedelta(hours=2, minutes=20)
    due = datetime(2026, 11, 3, 17, 0, tzinfo=ward.now.tzinfo)
    handed_over = ward.now + timedelta(minutes=8)
    ward.ended(CONGRESSIONAL_SYNC, due, Status.CONTINUED, finished_at=handed_over)

    first, second = ward.check(), ward.check()

    assert ward.found(first)["task congressional_sync"] == "worth a look"
    assert ward.found(second)["task congressional_sync"] == "down"


def test_a_chain_that_does_not_come_to_its_end_in_a_day_is_missed(ward: Ward) -> None:
    ward.now += timedelta(days=1, hours=2, minutes=30)
    due = datetime(2026, 11, 3, 17, 0, tzinfo=ward.now.tzinfo)
    ward.ended(CONGRESSIONAL_SYNC, due, Status.CONTINUED, finished_at=ward.now + timedelta(minutes=8))

    answer = ward.check()

    assert ward.found(answer)["task congressional_sync"] == "down"
    assert "at work ever since" in str(answer.body)


def test_a_function_that_crashes_at_import_is_missed_at_the_first_check_after_its_ticks_grace(
    ward: Ward, tmp_path: Path
) -> None:
    source = tmp_path / "main.py"
    source.write_text("import a_package_that_was_not_shipped\n")
    with pytest.raises(NotConfigured, match="No module named 'a_package_that_was_not_shipped'"):
        answer_of(source)
    ward.now = datetime(2026, 11, 3, 15, 30, 1, tzinfo=ward.now.tzinfo)

    within_grace, after = ward.check(), ward.check()

    assert ward.found(within_grace)["task notifications"] == "well"
    assert ward.found(after)["task notifications"] == "down"
    assert "no run, or none that succeeded" in str(after.body)


def answer_of(source: Path) -> None:
    """Ask the function of SOURCE. Raises NotConfigured with its last words where it does not start."""
    with serve("notifications", {}, source.parent / "function", source=source) as function:
        function.ask({})


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
    assert "last good" not in next(
        one["number"] for one in first.body["components"] if one["component"] == "task notifications"
    )
    assert ward.found(second)["task notifications"] == "down"


def test_a_task_is_not_missed_for_the_many_parts_of_its_work_that_were_asked_for_since(ward: Ward) -> None:
    ward.check()
    tick = datetime(2026, 11, 3, 17, 0, tzinfo=ward.now.tzinfo)
    ward.ended(CONGRESSIONAL_SYNC, tick)
    for number in range(1, 62):
        ward.ended(
            CONGRESSIONAL_SYNC, tick + timedelta(seconds=number), parameters={"doc_ids": [f"{number}"]}
        )
    ward.now += timedelta(hours=3)

    answer = ward.check()

    assert ward.found(answer)["task congressional_sync"] == "well"


@pytest.mark.parametrize("worker", [CONGRESSIONAL_SYNC, DAILY_MAINTENANCE], ids=["its own", "a borrower"])
def test_a_task_whose_lock_a_run_holds_is_late_and_not_missed(ward: Ward, worker: Task) -> None:
    ward.now += timedelta(hours=2, minutes=20)
    due = datetime(2026, 11, 3, 17, 0, tzinfo=ward.now.tzinfo)
    record = ward.ended(worker, due, Status.RUNNING, finished_at=None)
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


def test_an_open_run_is_found_behind_however_many_that_ended_since(ward: Ward) -> None:
    an_orphan(ward)
    for minutes in range(LATEST + 1):
        ward.ended(NOTIFICATIONS, ward.now - timedelta(minutes=minutes, seconds=30))

    answer = ward.check()

    assert ward.found(answer)["open runs"] == "worth a look"
    assert len(ward.queue.taken) == 1


def test_the_rest_of_a_chain_is_asked_for_again_when_its_task_is_resumed(ward: Ward) -> None:
    an_orphan(ward, kind=Kind.CONTINUATION, status=Status.QUEUED)
    pause(ward.parts.history, NOTIFICATIONS.name, "the provider is changing", ward.now)
    ward.check()
    while_paused = len(ward.queue.taken)

    resume(ward.parts.history, NOTIFICATIONS.name)
    ward.check()

    assert (while_paused, len(ward.queue.taken)) == (0, 1)


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


def test_a_paused_task_is_missed_and_the_number_says_why(ward: Ward) -> None:
    pause(ward.parts.history, NOTIFICATIONS.name, "the provider is changing", ward.now)
    ward.now += timedelta(hours=1)

    answer = ward.check()

    assert ward.found(answer)["task notifications"] == "down"
    assert "paused: the provider is changing" in str(answer.body)
