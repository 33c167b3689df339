"""Runs asked for through the API, over real HTTP: by name, by schedule, and once however often."""

import json
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from common.api.runs import NAMES, OLDER_NAMES, PARAMETERS
from common.runtime.records import Kind, Status
from common.tasks import TASKS
from tests.support.api import NOW, Api, an_api
from tests.support.queue import Taken

TICK = {"X-CloudScheduler-ScheduleTime": "2026-11-03T13:00:00Z"}
SYNC = {"task_name": "congressional_sync", "parameters": {"years": [2025], "limit": 5}}


@pytest.fixture
def api(sqlite_url: str, redis_url: str) -> Iterator[Api]:
    with an_api(sqlite_url, redis_url) as api:
        yield api


def said(asked: Taken) -> httpx.Headers:
    return httpx.Headers(asked.headers)


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
