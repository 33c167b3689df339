"""The Clerk's site on this machine: a real HTTP server with the addresses, headers and faults of the real one.

`python -m local.standins.house --port 0` serves our own filings and prints its URL; `--corpus DIR` serves DIR/index, DIR/pdf and
DIR/scanned/pdf instead.
"""

import re
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from email.utils import format_datetime, parsedate_to_datetime
from fnmatch import fnmatch
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Lock, Thread
from typing import Self

import click

from local.standins.filings import own_shelf
from local.standins.server import StandinServer
from local.standins.shelf import CorpusShelf, Page, Shelf

INDEX = re.compile(r"/public_disc/financial-pdfs/(\d{4})FD\.zip")
DOCUMENT = re.compile(r"/public_disc/ptr-pdfs/(\d{4})/(\d+)\.pdf")
MISSING = b"""<!DOCTYPE html>
<html><head><title>404 - File or directory not found.</title></head>
<body><h1>Server Error</h1><h2>404 - File or directory not found.</h2></body></html>
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it leaves; faults change it."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    sent: int | None = None
    """Bytes of the body that leave before the connection is cut; None = all."""


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


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came."""

    path: str
    at: float
    """Seconds on this machine's monotonic clock."""
    headers: Mapping[str, str]


@dataclass
class _Armed:
    fault: Fault
    path: str
    left: int


class HouseStandin:
    """Serves SHELF on 127.0.0.1 until the context is left; faults can be armed at any time."""

    def __init__(self, shelf: Shelf, *, port: int = 0) -> None:
        self.shelf = shelf
        self.requests: list[Request] = []
        self._armed: list[_Armed] = []
        self._lock = Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.answer = self._answer
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.02,), name="house", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def arm(self, fault: Fault, *, path: str = "*", times: int = 1) -> None:
        """Let the next TIMES requests for a path like PATH (with a shell's wildcards) meet FAULT."""
        with self._lock:
            self._armed.append(_Armed(fault, path, times))

    def paths(self) -> list[str]:
        """Return the paths asked for, in order of arrival."""
        return [request.path for request in self.requests]

    def _answer(self, path: str, headers: Mapping[str, str]) -> Reply:
        with self._lock:
            self.requests.append(Request(path, time.monotonic(), headers))
            fault = self._disarm(path)
        reply = _conditional(self._page(path), headers)
        return fault(reply) if fault else reply

    def _disarm(self, path: str) -> Fault | None:
        for armed in self._armed:
            if armed.left and fnmatch(path, armed.path):
                armed.left -= 1
                return armed.fault
        return None

    def _page(self, path: str) -> Page | None:
        if asked := INDEX.fullmatch(path):
            return self.shelf.index(int(asked[1]))
        if asked := DOCUMENT.fullmatch(path):
            return self.shelf.document(int(asked[1]), asked[2])
        return None


def _conditional(page: Page | None, headers: Mapping[str, str]) -> Reply:
    """Answer with PAGE, or 304 where the asker has it already; a tag outranks a date (RFC 9110, 13.2.2)."""
    if page is None:
        return Reply(HTTPStatus.NOT_FOUND, MISSING, {"Content-Type": "text/html"})
    tag = f'"{sha256(page.body).hexdigest()[:16]}"'
    marks = {"ETag": tag, "Last-Modified": format_datetime(page.posted, usegmt=True)}
    if "If-None-Match" in headers:
        known = headers["If-None-Match"] == tag
    else:
        since = headers.get("If-Modified-Since")
        known = since is not None and parsedate_to_datetime(since) >= page.posted
    if known:
        return Reply(HTTPStatus.NOT_MODIFIED, b"", marks)
    return Reply(HTTPStatus.OK, page.body, marks | {"Content-Type": "application/octet-stream"})


class _Server(StandinServer):
    answer: Callable[[str, Mapping[str, str]], Reply]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body leave in two writes, which would wait for one another
    server: _Server

    def do_GET(self) -> None:
        reply = self.server.answer(self.path, dict(self.headers.items()))
        self.send_response_only(reply.status)
        if "Date" not in reply.headers:
            self.send_header("Date", self.date_time_string())
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.close_connection = reply.sent is not None
        with suppress(ConnectionError):  # the asker may have hung up
            self.wfile.write(reply.body[: reply.sent])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class calls it so
        """Say nothing: the log of requests is kept for tests, and the demo's screen is for people."""


@click.command(help=__doc__)
@click.option("--port", default=0, help="0 = a free one")
@click.option("--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--edition", "editions", multiple=True, metavar="YEAR=FILE", help="index file of a year")
def main(port: int, corpus: Path | None, editions: Sequence[str]) -> None:
    """Serve until ended by a signal."""
    chosen = {int(year): name for year, _, name in (edition.partition("=") for edition in editions)}
    shelf: Shelf = CorpusShelf(corpus, chosen) if corpus else own_shelf()
    with HouseStandin(shelf, port=port) as house:
        print(house.url, flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
