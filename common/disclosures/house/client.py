"""Asks the Clerk for the yearly index and for reports, politely; what is inside them is for others to read."""

from collections.abc import Callable, Coroutine, Generator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import httpx

from common.background import first_done
from common.disclosures.fetched import FetchedDocument, Outcome
from common.disclosures.house.index import MOST_ARCHIVE_BYTES, document_url, index_url
from common.download import Answer, Pace, Patience, Requests, get, pace_of
from common.errors import DocumentMissing, SourceChanged, SourceRefused, SourceUnavailable

T = TypeVar("T")
AT_ONCE = 4  # documents asked for at the same time
PACES = {"disclosures-clerk.house.gov": timedelta(seconds=0.25)}  # host -> least time between two starts
MOST_DOCUMENT_BYTES = 20_000_000  # the largest of 444 known ones has 0.4 MB; scans of many pages are larger
MAGIC = b"%PDF-"
MAGIC_WITHIN = 1024  # bytes; readers accept some before it (PDF 32000-1, Annex H, note 13)


@dataclass(frozen=True, slots=True)
class NotModified:
    """The index is the one already known."""


@dataclass(frozen=True, slots=True)
class FetchedIndex:
    """An index as it was sent, with what to present next time to be told that nothing changed."""

    archive: bytes
    sha256: str
    etag: str | None
    last_modified: str | None
    """Verbatim, for If-Modified-Since."""


class Wanted(NamedTuple):
    """A report, by the index that lists it."""

    year: int
    doc_id: str


class HouseClient:
    """The Clerk's site, or a stand-in at BASE_URL.

    PACE is the least time between two starts; None = the one that belongs to the base URL. BREATHE is called at least
    every half second while waiting; what it raises ends the wait at once, and every request with it.
    """

    def __init__(
        self,
        base_url: str,
        contact: str,
        *,
        pace: timedelta | None = None,
        patience: Patience | None = None,
        breathe: Callable[[], None] = lambda: None,
    ) -> None:
        self._base_url = base_url
        self._contact = contact
        self._pace = Pace(pace_of(base_url, PACES) if pace is None else pace)
        self._patience = patience or Patience()
        self._breathe = breathe

    def index(
        self, year: int, *, etag: str | None = None, last_modified: str | None = None
    ) -> FetchedIndex | NotModified:
        """Return YEAR's index, or NotModified when it is still the one that ETAG and LAST_MODIFIED came with.

        Raises DocumentMissing (there is none yet), SourceRefused, SourceUnavailable or SourceChanged (too long).
        """
        known = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in known.items() if value}
        answer = self._only(lambda client: self._index(client, year, headers))
        if headers and answer.status == HTTPStatus.NOT_MODIFIED:
            return NotModified()
        return FetchedIndex(
            archive=answer.body,
            sha256=sha256(answer.body).hexdigest(),
            etag=answer.headers.get("ETag"),
            last_modified=answer.headers.get("Last-Modified"),
        )

    def document(self, year: int, doc_id: str) -> FetchedDocument:
        """Return the report DOC_ID of YEAR's index.

        Raises DocumentMissing, SourceRefused, SourceUnavailable or SourceChanged (too long).
        """
        return self._only(lambda client: self._document(client, Wanted(year, doc_id)))

    def fetch_all(
        self, wanted: Iterable[Wanted], *, at_once: int = AT_ONCE
    ) -> Generator[tuple[Wanted, Outcome], None, None]:
        """Yield each report, or the error that stands for it, as they arrive; at most AT_ONCE are held or under way.

        After a SourceRefused nothing more is asked for or yielded. Closing the iterator cancels what is under way.
        """
        waiting = iter(wanted)
        with Requests(self._contact) as requests:
            running = {requests.start(self._fetching(one)): one for one in islice(waiting, at_once)}
            while running:
                for done in first_done(running, self._breathe):
                    one, outcome = running.pop(done), done.result()
                    if isinstance(outcome, SourceRefused):
                        yield one, outcome
                        return
                    running |= {requests.start(self._fetching(after)): after for after in islice(waiting, 1)}
                    yield one, outcome

    def _fetching(self, one: Wanted) -> Callable[[httpx.AsyncClient], Coroutine[Any, Any, Outcome]]:
        async def fetch(client: httpx.AsyncClient) -> Outcome:
            try:
                return await self._document(client, one)
            except (SourceUnavailable, SourceChanged) as error:
                return error

        return fetch

    def _only(self, request: Callable[[httpx.AsyncClient], Coroutine[Any, Any, T]]) -> T:
        with Requests(self._contact) as requests:
            future = requests.start(request)
            first_done([future], self._breathe)
            return future.result()

    async def _index(self, client: httpx.AsyncClient, year: int, headers: Mapping[str, str]) -> Answer:
        return await get(
            client,
            index_url(self._base_url, year),
            what=f"House index {year}",
            most_bytes=MOST_ARCHIVE_BYTES,
            pace=self._pace,
            patience=self._patience,
            headers=headers,
        )

    async def _document(self, client: httpx.AsyncClient, one: Wanted) -> FetchedDocument:
        url = document_url(self._base_url, one.year, one.doc_id)
        what = f"House document {one.doc_id}"
        answer = await get(
            client,
            url,
            what=what,
            most_bytes=MOST_DOCUMENT_BYTES,
            pace=self._pace,
            patience=self._patience,
        )
        if MAGIC not in answer.body[:MAGIC_WITHIN]:
            raise DocumentMissing(
                f"{what}: {url} answers a page that is no PDF, which is how the Clerk says missing"
            )
        return FetchedDocument(
            body=answer.body,
            sha256=sha256(answer.body).hexdigest(),
            last_modified=_posted(answer.headers.get("Last-Modified", "")),
            url=url,
        )


def _posted(last_modified: str) -> datetime | None:
    try:
        return parsedate_to_datetime(last_modified).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
