"""This laptop's queue over real HTTP: what it takes, how often it asks, and that nothing of it stays behind."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread, Timer

import httpx
import pytest

from common.errors import DependencyDown, NotConfigured
from common.runtime.dispatch import HttpDispatcher
from common.runtime.records import Kind
from common.runtime.trigger import Trigger
from local import queue as local_queue
from local.queue import Asked, Queue, waits
from tests.support.silent import silent_server
from tests.support.steps import STEPS

RUN = Trigger(
    kind=Kind.CONTINUATION,
    run_id="steps-m-1.c1",
    root="steps-m-1",
    scope="steps/odd",
    parameters={"steps": 2},
    trace="0af7651916cd43dd8448eb211c80319c",
)
PATIENCE = 5.0  # seconds, far more than needed


@dataclass
class Function:
    """Answers with `statuses` in turn, then 200; remembers what it was asked."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    asked: list[tuple[httpx.Headers, bytes]] = field(default_factory=list)
    may_answer: Event = field(default_factory=Event)
    is_asked: Event = field(default_factory=Event)


@pytest.fixture
def function() -> Iterator[Function]:
    """Serve a function that answers at once."""
    function = Function()
    function.may_answer.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            function.asked.append((httpx.Headers(self.headers.items()), body))
            function.is_asked.set()
            function.may_answer.wait(PATIENCE)
            self.send_response(function.statuses.pop(0) if function.statuses else 200)
            self.end_headers()
            self.wfile.write(b"done")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    function.url = f"http://127.0.0.1:{server.server_port}"
    yield function
    function.may_answer.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def queue(function: Function) -> Iterator[Queue]:
    """Serve a queue that asks the function at most four times."""
    with Queue({"steps": lambda: function.url}, attempts=4, first_wait=0.01) as queue:
        yield queue


def dispatch(queue: Queue, trigger: Trigger = RUN) -> None:
    HttpDispatcher(queue.url).dispatch(STEPS, trigger)


