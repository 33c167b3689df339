"""A chamber's site on this machine: what the stand-ins of House and Senate do alike, and the faults that both can have."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from threading import Lock, Thread
from typing import Self

from local.standins.server import StandinServer


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came."""

    method: str
    path: str
    at: float
    """Seconds on this machine's monotonic clock."""
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it leaves; faults change it."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    sent: int | None = None
    """Bytes of the body that leave before the connection is cut; None = all."""
    cookies: tuple[str, ...] = ()
    """One Set-Cookie header each."""


Fault = Callable[[Reply], Reply]
"""Turns the right answer into a wrong one."""


def slow(seconds: float) -> Fault:
    """Answer rightly, but SECONDS late."""

    def wait(reply: Reply) -> Reply:
        time.sleep(seconds)
        return reply

    return wait


def status(code: int, *, retry_after: str | None = None) -> Fault:
    """Answer CODE, with Retry-After where given."""
    headers = {"Content-Type": "text/html"} | ({"Retry-After": retry_after} if retry_after else {})
    return lambda _: Reply(code, f"<html><body>{code}</body></html>".encode(), headers)


def cut(after: int) -> Fault:
    """Announce the whole body and break the connection after so many bytes."""
    return lambda reply: replace(reply, sent=after)


def truncated(to: int) -> Fault:
    """Send, without a word, only the first bytes."""
    return lambda reply: replace(reply, body=reply.body[:to])


def instead(body: bytes) -> Fault:
    """Answer 200 with another body: a page that says missing, a changed layout, a broken or a shrunk index."""
    return lambda reply: replace(reply, status=HTTPStatus.OK, body=body)


@dataclass
class _Armed:
    fault: Fault
    path: str
    left: int


class Site(ABC):
    """Answers on 127.0.0.1 until the context is left, and keeps every request; faults can be armed at any time."""

    def __init__(self, *, port: int = 0) -> None:
        self.requests: list[Request] = []
        self._armed: list[_Armed] = []
        self._lock = Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.answer = self._answer
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        name = type(self).__name__
        Thread(target=self._server.serve_forever, args=(0.02,), name=name, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @abstractmethod
    def reply(self, request: Request) -> Reply:
        """Return the right answer to REQUEST."""

    def arm(self, fault: Fault, *, path: str = "*", times: int = 1) -> None:
        """Let the next TIMES requests for a path like PATH (with a shell's wildcards) meet FAULT."""
        with self._lock:
            self._armed.append(_Armed(fault, path, times))

    def disarm(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._armed.clear()

    def paths(self) -> list[str]:
        """Return the paths asked for, in order of arrival."""
        return [request.path for request in self.requests]

    def _answer(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            fault = self._next_fault(request.path)
        reply = self.reply(request)
        return fault(reply) if fault else reply

    def _next_fault(self, path: str) -> Fault | None:
        for armed in self._armed:
            if armed.left and fnmatch(path, armed.path):
                armed.left -= 1
                return armed.fault
        return None


class _Server(StandinServer):
    answer: Callable[[Request], Reply]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body leave in two writes, which would wait for one another
    server: _Server

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond(self.rfile.read(int(self.headers["Content-Length"])))

    def _respond(self, body: bytes = b"") -> None:
        request = Request(self.command, self.path, time.monotonic(), dict(self.headers.items()), body)
        reply = self.server.answer(request)
        self.send_response_only(reply.status)
        if "Date" not in reply.headers:
            self.send_header("Date", self.date_time_string())
        for name, value in reply.headers.items():
            self.send_header(name, value)
        for cookie in reply.cookies:
            self.send_header("Set-Cookie", cookie)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.close_connection = reply.sent is not None
        with suppress(ConnectionError):  # the asker may have hung up
            self.wfile.write(reply.body[: reply.sent])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class calls it so
        """Say nothing: the log of requests is kept for tests, and the demo's screen is for people."""
