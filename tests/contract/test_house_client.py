"""The House client against a real server: what it brings, and at what pace it asks."""

import tomllib
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from common import __version__
from common.disclosures.fetched import FetchedDocument
from common.disclosures.house.client import (
    PACES,
    FetchedIndex,
    HouseClient,
    NotModified,
)
from common.disclosures.house.index import parse_index
from common.download import pace_of
from common.errors import DocumentMissing, SourceChanged
from local.standins.house import HouseStandin
from local.standins.shelf import OwnShelf
from local.standins.site import status
from tests.support.house import CLERK, CONTACT, GREENE, reports, with_header


def test_an_index_comes_with_the_marks_to_ask_again(client: HouseClient, shelf: OwnShelf) -> None:
    page = shelf.index(2025)

    index = client.index(2025)

    assert page is not None
    assert isinstance(index, FetchedIndex)
    assert index.archive == page.body
    assert index.sha256 == sha256(page.body).hexdigest()
    assert index.last_modified == "Wed, 21 Jan 2026 20:15:00 GMT"
    assert index.etag


@pytest.mark.parametrize("mark", ["etag", "last_modified"])
def test_an_index_that_did_not_change_is_not_sent_again(client: HouseClient, mark: str) -> None:
    index = client.index(2025)
    assert isinstance(index, FetchedIndex)

    again = client.index(2025, **{mark: getattr(index, mark)})

    assert again == NotModified()


def test_an_index_that_changed_is_sent_whatever_its_date(client: HouseClient) -> None:
    index = client.index(2025)
    assert isinstance(index, FetchedIndex)

    again = client.index(2025, etag='"another"', last_modified=index.last_modified)

    assert again == index


def test_not_modified_without_having_known_anything_is_no_index(
    house: HouseStandin, client: HouseClient
) -> None:
    house.arm(status(304))

    index = client.index(2025)

    assert isinstance(index, FetchedIndex)
    with pytest.raises(SourceChanged, match="no readable zip"):
        parse_index(index.archive, year=2025)


def test_a_year_without_an_index_is_missing(client: HouseClient) -> None:
    with pytest.raises(DocumentMissing, match=r"House index 2001: answered 404 at http://.*/2001FD\.zip"):
        client.index(2001)


def test_a_document_comes_with_its_hash_its_address_and_when_it_was_posted(
    house: HouseStandin, client: HouseClient, shelf: OwnShelf
) -> None:
    page = shelf.document(*GREENE)

    document = client.document(*GREENE)

    assert page is not None
    assert document == FetchedDocument(
        body=page.body,
        sha256=sha256(page.body).hexdigest(),
        last_modified=datetime(2025, 3, 17, 20, 15, tzinfo=UTC),
        url=f"{house.url}/public_disc/ptr-pdfs/2025/20990101.pdf",
    )


@pytest.mark.parametrize(
    ("last_modified", "posted"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Sun, 06 Nov 1994 03:49:37 -0500", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("yesterday", None),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("", None),
    ],
)
def test_when_a_document_was_posted_is_known_or_not_guessed(
    house: HouseStandin, client: HouseClient, last_modified: str, posted: datetime | None
) -> None:
    house.arm(with_header("Last-Modified", last_modified))

    assert client.document(*GREENE).last_modified == posted


def test_every_request_says_who_asks_and_how_to_reach_them(house: HouseStandin, client: HouseClient) -> None:
    client.document(*GREENE)

    (request,) = house.requests
    assert request.headers["User-Agent"] == f"CapitolScope/{__version__} (+{CONTACT})"
    assert request.headers["Accept-Encoding"] == "identity"


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == __version__


def test_the_clerk_is_asked_four_times_a_second_at_most(house: HouseStandin, shelf: OwnShelf) -> None:
    client = HouseClient(house.url, CONTACT, pace=pace_of(CLERK, PACES))

    fetched = list(client.fetch_all(reports(shelf)[:3]))
    client.index(2025)

    starts = [request.at for request in house.requests]
    assert len(fetched) == 3
    assert starts[-1] - starts[0] > 3 * 0.25 - 0.1  # seconds; on a busy machine one may arrive late
    assert all(later - earlier > 0.1 for earlier, later in pairwise(starts))


@pytest.mark.parametrize(
    ("base_url", "seconds"),
    [
        (CLERK, 0.25),
        (f"{CLERK}/", 0.25),
        ("http://Disclosures-Clerk.House.gov:443", 0.25),
        ("http://127.0.0.1:8080", 0),
        ("http://disclosures-clerk.house.gov.localhost:8080", 0),
        ("nonsense", 0),
    ],
)
def test_a_pace_belongs_to_its_host(base_url: str, seconds: float) -> None:
    assert pace_of(base_url, PACES) == timedelta(seconds=seconds)