def post(queue: Queue, path: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection(queue.url.removeprefix("http://"), timeout=PATIENCE)
    connection.request("POST", path, b"{}", headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_run_is_asked_for_as_it_was_dispatched(queue: Queue, function: Function) -> None:
    dispatch(queue)
    queue.wait_until_idle(PATIENCE)

    [(headers, body)] = function.asked
    assert json.loads(body) == {"steps": 2}
    assert (
        dict(headers).items()
        >= {
            "content-type": "application/json",
            "capitolscope-run": "steps-m-1.c1",
            "capitolscope-root": "steps-m-1",
            "capitolscope-shard": "odd",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-0af7651916cd43dd-01",
        }.items()
    )
    assert queue.asked == [Asked("steps", "steps-m-1.c1", 1, 200, "done")]


def test_it_is_taken_before_it_is_done(queue: Queue, function: Function) -> None:
    function.may_answer.clear()

    dispatch(queue)

    with pytest.raises(TimeoutError, match=r"still asked for: steps-m-1\.c1$"):
        queue.wait_until_idle(0.05)


def test_waiting_ends_with_the_last_run(queue: Queue, function: Function) -> None:
    function.may_answer.clear()
    dispatch(queue)
    Timer(0.1, function.may_answer.set).start()

    began = time.monotonic()
    queue.wait_until_idle(PATIENCE)

    assert time.monotonic() - began < PATIENCE / 2


def test_it_is_asked_for_until_it_is_answered_2xx(queue: Queue, function: Function) -> None:
    function.statuses = [503, 500, 204]

    dispatch(queue)
    queue.wait_until_idle(PATIENCE)

    assert [(asked.attempt, asked.status) for asked in queue.asked] == [(1, 503), (2, 500), (3, 204)]


def test_it_is_given_up_after_the_last_attempt(queue: Queue, function: Function) -> None:
    function.statuses = [503] * 9

    dispatch(queue)
    queue.wait_until_idle(PATIENCE)

    assert [asked.is_settled for asked in queue.asked] == [False] * 4


def test_the_waits_between_attempts_double_up_to_the_longest() -> None:
    assert waits(5, 4.0) == [0.0, 4.0, 8.0, local_queue.LONGEST_WAIT, local_queue.LONGEST_WAIT]
    assert waits(1) == [0.0]


def test_the_shipped_attempts_outlast_the_lock_of_a_dead_process() -> None:
    assert sum(waits(local_queue.ATTEMPTS)) > 2 * STEPS.lock_ttl.total_seconds()


def test_a_run_that_is_here_already_is_asked_for_once(queue: Queue, function: Function) -> None:
    function.may_answer.clear()
    dispatch(queue)
    dispatch(queue)
    function.may_answer.set()
    queue.wait_until_idle(PATIENCE)

    dispatch(queue)
    queue.wait_until_idle(PATIENCE)

    assert len(function.asked) == 1


def test_a_run_that_is_asked_for_again_on_purpose_is_another_entry(queue: Queue, function: Function) -> None:
    for again in ("", "1", "1", "2"):
        dispatch(queue, replace(RUN, again=again))
    queue.wait_until_idle(PATIENCE)

    assert len(function.asked) == 3


def test_a_done_run_is_forgotten_after_a_while(function: Function) -> None:
    with Queue({"steps": lambda: function.url}, remembered=0.0) as queue:
        for _ in range(2):
            dispatch(queue)
            queue.wait_until_idle(PATIENCE)

    assert len(function.asked) == 2


def test_an_open_run_is_not_forgotten(function: Function) -> None:
    function.may_answer.clear()
    with Queue({"steps": lambda: function.url}, remembered=0.0) as queue:
        dispatch(queue)
        dispatch(queue)
        function.may_answer.set()
        queue.wait_until_idle(PATIENCE)

    assert len(function.asked) == 1


def test_a_function_is_started_when_its_first_run_comes(function: Function) -> None:
    starts: list[str] = []

    def start() -> str:
        starts.append("tried")
        if len(starts) == 1:
            raise NotConfigured("steps does not start")
        return function.url if len(starts) > 2 else "http://127.0.0.1:9"

    with Queue({"steps": start}, first_wait=0.01) as queue:
        assert starts == []
        dispatch(queue)
        queue.wait_until_idle(PATIENCE)

    assert [asked.status for asked in queue.asked] == [None, None, 200]
    assert "steps does not start" in queue.asked[0].said
    assert "ConnectError" in queue.asked[1].said


def test_functions_are_asked_side_by_side(queue: Queue, function: Function) -> None:
    function.may_answer.clear()
    dispatch(queue)
    function.is_asked.wait(PATIENCE)
    function.is_asked.clear()

    dispatch(queue, replace(RUN, run_id="steps-m-2"))

    assert function.is_asked.wait(PATIENCE)
    function.may_answer.set()
    queue.wait_until_idle(PATIENCE)


def test_a_run_that_waits_for_its_next_attempt_keeps_no_other_waiting(function: Function) -> None:
    function.statuses = [503]
    with Queue({"steps": lambda: function.url}, first_wait=60) as queue:
        dispatch(queue)
        assert function.is_asked.wait(PATIENCE)
        function.is_asked.clear()
        dispatch(queue, replace(RUN, run_id="steps-m-2"))
        assert function.is_asked.wait(PATIENCE)

    asked = [headers["CapitolScope-Run"] for headers, _ in function.asked]
    assert asked == ["steps-m-1.c1", "steps-m-2"]


def test_a_task_without_a_function_is_refused(queue: Queue) -> None:
    with pytest.raises(DependencyDown, match=r"^dispatch: .*404"):
        HttpDispatcher(queue.url).dispatch(replace(STEPS, name="stumble"), RUN)


def test_a_request_that_names_no_run_is_refused(queue: Queue, function: Function) -> None:
    assert post(queue, "/steps", {}) == 400
    assert function.asked == []


def test_a_request_that_breaks_off_is_not_taken(queue: Queue, function: Function) -> None:
    with socket.create_connection(("127.0.0.1", int(queue.url.rpartition(":")[2]))) as sender:
        sender.sendall(b"POST /steps HTTP/1.1\r\nCapitolScope-Run: steps-m-1\r\nContent-Length: 99\r\n\r\n{")
        sender.shutdown(socket.SHUT_WR)
        answer = sender.recv(100)

    assert b" 400 " in answer
    assert function.asked == []


def living() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.is_alive()}


def test_no_thread_is_left_behind_by_a_queue_in_the_middle_of_its_work() -> None:
    before = living()
    started = Event()

    with silent_server() as port:

        def start() -> str:
            started.set()
            return f"http://127.0.0.1:{port}"

        with Queue({"steps": start}) as queue:
            address = ("127.0.0.1", int(queue.url.rpartition(":")[2]))
            silent = socket.create_connection(address)
            dispatch(queue)  # is accepted after the silent one
            assert started.wait(PATIENCE)

    assert living() <= before
    assert queue.asked == []
    silent.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
