"""This laptop's Cloud Tasks: takes requests for runs and repeats each to its function until it is answered 2xx.

DISPATCH_URL names it. What it holds is in memory: a run that it forgot is found open by whoever looks at history.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Self

import httpx

from common.background import Background
from common.download import Pace
from common.errors import CapitolScopeError
from common.runtime.trigger import AGAIN, RUN
from common.tasks import LONGEST_TIMEOUT

ATTEMPTS = 20
FIRST_WAIT = 0.2  # seconds; doubled after each attempt
LONGEST_WAIT = 15.0  # seconds; twenty attempts outlast the minute for which a dead process's lock stays
REMEMBERED = 3600.0  # seconds for which a run that is done is not asked for again; Cloud Tasks: up to a day
SECONDS = LONGEST_TIMEOUT.total_seconds() + 15  # for one answer
AT_ONCE = 20  # requests, as deploy.sh makes the queue
RATE = 500.0  # requests a second, as Cloud Tasks makes every queue
HANGS = 2.0  # seconds for which a sender on this machine may say nothing
CARRIED = re.compile(r"capitolscope-[a-z]+|traceparent|content-type", re.IGNORECASE)

Functions = Mapping[str, Callable[[], str]]
"""Task -> what tells its function's URL, and starts it where it does not run: called before each request, on one thread."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to a function, and what came of it."""

    task: str
    run_id: str
    attempt: int
    status: int | None
    """None = no answer."""
    said: str
    """The answer, or why there was none."""

    @property
    def is_settled(self) -> bool:
        """Whether nobody needs to ask again."""
        return self.status is not None and httpx.codes.is_success(self.status)


@dataclass(eq=False, slots=True)
class _Kept:
    """A request that was taken."""

    task: str
    headers: httpx.Headers
    body: bytes
    done_at: float | None = None
    """Seconds on this machine's monotonic clock; None = still asked for."""

    @property
    def run_id(self) -> str:
        return self.headers[RUN]

    @property
    def name(self) -> tuple[str, str]:
        return self.run_id, self.headers.get(AGAIN, "")


@dataclass(slots=True)
class _Book:
    """What was taken, by name: once, until it is forgotten."""

    remembered: float
    kept: dict[tuple[str, str], _Kept] = field(default_factory=dict)
    changed: Condition = field(default_factory=Condition)

    def add(self, request: _Kept, now: float) -> bool:
        """Keep REQUEST; False where one of its name is here."""
        with self.changed:
            self.kept = {name: one for name, one in self.kept.items() if not self._is_forgotten(one, now)}
            return self.kept.setdefault(request.name, request) is request

    def finish(self, request: _Kept, now: float) -> None:
        with self.changed:
            request.done_at = now
            self.changed.notify_all()

    def open(self) -> list[str]:
        """Return the runs that are still asked for."""
        return [one.run_id for one in self.kept.values() if one.done_at is None]

    def _is_forgotten(self, request: _Kept, now: float) -> bool:
        return request.done_at is not None and now - request.done_at >= self.remembered


class Queue:
    """Takes POST /<task> at `url` until the context is left; what is open then is dropped, and no thread is left.

    At most AT_ONCE requests are with functions at a time, and at most RATE begin in a second, evenly spaced. FIRST_WAIT and
    REMEMBERED are seconds. `asked` is the log: every request to a function, by time of its answer.
    """

    def __init__(
        self,
        functions: Functions,
        *,
        attempts: int = ATTEMPTS,
        first_wait: float = FIRST_WAIT,
        remembered: float = REMEMBERED,
        at_once: int = AT_ONCE,
        rate: float = RATE,
        port: int = 0,
    ) -> None:
        self.asked: list[Asked] = []
        self._functions = functions
        self._waits = waits(attempts, first_wait)
        self._book = _Book(remembered)
        self._pace = Pace(timedelta(seconds=1 / rate))
        self._room = asyncio.Semaphore(at_once)
        self._background = Background()
        self._client = httpx.AsyncClient(timeout=SECONDS, trust_env=False)
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.take = self._take
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="queue")
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._background.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._background.cancel()
        self._background.start(self._client.aclose()).result()
        self._background.__exit__()

    def wait_until_idle(self, timeout: float) -> None:
        """Wait until nothing is open, at most TIMEOUT seconds. Raises TimeoutError naming the runs that are."""
        book = self._book
        with book.changed:
            if not book.changed.wait_for(lambda: not book.open(), timeout):
                raise TimeoutError(f"still asked for: {', '.join(book.open())}")

    def _take(self, task: str, headers: httpx.Headers, body: bytes) -> HTTPStatus:
        """Keep a request; one whose name is here already counts as taken."""
        if task not in self._functions:
            return HTTPStatus.NOT_FOUND
        if RUN not in headers or len(body) != int(headers.get("Content-Length", 0)):
            return HTTPStatus.BAD_REQUEST
        carried = {name: value for name, value in headers.items() if CARRIED.fullmatch(name)}
        request = _Kept(task, httpx.Headers(carried), body)
        if self._book.add(request, time.monotonic()):
            self._background.start(self._repeat(request))
        return HTTPStatus.ACCEPTED

    async def _repeat(self, request: _Kept) -> None:
        for attempt, wait in enumerate(self._waits, 1):
            await asyncio.sleep(wait)
            async with self._room:
                await self._pace.turn()
                asked = await self._ask(request, attempt)
            self.asked.append(asked)
            if asked.is_settled:
                break
        self._book.finish(request, time.monotonic())

    async def _ask(self, request: _Kept, attempt: int) -> Asked:
        try:
            url = self._functions[request.task]()
            answer = await self._client.post(url, content=request.body, headers=request.headers)
        except (httpx.HTTPError, OSError, CapitolScopeError) as error:
            return Asked(request.task, request.run_id, attempt, None, repr(error))
        return Asked(request.task, request.run_id, attempt, answer.status_code, answer.text)


def waits(attempts: int, first: float = FIRST_WAIT) -> list[float]:
    """Return the seconds to wait before each of ATTEMPTS; FIRST is the second attempt's."""
    return [0.0, *(min(first * 2**repeat, LONGEST_WAIT) for repeat in range(attempts - 1))]


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing it waits for them
    take: Callable[[str, httpx.Headers, bytes], HTTPStatus]


class _Handler(BaseHTTPRequestHandler):
    timeout = HANGS
    server: _Server

    def do_POST(self) -> None:
        headers = httpx.Headers(self.headers.items())
        body = self.rfile.read(int(headers.get("Content-Length", 0)))
        self.send_response_only(self.server.take(self.path.strip("/"), headers, body))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing: `asked` tells what was done, and the demo's screen is for people."""
