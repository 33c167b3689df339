"""Metrics, policies and dashboards say what the functions' log really holds, in the words of Google's APIs."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from common.db.alert_tables import messages, provider_events
from common.db.engine import write_transaction
from common.db.tables import filings
from common.tasks import SERVICES, TASKS
from local.deploy.monitors import DATA, monitors
from local.services import Redis
from tests.support.cloud_logging import Entry, entry_of, extracted, matches
from tests.support.gcloud.messages import faults
from tests.support.redis import claimed
from tests.support.stage import staged
from tests.support.ward import Ward, a_ward

METRICS: Mapping[str, Any] = {
    file.stem: json.loads(file.read_text()) for file in sorted((DATA / "metrics").glob("*.json"))
}
WELL = {"checks", "messages_due"}
RUN = {"runs", "run_seconds"}
"""What every run of a task says; health_check is none of those."""
APIS = {
    "metric": ("logging", "v2", "LogMetric"),
    "policy": ("monitoring", "v3", "AlertPolicy"),
    "dashboard": ("monitoring", "v1", "Dashboard"),
}
USER_METRIC = re.compile(r"logging\.googleapis\.com/user/(capitolscope_\w+)")


@pytest.fixture(scope="module")
def places(
    redis_server: Redis, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """Lend the URLs of a database and of a Redis for these tests."""
    file = shutil.copy(sqlite_template, tmp_path_factory.mktemp("monitoring") / "test.db")
    with claimed(redis_server.url) as redis_url:
        yield f"sqlite:///{file}", redis_url


@pytest.fixture(scope="module")
def logged(places: tuple[str, str]) -> Mapping[str, list[Entry]]:
    """Lend what health_check logs when all is well, then when all goes wrong, and what a run logs."""
    with a_ward(*places) as ward:
        ward.check()
        well, ward.lines[:] = list(ward.lines), []
        let_all_go_wrong(ward)
        ward.check()
        wrong = list(ward.lines)
    with staged(database_url=places[0], redis_url=places[1]) as stage:
        assert stage.ask().status == 200
    told = {"well": well, "wrong": wrong, "run": stage.lines}
    return {name: [entry_of(line) for line in lines] for name, lines in told.items()}


def let_all_go_wrong(ward: Ward) -> None:
    """Let ticks be missed, documents fail that no index lists, a mail be unknown, and people complain."""
    ward.now += timedelta(hours=2, minutes=20)
    moments = dict.fromkeys(("occurred_at", "signed_at", "received_at"), ward.now)
    kinds = ["delivered"] * 10 + ["bounced"] * 3 + ["spam report"] * 3
    events = [{"sg_event_id": str(n), "kind": kind, "event": {}, **moments} for n, kind in enumerate(kinds)]
    mail = {"subscriber_id": 1, "channel": "email", "key": "f/1/1", "kind": "alert", "status": "unknown"}
    mail |= dict.fromkeys(("next_attempt_at", "planned_at", "unknown_at"), ward.now)
    filing = {"chamber": "house", "year": 2026, "url": "https://example.gov", "filer_name": "Al Green"}
    filing |= {"state_district": "TX09", "listing": {}, "alertable": True, "state": "failed"}
    failed = [{**filing, "doc_id": str(n), "first_seen": ward.now} for n in range(3)]
    with write_transaction(ward.engine) as tx:
        tx.execute(insert(provider_events), events)
        tx.execute(insert(messages).values(mail))
        tx.execute(insert(filings), failed)


def counted(metric: Mapping[str, Any], entries: list[Entry]) -> list[Entry]:
    return [entry for entry in entries if matches(metric["filter"], entry)]


@pytest.mark.parametrize("name", sorted(METRICS.keys() - RUN))
def test_a_metric_counts_what_health_check_really_logs(name: str, logged: Mapping[str, list[Entry]]) -> None:
    found = counted(METRICS[name], logged["wrong"])

    assert found


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_metric_of_faults_counts_nothing_where_all_is_well(
    name: str, logged: Mapping[str, list[Entry]]
) -> None:
    found = counted(METRICS[name], logged["well"])

    assert bool(found) == (name in WELL)


@pytest.mark.parametrize("name", sorted(RUN))
def test_a_metric_of_runs_counts_each_once(name: str, logged: Mapping[str, list[Entry]]) -> None:
    found = counted(METRICS[name], logged["run"])

    assert len(found) == 1


@pytest.mark.parametrize("name", sorted(METRICS))
def test_labels_and_values_are_found_in_what_is_counted(name: str, logged: Mapping[str, list[Entry]]) -> None:
    metric = METRICS[name]
    entries = counted(metric, logged["run" if name in RUN else "wrong"])

    labels = {label["key"] for label in metric["metricDescriptor"].get("labels", ())}

    assert labels == metric.get("labelExtractors", {}).keys()
    for entry in entries:
        assert all(
            isinstance(extracted(path, entry), str) for path in metric.get("labelExtractors", {}).values()
        )
        assert isinstance(extracted(metric.get("valueExtractor", "severity"), entry), int | float | str)


def test_a_check_is_counted_once_whatever_it_found(logged: Mapping[str, list[Entry]]) -> None:
    checks = METRICS["checks"]

    assert [len(counted(checks, logged[name])) for name in ("well", "wrong")] == [1, 1]


def test_missed_runs_are_told_by_task(logged: Mapping[str, list[Entry]]) -> None:
    metric = METRICS["missed_runs"]

    missed = {
        extracted(metric["labelExtractors"]["task"], entry) for entry in counted(metric, logged["wrong"])
    }

    assert missed <= TASKS.keys()
    assert "notifications" in missed


def test_every_metric_that_is_asked_for_exists_and_each_is_asked_for() -> None:
    made = {monitor.name for monitor in monitors("demo-project", "example.org") if monitor.kind == "metric"}

    asked = {
        name
        for monitor in monitors("demo-project", "example.org")
        if monitor.kind != "metric"
        for name in USER_METRIC.findall(json.dumps(monitor.body))
    }

    assert asked == made == {f"capitolscope_{name}" for name in METRICS}


def test_googles_apis_have_every_field_that_is_said() -> None:
    said = [(*APIS[monitor.kind], monitor.body) for monitor in monitors("demo-project", "example.org", "c/1")]

    assert faults(said) == []


def test_a_field_that_an_api_does_not_have_is_found() -> None:
    policy = {"displayName": "x", "conditions": [{"conditionTreshold": {}}]}

    assert faults([(*APIS["policy"], policy)]) == ["AlertPolicy x: conditions has no conditionTreshold"]


def test_every_function_has_a_log_view_and_every_task_a_row() -> None:
    made = {monitor.name: json.dumps(monitor.body) for monitor in monitors("demo-project", None)}

    assert {f"CapitolScope log: {name}" for name in (*TASKS, *SERVICES)} <= made.keys()
    assert all(f"{task}: runs by how they ended" in made["CapitolScope"] for task in TASKS)


def test_what_a_policy_lasts_is_what_it_says() -> None:
    silent = json.loads((DATA / "policies" / "health-check-silent.json").read_text())

    absent, zero = (list(condition.values())[1] for condition in silent["conditions"])

    assert absent["duration"] == "1500s"
    assert (zero["aggregations"][0]["alignmentPeriod"], zero["duration"]) == ("1440s", "60s")


def test_without_a_public_name_nothing_asks_for_one() -> None:
    text = json.dumps([dict(monitor.body) for monitor in monitors("demo-project", None)])

    assert "${HOST}" not in text
    assert "uptime_check" not in text


def test_no_two_of_a_kind_share_a_name() -> None:
    names = [(monitor.kind, monitor.name) for monitor in monitors("demo-project", "example.org")]

    assert len(names) == len(set(names))
