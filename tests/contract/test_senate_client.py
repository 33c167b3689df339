"""The Senate client against a real server: its session, what it brings, at what pace it asks, and when it stops."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise
from time import monotonic
from urllib.parse import parse_qs

import pytest

from common import __version__
from common.disclosures import senate_client
from common.disclosures.senate_client import DATA, HOME, PACES, SEARCH, SenateClient
from common.disclosures.senate_search import parse_search, search_form
from common.download import pace_of
from common.errors import DocumentMissing, EnoughAsked, SourceChanged, SourceRefused, SourceUnavailable
from local.standins.senate import SenateStandin, led_home, refused_by_akamai
from local.standins.senate_pages import report_page
from local.standins.site import Fault, Reply, cut, instead, slow, status
from tests.support.senate import CONTACT, a_report, asking

REPORT = a_report(1)
PAPER = a_report(2, paper_pages=2)
ALL_OF_2025 = search_form(date(2025, 1, 1), date(2025, 12, 31))
AGREEING = [HOME, HOME, SEARCH]


@pytest.fixture
def senate() -> Iterator[SenateStandin]:
    with SenateStandin([REPORT, PAPER]) as standin:
        yield standin


@pytest.fixture
def client(senate: SenateStandin) -> Iterator[SenateClient]:
    with asking(senate) as lent:
        yield lent


def search(client: SenateClient) -> bytes:
    return client.search(ALL_OF_2025, what="Senate search 2025")


def fetch(client: SenateClient, senate: SenateStandin) -> bytes:
    return client.report(senate.url + REPORT.path, what=f"Senate document {REPORT.uuid}").body


def test_a_visitor_agrees_once_and_then_searches_and_reads(
    senate: SenateStandin, client: SenateClient
) -> None:
    answer = parse_search(search(client))
    page = fetch(client, senate)

    assert (answer.total, [row.uuid for row in answer.rows]) == (2, [REPORT.uuid, PAPER.uuid])
    assert page == report_page(REPORT)
    assert senate.paths() == [*AGREEING, DATA, REPORT.path]


def test_a_report_comes_with_its_hash_and_its_address_and_no_date(
    senate: SenateStandin, client: SenateClient
) -> None:
    document = client.report(senate.url + PAPER.path, what="a report")

    assert document.body == report_page(PAPER)
    assert document.sha256 == sha256(document.body).hexdigest()
    assert (document.url, document.last_modified) == (senate.url + PAPER.path, None)


def test_forms_bring_the_token_of_the_page_and_say_where_they_come_from(
    senate: SenateStandin, client: SenateClient
) -> None:
    search(client)

    _, agreeing, _, searching = senate.requests
    agreed = parse_qs(agreeing.body.decode())
    assert agreed["prohibition_agreement"] == ["1"]
    assert agreed["csrfmiddlewaretoken"][0] not in agreeing.headers["Cookie"]
    assert agreeing.headers["Referer"] == senate.url + HOME
    assert searching.headers["Referer"] == senate.url + SEARCH
    assert f"csrftoken={searching.headers['X-CSRFToken']}" in searching.headers["Cookie"]
    assert parse_qs(searching.body.decode())["length"] == ["100"]


def test_every_request_says_who_asks_and_how_to_reach_them(
    senate: SenateStandin, client: SenateClient
) -> None:
    search(client)

    agents = {request.headers["User-Agent"] for request in senate.requests}
    assert agents == {f"CapitolScope/{__version__} (+{CONTACT})"}


EXPIRED = {
    "the site leads to its form": SenateStandin.end_sessions,
    "the site shows its form": lambda senate: senate.arm(led_home()),
}


@pytest.mark.parametrize("ask", [lambda client, _: search(client), fetch], ids=["search", "report"])
@pytest.mark.parametrize("expire", EXPIRED.values(), ids=EXPIRED.keys())
def test_a_session_that_ended_is_begun_again_and_the_question_repeated(
    senate: SenateStandin,
    client: SenateClient,
    expire: Callable[[SenateStandin], None],
    ask: Callable[[SenateClient, SenateStandin], bytes],
) -> None:
    before = ask(client, senate)
    expire(senate)
    senate.requests.clear()

    after = ask(client, senate)

    question = senate.paths()[-1]
    assert after == before
    assert senate.paths() == [question, *AGREEING, question]


def test_each_of_many_sessions_that_end_soon_is_begun_again(senate: SenateStandin) -> None:
    senate.session_length = 2  # the search page behind the agreement is one

    with asking(senate) as client:
        pages = [fetch(client, senate) for _ in range(3)]

    assert pages == [report_page(REPORT)] * 3
    assert senate.paths().count(HOME) == 6


def test_a_session_that_ends_right_after_we_agreed_stops_everything(senate: SenateStandin) -> None:
    senate.session_length = 1

    with asking(senate) as client, pytest.raises(SourceRefused, match="right after we did"):
        fetch(client, senate)

    assert senate.paths() == [*AGREEING, REPORT.path] * 2


def test_an_agreement_that_is_not_taken_stops_everything(senate: SenateStandin, client: SenateClient) -> None:
    senate.session_length = 0

    with pytest.raises(SourceRefused, match=f"{HOME} does not take it"):
        search(client)

    assert senate.paths() == AGREEING


FORMLESS = {
    "without a token": instead(b"<title>eFD: Home</title>"),
    "without a cookie": lambda reply: Reply(reply.status, reply.body, reply.headers),
}


@pytest.mark.parametrize("fault", FORMLESS.values(), ids=FORMLESS.keys())
def test_a_form_of_another_layout_is_not_sent(
    senate: SenateStandin, client: SenateClient, fault: Fault
) -> None:
    senate.arm(fault, path=HOME)

    with pytest.raises(SourceChanged, match="holds no form with a csrf token"):
        search(client)

    assert senate.paths() == [HOME]


REFUSALS = {
    "by the guard, before any cookie": (HOME, refused_by_akamai()),
    "of the search": (DATA, refused_by_akamai()),
    "of the agreement": (SEARCH, status(403)),
}


@pytest.mark.parametrize(("path", "fault"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_is_not_argued_with(
    senate: SenateStandin, client: SenateClient, path: str, fault: Fault
) -> None:
    senate.arm(fault, path=path, times=9)

    with pytest.raises(SourceRefused, match="answered 403"):
        search(client)

    assert senate.paths().count(path) == 1


def test_a_token_that_is_not_the_cookies_is_refused_by_django(
    senate: SenateStandin, client: SenateClient
) -> None:
    senate.arm(lambda reply: replace(reply, cookies=("csrftoken=another; Path=/",)), path=HOME)

    with pytest.raises(SourceRefused, match=rf"answered 403 at http://.*{HOME}"):
        search(client)

    assert senate.paths() == [HOME, HOME]


PASSING = {
    "429": status(429),
    "429 with a pause": status(429, retry_after="0"),
    "503": status(503),
    "a connection cut in the body": cut(20),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_what_may_pass_is_asked_for_again(senate: SenateStandin, client: SenateClient, fault: Fault) -> None:
    senate.arm(fault, path=DATA, times=2)

    answer = search(client)

    assert parse_search(answer).total == 2
    assert senate.paths() == [*AGREEING, DATA, DATA, DATA]


def test_patience_ends(senate: SenateStandin, client: SenateClient) -> None:
    senate.arm(status(503), path=HOME, times=9)

    with pytest.raises(SourceUnavailable, match="Senate agreement: answered 503"):
        search(client)

    assert senate.paths() == [HOME] * 3


def test_a_pause_that_the_site_asks_for_is_kept(senate: SenateStandin, client: SenateClient) -> None:
    senate.arm(status(429, retry_after="1"), path=DATA)

    search(client)

    first, second = senate.requests[-2:]
    assert 1 <= second.at - first.at < 2


def test_a_report_that_is_listed_and_not_served_is_missing(
    senate: SenateStandin, client: SenateClient
) -> None:
    with pytest.raises(DocumentMissing, match="a report: answered 404"):
        client.report(senate.url + a_report(9).path, what="a report")


def test_a_page_that_says_sorry_is_taken_for_a_pause(senate: SenateStandin, client: SenateClient) -> None:
    senate.arm(instead(b"<title>eFD</title><p>Sorry, try again later</p>"), path="/search/view/*")

    with pytest.raises(SourceUnavailable, match="the site is sorry"):
        fetch(client, senate)


def test_a_report_may_say_sorry(senate: SenateStandin, client: SenateClient) -> None:
    told = report_page(REPORT).replace(b"--", b"Sorry, late")
    senate.arm(instead(told), path="/search/view/*")

    assert fetch(client, senate) == told


LEADS = {
    "away": ("https://example.org/search/", SourceChanged, "leads away from the site"),
    "in a circle": (REPORT.path, SourceUnavailable, "led on and on"),
}


@pytest.mark.parametrize(("to", "error", "said"), LEADS.values(), ids=LEADS.keys())
def test_an_answer_that_leads_elsewhere_is_followed_within_the_site_and_not_for_ever(
    senate: SenateStandin, client: SenateClient, to: str, error: type[Exception], said: str
) -> None:
    senate.arm(lambda _: Reply(302, b"", {"Location": to}), path="/search/view/*", times=9)

    with pytest.raises(error, match=said):
        fetch(client, senate)

    assert len(senate.requests) <= len(AGREEING) + 3


def test_more_bytes_than_a_page_may_have_are_not_read(senate: SenateStandin, client: SenateClient) -> None:
    senate.arm(instead(bytes(senate_client.MOST_PAGE_BYTES + 1)), path="/search/view/*")

    with pytest.raises(SourceChanged, match="longer than 5000000 bytes"):
        fetch(client, senate)


def test_no_more_is_asked_than_one_run_may_ask_retries_included(senate: SenateStandin) -> None:
    senate.arm(status(503), path=DATA)

    with asking(senate, most_requests=6) as client:
        search(client)
        fetch(client, senate)
        with pytest.raises(EnoughAsked, match="6 requests were made"):
            search(client)

    assert len(senate.requests) == 6


def test_requests_begin_no_closer_than_the_pace(senate: SenateStandin) -> None:
    with asking(senate, pace=timedelta(seconds=0.15)) as client:
        search(client)

    starts = [request.at for request in senate.requests]
    assert starts[-1] - starts[0] > 3 * 0.15 - 0.1  # seconds; on a busy machine one may arrive late
    assert all(later - earlier > 0.05 for earlier, later in pairwise(starts))


def test_the_senate_is_asked_every_second_and_a_half_at_most() -> None:
    assert pace_of("https://efdsearch.senate.gov", PACES) == timedelta(seconds=1.5)
    assert pace_of("http://127.0.0.1:8080", PACES) == timedelta(0)


class TimeIsUp(Exception):
    """What a run raises when it must stop."""


def test_a_run_that_must_stop_stops_while_it_waits(senate: SenateStandin) -> None:
    senate.arm(slow(10), times=99)
    breaths = iter([None, TimeIsUp()])

    def breathe() -> None:
        if stop := next(breaths):
            raise stop

    began = monotonic()

    with pytest.raises(TimeIsUp), asking(senate, breathe=breathe) as client:
        search(client)

    assert monotonic() - began < 2
