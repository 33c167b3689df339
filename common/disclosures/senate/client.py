"""Asks the Senate's site for search answers and reports, politely; what is inside them is for others to read.

The site wants a visitor to agree to its terms of use (5 U.S.C. 13107(c)) before it shows anything, and forgets that it did.
"""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Self

import httpx

from common.background import first_done
from common.disclosures.fetched import FetchedDocument
from common.disclosures.senate.ptr.documents import ELECTRONIC, END, PAPER
from common.download import Answer, Pace, Patience, Requests, pace_of, send
from common.errors import SessionExpired, SourceChanged, SourceRefused, SourceUnavailable

HOME, SEARCH, DATA = "/search/home/", "/search/", "/search/report/data/"
PACES = {"efdsearch.senate.gov": timedelta(seconds=1.5)}  # host -> least time between two starts
MOST_REQUESTS = 200  # of one run
MOST_HOPS = 3  # redirects behind one request; the site makes one
MOST_PAGE_BYTES = 5_000_000  # a report of 184 rows has 0.3 MB; a search answer of 100 rows 0.05 MB
ANSWERS = (HTTPStatus.OK, HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND)
AGREEMENT = b'id="agreement_form"'
TOKEN = re.compile(r'name="csrfmiddlewaretoken"\s+value="([A-Za-z0-9]+)"')
TITLE = re.compile(rb"<title>([^<]{0,200})")

Prepare = Callable[[httpx.AsyncClient], httpx.Request]
"""Makes a request anew, with the cookies of the present session."""


def pace_at(base_url: str, pace: timedelta | None, most_requests: int) -> Pace:
    """Return PACE, None = the one that belongs to BASE_URL, for so many requests."""
    return Pace(pace_of(base_url, PACES) if pace is None else pace, most=most_requests)


