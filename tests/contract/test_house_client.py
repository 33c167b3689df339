"""The House client against a real server, through every fault the Clerk's site may have."""

import signal
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from time import monotonic, sleep

import pytest

from common import __version__
from common.disclosures import house_client
from common.disclosures.house_client import (
    FetchedDocument,
    FetchedIndex,
    HouseClient,
    NotModified,
    Wanted,
    pace_of,
)
from common.disclosures.house_index import MOST_ARCHIVE_BYTES, parse_index
from common.download import Patience
from common.errors import DocumentMissing, SourceChanged, SourceRefused, SourceUnavailable
from local.standins.filings import own_shelf
from local.standins.house import Fault, HouseStandin, Reply, cut, instead, slow, status
from local.standins.shelf import OwnShelf

CLERK = "https://disclosures-clerk.house.gov"
QUICK = Patience(attempts=3, first_wait=timedelta(milliseconds=5), total=timedelta(seconds=5))
GREENE = Wanted(2025, "20990101")
GONE = Wanted(2025, "20990301")


@pytest.fixture(scope="module")
def shelf() -> OwnShelf:
    return own_shelf()


@pytest.fixture
def house(shelf: OwnShelf) -> Iterator[HouseStandin]:
    with HouseStandin(shelf) as standin:
        yield standin


@pytest.fixture
def client(house: HouseStandin) -> HouseClient:
    return HouseClient(house.url, "ops@example.org", patience=QUICK)


def reports(shelf: OwnShelf) -> list[Wanted]:
    return [Wanted(entry.row.year, entry.row.doc_id) for entry in shelf.entries if entry.pdf]


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
        pdf=page.body,
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


def with_header(name: str, value: str) -> Fault:
    def change(reply: Reply) -> Reply:
        return replace(reply, headers={**reply.headers, name: value})

    return change


def test_every_request_says_who_asks_and_how_to_reach_them(house: HouseStandin, client: HouseClient) -> None:
    client.document(*GREENE)

    (request,) = house.requests
    assert request.headers["User-Agent"] == f"CapitolScope/{__version__} (+ops@example.org)"
    assert request.headers["Accept-Encoding"] == "identity"


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == __version__


MISSING = {
    "404": status(404),
    "410": status(410),
    "a page that says missing": instead(b"<!DOCTYPE html><title>404</title>"),
    "an empty page": instead(b""),
}


@pytest.mark.parametrize("fault", MISSING.values(), ids=MISSING.keys())
def test_a_document_that_is_listed_and_not_served_is_missing_and_asked_for_once(
    house: HouseStandin, client: HouseClient, fault: Fault
) -> None:
    house.arm(fault, times=9)

    with pytest.raises(DocumentMissing, match="House document 20990101"):
        client.document(*GREENE)

    assert len(house.requests) == 1


def test_a_refusal_is_not_argued_with(house: HouseStandin, client: HouseClient) -> None:
    house.arm(status(403), times=9)

    with pytest.raises(SourceRefused, match="answered 403"):
        client.document(*GREENE)

    assert len(house.requests) == 1


def test_an_answer_that_was_never_seen_is_not_followed(house: HouseStandin, client: HouseClient) -> None:
    house.arm(with_status(302))

    with pytest.raises(SourceUnavailable, match=r"answered 302 .* which it never did before"):
        client.document(*GREENE)


def with_status(code: int) -> Fault:
    return lambda reply: replace(reply, status=code)


