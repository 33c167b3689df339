"""One polite request for every source: bounded in time and size, retried with jitter, Retry-After honoured."""

import asyncio
import random
import ssl
import time
from collections.abc import Callable, Collection, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from typing import Any, NoReturn, Self, TypeVar
from urllib.parse import urlsplit

import httpx
import stamina

from common import __version__
from common.background import Background
from common.errors import DocumentMissing, EnoughAsked, SourceChanged, SourceRefused, SourceUnavailable

stamina.instrumentation.set_on_retry_hooks([])  # what comes of the retries is logged once, at the edge

T = TypeVar("T")
TIMEOUT = httpx.Timeout(15, connect=10)  # seconds without a byte
_BROKEN = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError)
_NO_PROXY: dict[str, httpx.AsyncBaseTransport | None] = {"all://127.0.0.1": None, "all://localhost": None}
"""A stand-in on this machine is never behind the proxy that the world is behind."""
_WHOLE = (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one answer is worth waiting for."""

    attempts: int = 4
    first_wait: timedelta = timedelta(seconds=1)
    """Doubles with each attempt; a random part as long again is added."""
    total: timedelta = timedelta(seconds=90)
    """All attempts and waits together; a Retry-After beyond it is reported, not waited for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source sent."""

    status: int
    headers: httpx.Headers
    body: bytes


class TryAgain(SourceUnavailable):
    """A source broke off, or asked for a pause; asked again while patience lasts."""


class Throttled(TryAgain):
    """A source said that we ask too often (429)."""


class Pace:
    """Spaces the starts of requests evenly, whichever event loop they run on, and counts them.

    The first waits as long as any other: the run before may have asked just now.
    MOST = how many there may be, those that ask again included.
    """

    def __init__(self, spacing: timedelta, *, most: int | None = None) -> None:
        self._spacing = spacing.total_seconds()
        self._most = most
        self._begun = 0
        self._next = time.monotonic() + self._spacing

    async def turn(self) -> None:
        """Return when the next request may start. Raises EnoughAsked after the last that may."""
        if self._begun == self._most:
            raise EnoughAsked(f"{self._most} requests were made, as many as one run may")
        self._begun += 1
        now = time.monotonic()
        start = max(now, self._next)
        self._next = start + self._spacing
        await asyncio.sleep(start - now)


@cache
def _certificates() -> ssl.SSLContext:
    """Return whom to trust, read once for all clients of this process: it takes 20 ms."""
    return httpx.create_ssl_context()


class Requests:
    """An HTTP client that works in the background; leaving the context cancels what is under way."""

    def __init__(self, contact: str) -> None:
        headers = {
            "User-Agent": f"CapitolScope/{__version__} (+{contact})",
            "Accept-Encoding": "identity",  # so that the bytes counted are the bytes kept
        }
        self._client = httpx.AsyncClient(
            headers=headers, timeout=TIMEOUT, mounts=_NO_PROXY, verify=_certificates()
        )
        self._background = Background()

    def __enter__(self) -> Self:
        self._background.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._background.cancel()
        self._background.start(self._client.aclose()).result()
        self._background.__exit__()

    def start(self, request: Callable[[httpx.AsyncClient], Coroutine[Any, Any, T]]) -> Future[T]:
        """Start REQUEST and return at once."""
        return self._background.start(request(self._client))


async def get(
    client: httpx.AsyncClient,
    url: str,
    *,
    what: str,
    most_bytes: int,
    pace: Pace,
    patience: Patience,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Return the answer (200 or 304) for URL; WHAT names it in errors. Raises what `send` raises."""
    request = client.build_request("GET", url, headers=headers)
    return await send(client, request, what=what, most_bytes=most_bytes, pace=pace, patience=patience)


async def send(
    client: httpx.AsyncClient,
    request: httpx.Request,
    *,
    what: str,
    most_bytes: int,
    pace: Pace,
    patience: Patience,
    answers: Collection[int] = _WHOLE,
) -> Answer:
    """Return the answer to REQUEST, one with a status of ANSWERS; WHAT names it in errors.

    Raises DocumentMissing (404), SourceRefused (403), SourceUnavailable (anything that may pass, after retries, with
    the source's Retry-After), SourceChanged (more than MOST_BYTES) or EnoughAsked (by PACE).
    """
    again = stamina.AsyncRetryingCaller(
        attempts=patience.attempts,
        timeout=None,
        wait_initial=patience.first_wait,
        wait_max=patience.total,
        wait_jitter=patience.first_wait,
    )

    async def ask() -> Answer:
        await pace.turn()
        return await _ask(client, request, what, most_bytes, answers)

    try:
        async with asyncio.timeout(patience.total.total_seconds()):
            return await again(lambda error: _pause(error, patience), ask)
    except TimeoutError as error:
        raise SourceUnavailable(
            f"{what}: no whole answer within {patience.total} from {request.url}"
        ) from error


def pace_of(base_url: str, paces: Mapping[str, timedelta]) -> timedelta:
    """Return the least time between two starts that BASE_URL's host asks for, by PACES; none at a stand-in."""
    return paces.get(urlsplit(base_url).hostname or "", timedelta(0))


def _pause(error: Exception, patience: Patience) -> bool | float:
    """Tell stamina whether to ask again, and after how many seconds where the source said so."""
    if not isinstance(error, TryAgain):
        return False
    if error.retry_after is None:
        return True
    if error.retry_after >= patience.total:
        return False
    return error.retry_after.total_seconds() + random.uniform(0, patience.first_wait.total_seconds())  # noqa: S311  # jitter, not a secret


async def _ask(
    client: httpx.AsyncClient, request: httpx.Request, what: str, most_bytes: int, answers: Collection[int]
) -> Answer:
    try:
        async with aclosing(await client.send(request, stream=True)) as response:
            # Of an error too: the connection can be used again.
            body = await _body(response, what, most_bytes)
    except _BROKEN as error:
        raise TryAgain(f"{what}: {type(error).__name__} ({error}) from {request.url}") from error
    if response.status_code not in answers:
        _refuse(response, what)
    return Answer(response.status_code, response.headers, body)


def _refuse(response: httpx.Response, what: str) -> NoReturn:
    status = response.status_code
    message = f"{what}: answered {status} at {response.url}"
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        raise DocumentMissing(message)
    if status == HTTPStatus.FORBIDDEN:
        raise SourceRefused(f"{message}; ask nothing more of it now, and look why")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Throttled(message, retry_after=_retry_after(response.headers))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise TryAgain(message, retry_after=_retry_after(response.headers))
    raise SourceUnavailable(f"{message}, which it never did before")


async def _body(response: httpx.Response, what: str, most_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > most_bytes:
            raise SourceChanged(f"{what}: longer than {most_bytes} bytes at {response.url}; not read on")
    return bytes(body)


def _retry_after(headers: httpx.Headers) -> timedelta | None:
    """Read Retry-After as seconds, or as a date measured against the source's own Date (RFC 9110, 10.2.3).

    Where there is none, the second at which X-RateLimit-Reset says that we may ask again.
    """
    value = headers.get("Retry-After", "")
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), 10**8))
    try:
        then = parsedate_to_datetime(value) if value else _reset(headers)
        wait = then - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError, OverflowError):  # TypeError: one of the two names no zone
        return None
    return max(wait, timedelta(0))


def _reset(headers: httpx.Headers) -> datetime:
    value = headers.get("X-RateLimit-Reset", "")
    if not (value.isascii() and value.isdigit()):
        raise ValueError(f"{value!r} is no count of seconds")
    return datetime.fromtimestamp(int(value[:12]), UTC)
