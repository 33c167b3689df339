"""The Senate client against a real server, through the faults that the Senate's site may have."""

from dataclasses import replace

import pytest

from common.disclosures.senate.client import DATA, HOME, MOST_PAGE_BYTES, SEARCH, SenateClient
from common.disclosures.senate.search import parse_search
from common.errors import DocumentMissing, SourceChanged, SourceRefused, SourceUnavailable
from local.standins.senate import SenateStandin, refused_by_akamai
from local.standins.senate_pages import report_page, search_page
from local.standins.site import Fault, Reply, cut, instead, status, truncated
from tests.support.senate import AGREEING, REPORT, a_report, fetch, search

FORMLESS = {
    "without a token": instead(b"<title>eFD: Home</title>"),
    "without a cookie": lambda reply: Reply(reply.status, reply.body, reply.headers),
}


@pytest.mark.parametrize("fault", FORMLESS.values(), ids=FORMLESS.keys())
def test_a_form_of_another_layout_is_not_sent(
    senate: SenateStandin, senate_client: SenateClient, fault: Fault
) -> None:
    senate.arm(fault, path=HOME)

    with pytest.raises(SourceRefused, match="holds no form with a csrf token"):
        search(senate_client)

    assert senate.paths() == [HOME]


REFUSALS = {
    "by the guard, before any cookie": (HOME, refused_by_akamai()),
    "of the search": (DATA, refused_by_akamai()),
    "of the agreement": (SEARCH, status(403)),
}


@pytest.mark.parametrize(("path", "fault"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_is_not_argued_with(
    senate: SenateStandin, senate_client: SenateClient, path: str, fault: Fault
) -> None:
    senate.arm(fault, path=path, times=9)

    with pytest.raises(SourceRefused, match="answered 403"):
        search(senate_client)

    assert senate.paths().count(path) == 1


def test_a_token_that_is_not_the_cookies_is_refused_by_django(
    senate: SenateStandin, senate_client: SenateClient
) -> None:
    senate.arm(lambda reply: replace(reply, cookies=("csrftoken=another; Path=/",)), path=HOME)

    with pytest.raises(SourceRefused, match=rf"answered 403 at http://.*{HOME}"):
        search(senate_client)

    assert senate.paths() == [HOME, HOME]


PASSING = {
    "429": status(429),
    "429 with a pause": status(429, retry_after="0"),
    "503": status(503),
    "a connection cut in the body": cut(20),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_what_may_pass_is_asked_for_again(
    senate: SenateStandin, senate_client: SenateClient, fault: Fault
) -> None:
    senate.arm(fault, path=DATA, times=2)

    answer = search(senate_client)

    assert parse_search(answer).total == 2
    assert senate.paths() == [*AGREEING, DATA, DATA, DATA]


def test_patience_ends(senate: SenateStandin, senate_client: SenateClient) -> None:
    senate.arm(status(503), path=HOME, times=9)

    with pytest.raises(SourceUnavailable, match="Senate agreement: answered 503"):
        search(senate_client)

    assert senate.paths() == [HOME] * 3


def test_a_pause_that_the_site_asks_for_is_kept(senate: SenateStandin, senate_client: SenateClient) -> None:
    senate.arm(status(429, retry_after="1"), path=DATA)

    search(senate_client)

    first, second = senate.requests[-2:]
    assert 1 <= second.at - first.at < 2


def test_a_report_that_is_listed_and_not_served_is_missing(
    senate: SenateStandin, senate_client: SenateClient
) -> None:
    with pytest.raises(DocumentMissing, match="a report: answered 404"):
        senate_client.report(senate.url + a_report(9).path, what="a report")


OTHER_PAGES = {
    "sorry": b"<title>eFD</title><p>Sorry, try again later</p>",
    "maintenance": b"<h1>We are back soon</h1>",
    "the search": search_page(),
}


@pytest.mark.parametrize("page", OTHER_PAGES.values(), ids=OTHER_PAGES.keys())
def test_another_page_in_place_of_a_report_may_pass(
    senate: SenateStandin, senate_client: SenateClient, page: bytes
) -> None:
    senate.arm(instead(page), path="/search/view/*")

    with pytest.raises(SourceUnavailable, match="in place of a report"):
        fetch(senate_client, senate)


def test_a_report_that_breaks_off_may_be_whole_next_time(
    senate: SenateStandin, senate_client: SenateClient
) -> None:
    senate.arm(truncated(1500), path="/search/view/*")

    with pytest.raises(SourceUnavailable, match="breaks off before </html>"):
        fetch(senate_client, senate)
    assert fetch(senate_client, senate) == report_page(REPORT)


def test_a_report_may_say_sorry(senate: SenateStandin, senate_client: SenateClient) -> None:
    told = report_page(REPORT).replace(b"--", b"Sorry, late")
    senate.arm(instead(told), path="/search/view/*")

    assert fetch(senate_client, senate) == told


LEADS = {
    "away": ("https://example.org/search/", "leads away from the site"),
    "to no host": ("http://[", "leads away from the site"),
    "to no address": ("/search/\x7f", "Invalid URL in location header"),
    "in a circle": (REPORT.path, "led on and on"),
}


@pytest.mark.parametrize(("to", "said"), LEADS.values(), ids=LEADS.keys())
def test_an_answer_that_leads_elsewhere_is_followed_within_the_site_and_not_for_ever(
    senate: SenateStandin, senate_client: SenateClient, to: str, said: str
) -> None:
    senate.arm(lambda _: Reply(302, b"", {"Location": to}), path="/search/view/*", times=9)

    with pytest.raises(SourceUnavailable, match=said):
        fetch(senate_client, senate)

    assert len(senate.requests) <= len(AGREEING) + 3


COOKIES = {
    "twice": "csrftoken=another; Path=/search",
    "not in ASCII": "csrftoken=\xe9; Path=/",
}


@pytest.mark.parametrize("cookie", COOKIES.values(), ids=COOKIES.keys())
def test_cookies_that_cannot_be_sent_back_are_the_sites_fault(
    senate: SenateStandin, senate_client: SenateClient, cookie: str
) -> None:
    senate.arm(lambda reply: replace(reply, cookies=(*reply.cookies, cookie)), path=HOME, times=9)

    with pytest.raises(SourceUnavailable, match="a request that cannot be sent"):
        search(senate_client)


def test_a_way_to_the_same_host_over_another_protocol_is_not_taken(
    senate: SenateStandin, senate_client: SenateClient
) -> None:
    to = senate.url.replace("http:", "ftp:") + SEARCH
    senate.arm(lambda _: Reply(302, b"", {"Location": to}), path=DATA)

    with pytest.raises(SourceUnavailable, match="leads away from the site, to ftp:"):
        search(senate_client)


def test_a_form_of_agreement_that_never_ends_is_no_reports_fault(
    senate: SenateStandin, senate_client: SenateClient
) -> None:
    senate.arm(instead(bytes(MOST_PAGE_BYTES + 1)), path=HOME)

    with pytest.raises(SourceRefused, match="Senate agreement: longer than 5000000 bytes"):
        fetch(senate_client, senate)


def test_more_bytes_than_a_page_may_have_are_not_read(
    senate: SenateStandin, senate_client: SenateClient
) -> None:
    senate.arm(instead(bytes(MOST_PAGE_BYTES + 1)), path="/search/view/*")

    with pytest.raises(SourceChanged, match="longer than 5000000 bytes"):
        fetch(senate_client, senate)