PASSING = {
    "429": status(429),
    "429 with a pause": status(429, retry_after="0"),
    "429 with a date": status(429, retry_after="Sun, 06 Nov 1994 08:49:37 GMT"),
    "429 with nonsense": status(429, retry_after="soon"),
    "500": status(500),
    "503": status(503),
    "a connection cut in the body": cut(500),
    "a connection cut before the body": cut(0),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_what_may_pass_is_asked_for_again(house: HouseStandin, client: HouseClient, fault: Fault) -> None:
    house.arm(fault, times=2)

    document = client.document(*GREENE)

    assert document.pdf.startswith(b"%PDF-")
    assert len(house.requests) == 3


@pytest.mark.parametrize("fault", [status(503), cut(500)], ids=["503", "a cut connection"])
def test_patience_ends(house: HouseStandin, client: HouseClient, fault: Fault) -> None:
    house.arm(fault, times=9)

    with pytest.raises(SourceUnavailable, match="House document 20990101"):
        client.document(*GREENE)

    assert len(house.requests) == QUICK.attempts


def test_a_server_that_is_not_there_is_unavailable(house: HouseStandin, client: HouseClient) -> None:
    house.__exit__()

    with pytest.raises(SourceUnavailable, match="ConnectError"):
        client.document(*GREENE)


def test_a_pause_that_the_source_asks_for_is_kept(house: HouseStandin, client: HouseClient) -> None:
    house.arm(status(429, retry_after="1"))

    client.document(*GREENE)

    first, second = house.requests
    assert 1 <= second.at - first.at < 2


def test_a_pause_beyond_patience_is_reported_and_not_waited_for(
    house: HouseStandin, client: HouseClient
) -> None:
    house.arm(status(429, retry_after="3600"), times=9)

    with pytest.raises(SourceUnavailable) as unavailable:
        client.document(*GREENE)

    assert unavailable.value.retry_after == timedelta(hours=1)
    assert len(house.requests) == 1


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [
        ("Sun, 06 Nov 1994 09:49:37 GMT", timedelta(hours=1)),
        ("Sun, 06 Nov 1994 09:49:37", None),
        ("Sun, 06 Nov 1994 07:49:37 GMT", timedelta(0)),
        ("99999999999999999999", timedelta(seconds=100_000_000)),
        ("-5", None),
    ],
)
def test_a_pause_is_seconds_or_a_date_by_the_sources_own_clock(
    house: HouseStandin, client: HouseClient, retry_after: str, pause: timedelta | None
) -> None:
    date = {"Date": "Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After": retry_after}
    house.arm(lambda _: Reply(503, b"", date), times=9)

    with pytest.raises(SourceUnavailable) as unavailable:
        client.document(*GREENE)

    assert unavailable.value.retry_after == pause


def test_an_answer_that_never_ends_costs_no_more_than_patience(house: HouseStandin) -> None:
    hasty = HouseClient(house.url, "ops@example.org", patience=replace(QUICK, total=timedelta(seconds=0.3)))
    house.arm(slow(5))
    began = monotonic()

    with pytest.raises(SourceUnavailable, match=r"no whole answer within 0:00:00\.3"):
        hasty.document(*GREENE)

    assert monotonic() - began < 2


def test_more_bytes_than_a_report_may_have_are_not_read(house: HouseStandin, client: HouseClient) -> None:
    house.arm(instead(b"%PDF-" + bytes(house_client.MOST_DOCUMENT_BYTES)))

    with pytest.raises(SourceChanged, match="House document 20990101: longer than 20000000 bytes"):
        client.document(*GREENE)


def test_more_bytes_than_an_index_may_have_are_not_read(house: HouseStandin, client: HouseClient) -> None:
    house.arm(instead(bytes(MOST_ARCHIVE_BYTES + 1)))

    with pytest.raises(SourceChanged, match="House index 2025: longer than"):
        client.index(2025)


def test_a_body_is_kept_as_it_was_sent_even_when_it_says_to_unpack_it(
    house: HouseStandin, client: HouseClient
) -> None:
    house.arm(with_header("Content-Encoding", "gzip"))

    document = client.document(*GREENE)

    assert document.pdf.startswith(b"%PDF-")


# ---- many documents


def test_every_wanted_report_arrives_once_or_its_error_does(client: HouseClient, shelf: OwnShelf) -> None:
    wanted = reports(shelf)

    outcomes = dict(client.fetch_all([*wanted, GONE]))

    assert set(outcomes) == {*wanted, GONE}
    assert isinstance(outcomes.pop(GONE), DocumentMissing)
    assert all(isinstance(outcome, FetchedDocument) for outcome in outcomes.values())


def test_nothing_wanted_asks_for_nothing(house: HouseStandin, client: HouseClient) -> None:
    assert list(client.fetch_all([])) == []
    assert house.requests == []


def test_at_most_four_are_asked_for_at_once(
    house: HouseStandin, client: HouseClient, shelf: OwnShelf
) -> None:
    together = Together()
    house.arm(together, times=99)

    fetched = list(client.fetch_all(reports(shelf)))

    assert len(fetched) == len(reports(shelf))
    assert together.most == 4


