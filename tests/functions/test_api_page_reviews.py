"""Deciding on the operator's page, over real HTTP as a browser's forms do it: what waits, what was said, taking it back."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from common.db.engine import write_transaction
from common.db.tables import filings, reviews
from tests.support.alerts import BROKEN, GREEN, GREENE, NOW, SCAN, Watch
from tests.support.api import Api, an_api
from tests.support.restated import linked
from tests.support.reviewing import Desk, doubtful
from tests.support.seen_html import tree
from tests.support.trades import a_trade

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def desk(sqlite_url: str, redis_url: str) -> Iterator[Desk]:
    with an_api(sqlite_url, redis_url) as api:
        yield Desk(api, Watch(api.engine))


def press(api: Api, page: httpx.Response, label: str, **filled: str) -> httpx.Response:
    """Press the button that is called LABEL in a form of PAGE, FILLED in; return the page that comes of it."""
    forms = [one for one in tree(page.text).elements() if one.tag == "form"]
    (form, button) = next(
        (form, one)
        for form in forms
        for one in form.elements()
        if one.tag == "button" and label in one.attributes.get("aria-label", one.text())
    )
    own = {button.attributes["name"]: button.attributes["value"]} if "name" in button.attributes else {}
    fields = {one.attributes.get("name") for one in form.elements() if one.tag == "input"}
    assert set(filled) <= fields
    pressed = api.post(form.attributes["action"], data=own | filled, headers=OWN)
    return api.get(pressed.headers["Location"]) if pressed.status_code == 303 else pressed


def words(page: httpx.Response) -> str:
    return " ".join(tree(page.text).text().split())


def whose(desk: Desk) -> Any:
    return desk.whose[max(desk.whose)]


def test_who_a_filer_is_is_chosen_among_the_candidates_and_undone(desk: Desk) -> None:
    desk.by_nobody(a_trade())

    decided = press(desk.api, desk.api.get("/"), "Decide who Hon. None", bioguide=GREENE)
    chosen = whose(desk)
    undone = press(desk.api, decided, "Undo the decision about Hon. None")

    assert chosen == GREENE
    assert "Review 1 is decided: Hon. None (XX00) is Marjorie Greene (R, GA-14)." in words(decided)
    assert "Asked for: notifications-m-" in words(decided)
    assert "Hon. None (XX00) Marjorie Greene (R, GA-14)" in words(decided)
    assert whose(desk) is None
    assert "Review 1 is open." in words(undone)
    assert "Unmatched filers: 1" in words(undone)


def test_a_filer_whom_no_candidate_is_is_another_or_nobody(desk: Desk) -> None:
    desk.by_nobody(a_trade())

    another = press(desk.api, desk.api.get("/"), "Decide", bioguide="other", other=" g000597 ")
    settled = whose(desk)
    press(desk.api, another, "Undo the decision about Hon. None")
    nobody = press(desk.api, desk.api.get("/"), "Decide", bioguide="nobody")

    assert settled == GREEN
    assert "nobody of ours" in words(nobody)


@pytest.mark.parametrize("chosen", ["", "other"])
def test_a_decision_that_says_nobody_is_refused_on_the_page(desk: Desk, chosen: str) -> None:
    desk.by_nobody(a_trade())

    refused = press(desk.api, desk.api.get("/"), "Decide", bioguide=chosen, other="")

    assert (refused.status_code, whose(desk)) == (422, None)
    assert "Choose who it is" in words(refused)
    assert "Unmatched filers: 1" in words(refused)


@pytest.mark.parametrize(
    ("other", "said"), [("Greene", "Choose who it is"), ("X000001", "Nobody in our roster")]
)
def test_an_id_that_is_nobodys_is_refused_on_the_page(desk: Desk, other: str, said: str) -> None:
    desk.by_nobody(a_trade())

    refused = press(desk.api, desk.api.get("/"), "Decide", bioguide="other", other=other)

    assert (refused.status_code, said in words(refused)) == (422, True)


def test_a_decision_waits_on_the_page_for_a_sync_that_is_at_work(desk: Desk) -> None:
    desk.by_nobody(a_trade())
    desk.api.hold_lock("congressional_sync-1", "congressional_sync")

    refused = press(desk.api, desk.api.get("/"), "Decide", bioguide=GREENE)

    assert (refused.status_code, "congressional_sync is at work" in words(refused)) == (409, True)


def test_a_page_that_was_left_open_overrides_nobody_who_decided_since(desk: Desk) -> None:
    desk.by_nobody(a_trade())
    stale = desk.api.get("/")
    press(desk.api, desk.api.get("/"), "Decide", bioguide=GREENE)

    refused = press(desk.api, stale, "Decide", bioguide="nobody")

    assert (refused.status_code, whose(desk)) == (409, GREENE)
    assert "review 1 was settled meanwhile" in words(refused)


def test_a_page_that_was_left_open_takes_back_no_newer_decision_than_it_shows(desk: Desk) -> None:
    desk.by_nobody(a_trade())
    stale = press(desk.api, desk.api.get("/"), "Decide", bioguide="nobody")
    press(desk.api, stale, "Undo the decision about Hon. None")
    desk.api.now += timedelta(seconds=1)
    press(desk.api, desk.api.get("/"), "Decide", bioguide=GREENE)

    refused = press(desk.api, stale, "Undo the decision about Hon. None")

    assert (refused.status_code, whose(desk)) == (409, GREENE)
    assert "review 1 was decided anew meanwhile; look again" in words(refused)


def test_what_an_address_says_was_done_is_shown_as_it_stands(desk: Desk) -> None:
    desk.by_nobody(a_trade())

    made_up = desk.api.get("/?review=77&asked=notifications-m-1")
    waits = desk.api.get("/?review=1")
    with write_transaction(desk.api.engine) as tx:
        tx.execute(update(reviews).values(closed_at=NOW, decision={"method": "nickname"}))
    settled = desk.api.get("/?review=1")

    assert not [one for one in tree(made_up.text).elements() if one.attributes.get("role") == "status"]
    assert "Review 1 is open." in words(waits)
    assert "Review 1 is closed without an operator." in words(settled)


def test_which_row_an_amendment_restates_is_decided_and_undone(desk: Desk) -> None:
    doubtful(desk)

    decided = press(desk.api, desk.api.get("/"), "20090003/1 restates 20090002/1")
    links = linked(desk.watch)
    press(desk.api, decided, "Undo the decision about 20090003/1")

    assert links == {"3/1": "2/1"}
    assert "20090003/1 restates 20090002/1" in words(decided)
    assert linked(desk.watch) == {}


def test_an_amendment_of_nothing_in_our_records_is_settled(desk: Desk) -> None:
    doubtful(desk)

    decided = press(desk.api, desk.api.get("/"), "20090003/1 restates nothing")

    assert "20090003/1 restates nothing in our records" in words(decided)
    assert "Uncertain amendments: 0" in words(decided)


def test_a_filing_that_failed_is_asked_for_again_and_no_other(desk: Desk) -> None:
    desk.watch.file(BROKEN)

    page = press(desk.api, desk.api.get("/"), "Fetch and read 20090001 again")

    (taken,) = desk.api.queue.taken
    assert taken.path == "/congressional_sync"
    assert taken.body == b'{"chambers": ["house"], "years": [2025], "doc_ids": ["20090001"]}'
    assert "Asked for: congressional_sync-m-" in words(page)


def test_a_filing_that_is_not_there_cannot_be_asked_for(desk: Desk) -> None:
    assert desk.api.post("/filings/99/read-again", headers=OWN).status_code == 404


def test_more_than_fits_is_a_page_away(desk: Desk) -> None:
    for _ in range(12):
        desk.watch.file(SCAN)

    first = desk.api.get("/")
    (more,) = (
        one.attributes["href"]
        for one in tree(first.text).elements()
        if one.tag == "a" and one.text() == "Those that follow"
    )
    second = desk.api.get(more)

    assert "Unread scans: 12" in words(second)
    assert [first.text.count(f"/2009{number:04}.pdf") for number in (12, 3, 2, 1)] == [1, 1, 0, 0]
    assert [second.text.count(f"/2009{number:04}.pdf") for number in (12, 3, 2, 1)] == [0, 0, 1, 1]
    assert len(desk.watch.rows(filings)) == 12


def test_an_original_that_no_form_offers_is_refused(desk: Desk) -> None:
    doubtful(desk)

    refused = desk.api.post("/reviews/1/decide", data={"original": "20090002"}, headers=OWN)

    assert (refused.status_code, linked(desk.watch)) == (422, {})


def test_a_form_of_another_site_decides_nothing(desk: Desk) -> None:
    desk.by_nobody(a_trade())

    refused = desk.api.post(
        "/reviews/1/decide", data={"bioguide": GREENE}, headers={"Origin": "https://x.example"}
    )

    assert (refused.status_code, whose(desk)) == (403, None)


def test_a_form_that_says_a_thing_twice_is_refused(desk: Desk) -> None:
    desk.by_nobody(a_trade())

    refused = desk.api.post("/reviews/1/decide", data={"bioguide": [GREENE, GREEN]}, headers=OWN)

    assert (refused.status_code, whose(desk)) == (422, None)
