"""The laptop's gateway and its instances over real HTTP: who answers what, and what runs meanwhile."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import httpx
import pytest

from common.errors import NotConfigured
from common.tasks import SERVICES, TASKS
from local.cloud.gateway import Answer, Gateway
from local.cloud.instances import Instances

PATIENCE = 5.0  # seconds, far more than needed


@dataclass(frozen=True)
class Instance:
    """An instance that runs."""

    url: str


@dataclass
class Crowd:
    """What stands behind the gateway: every function in this process, and who answered what."""

    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Function, path and headers."""
    may_answer: Event = field(default_factory=Event)
    is_asked: Event = field(default_factory=Event)
    ended: list[str] = field(default_factory=list)
    reply: Answer = field(default_factory=lambda: Answer(200))
    breaks_off: bool = False

    def start(self, name: str) -> Callable[[int], AbstractContextManager[Instance]]:
        """Return what starts an instance of the function NAME."""

        @contextmanager
        def started(number: int) -> Iterator[Instance]:
            server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(f"{name}-{number}"))
            Thread(target=server.serve_forever, args=(0.01,)).start()
            yield Instance(f"http://127.0.0.1:{server.server_port}")
            self.ended.append(f"{name}-{number}")
            server.shutdown()
            server.server_close()

        return started

    def _handler(self, name: str) -> type[BaseHTTPRequestHandler]:
        crowd = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                crowd.asked.append((name, self.path, dict(self.headers.items())))
                crowd.is_asked.set()
                crowd.may_answer.wait(PATIENCE)
                if crowd.breaks_off:
                    return
                self.send_response_only(crowd.reply.status)
                for header in crowd.reply.headers:
                    self.send_header(*header)
                self.end_headers()
                self.wfile.write(crowd.reply.body or body)

            do_GET = do_POST  # noqa: N815 - the base class calls it so

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
                """Say nothing."""

        return Handler

    @property
    def answered(self) -> list[tuple[str, str]]:
        return [(name, path) for name, path, _ in self.asked]


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
    return httpx.get(gateway.url + path, headers=headers, trust_env=False)


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


def together(crowd: Crowd, url: str, count: int, until: Callable[[], bool]) -> list[Thread]:
    """Ask COUNT times at once, and wait until UNTIL is so; nobody is answered yet."""
    crowd.may_answer.clear()
    threads = [Thread(target=httpx.post, args=(url,), kwargs={"trust_env": False}) for _ in range(count)]
    for thread in threads:
        thread.start()
    while not until():
        crowd.is_asked.wait(0.01)
    return threads


def test_a_second_request_finds_an_instance_of_its_own_and_a_third_waits(
    gateway: Gateway, functions: dict[str, Instances], crowd: Crowd
) -> None:
    threads = together(crowd, f"{gateway.url}/notifications", 3, lambda: len(crowd.asked) >= 2)
    at_once = sorted(crowd.answered)
    crowd.may_answer.set()
    for thread in threads:
        thread.join(PATIENCE)

    assert at_once == [("notifications-1", "/"), ("notifications-2", "/")]
    assert len(crowd.asked) == 3
    assert functions["notifications"].started == functions["notifications"].running == 2


def test_a_service_answers_many_requests_in_one_instance(
    gateway: Gateway, functions: dict[str, Instances], crowd: Crowd
) -> None:
    get(gateway, "/")
    threads = together(crowd, gateway.url, 5, lambda: len(crowd.asked) == 6)
    crowd.may_answer.set()
    for thread in threads:
        thread.join(PATIENCE)

    assert functions["web"].started == 1


def test_what_is_idle_is_ended_and_what_is_at_work_is_not(
    gateway: Gateway, functions: dict[str, Instances], crowd: Crowd
) -> None:
    get(gateway, "/health")
    (working,) = together(crowd, f"{gateway.url}/notifications", 1, lambda: len(crowd.asked) == 2)

    ended = {name: instances.end_idle(0.0) for name, instances in functions.items() if instances.running}
    crowd.may_answer.set()
    working.join(PATIENCE)

    assert ended == {"api": 1, "notifications": 0}
    assert crowd.ended == ["api-1"]


def test_what_was_used_a_moment_ago_is_kept(gateway: Gateway, functions: dict[str, Instances]) -> None:
    get(gateway, "/health")

    assert functions["api"].end_idle(60.0) == 0


def test_an_instance_that_starts_while_all_are_ended_is_waited_for_and_ended_too(crowd: Crowd) -> None:
    started = Event()

    @contextmanager
    def slow(number: int) -> Iterator[Instance]:
        started.set()
        time.sleep(0.1)
        with crowd.start("slow")(number) as instance:
            yield instance

    instances = Instances(slow, concurrency=1, most=1)
    lent = instances.lent()
    request = Thread(target=lent.__enter__)
    with instances:
        request.start()
        assert started.wait(PATIENCE)

    assert (crowd.ended, instances.running) == (["slow-1"], 0)
    request.join(PATIENCE)


def test_who_waits_for_an_instance_while_all_are_ended_gets_none(crowd: Crowd) -> None:
    instances = Instances(crowd.start("busy"), concurrency=1, most=1)
    refusals: list[Exception] = []

    def wait() -> None:
        try:
            instances.lent().__enter__()
        except ConnectionAbortedError as refusal:
            refusals.append(refusal)

    waiting = Thread(target=wait)
    with instances:
        taken = instances.lent()
        taken.__enter__()
        waiting.start()
        time.sleep(0.02)
    waiting.join(PATIENCE)

    assert len(refusals) == 1


def test_json_of_the_api_is_not_read_as_a_page(gateway: Gateway, crowd: Crowd) -> None:
    told = json.dumps({"said": '<a href="/">'}).encode()
    crowd.reply = Answer(200, (("Content-Type", "application/json"),), told)

    assert get(gateway, "/health").content == told
