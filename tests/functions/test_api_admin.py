"""What an operator turns through the API: health, the mail queue, pauses and locks, over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from common.alerts.sending.queue import RedisQueue
from common.db.alert_tables import messages
from common.db.engine import write_transaction
from common.db.ops_tables import health
from common.errors import LeaseLost, NotConfigured
from common.runtime.lock import RedisLock
from common.runtime.records import Kind, RunRecord, Status
from common.tasks import TASKS
from local.services.server import free_port
from tests.support.api import NOW, REVISION, Api, an_api
from tests.support.ward import SENDING, a_ward

HOLDER = "notifications-20261103T123000Z"


@pytest.fixture
def api(sqlite_url: str, redis_url: str) -> Iterator[Api]:
    with an_api(sqlite_url, redis_url) as api:
        yield api


def a_message(api: Api, number: int, status: str, next_attempt_at: datetime) -> None:
    with write_transaction(api.engine) as tx:
        tx.execute(
            insert(messages).values(
                subscriber_id=1,
                channel="email",
                key=f"f/{number}/1",
                kind="alert",
                status=status,
                next_attempt_at=next_attempt_at,
                planned_at=NOW,
            )
        )


def no_redis() -> RedisLock:
    return RedisLock.at(f"redis://127.0.0.1:{free_port()}/0")


def test_it_is_alive_whatever_is_down(api: Api) -> None:
    api.change(lock=no_redis())

    answer = api.get("/health")

    assert (answer.status_code, answer.json()) == (200, {"alive": True, "revision": REVISION})


def test_detailed_health_names_each_component_and_is_503_when_one_is_red(api: Api) -> None:
    api.change(lock=no_redis())

    answer = api.get("/health/detailed")

    found = {one["component"]: one for one in answer.json()["components"]}
    assert (answer.status_code, answer.json()["healthy"]) == (503, False)
    assert (found["database"]["color"], found["redis"]["color"]) == ("well", "down")
    assert found["tasks"]["color"] == "not looked at"
    assert found["redis"]["next_step"]


def test_an_archive_that_health_check_did_not_look_at_is_not_called_well(api: Api) -> None:
    answer = api.get("/health/detailed")

    (archive,) = (one for one in answer.json()["components"] if one["component"] == "archive")
    assert (answer.status_code, archive["color"]) == (503, "down")
    assert "health_check left no mark there" in archive["number"]


def test_looking_at_health_changes_nothing_and_asks_for_no_run(api: Api, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    kept = {"archive_url": (tmp_path / "archive").as_uri()}
    api.change(settings=api.parts.settings.model_copy(update=kept))
    orphan = RunRecord("n-1", "notifications", "notifications", "n-1", Kind.MANUAL, Status.RUNNING, {}, NOW)
    api.parts.history.create(orphan)
    api.now += timedelta(days=1)

    api.get("/health/detailed")

    assert api.queue.taken == []
    assert list((tmp_path / "archive").iterdir()) == []
    with api.parts.database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(health)) == 0
    assert not any("task.missed" in line for line in api.lines)


def test_detailed_health_is_200_when_all_is_well(sqlite_url: str, redis_url: str, tmp_path: Path) -> None:
    with a_ward(sqlite_url, redis_url, archive_url=tmp_path.as_uri()) as ward:
        ward.check()
        with an_api(sqlite_url, redis_url, **SENDING) as api:
            api.change(settings=ward.parts.settings)
            api.now = ward.now

            answer = api.get("/health/detailed")

    assert (answer.status_code, answer.json()["healthy"]) == (200, True), answer.text
    assert all(one["number"] for one in answer.json()["components"])


def test_the_queue_is_counted_in_redis_and_in_the_ledger(database_url: str, redis_url: str) -> None:
    with an_api(database_url, redis_url) as api:
        a_message(api, 1, "planned", NOW - timedelta(hours=3))
        a_message(api, 2, "planned", NOW - timedelta(minutes=1))
        a_message(api, 3, "planned", NOW + timedelta(hours=1))
        a_message(api, 4, "delivered", NOW - timedelta(days=1))
        queue = RedisQueue.at(redis_url)
        queue.put([1, 2])
        queue._client.close()

        answer = api.get("/admin/queue-status")

        assert answer.status_code == 200
        assert answer.json() == {
            "depth": 2,
            "messages": {"delivered": 1, "planned": 3},
            "due": 2,
            "overdue": 1,
            "oldest_due": (NOW - timedelta(hours=3)).isoformat().replace("+00:00", "Z"),
        }


def test_an_empty_queue_has_nothing_due(api: Api) -> None:
    answer = api.get("/admin/queue-status")

    assert answer.json() == {"depth": 0, "messages": {}, "due": 0, "overdue": 0, "oldest_due": None}


def test_a_queue_whose_redis_is_down_is_not_counted(api: Api) -> None:
    api.desk = replace(api.desk, queue=RedisQueue.at(f"redis://127.0.0.1:{free_port()}/0"))

    answer = api.get("/admin/queue-status")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert answer.json()["error"].startswith("redis: ")


def test_a_paused_task_says_why_and_since_when_until_it_is_resumed(api: Api) -> None:
    paused = api.post("/admin/tasks/notifications/pause", {"reason": "the provider moves"})
    state = api.parts.history.read_state("notifications").state
    resumed = api.post("/admin/tasks/notifications/resume")

    assert paused.json() == {
        "task": "notifications",
        "paused_at": "2026-11-03T13:00:01Z",
        "paused_reason": "the provider moves",
    }
    assert (state.paused_at, state.paused_reason) == (NOW, "the provider moves")
    assert resumed.json() == {"task": "notifications", "paused_at": None, "paused_reason": None}
    assert api.parts.history.read_state("notifications").state.paused_at is None


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("/admin/tasks/weather/pause", {"reason": "rain"}, 404, None),
        ("/admin/tasks/weather/resume", None, 404, None),
        ("/admin/tasks/notifications/pause", {}, 422, "reason"),
        ("/admin/tasks/notifications/pause", {"reason": ""}, 422, "reason"),
        ("/admin/tasks/notifications/pause", {"reason": "a\nb"}, 422, "reason"),
        ("/admin/tasks/notifications/pause", {"reason": 5}, 422, "reason"),
        ("/admin/tasks/notifications/resume", {"reason": "over"}, 422, "reason"),
        ("/admin/tasks/health_check/pause", {"reason": "noise"}, 422, "task"),
    ],
)
def test_what_cannot_be_paused_or_resumed_so_is_refused(
    api: Api, path: str, body: object, status: int, field: str | None
) -> None:
    answer = api.post(path, body)

    assert (answer.status_code, answer.json().get("field")) == (status, field)


def test_locks_are_listed_with_the_runs_that_hold_them(api: Api) -> None:
    api.hold_lock(HOLDER, "notifications")
    api.hold_lock("s-1", "notifications/drain-1")

    answer = api.get("/admin/locks")

    assert answer.json() == {
        "locks": [
            {"scope": "notifications", "task_id": HOLDER},
            {"scope": "notifications/drain-1", "task_id": "s-1"},
        ]
    }


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ("notifications", "notifications"),
        ("notifications/drain-1", "notifications%2Fdrain-1"),
        ("stock_prices/backfill", "stock_prices/backfill"),
    ],
)
def test_a_released_lock_is_free_and_its_holder_can_write_nothing_more(
    database_url: str, redis_url: str, scope: str, path: str
) -> None:
    with an_api(database_url, redis_url) as api:
        held_by = api.parts.database.take_fence(scope)
        api.hold_lock(HOLDER, scope)

        answer = api.post(f"/admin/locks/{path}/release")

        assert answer.json() == {"scope": scope, "task_id": HOLDER, "fence": held_by + 1}
        assert api.parts.lock.holder(scope) is None
        with pytest.raises(LeaseLost), api.parts.database.writing(scope, held_by):
            pass


def test_a_lock_that_nobody_holds_cannot_be_released(api: Api) -> None:
    answer = api.post("/admin/locks/notifications/release")

    assert answer.status_code == 404
    assert api.parts.database.take_fence("notifications") == 1


class ChangesHands:
    """A lock whose holder gives it back while the fence is raised."""

    def holder(self, scope: str) -> str:
        return f"{HOLDER}/a"

    def release(self, scope: str, value: str) -> bool:
        return False


def test_a_lock_that_was_given_back_meanwhile_is_left_to_who_has_it_now(api: Api) -> None:
    api.change(lock=ChangesHands())

    answer = api.post("/admin/locks/notifications/release")

    assert answer.status_code == 409
    assert HOLDER in answer.json()["error"]


def test_the_fence_is_raised_before_the_lock_is_deleted(api: Api) -> None:
    api.hold_lock(HOLDER, "notifications")
    api.change(database=replace(api.parts.database, require_schema=_refuse))  # type: ignore[type-var]

    answer = api.post("/admin/locks/notifications/release")

    assert answer.status_code == 503
    assert api.parts.lock.holder("notifications") is not None


def _refuse() -> None:
    raise NotConfigured("the schema is too old")


def test_every_task_that_locks_can_be_paused(api: Api) -> None:
    pausable = [name for name, task in TASKS.items() if task.locks]

    answers = [api.post(f"/admin/tasks/{name}/pause", {"reason": "a test"}) for name in pausable]

    assert {answer.status_code for answer in answers} == {200}
