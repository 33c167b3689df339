"""The House client against a real server, through every fault that the Clerk's site may have."""

from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest

from common.disclosures.house import client as house_client
from common.disclosures.house.client import (
    HouseClient,
)
from common.disclosures.house.index import MOST_ARCHIVE_BYTES
from common.errors import DocumentMissing, SourceChanged, SourceRefused, SourceUnavailable
from local.standins.house import HouseStandin
from local.standins.site import Fault, Reply, cut, instead, slow, status
from tests.support.house import CONTACT, GREENE, QUICK, with_header

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

    assert document.body.startswith(b"%PDF-")
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
    hasty = HouseClient(house.url, CONTACT, patience=replace(QUICK, total=timedelta(seconds=0.3)))
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

    assert document.body.startswith(b"%PDF-")