class SenateClient:
    """The Senate's site, or a stand-in at BASE_URL, asked one request at a time while the context lasts.

    PACE is the least time between two starts; None = the one that belongs to the base URL. One that several clients share
    counts the requests of all. BREATHE is called at least
    every half second while waiting; what it raises ends the wait at once. Every method raises SourceRefused (403, or the
    site does not let us agree: ask nothing more), SourceUnavailable, SourceChanged (too long), and EnoughAsked after
    MOST_REQUESTS, those that ask again included.
    """

    def __init__(
        self,
        base_url: str,
        contact: str,
        *,
        pace: timedelta | Pace | None = None,
        patience: Patience | None = None,
        breathe: Callable[[], None] = lambda: None,
        most_requests: int,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._requests = Requests(contact)
        self._pace = pace if isinstance(pace, Pace) else pace_at(base_url, pace, most_requests)
        self._patience = patience or Patience()
        self._breathe = breathe
        self._agreed = False

    def __enter__(self) -> Self:
        self._requests.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._requests.__exit__()

    def search(self, form: Mapping[str, str], *, what: str) -> bytes:
        """Return the answer to a search with FORM's fields; WHAT names it in errors."""

        def prepare(client: httpx.AsyncClient) -> httpx.Request:
            headers = {
                "Referer": self._base_url + SEARCH,
                "X-CSRFToken": client.cookies.get("csrftoken") or "",
                "X-Requested-With": "XMLHttpRequest",
            }
            return client.build_request("POST", self._base_url + DATA, data=dict(form), headers=headers)

        return self._wait(prepare, what).body

    def report(self, url: str, *, what: str) -> FetchedDocument:
        """Return the report at URL; WHAT names it in errors."""
        answer = self._wait(
            lambda client: client.build_request("GET", url, headers={"Referer": self._base_url + SEARCH}),
            what,
        )
        if (title := _title(answer.body)) not in {ELECTRONIC, PAPER}:
            # A pause (some clients know one that says Sorry), maintenance, or the search page: none is the report's fault.
            raise SourceUnavailable(f"{what}: {url} answers a page titled {title!r} in place of a report")
        if END not in answer.body:
            raise SourceUnavailable(f"{what}: {url} breaks off before {END.decode()}")
        return FetchedDocument(answer.body, sha256(answer.body).hexdigest(), last_modified=None, url=url)

    def _wait(self, prepare: Prepare, what: str) -> Answer:
        future = self._requests.start(lambda client: self._in_session(client, prepare, what))
        first_done([future], self._breathe)
        try:
            return future.result()
        except (httpx.CookieConflict, UnicodeError) as odd:
            raise SourceUnavailable(
                f"{what}: the site's cookies make a request that cannot be sent ({odd}); look at its headers"
            ) from odd

    async def _in_session(self, client: httpx.AsyncClient, prepare: Prepare, what: str) -> Answer:
        """Return the answer to what PREPARE makes, having agreed before; once more where the site forgot that."""
        if not self._agreed:
            await self._agree(client)
        try:
            return await self._ask(client, prepare(client), what)
        except SessionExpired:
            await self._agree(client)
        try:
            return await self._ask(client, prepare(client), what)
        except SessionExpired as expired:
            raise SourceRefused(f"{expired}, right after we did; ask nothing more of it now") from expired

    async def _agree(self, client: httpx.AsyncClient) -> None:
        """Agree to the terms of use, as a new visitor."""
        try:
            await self._agree_at(client, self._base_url + HOME, "Senate agreement")
        except SourceChanged as change:  # of no report's page
            raise SourceRefused(f"{change}; look at the site's form") from change

    async def _agree_at(self, client: httpx.AsyncClient, home: str, what: str) -> None:
        self._agreed = False
        client.cookies.clear()
        page = await self._send(client, client.build_request("GET", home), what)
        token = TOKEN.search(page.body.decode(errors="replace"))
        if token is None or "csrftoken" not in client.cookies:
            raise SourceRefused(
                f"{what}: {home} holds no form with a csrf token, or sets no cookie of it; look at it"
            )
        form = {"csrfmiddlewaretoken": token[1], "prohibition_agreement": "1"}
        agreeing = client.build_request("POST", home, data=form, headers={"Referer": home})
        try:
            await self._ask(client, agreeing, what)
        except SessionExpired as refusal:
            raise SourceRefused(f"{what}: {home} does not take it; look at its form") from refusal
        self._agreed = True

    async def _ask(self, client: httpx.AsyncClient, request: httpx.Request, what: str) -> Answer:
        """Return the page behind REQUEST. Raises SessionExpired where the site asks to agree instead."""
        for _ in range(MOST_HOPS):
            answer = await self._send(client, request, what)
            if AGREEMENT in answer.body:
                raise SessionExpired(f"{what}: the site asks to agree to its terms again")
            if answer.status == HTTPStatus.OK:
                return answer
            request = self._led_on(client, request, answer, what)
        raise SourceUnavailable(f"{what}: led on and on, at last to {request.url}")

    def _led_on(
        self, client: httpx.AsyncClient, request: httpx.Request, answer: Answer, what: str
    ) -> httpx.Request:
        to, here = request.url.join(answer.headers.get("Location", "")), httpx.URL(self._base_url)
        if (to.scheme, to.netloc) != (here.scheme, here.netloc):
            raise SourceUnavailable(f"{what}: leads away from the site, to {to}; not followed")
        if to.path == HOME:
            raise SessionExpired(f"{what}: the site leads to its terms again")
        return client.build_request("GET", to)

    async def _send(self, client: httpx.AsyncClient, request: httpx.Request, what: str) -> Answer:
        return await send(
            client,
            request,
            what=what,
            most_bytes=MOST_PAGE_BYTES,
            pace=self._pace,
            patience=self._patience,
            answers=ANSWERS,
        )


def _title(page: bytes) -> str:
    found = TITLE.search(page)
    return " ".join(found[1].decode(errors="replace").split()) if found else ""
