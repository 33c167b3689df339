"""The Senate client against a real server: its session, what it brings, and at what pace it asks."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from time import monotonic
from urllib.parse import parse_qs

import pytest

from common import __version__
from common.disclosures.senate.client import DATA, HOME, PACES, SEARCH, SenateClient
from common.disclosures.senate.search import parse_search
from common.download import pace_of
from common.errors import EnoughAsked, SourceRefused
from local.standins.senate import SenateStandin, led_home
from local.standins.senate_pages import report_page
from local.standins.site import slow, status
from tests.support.senate import AGREEING, CONTACT, PAPER, REPORT, asking, fetch, search


def test_a_visitor_agrees_once_and_then_searches_and_reads(
    senate: SenateStandin, senate_client: SenateClient
) -> None:
    answer = parse_search(search(senate_client))
    page = fetch(senate_client, senate)

    assert (answer.total, [row.uuid for row in answer.rows]) == (2, [REPORT.uuid, PAPER.uuid])
    assert page == report_page(REPORT)
    assert senate.paths() == [*AGREEING, DATA, REPORT.path]


def test_a_report_comes_with_its_hash_and_its_address_and_no_date(
    senate: SenateStandin, senate_client: SenateClient
) -> None:
    document = senate_client.report(senate.url + PAPER.path, what="a report")

    assert document.body == report_page(PAPER)
    assert document.sha256 == sha256(document.body).hexdigest()
    assert (document.url, document.last_modified) == (senate.url + PAPER.path, None)


def test_forms_bring_the_token_of_the_page_and_say_where_they_come_from(
    senate: SenateStandin, senate_client: SenateClient
) -> None:
    search(senate_client)

    _, agreeing, _, searching = senate.requests
    agreed = parse_qs(agreeing.body.decode())
    assert agreed["prohibition_agreement"] == ["1"]
    assert agreed["csrfmiddlewaretoken"][0] not in agreeing.headers["Cookie"]
    assert agreeing.headers["Referer"] == senate.url + HOME
    assert searching.headers["Referer"] == senate.url + SEARCH
    assert f"csrftoken={searching.headers['X-CSRFToken']}" in searching.headers["Cookie"]
    assert parse_qs(searching.body.decode())["length"] == ["100"]


def test_every_request_says_who_asks_and_how_to_reach_them(
    senate: SenateStandin, senate_client: SenateClient
) -> None:
    search(senate_client)

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
    senate_client: SenateClient,
    expire: Callable[[SenateStandin], None],
    ask: Callable[[SenateClient, SenateStandin], bytes],
) -> None:
    before = ask(senate_client, senate)
    expire(senate)
    senate.requests.clear()

    after = ask(senate_client, senate)

    question = senate.paths()[-1]
    assert after == before
    assert senate.paths() == [question, *AGREEING, question]
    assert "Cookie" not in senate.requests[1].headers


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


def test_an_agreement_that_is_not_taken_stops_everything(
    senate: SenateStandin, senate_client: SenateClient
) -> None:
    senate.session_length = 0

    with pytest.raises(SourceRefused, match=f"{HOME} does not take it"):
        search(senate_client)

    assert senate.paths() == AGREEING


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


def test_the_next_runs_first_request_keeps_the_pace_too(senate: SenateStandin) -> None:
    for _ in range(2):
        with asking(senate, pace=timedelta(seconds=0.15)) as client:
            search(client)

    last, first = senate.requests[len(AGREEING)], senate.requests[len(AGREEING) + 1]
    assert (last.path, first.path) == (DATA, HOME)
    assert first.at - last.at > 0.1


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
