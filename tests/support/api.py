"""The API, served over real HTTP on a database, a Redis and a queue, with a clock that is set by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import Engine

from common.api.app import answer
from common.api.desk import Desk, desk_of
from common.runtime import decide
from common.runtime.database import SqlDatabase
from common.runtime.records import RunRecord
from common.runtime.trigger import Request, Response
from common.runtime.wiring import Parts
from tests.support.parts import assembled
from tests.support.queue import Queue, a_queue
from tests.support.served import Function, served
from tests.support.settings import some_settings
from tests.support.web import ADDRESS_KEY, BASE

NOW = datetime(2026, 11, 3, 13, 0, 1, tzinfo=UTC)
MAILING = {
    "mail_from": "CapitolScope <alerts@example.org>",
    "postal_address": "CapitolScope, 12 Example Street, Springfield",
    "public_base_url": BASE,
    "link_keys": "link-key-" + "k" * 32,
    "address_key": ADDRESS_KEY,
}
"""What it takes to ask somebody whether they want mail."""
REVISION = "api-00001-abc"


@dataclass
class Api:
    """The served API; a test may replace its parts and its clock between requests."""

    desk: Desk
    queue: Queue
    browser: httpx.Client
    port: int = 0
    now: datetime = NOW
    lines: list[str] = field(default_factory=list)
    beside: dict[str, Function] = field(default_factory=dict)
    """Path -> a function that answers there in the API's place."""

    def answer(self, request: Request) -> Response:
        beside = self.beside.get(request.path)
        return beside(request) if beside else answer(request, desk=lambda: self.desk)

    @property
    def parts(self) -> Parts:
        return self.desk.parts

    def change(self, **parts: Any) -> None:
        """Let the API stand on other parts from now on."""
        self.desk = replace(self.desk, parts=replace(self.desk.parts, **parts))

    def get(self, path: str, **how: Any) -> httpx.Response:
        return self.ask("GET", path, **how)

    def post(self, path: str, body: object = None, **how: Any) -> httpx.Response:
        return self.ask("POST", path, **({"json": body} if body is not None else {}), **how)

    def ask(self, method: str, path: str, **how: Any) -> httpx.Response:
        return self.browser.request(method, f"http://127.0.0.1:{self.port}{path}", **how)

    def record(self, run_id: str) -> RunRecord:
        stored = self.parts.history.read(run_id)
        assert stored is not None
        return stored.record

    def hold_lock(self, run_id: str, scope: str) -> str:
        """Let a process hold the lock of SCOPE, in the name of RUN_ID."""
        value = decide.lock_value(run_id, "a-process")
        assert self.parts.lock.acquire(scope, value, 60) is None
        return value

    @property
    def engine(self) -> Engine:
        assert isinstance(self.parts.database, SqlDatabase)
        return self.parts.database.engine


@contextmanager
def an_api(database_url: str, redis_url: str, **settings: Any) -> Iterator[Api]:
    """Serve the API with a queue that takes what it hands over."""
    with a_queue() as queue, httpx.Client(timeout=20, verify=False, trust_env=False) as browser:
        given = {"database_url": database_url, "redis_url": redis_url, "dispatch_url": queue.url}
        chosen = some_settings(**{"k_revision": REVISION, **given, **settings})
        with assembled(chosen, lambda: api.now) as parts:
            api = Api(desk_of(parts), queue, browser)
            api.change(write=api.lines.append)
            api.desk = replace(api.desk, log=replace(api.desk.log, write=api.lines.append))
            with served(api.answer) as api.port:
                yield api
            api.desk.queue._client.close()
