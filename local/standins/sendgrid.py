"""SendGrid on this machine: a real HTTP server with the answers, errors, faults and signed events of the real one.

`python -m local.standins.sendgrid --port 0` prints its URL; GET /standin/taken there says how often it took each delivery.
"""

import json
import secrets
import signal
import socket
import time
from collections import Counter, deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from threading import Lock, Thread
from typing import Any, Self

import click

from local.standins.sendgrid_rules import LONGEST_BODY, complaints
from local.standins.server import StandinServer

SEND = "/v3/mail/send"
TAKEN = "/standin/taken"
SCOPES = "/v3/scopes"
KEY = "SG.stand-in"
SAID = {
    HTTPStatus.UNAUTHORIZED: "The provided authorization grant is invalid, expired, or revoked",
    HTTPStatus.FORBIDDEN: "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Payload too large",
    HTTPStatus.TOO_MANY_REQUESTS: "too many requests",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that it took; what follows is the provider's business."""

    provider_id: str
    delivery_id: str
    to: str
    subject: str
    request: Mapping[str, Any] | None
    """The whole request, where the stand-in keeps those."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it leaves."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """What becomes of a request instead of a plain yes."""

    takes: bool
    """Whether the mail is taken all the same."""
    reply: Reply | None = None
    """What is answered; None = the usual."""
    seconds: float = 0.0
    """How late the answer leaves."""
    cut: bool = False
    """Whether the connection breaks instead of an answer."""


CUT_BEFORE = Fault(takes=False, cut=True)
CUT_AFTER = Fault(takes=True, cut=True)


def slow(seconds: float) -> Fault:
    """Take the mail, and say so SECONDS late."""
    return Fault(takes=True, seconds=seconds)


def refused(status: int, headers: dict[str, str] | None = None) -> Fault:
    """Answer STATUS with an error of SendGrid's shape, and take nothing."""
    return Fault(takes=False, reply=_errors(status, [(None, SAID.get(HTTPStatus(status), ""))], headers))


def lost(status: int) -> Fault:
    """Take the mail, and answer STATUS as if something broke."""
    return Fault(takes=True, reply=Reply(status))


def _errors(
    status: int, faults: list[tuple[str | None, str]], headers: dict[str, str] | None = None
) -> Reply:
    errors = [{"message": message, "field": name, "help": None} for name, message in faults]
    return Reply(status, json.dumps({"errors": errors}).encode(), headers or {})


class SendGridStandin:
    """Takes mails on 127.0.0.1 until the context is left; faults can be armed at any time.

    SENDER is the one verified address, None = any. With KEEP it keeps whole requests, else what identifies them.
    """

    def __init__(
        self, *, key: str = KEY, sender: str | None = None, keep: bool = True, port: int = 0
    ) -> None:
        self.taken: list[Taken] = []
        self.allowed = ["mail.send"]
        self._key, self._sender, self._keep = key, sender, keep
        self._armed: deque[Fault] = deque()
        self._lock = Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.standin = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.02,), name="sendgrid", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def arm(self, fault: Fault, *, times: int = 1) -> None:
        """Let the next TIMES requests meet FAULT."""
        with self._lock:
            self._armed.extend([fault] * times)

    def count(self) -> Counter[str]:
        """Return how often each delivery id was taken."""
        with self._lock:
            return Counter(taken.delivery_id for taken in self.taken)

    def answer(self, authorization: str, body: bytes) -> tuple[Reply, Fault]:
        """Return what to answer to a mail, and the fault that it meets on its way."""
        with self._lock:
            fault = self._armed.popleft() if self._armed else Fault(takes=True)
        refusal = self._refusal(authorization, body)
        if refusal:
            return refusal, fault
        usual = self._take(json.loads(body)) if fault.takes else Reply(HTTPStatus.ACCEPTED)
        return fault.reply or usual, fault

    def scopes(self, authorization: str) -> Reply:
        """Return what the key allows (GET /v3/scopes)."""
        if authorization != f"Bearer {self._key}":
            return _errors(HTTPStatus.UNAUTHORIZED, [(None, SAID[HTTPStatus.UNAUTHORIZED])])
        return Reply(HTTPStatus.OK, json.dumps({"scopes": self.allowed}).encode())

    def _refusal(self, authorization: str, body: bytes) -> Reply | None:
        if authorization != f"Bearer {self._key}":
            status = HTTPStatus.UNAUTHORIZED
            return _errors(status, [(None, SAID[status])])
        if len(body) > LONGEST_BODY:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            return _errors(status, [(None, SAID[status])])
        if faults := complaints(body):
            return _errors(HTTPStatus.BAD_REQUEST, faults)
        if self._sender not in {None, json.loads(body)["from"]["email"]}:
            status = HTTPStatus.FORBIDDEN
            return _errors(status, [("from", SAID[status])])
        return None

    def _take(self, request: Mapping[str, Any]) -> Reply:
        provider_id = secrets.token_urlsafe(16)
        first = request["personalizations"][0]
        taken = Taken(
            provider_id=provider_id,
            delivery_id=first.get("custom_args", {}).get("delivery_id", ""),
            to=first["to"][0]["email"],
            subject=request["subject"],
            request=request if self._keep else None,
        )
        with self._lock:
            self.taken.append(taken)
        return Reply(HTTPStatus.ACCEPTED, headers={"X-Message-Id": provider_id})


class _Server(StandinServer):
    standin: SendGridStandin
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body leave in two writes, which would wait for one another
    server: _Server

    def do_POST(self) -> None:
        if self.path != SEND:
            self._reply(_errors(HTTPStatus.NOT_FOUND, [(None, "Not Found")]))
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        reply, fault = self.server.standin.answer(self.headers.get("Authorization", ""), body)
        time.sleep(fault.seconds)
        if fault.cut:
            self._cut()
        else:
            self._reply(reply)

    def do_GET(self) -> None:
        if self.path == TAKEN:
            self._reply(Reply(HTTPStatus.OK, json.dumps(self.server.standin.count()).encode()))
        elif self.path == SCOPES:
            self._reply(self.server.standin.scopes(self.headers.get("Authorization", "")))
        else:
            self._reply(_errors(HTTPStatus.NOT_FOUND, [(None, "Not Found")]))

    def _reply(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in ({"Content-Length": str(len(reply.body))} | reply.headers).items():
            self.send_header(name, value)
        with suppress(ConnectionError):  # the sender may have hung up
            self.end_headers()
            self.wfile.write(reply.body)

    def _cut(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class calls it so
        """Say nothing: what was taken is kept for tests, and the demo's screen is for people."""


@click.command(help=__doc__)
@click.option("--port", default=0, help="0 = a free one")
@click.option("--key", default=KEY, show_default=True, help="the API key that it knows")
def main(port: int, key: str) -> None:
    """Serve until ended by a signal."""
    with SendGridStandin(key=key, keep=False, port=port) as sendgrid:
        print(sendgrid.url, flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
