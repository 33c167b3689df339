"""One port for all functions: what the front of Cloud Run does, but that nobody asks who calls."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler
from threading import Condition, Thread
from typing import Self
from urllib.parse import urlsplit

from common.errors import CapitolScopeError
from common.tasks import API, LONGEST_TIMEOUT
from local.cloud.instances import Instances
from local.cloud.paths import Place, moved, place_of, with_links_moved
from local.standins.server import StandinServer

SECONDS = LONGEST_TIMEOUT.total_seconds() + 15  # for one answer
HANGS = 30.0  # seconds for which a caller on this machine may say nothing
OURS = frozenset({"127.0.0.1", "localhost"})
"""Names that this machine has for itself: a page elsewhere whose name leads here is refused."""
BETWEEN_TWO = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length"})
"""Headers that speak of one connection (RFC 9110, 7.6.1), and the length, which is said anew."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came; `target` is its path with its query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the caller."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


Page = Callable[[str], Answer]
"""Answers a path of this laptop's own, without what stands before it."""


def refusal(status: HTTPStatus, why: str) -> Answer:
    """Return an answer of the gateway's own."""
    return Answer(status, (("Content-Type", "text/plain; charset=utf-8"),), f"{why}\n".encode())


@dataclass
class _Traffic:
    """How many requests are with a function."""

    count: int = 0
    changed: Condition = field(default_factory=Condition)

    def __enter__(self) -> None:
        with self.changed:
            self.count += 1

    def __exit__(self, *_: object) -> None:
        with self.changed:
            self.count -= 1
            self.changed.notify_all()


class Gateway:
    """Takes requests at `url` until the context is left, and hands each to an instance of its function.

    A caller that hangs up changes nothing for the function, which works to its end, as in the cloud. PAGES answer
    what lies below their path: this laptop's own.
    """

    def __init__(
        self, functions: Mapping[str, Instances], pages: Mapping[str, Page], *, port: int = 0
    ) -> None:
        self._functions = functions
        self._pages = pages
        self._traffic = _Traffic()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.answer = self.answer
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="gateway")
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait_until_idle(self, timeout: float) -> None:
        """Wait until no function is at work, at most TIMEOUT seconds. Raises TimeoutError."""
        with self._traffic.changed:
            if not self._traffic.changed.wait_for(lambda: not self._traffic.count, timeout):
                raise TimeoutError(f"{self._traffic.count} requests are still at work")

    def answer(self, asked: Asked) -> Answer:
        """Return the function's answer, or 502 where it gave none, 503 where it cannot be started."""
        if urlsplit(f"//{asked.headers.get('Host', '')}").hostname not in OURS:
            return refusal(HTTPStatus.MISDIRECTED_REQUEST, f"this is {self.url}")
        for path, page in self._pages.items():
            if asked.target.startswith(path):
                return page(asked.target.removeprefix(path))
        place = place_of(asked.target)
        try:
            with self._traffic, self._functions[place.function].lent() as url:
                return _passed_on(place, url, asked)
        except CapitolScopeError as fault:
            return refusal(HTTPStatus.SERVICE_UNAVAILABLE, f"{place.function}: {fault}")
        except OSError as fault:
            return refusal(HTTPStatus.BAD_GATEWAY, f"{place.function} broke off: {fault!r}")


def _passed_on(place: Place, url: str, asked: Asked) -> Answer:
    """Ask the instance at URL, and return its answer. Raises OSError when it gives none."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=SECONDS)
    headers = {name: value for name, value in asked.headers.items() if name.lower() not in BETWEEN_TWO}
    headers["X-Forwarded-For"] = ", ".join(filter(None, (asked.headers.get("X-Forwarded-For"), "127.0.0.1")))
    try:
        connection.request(asked.method, place.path, asked.body, headers)
        answer = connection.getresponse()
        told = [one for one in answer.getheaders() if one[0].lower() not in BETWEEN_TWO]
        whole = Answer(answer.status, tuple(told), answer.read())
    except HTTPException as broken:
        raise ConnectionError(repr(broken)) from broken
    finally:
        connection.close()
    return _with_front_moved(whole) if place.function == API.name else whole


def _with_front_moved(answer: Answer) -> Answer:
    """Return an ANSWER of the API's in which what leads to its front page leads there through the gateway."""
    headers = tuple(
        (name, moved(value) if name.lower() == "location" else value) for name, value in answer.headers
    )
    is_page = any(name.lower() == "content-type" and value.startswith("text/html") for name, value in headers)
    return Answer(answer.status, headers, with_links_moved(answer.body) if is_page else answer.body)


class _Server(StandinServer):
    daemon_threads = True  # a browser may keep its connection for as long as it likes
    request_queue_size = 128
    answer: Callable[[Asked], Answer]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = HANGS
    server: _Server

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.server.answer(Asked(self.command, self.path, self.headers, body))  # type: ignore[arg-type]  # as good as a Mapping
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        with suppress(ConnectionError):  # the caller may have hung up
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = _respond  # noqa: N815 - the base class calls them so

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing: the functions log, and the screen is for people."""
