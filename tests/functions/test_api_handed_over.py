"""What the queue makes of a run that the API hands over, over real HTTP."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from common.alerts.notify import notify
from common.alerts.parameters import NotifyParameters
from common.errors import DependencyDown
from common.ops.health.watch import check_health
from common.runtime.dispatch import NoDispatcher
from common.runtime.records import Kind, RunRecord, StaleRecord, Status, Stored
from common.runtime.runner import run
from common.runtime.trigger import Response, Trigger
from common.tasks import NOTIFICATIONS, Task
from local.queue import Queue
from tests.support.api import NOW, Api, an_api
from tests.support.queue import Taken

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


def test_requests_of_one_key_at_once_are_one_run(api: Api) -> None:
    def ask(_: int) -> httpx.Response:
        return api.post("/tasks/execute", SYNC, headers={"Idempotency-Key": "monday"})

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(ask, range(12)))

    (record,) = api.parts.history.recent()
    assert {answer.status_code for answer in answers} == {202}
    assert {answer.json()["task_id"] for answer in answers} == {record.run_id}
    assert {said(asked)["CapitolScope-Run"] for asked in api.queue.taken} == {record.run_id}


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
