"""A task served by functions-framework in this process, over real HTTP on a free port."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import functions_framework
from flask import Request, Response
from werkzeug.serving import make_server

from local.services.server import free_port

Function = Callable[[Request], Response]
_served: list[Function] = []


@dataclass(frozen=True, slots=True)
class Answered:
    """A response, read."""

    status: int
    body: Mapping[str, Any]


def entry_point(request: Request) -> Response:
    """Hand REQUEST to the function that the test serves; functions-framework loads this file as its source."""
    return _current()(request)


def _current() -> Function:
    from tests.support import served  # the framework executes this file a second time, as a module of its own

    return served._served[-1]


@cache
def _app() -> Any:
    """Return the framework's app, one for all: each that it makes adds to sys.path, which every failed import searches."""
    return functions_framework.create_app(target="entry_point", source=str(Path(__file__)))  # type: ignore[no-untyped-call]


@contextmanager
def served(function: Function) -> Iterator[int]:
    """Serve FUNCTION, one thread per request; yield its port."""
    server = make_server("127.0.0.1", free_port(), _app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    _served.append(function)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        _served.remove(function)


def ask(
    port: int,
    parameters: object = None,
    headers: Mapping[str, str] | None = None,
    *,
    path: str = "/",
    timeout: float = 20,
) -> Answered:
    """Send one request as Scheduler would and return the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        body = parameters if isinstance(parameters, bytes) else json.dumps(parameters or {}).encode()
        connection.request("POST", path, body, headers=dict(headers or {}))
        response = connection.getresponse()
        return Answered(response.status, json.loads(response.read()))
    finally:
        connection.close()