class Together:
    """A fault that answers rightly and counts how many requests are under way."""

    def __init__(self) -> None:
        self.most = self._now = 0
        self._lock = threading.Lock()

    def __call__(self, reply: Reply) -> Reply:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        sleep(0.05)
        with self._lock:
            self._now -= 1
        return reply


def test_reports_are_fetched_no_further_ahead_than_they_are_taken(
    house: HouseStandin, client: HouseClient, shelf: OwnShelf
) -> None:
    with closing(client.fetch_all(reports(shelf), at_once=2)) as fetched:
        next(fetched)
        sleep(0.2)

        assert len(house.requests) <= 4


def test_one_slow_report_does_not_hold_up_the_others(
    house: HouseStandin, client: HouseClient, shelf: OwnShelf
) -> None:
    house.arm(slow(0.5), path=f"*/{GREENE.doc_id}.pdf")

    order = [wanted for wanted, _ in client.fetch_all(reports(shelf))]

    assert reports(shelf)[0] == GREENE
    assert order[-1] == GREENE


def test_after_a_refusal_nothing_more_is_asked_for(
    house: HouseStandin, client: HouseClient, shelf: OwnShelf
) -> None:
    house.arm(status(403), times=99)

    outcomes = list(client.fetch_all(reports(shelf), at_once=1))

    assert [type(outcome) for _, outcome in outcomes] == [SourceRefused]
    assert len(house.requests) == 1


def test_closing_early_cancels_what_is_under_way(
    house: HouseStandin, client: HouseClient, shelf: OwnShelf
) -> None:
    first, *others = reports(shelf)
    for other in others:
        house.arm(slow(10), path=f"*/{other.doc_id}.pdf", times=99)
    fetched = client.fetch_all([first, *others])
    next(fetched)
    began = monotonic()

    fetched.close()

    assert monotonic() - began < 2
    assert no_background()


def test_closing_early_does_not_wait_for_a_pause_between_two_attempts(
    house: HouseStandin, client: HouseClient, shelf: OwnShelf
) -> None:
    first, second, *_ = reports(shelf)
    house.arm(status(429, retry_after="4"), path=f"*/{second.doc_id}.pdf", times=99)
    fetched = client.fetch_all([first, second])
    next(fetched)
    began = monotonic()

    fetched.close()

    assert monotonic() - began < 2
    assert no_background()


class TimeIsUp(Exception):
    """What a run raises when it must stop."""


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.index(2025),
        lambda client: client.document(*GREENE),
        lambda client: list(client.fetch_all([GREENE])),
    ],
    ids=["index", "document", "fetch_all"],
)
def test_a_run_that_must_stop_stops_while_it_waits(
    house: HouseStandin, ask: Callable[[HouseClient], object]
) -> None:
    house.arm(slow(10), times=99)
    breaths = iter([None, TimeIsUp()])

    def breathe() -> None:
        if stop := next(breaths):
            raise stop

    began = monotonic()

    with pytest.raises(TimeIsUp):
        ask(HouseClient(house.url, "ops@example.org", patience=QUICK, breathe=breathe))

    assert monotonic() - began < 2
    assert no_background()


def test_a_signal_reaches_the_main_thread_while_it_waits(house: HouseStandin, client: HouseClient) -> None:
    def stop(number: int, frame: object) -> None:
        raise TimeIsUp

    house.arm(slow(10))
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    began = monotonic()
    try:
        with pytest.raises(TimeIsUp):
            client.document(*GREENE)
    finally:
        signal.signal(signal.SIGALRM, before)

    assert monotonic() - began < 2
    assert no_background()


def no_background() -> bool:
    return "background" not in {thread.name for thread in threading.enumerate()}


# ---- pace


def test_the_clerk_is_asked_four_times_a_second_at_most(house: HouseStandin, shelf: OwnShelf) -> None:
    client = HouseClient(house.url, "ops@example.org", pace=pace_of(CLERK))

    fetched = list(client.fetch_all(reports(shelf)[:3]))
    client.index(2025)

    starts = [request.at for request in house.requests]
    assert len(fetched) == 3
    assert all(later - earlier > 0.23 for earlier, later in pairwise(starts))


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
    assert pace_of(base_url) == timedelta(seconds=seconds)
