"""The laptop's gateway over real HTTP: who answers what."""

import http.client
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack

import httpx
import pytest

from common.errors import NotConfigured
from common.tasks import SERVICES, TASKS
from local.cloud.gateway import Answer, Gateway
from local.cloud.instances import Instances
from tests.support.crowd import PATIENCE, Crowd, Instance


@pytest.fixture
def crowd() -> Crowd:
    crowd = Crowd()
    crowd.may_answer.set()
    return crowd


@pytest.fixture
def functions(crowd: Crowd) -> Iterator[dict[str, Instances]]:
    """Lend instances of every function; a task may have two, each for one request."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                Instances(crowd.start(name), concurrency=10 if name in SERVICES else 1, most=2)
            )
            for name in (*TASKS, *SERVICES)
        }


@pytest.fixture
def gateway(functions: dict[str, Instances]) -> Iterator[Gateway]:
    with Gateway(functions, {"/local/": lambda path: Answer(200, (), f"ours: {path}".encode())}) as gateway:
        yield gateway


def get(gateway: Gateway, path: str, **headers: str) -> httpx.Response:
    return httpx.get(gateway.url + path, headers=headers, trust_env=False, verify=False)


@pytest.mark.parametrize(
    ("path", "answered"),
    [
        ("/", ("web-1", "/")),
        ("/manage/token?x=1", ("web-1", "/manage/token?x=1")),
        ("/notifications", ("notifications-1", "/")),
        ("/health_check?x=1", ("health_check-1", "/?x=1")),
        ("/health", ("api-1", "/health")),
        ("/admin/recent-tasks?limit=5", ("api-1", "/admin/recent-tasks?limit=5")),
        ("/scheduled/notifications", ("api-1", "/scheduled/notifications")),
        ("/openapi.json", ("api-1", "/openapi.json")),
        ("/api/", ("api-1", "/")),
        ("/api?q=a", ("api-1", "/?q=a")),
        ("/api/health/detailed", ("api-1", "/health/detailed")),
        ("/a%2Fb//c?d=%20", ("web-1", "/a%2Fb//c?d=%20")),
    ],
)
def test_each_path_is_answered_by_its_function(
    gateway: Gateway, crowd: Crowd, path: str, answered: tuple[str, str]
) -> None:
    status = get(gateway, path).status_code

    assert (status, crowd.answered) == (200, [answered])


def test_what_is_this_laptops_own_reaches_no_function(gateway: Gateway, crowd: Crowd) -> None:
    assert get(gateway, "/local/mails").text == "ours: mails"
    assert crowd.asked == []


def test_headers_and_body_pass_through_and_the_caller_is_named(gateway: Gateway, crowd: Crowd) -> None:
    crowd.reply = Answer(202, (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")))

    answer = httpx.post(
        f"{gateway.url}/notifications",
        json={"a": 1},
        headers={"X-CloudScheduler-JobName": "j", "X-Forwarded-For": "192.0.2.7"},
        trust_env=False,
    )

    heard = crowd.asked[0][2]
    assert (answer.status_code, answer.json()) == (202, {"a": 1})
    assert answer.headers.get_list("Set-Cookie") == ["a=1", "b=2"]
    assert heard["X-CloudScheduler-JobName"] == "j"
    assert heard["X-Forwarded-For"] == "192.0.2.7, 127.0.0.1"
    assert heard["Host"] == gateway.url.removeprefix("http://")


def test_the_operators_page_leads_back_to_itself_behind_the_gateway(gateway: Gateway, crowd: Crowd) -> None:
    page = b'<a href="/">front</a> <a href="/?show=1#x">more</a> <form action="/"> <a href="/health">h</a>'
    crowd.reply = Answer(303, (("Location", "/?asked=1"), ("Content-Type", "text/html")), page)

    answer = get(gateway, "/run/notifications")

    assert answer.headers["Location"] == "/api/?asked=1"
    assert answer.text == page.decode().replace('"/"', '"/api/"').replace('"/?', '"/api/?')


def test_other_functions_answers_are_left_alone(gateway: Gateway, crowd: Crowd) -> None:
    crowd.reply = Answer(303, (("Location", "/"), ("Content-Type", "text/html")), b'<a href="/">front</a>')

    answer = get(gateway, "/subscribe")

    assert (answer.headers["Location"], answer.text) == ("/", '<a href="/">front</a>')


def test_a_name_that_is_not_this_machines_is_refused(gateway: Gateway, crowd: Crowd) -> None:
    assert get(gateway, "/health", Host="rebound.example").status_code == 421
    assert crowd.asked == []


def test_a_head_request_gets_no_body(gateway: Gateway) -> None:
    assert httpx.head(f"{gateway.url}/local/x", trust_env=False).content == b""


def test_a_function_that_breaks_off_is_a_bad_gateway_and_starts_anew(gateway: Gateway, crowd: Crowd) -> None:
    crowd.breaks_off = True
    broken = get(gateway, "/notifications")
    crowd.breaks_off = False

    mended = get(gateway, "/notifications")

    assert (broken.status_code, mended.status_code) == (502, 200)
    assert "notifications broke off" in broken.text
    assert crowd.ended == ["notifications-1"]


def test_a_function_that_does_not_start_is_unavailable() -> None:
    def start(number: int) -> AbstractContextManager[Instance]:
        raise NotConfigured(f"number {number} does not start")

    with (
        Instances(start, concurrency=1, most=1) as web,
        Gateway({"web": web}, {}) as gateway,
    ):
        answers = [get(gateway, "/") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert "web: number 1 does not start" in answers[0].text


def test_a_caller_that_hangs_up_does_not_stop_the_function(gateway: Gateway, crowd: Crowd) -> None:
    crowd.may_answer.clear()
    caller = http.client.HTTPConnection(gateway.url.removeprefix("http://"))
    caller.request("POST", "/notifications", b"{}")
    assert crowd.is_asked.wait(PATIENCE)
    caller.close()

    with pytest.raises(TimeoutError, match="1 requests are still at work"):
        gateway.wait_until_idle(0.05)
    crowd.may_answer.set()
    gateway.wait_until_idle(PATIENCE)

    assert crowd.ended == []


def test_json_of_the_api_is_not_read_as_a_page(gateway: Gateway, crowd: Crowd) -> None:
    told = json.dumps({"said": '<a href="/">'}).encode()
    crowd.reply = Answer(200, (("Content-Type", "application/json"),), told)

    assert get(gateway, "/health").content == told
