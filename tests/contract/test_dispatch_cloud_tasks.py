"""Continuations through Cloud Tasks: what is asked of it, once, and what becomes of a hand-over when it is away."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import grpc
import pytest
from google.cloud import tasks_v2

from common.errors import DependencyDown, NotConfigured
from common.runtime import dispatch_cloud_tasks, wiring
from common.runtime.dispatch import LateDispatcher
from common.runtime.dispatch_cloud_tasks import CloudTasksDispatcher, function_url, task_id
from common.runtime.records import Kind
from common.runtime.trigger import Trigger
from common.tasks import CONGRESSIONAL_SYNC
from tests.support.cloud_tasks import CALLER, FUNCTIONS, QUEUE, CloudTasks, cloud_tasks, dispatching
from tests.support.settings import some_settings
from tests.support.silent import silent_server

DEADLINE = 4.0  # seconds, the port's promise
RUN = "congressional_sync-20261103T130000Z"
LINK = Trigger(
    kind=Kind.CONTINUATION,
    run_id=f"{RUN}.c2",
    root=RUN,
    scope="congressional_sync/house",
    parameters={"years": [2026]},
    trace="0af7651916cd43dd8448eb211c80319c",
)
CLOUD = {"cloud_tasks_queue": QUEUE, "tasks_service_account": CALLER, "function_url": FUNCTIONS}


@pytest.fixture
def service() -> Iterator[CloudTasks]:
    """Serve Cloud Tasks."""
    with cloud_tasks() as service:
        yield service


@pytest.fixture
def dispatcher(service: CloudTasks) -> Iterator[CloudTasksDispatcher]:
    """Lend a dispatcher to that Cloud Tasks."""
    with dispatching(service.target) as dispatcher:
        yield dispatcher


def refused(dispatcher: CloudTasksDispatcher) -> float:
    """Dispatch in vain; return the seconds it took."""
    started = time.monotonic()
    with pytest.raises(DependencyDown, match=rf"^dispatch: {RUN}\.c2 was not taken by {QUEUE}"):
        dispatcher.dispatch(CONGRESSIONAL_SYNC, LINK)
    return time.monotonic() - started


def test_the_function_is_to_be_asked_for_the_run_with_its_headers_body_and_token(
    dispatcher: CloudTasksDispatcher, service: CloudTasks
) -> None:
    dispatcher.dispatch(CONGRESSIONAL_SYNC, LINK)

    url = "https://congressional-sync-123456789012.us-west1.run.app"
    [asked] = service.taken.values()
    assert asked.parent == QUEUE
    assert asked.task.name == f"{QUEUE}/tasks/{task_id(LINK)}"
    assert asked.task.dispatch_deadline == timedelta(minutes=15, seconds=15)
    assert asked.task.http_request == tasks_v2.HttpRequest(
        url=url,
        http_method=tasks_v2.HttpMethod.POST,
        headers={
            "Content-Type": "application/json",
            "CapitolScope-Run": f"{RUN}.c2",
            "CapitolScope-Root": RUN,
            "CapitolScope-Shard": "house",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-0af7651916cd43dd-01",
        },
        body=b'{"years": [2026]}',
        oidc_token=tasks_v2.OidcToken(service_account_email=CALLER, audience=url),
    )


def test_a_run_that_is_queued_already_counts_as_taken(
    dispatcher: CloudTasksDispatcher, service: CloudTasks
) -> None:
    dispatcher.dispatch(CONGRESSIONAL_SYNC, LINK)
    dispatcher.dispatch(CONGRESSIONAL_SYNC, LINK)

    assert (service.calls, len(service.taken)) == (2, 1)


def test_a_run_that_is_asked_for_again_on_purpose_is_queued_again(
    dispatcher: CloudTasksDispatcher, service: CloudTasks
) -> None:
    for again in ("", "1", "1", "2"):
        dispatcher.dispatch(CONGRESSIONAL_SYNC, replace(LINK, again=again))

    assert len(service.taken) == 3


def test_a_name_has_only_what_cloud_tasks_takes_and_begins_unlike_its_neighbours() -> None:
    names = [task_id(replace(LINK, run_id=f"{RUN}.c{link}")) for link in range(1, 40)]

    assert {name[21:] for name in names} == {f"{RUN}-c{link}" for link in range(1, 40)}
    assert len({name[:4] for name in names}) > 35


def test_runs_whose_names_look_alike_are_told_apart() -> None:
    assert task_id(LINK) != task_id(replace(LINK, run_id=LINK.run_id.replace(".", "-")))


def test_a_connection_that_broke_is_tried_once_more(
    dispatcher: CloudTasksDispatcher, service: CloudTasks
) -> None:
    service.faults = [grpc.StatusCode.UNAVAILABLE]

    dispatcher.dispatch(CONGRESSIONAL_SYNC, LINK)

    assert (service.calls, len(service.taken)) == (2, 1)


@pytest.mark.parametrize(
    "code",
    [
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    ],
)
def test_a_refusal_is_not_tried_again(
    dispatcher: CloudTasksDispatcher, service: CloudTasks, code: grpc.StatusCode
) -> None:
    service.faults = [code]

    refused(dispatcher)

    assert service.calls == 1


def test_a_dead_endpoint_is_given_up_in_time() -> None:
    with dispatching("127.0.0.1:9") as dispatcher:
        assert refused(dispatcher) < DEADLINE


def test_a_silent_endpoint_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert dispatch_cloud_tasks.SECONDS < DEADLINE
    monkeypatch.setattr(dispatch_cloud_tasks, "SECONDS", 0.5)
    with silent_server() as port, dispatching(f"127.0.0.1:{port}") as dispatcher:
        assert refused(dispatcher) < 1.5


def test_without_credentials_nothing_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/no/such/key.json")

    refused(CloudTasksDispatcher(QUEUE, CALLER, FUNCTIONS))


@pytest.mark.parametrize("template", [FUNCTIONS, "http://127.0.0.1:8080/{function}"])
def test_a_functions_service_has_hyphens_for_underscores(template: str) -> None:
    assert function_url(template, CONGRESSIONAL_SYNC) == template.replace("{function}", "congressional-sync")


def test_cloud_tasks_is_chosen_by_its_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/no/such/key.json")
    parts = wiring.assemble(some_settings(**CLOUD, dispatch_url="http://127.0.0.1:9"))

    assert isinstance(parts.dispatcher, LateDispatcher)
    assert isinstance(parts.dispatcher.make(), CloudTasksDispatcher)
    assert parts.dispatcher.make() is parts.dispatcher.make()
    with pytest.raises(DependencyDown, match=QUEUE):
        parts.dispatcher.dispatch(CONGRESSIONAL_SYNC, LINK)


def test_what_cloud_tasks_needs_besides_its_queue_is_named_before_any_run() -> None:
    with pytest.raises(NotConfigured, match="TASKS_SERVICE_ACCOUNT, FUNCTION_URL"):
        wiring.assemble(some_settings(cloud_tasks_queue=QUEUE))


def test_the_library_is_not_loaded_before_something_is_handed_over() -> None:
    code = f"""
import sys
from common.runtime import runner, wiring
from common.settings import Settings
wiring.assemble(Settings(database_url="sqlite:///x", redis_url="redis://127.0.0.1:9", contact="a@b", **{CLOUD}))
sys.exit(any(name.startswith("google.cloud.tasks") for name in sys.modules))
"""

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
