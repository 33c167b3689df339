"""congress-legislators, fetched: two files, both or neither, so that whoever moved from one to the other is in one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

import httpx

from common.background import first_done
from common.download import Answer, Pace, Patience, Requests, get

FILES = ("legislators-current.json", "legislators-historical.json")
MOST_BYTES = 64 * 2**20  # almost five times the longer one
ONE_TRY = Patience(attempts=1, total=timedelta(seconds=45))


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """One of FILES as it was sent."""

    name: str
    body: bytes
    etag: str | None


def fetch_legislators(
    base_url: str, contact: str, *, etags: Mapping[str, str], breathe: Callable[[], None]
) -> list[FetchedFile]:
    """Return all FILES; none where each is still what ETAGS, by name, came with. Each request is tried once.

    Raises DocumentMissing, SourceRefused, SourceUnavailable or SourceChanged (too long).
    """

    async def fetch(client: httpx.AsyncClient) -> list[FetchedFile]:
        answers = {name: await _ask(client, base_url, name, etags.get(name)) for name in FILES}
        same = [name for name, answer in answers.items() if answer.status == HTTPStatus.NOT_MODIFIED]
        if len(same) == len(FILES):
            return []
        answers |= {name: await _ask(client, base_url, name, None) for name in same}
        return [
            FetchedFile(name, answer.body, answer.headers.get("ETag")) for name, answer in answers.items()
        ]

    with Requests(contact) as requests:
        future = requests.start(fetch)
        first_done([future], breathe)
        return future.result()


async def _ask(client: httpx.AsyncClient, base_url: str, name: str, etag: str | None) -> Answer:
    return await get(
        client,
        f"{base_url}/{name}",
        what=f"roster: {name}",
        most_bytes=MOST_BYTES,
        pace=Pace(timedelta(0)),
        patience=ONE_TRY,
        headers={"If-None-Match": etag} if etag else None,
    )
