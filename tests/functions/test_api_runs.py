"""Runs followed to their end and listed through the API, over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from common.runtime.records import Kind, RunRecord, Status
from tests.support.api import NOW, Api, an_api


@pytest.fixture
def api(sqlite_url: str, redis_url: str) -> Iterator[Api]:
    with an_api(sqlite_url, redis_url) as api:
        yield api


def seed(api: Api, run_id: str, status: Status = Status.SUCCEEDED, **fields: Any) -> RunRecord:
    record = RunRecord(run_id, "notifications", "notifications", run_id, Kind.MANUAL, status, {}, NOW)
    record = replace(record, **fields)
    assert api.parts.history.create(record)
    return record


def test_the_status_of_a_run_follows_its_chain_to_the_last_link(api: Api) -> None:
    seed(api, "n-1", Status.CONTINUED, continuation="n-1.c1", counts={"sent": 3})
    seed(api, "n-1.c1", Status.CONTINUED, continuation="n-1.c2")
    seed(api, "n-1.c2", Status.RUNNING, progress={"done": 2, "total": 5}, attempt=1)

    first, last = api.get("/tasks/n-1/status"), api.get("/tasks/n-1.c2/status")

    told = first.json()
    assert first.status_code == 200
    assert (told["status"], told["outcome"], told["settled"]) == ("continued", "running", False)
    assert [link["task_id"] for link in told["chain"]] == ["n-1", "n-1.c1", "n-1.c2"]
    assert [link["progress"] for link in told["chain"]] == [{}, {}, {"done": 2, "total": 5}]
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
