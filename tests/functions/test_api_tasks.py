"""Runs asked for through the API, over real HTTP: handed over once, followed to their end, and listed."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from common.alerts.notify import notify
from common.alerts.parameters import NotifyParameters
from common.api.runs import NAMES, OLDER_NAMES, PARAMETERS
from common.errors import DependencyDown
from common.ops.health.watch import check_health
from common.runtime.dispatch import NoDispatcher
from common.runtime.records import Kind, RunRecord, StaleRecord, Status, Stored
from common.runtime.runner import run
from common.runtime.trigger import Response, Trigger
from common.tasks import NOTIFICATIONS, TASKS, Task
from local.queue import Queue
from tests.support.api import NOW, Api, an_api
from tests.support.queue import Taken

TICK = {"X-CloudScheduler-ScheduleTime": "2026-11-03T13:00:00Z"}
SYNC = {"task_name": "congressional_sync", "parameters": {"years": [2025], "limit": 5}}


SENDING = {
    "mail_from": "alerts@example.org",
    "postal_address": "1 Example Street, Atlanta, GA 30303",
    "public_base_url": "https://example.org",
    "link_keys": "k" * 32,
    "address_key": "a" * 32,
}
FUNCTIONS: dict[str, Callable[..., Response]] = {
    "notifications": lambda parts, request: run(
        request, NOTIFICATIONS, notify, NotifyParameters, parts=parts
    ),
    "health_check": lambda parts, request: check_health(request, parts=parts),
}


@pytest.fixture
def api(sqlite_url: str, redis_url: str) -> Iterator[Api]:
    with an_api(sqlite_url, redis_url) as api:
        yield api


def said(asked: Taken) -> httpx.Headers:
    return httpx.Headers(asked.headers)


def seed(api: Api, run_id: str, status: Status = Status.SUCCEEDED, **fields: Any) -> RunRecord:
    record = RunRecord(run_id, "notifications", "notifications", run_id, Kind.MANUAL, status, {}, NOW)
    record = replace(record, **fields)
    assert api.parts.history.create(record)
    return record


def test_a_run_is_handed_over_and_its_record_is_there_before_anybody_begins_it(api: Api) -> None:
    answer = api.post("/tasks/execute", SYNC)

    taken = answer.json()
    record = api.record(taken["task_id"])
    (asked,) = api.queue.taken
    assert (answer.status_code, taken["status"], taken["task"]) == (202, "queued", "congressional_sync")
    assert answer.headers["Location"] == taken["status_url"] == f"/tasks/{record.run_id}/status"
    assert (record.status, record.kind, record.created_at) == (Status.QUEUED, Kind.MANUAL, NOW)
    assert (asked.path, said(asked)["CapitolScope-Run"]) == ("/congressional_sync", record.run_id)
    assert json.loads(asked.body) == record.parameters == {"years": [2025], "limit": 5}


@pytest.mark.parametrize("name", TASKS)
def test_every_task_can_be_asked_for_without_parameters(api: Api, name: str) -> None:
    answer = api.post("/tasks/execute", {"task_name": name})

    assert (answer.status_code, answer.json()["task"]) == (202, name)
    assert PARAMETERS.keys() == TASKS.keys()


@pytest.mark.parametrize("older", OLDER_NAMES)
def test_older_names_mean_a_task_and_its_parameters(api: Api, older: str) -> None:
    answer = api.post("/tasks/execute", {"task_name": older})

    task, parameters = OLDER_NAMES[older]
    assert answer.status_code == 202
    assert api.record(answer.json()["task_id"]).task == task
    assert api.record(answer.json()["task_id"]).parameters == parameters


def test_a_name_that_is_no_task_is_answered_with_those_that_are(api: Api) -> None:
    answer = api.post("/tasks/execute", {"task_name": "weather"})

    assert (answer.status_code, answer.json()["field"]) == (422, "task_name")
    assert all(name in answer.json()["error"] for name in NAMES)


@pytest.mark.parametrize(
    ("name", "parameters", "field"),
    [
        ("congressional_sync", {"years": [1999]}, "parameters.years.0"),
        ("congressional_sync", {"yeers": [2025]}, "parameters.yeers"),
        ("congressional_sync", {"baseline": True, "reread": "all"}, "parameters"),
        ("stock_prices", {"tickers": ["no such thing"]}, "parameters.tickers.0"),
        ("notifications", {"all": True}, "parameters.all"),
        ("health_check", {"component": "weather"}, "parameters.component"),
    ],
)
def test_a_parameter_that_the_task_does_not_take_is_refused_by_name(
    api: Api, name: str, parameters: object, field: str
) -> None:
    answer = api.post("/tasks/execute", {"task_name": name, "parameters": parameters})

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert api.queue.taken == []


def test_a_key_makes_a_request_one_run_however_often_it_comes(api: Api) -> None:
    key = {"Idempotency-Key": "monday"}

    answers = [api.post("/tasks/execute", SYNC, headers=key) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {202}
    (run_id,) = {answer.json()["task_id"] for answer in answers}
    assert {
        (said(asked)["CapitolScope-Run"], said(asked)["CapitolScope-Again"]) for asked in api.queue.taken
    } == {(run_id, "20261103T130001000000")}


def test_a_key_that_stood_for_other_parameters_is_refused(api: Api) -> None:
    key = {"Idempotency-Key": "monday"}
    api.post("/tasks/execute", SYNC, headers=key)

    answer = api.post("/tasks/execute", {**SYNC, "parameters": {}}, headers=key)

    assert answer.status_code == 409
    assert "other parameters" in answer.json()["error"]


def test_a_key_of_a_run_that_is_done_is_answered_with_it_and_asks_nobody(api: Api) -> None:
    key = {"Idempotency-Key": "monday"}
    run_id = api.post("/tasks/execute", SYNC, headers=key).json()["task_id"]
    stored = api.parts.history.read(run_id)
    assert stored is not None
    api.parts.history.replace(stored, replace(stored.record, status=Status.SUCCEEDED))

    again = api.post("/tasks/execute", SYNC, headers=key)

    assert (again.status_code, again.json()["status"]) == (202, "succeeded")
    assert len(api.queue.taken) == 1


@pytest.mark.parametrize("key", ["two words", "x" * 256])
def test_a_key_that_no_header_should_hold_is_refused(api: Api, key: str) -> None:
    answer = api.post("/tasks/execute", SYNC, headers={"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


def test_what_the_queue_does_not_take_is_skipped_and_may_be_asked_for_again(api: Api) -> None:
    key = {"Idempotency-Key": "monday"}
    api.queue.status = 503

    refused = api.post("/tasks/execute", SYNC, headers=key)
    (record,) = api.parts.history.recent()
    api.queue.status = 202
    api.now += timedelta(seconds=5)
    again = api.post("/tasks/execute", SYNC, headers=key)

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
    assert (record.status, record.reason) == (Status.SKIPPED, "not taken by the queue")
    assert (again.status_code, again.json()["task_id"], again.json()["status"]) == (
        202,
        record.run_id,
        "queued",
    )
    names = [said(asked)["CapitolScope-Again"] for asked in api.queue.taken]
    assert len(set(names)) == 2


def test_without_a_queue_nothing_is_promised(api: Api) -> None:
    api.change(dispatcher=NoDispatcher())

    answer = api.post("/tasks/execute", SYNC)

    assert answer.status_code == 503
    assert "DISPATCH_URL" in answer.json()["error"]


@dataclass(frozen=True)
class BegunMeanwhile:
    """A queue that has the run begun, and whose answer is lost."""

    api: Api

    def dispatch(self, task: Task, trigger: Trigger) -> None:
        stored = self.api.parts.history.read(trigger.run_id)
        assert stored is not None
        self.api.parts.history.replace(stored, replace(stored.record, status=Status.RUNNING))
        raise DependencyDown("dispatch", "no answer")


def test_a_run_that_began_although_the_queue_did_not_answer_counts_as_taken(api: Api) -> None:
    api.change(dispatcher=BegunMeanwhile(api))

    answer = api.post("/tasks/execute", SYNC)

    assert answer.status_code == 202
    assert api.record(answer.json()["task_id"]).status is Status.RUNNING


@dataclass
class Forgetful:
    """A history that loses what it was just given, or dies after it took it."""

    real: Any
    dies: bool = False

    def create(self, record: RunRecord) -> Stored | None:
        return self.real.create(record) if self.dies else None

    def replace(self, stored: Stored, record: RunRecord) -> Stored:
        raise DependencyDown("history", "no answer")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def test_a_record_that_vanishes_is_to_be_asked_for_again(api: Api) -> None:
    api.change(history=Forgetful(api.parts.history))

    answer = api.post("/tasks/execute", SYNC)

    assert answer.status_code == 503
    assert api.queue.taken == []


def test_a_run_that_nobody_took_stays_queued_where_history_died_too(api: Api) -> None:
    api.queue.status = 503
    api.change(history=Forgetful(api.parts.history, dies=True))

    answer = api.post("/tasks/execute", SYNC)

    (record,) = api.parts.history.recent()
    assert (answer.status_code, record.status) == (503, Status.QUEUED)


def test_a_tick_that_scheduler_delivers_twice_is_one_run(api: Api) -> None:
    first, second = (api.post("/scheduled/congressional-sync", headers=TICK) for _ in range(2))

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["task_id"] == second.json()["task_id"] == "congressional_sync-20261103T130000Z"
    assert api.record(first.json()["task_id"]).kind is Kind.SCHEDULED


def test_a_tick_that_is_forced_twice_runs_twice(api: Api) -> None:
    ahead = {"X-CloudScheduler-ScheduleTime": "2026-11-03T15:00:00Z"}
    run_id = api.post("/scheduled/congressional-sync", headers=ahead).json()["task_id"]
    stored = api.parts.history.read(run_id)
    assert stored is not None
    api.parts.history.replace(stored, replace(stored.record, status=Status.SUCCEEDED))

    again = api.post("/scheduled/congressional-sync", {}, headers=ahead)

    assert (again.json()["task_id"], again.json()["status"]) == (run_id, "queued")
    assert api.record(run_id).root != run_id
    assert len(api.queue.taken) == 2


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_a_path_for_its_schedule(api: Api, task: str) -> None:
    answer = api.post(f"/scheduled/{task.replace('_', '-')}")

    assert (answer.status_code, answer.json()["task"]) == (202, task)


@pytest.mark.parametrize(
    ("path", "headers", "status", "field"),
    [
        ("/scheduled/weather", {}, 404, None),
        ("/scheduled/Weather!", {}, 422, "job"),
        (
            "/scheduled/notifications",
            {"X-CloudScheduler-ScheduleTime": "noon"},
            422,
            "X-CloudScheduler-ScheduleTime",
        ),
        (
            "/scheduled/notifications",
            {"X-CloudScheduler-JobName": "health-checks"},
            422,
            "X-CloudScheduler-JobName",
        ),
    ],
)
def test_what_is_not_scheduled_so_is_refused(
    api: Api, path: str, headers: dict[str, str], status: int, field: str | None
) -> None:
    answer = api.post(path, headers=headers)

    assert (answer.status_code, answer.json().get("field")) == (status, field)


def test_the_status_of_a_run_follows_its_chain_to_the_last_link(api: Api) -> None:
    seed(api, "n-1", Status.CONTINUED, continuation="n-1.c1", counts={"sent": 3})
    seed(api, "n-1.c1", Status.CONTINUED, continuation="n-1.c2")
    seed(api, "n-1.c2", Status.RUNNING, progress={"done": 2, "total": 5}, attempt=1)

    first, last = api.get("/tasks/n-1/status"), api.get("/tasks/n-1.c2/status")

    told = first.json()
    assert first.status_code == 200
    assert (told["status"], told["outcome"], told["settled"]) == ("continued", "running", False)
    assert [link["task_id"] for link in told["chain"]] == ["n-1", "n-1.c1", "n-1.c2"]
    assert told["counts"] == {"sent": 3}
    assert (last.json()["progress"], last.json()["attempt"]) == ({"done": 2, "total": 5}, 1)


def test_a_continuation_that_did_not_begin_yet_is_queued(api: Api) -> None:
    seed(api, "n-1", Status.CONTINUED, continuation="n-1.c1")

    told = api.get("/tasks/n-1/status").json()

    assert (told["outcome"], told["settled"]) == ("queued", False)


def test_a_chain_that_never_ends_is_followed_for_a_while(api: Api) -> None:
    seed(api, "n-1", Status.CONTINUED, continuation="n-1")

    told = api.get("/tasks/n-1/status").json()

    assert len(told["chain"]) == 101


def test_a_run_that_is_done_says_where_its_log_is(api: Api, sqlite_url: str, redis_url: str) -> None:
    seed(api, "n-1", finished_at=NOW, seconds=1.5)

    on_a_laptop = api.get("/tasks/n-1/status").json()
    with an_api(sqlite_url, redis_url, google_cloud_project="p") as in_the_cloud:
        url = in_the_cloud.get("/tasks/n-1/status").json()["log"]

    assert (on_a_laptop["settled"], on_a_laptop["log"]) == (True, "./dev.sh logs notifications --run n-1")
    assert url.startswith("https://console.cloud.google.com/logs/query;query=labels.run_id%3D%22n-1%22")


def test_a_run_that_nobody_knows_is_not_found(api: Api) -> None:
    answer = api.get("/tasks/n-9/status")

    assert answer.status_code == 404
    assert "recent-tasks" in answer.json()["what_next"]


def test_runs_are_listed_page_by_page_and_filtered(api: Api) -> None:
    for number in range(5):
        seed(api, f"n-{number}", created_at=NOW + timedelta(minutes=number))
    seed(api, "s-1", Status.GAVE_UP, task="stock_prices")

    path, pages = "/admin/recent-tasks?task=notifications&status=succeeded&limit=2", []
    while path:
        page = api.get(path).json()
        pages.append([run["task_id"] for run in page["tasks"]])
        path = page["next"]

    assert pages == [["n-4", "n-3"], ["n-2", "n-1"], ["n-0"]]
    assert [
        run["task_id"] for run in api.get("/admin/recent-tasks?status=failed: gave up").json()["tasks"]
    ] == ["s-1"]
    assert len(api.get("/admin/recent-tasks").json()["tasks"]) == 6


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("task=weather", 422, "task"),
        ("status=sad", 422, "status"),
        ("limit=0", 422, "limit"),
        ("limit=101", 422, "limit"),
        ("before=a b", 422, "before"),
        ("page=2", 422, "page"),
        ("limit=1&limit=2", 422, "limit"),
        ("before=n-9", 404, None),
    ],
)
def test_a_list_that_cannot_be_is_refused(api: Api, query: str, status: int, field: str | None) -> None:
    answer = api.get(f"/admin/recent-tasks?{query}")

    assert (answer.status_code, answer.json().get("field")) == (status, field)


def test_a_race_for_a_record_that_starts_over_is_to_be_asked_again(api: Api) -> None:
    class Raced(Forgetful):
        def replace(self, stored: Stored, record: RunRecord) -> Stored:
            raise StaleRecord("somebody else did")

    seed(api, "congressional_sync-f-20261103T150000Z", task="congressional_sync", kind=Kind.FORCED)
    api.change(history=Raced(api.parts.history, dies=True))

    answer = api.post(
        "/scheduled/congressional-sync", headers={"X-CloudScheduler-ScheduleTime": "2026-11-03T15:00:00Z"}
    )

    assert answer.status_code == 503


@pytest.mark.parametrize("name", ["notifications", "health_check"])
def test_a_run_that_was_handed_over_is_done_by_its_function_and_told_as_done(
    sqlite_url: str, redis_url: str, name: str
) -> None:
    functions: dict[str, Callable[[], str]] = {}
    with Queue(functions) as queue, an_api(sqlite_url, redis_url, dispatch_url=queue.url, **SENDING) as api:
        api.beside[f"/{name}"] = partial(FUNCTIONS[name], lambda: api.parts)
        functions[name] = lambda: f"http://127.0.0.1:{api.port}/{name}"

        taken = api.post("/tasks/execute", {"task_name": name}, headers={"Idempotency-Key": "1"}).json()
        queue.wait_until_idle(20)
        told = api.get(taken["status_url"]).json()

    assert [asked.status for asked in queue.asked] == [200]
    assert (told["status"], told["settled"], told["kind"], told["attempt"]) == ("succeeded", True, "keyed", 1)
    assert told["counts"]
