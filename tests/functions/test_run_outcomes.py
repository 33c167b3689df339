"""Each outcome, written before its answer, over real HTTP; and requests that are refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from common.db.tables import findings
from common.errors import NotConfigured, SourceUnavailable
from common.runtime.context import RunContext, Skip
from common.runtime.records import Status
from common.runtime.runner import run
from common.runtime.trigger import ROOT, RUN, SHARD
from tests.support.served import ask, served
from tests.support.stage import AT_TICK, Stage
from tests.support.steps import STEPS, StepsParameters


def raising(error: BaseException) -> Callable[[RunContext], Any]:
    def use_case(ctx: RunContext) -> None:
        raise error

    return use_case


def test_a_skipped_run_says_why(stage: Stage) -> None:
    stage.use_case = raising(Skip("market closed"))

    answer = stage.ask()

    assert (answer.status, answer.body["status"], answer.body["reason"]) == (200, "skipped", "market closed")


def test_a_failure_that_may_pass_is_asked_for_again(stage: Stage) -> None:
    stage.use_case = raising(SourceUnavailable("the House answers 503"))

    answer = stage.ask()

    assert (answer.status, answer.body["status"]) == (503, "failed: transient")
    assert stage.record().error == "the House answers 503"
    assert stage.lock_holder is None
    assert stage.parts.history.read_state("steps").state.last_failure == stage.record().run_id


def test_a_bug_is_logged_with_its_traceback(stage: Stage) -> None:
    stage.use_case = raising(IndexError("no such row"))

    answer = stage.ask()

    assert (answer.status, answer.body["status"]) == (500, "failed: bug")
    assert answer.body["error"] == "IndexError: no such row"
    (line,) = [entry for entry in map(json.loads, stage.lines) if entry["message"].startswith("task.bug")]
    assert "Traceback" in line["message"]
    assert line["logging.googleapis.com/labels"]["run_id"] == stage.record().run_id


@pytest.mark.parametrize("kind", [IndexError, SourceUnavailable, Skip])
def test_no_address_comes_into_the_record_or_the_answer(
    stage: Stage, kind: Callable[[str], BaseException]
) -> None:
    stage.use_case = raising(kind("Key (address)=(kyle@example.org) already exists"))

    answer = stage.ask()

    assert "(address)=(***@***)" in str(answer.body)
    assert "kyle" not in str(answer.body) + str(stage.record())


@pytest.mark.parametrize("error", [IndexError("bug"), SourceUnavailable("away")])
def test_the_failure_of_the_last_attempt_gives_up(stage: Stage, error: Exception) -> None:
    stage.seed(Status.FAILED_BUG, attempt=4)
    stage.use_case = raising(error)

    answer = stage.ask()

    assert (answer.status, answer.body["status"], answer.body["attempt"]) == (200, "failed: gave up", 5)


def test_a_success_says_how_long_it_took_and_what_it_cost(stage: Stage) -> None:
    def half_a_minute(ctx: RunContext, step: int) -> None:
        stage.now += timedelta(seconds=30)

    stage.before_each_step(half_a_minute)

    stage.ask(parameters={"steps": 2})

    record = stage.record()
    assert record.seconds == 60
    assert record.cost == pytest.approx(60 * (2 * 0.000024 + 0.0000025))
    assert stage.parts.history.read_state("steps").state.last_success == record.run_id


def test_progress_is_written_at_most_every_ten_seconds(stage: Stage) -> None:
    seen = []

    def three_seconds(ctx: RunContext, step: int) -> None:
        stage.now += timedelta(seconds=3)
        seen.append(stage.record().progress.get("done", 0))

    stage.before_each_step(three_seconds)

    stage.ask(parameters={"steps": 8})

    assert seen == [0, 1, 1, 1, 1, 5, 5, 5]
    assert stage.record().progress == {"done": 8, "total": 8}


def test_a_use_case_may_read_what_it_wrote_but_not_write_there(stage: Stage) -> None:
    def look(ctx: RunContext, step: int) -> None:
        with ctx.reading() as connection:
            connection.execute(findings.delete())

    stage.before_each_step(look)

    answer = stage.ask()

    assert (answer.status, answer.body["status"]) == (500, "failed: bug")
    assert "readonly" in answer.body["error"]


def test_settings_with_faults_are_named(stage: Stage) -> None:
    def not_set() -> Any:
        raise NotConfigured("set REDIS_URL: field required")

    with served(lambda request: run(request, STEPS, stage.use_case, StepsParameters, parts=not_set)) as port:
        answer = ask(port)

    assert (answer.status, answer.body["error"]) == (500, "set REDIS_URL: field required")


@pytest.mark.parametrize(
    ("headers", "body", "field"),
    [
        ({}, {"steps": "many"}, "steps"),
        ({}, {"speed": 1}, "speed"),
        ({}, b"{not json", "body"),
        ({}, [1], "body"),
        ({"X-CloudScheduler-ScheduleTime": "noon"}, {}, "X-CloudScheduler-ScheduleTime"),
        ({"X-CloudScheduler-ScheduleTime": "0001-01-01T00:00:00+01:00"}, {}, "X-CloudScheduler-ScheduleTime"),
        ({"X-CloudScheduler-ScheduleTime": "2026-11-03T13:00:00"}, {}, "X-CloudScheduler-ScheduleTime"),
        (AT_TICK | {"X-CloudScheduler-JobName": "another"}, {}, "X-CloudScheduler-JobName"),
        ({RUN: "another-m-1"}, {}, RUN),
        ({RUN: "steps/1"}, {}, RUN),
        ({RUN: "steps-m-1", ROOT: "a b"}, {}, ROOT),
        ({RUN: "steps-m-1", SHARD: ""}, {}, SHARD),
    ],
)
def test_a_request_that_cannot_be_is_refused_by_the_name_of_its_field(
    stage: Stage, headers: dict[str, str], body: object, field: str
) -> None:
    answer = stage.ask(headers, body)

    assert answer.status == 400
    assert answer.body["field"] == field
    assert answer.body["error"].startswith(f"{field}: ")
    assert stage.parts.history.recent() == []


def test_a_job_may_be_named_in_full(stage: Stage) -> None:
    full = AT_TICK | {"X-CloudScheduler-JobName": f"projects/p/locations/l/jobs/{STEPS.job}"}

    assert stage.ask(full).status == 200


def test_an_unreadable_trace_is_left_out(stage: Stage) -> None:
    stage.ask(AT_TICK | {"traceparent": "00-xyz"})

    assert stage.record().trace is None


def test_a_run_knows_its_revision(stage: Stage) -> None:
    settings = stage.parts.settings.model_copy(update={"k_revision": "steps-00007"})
    stage.parts = replace(stage.parts, settings=settings)

    stage.ask()

    assert stage.record().revision == "steps-00007"
