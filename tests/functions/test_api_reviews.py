"""The review queue through the API, over real HTTP: listed, decided, taken back; those concerned hear of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from common.db.engine import write_transaction
from common.db.tables import filers, filings, to_match, versions
from common.errors import LeaseLost
from common.runtime.records import Status
from tests.support.alerts import GREEN, GREENE, NOW, SCAN, Watch
from tests.support.api import an_api
from tests.support.restated import FIRST, SECOND, amended, linked, versions_of
from tests.support.reviewing import Desk, doubtful
from tests.support.trades import a_trade


@pytest.fixture
def desk(database_url: str, redis_url: str) -> Iterator[Desk]:
    with an_api(database_url, redis_url) as api:
        yield Desk(api, Watch(api.engine))


def test_a_filer_whom_nobody_knows_is_listed_with_the_documents_at_hand(desk: Desk) -> None:
    desk.by_nobody(a_trade())

    review = desk.open("filer")

    assert (review["about"], review["reason"]) == ("Hon. None (XX00)", "no member of that name")
    assert review["evidence"]["candidates"] == [GREENE]
    assert [one["url"] for one in review["documents"]] == ["http://127.0.0.1/20090001.pdf"]


def test_who_a_filer_is_makes_versions_that_their_followers_are_told(desk: Desk) -> None:
    kyle = desk.watch.subscriber()
    desk.watch.rule(kyle, members=[GREENE])
    read, scan = desk.by_nobody(a_trade()), desk.by_nobody(SCAN)
    desk.watch.plan()
    before = desk.watch.mails()

    decided = desk.decide(desk.open("filer"), bioguide=GREENE)
    desk.watch.plan()

    assert (decided.status_code, decided.json()["versions"]) == (200, True)
    assert desk.whose == {(read, 1): None, (scan, 1): None, (read, 2): GREENE, (scan, 2): GREENE}
    assert before == []
    assert len(desk.watch.mails()) == 2
    assert desk.api.get("/admin/reviews").json()["reviews"] == []
    assert desk.api.parts.lock.holder("congressional_sync") is None


def test_those_concerned_by_a_decision_and_by_its_undo_are_told_at_once(desk: Desk) -> None:
    desk.by_nobody(a_trade())
    review = desk.open("filer")

    decided = desk.decide(review, bioguide=GREENE).json()["notifications"]
    undone = desk.undo(desk.decided()).json()["notifications"]

    runs = [taken.headers["Capitolscope-Run"] for taken in desk.api.queue.taken]
    assert runs == [decided, undone]
    assert {taken.path for taken in desk.api.queue.taken} == {"/notifications"}
    assert desk.api.record(decided).status is Status.QUEUED


def test_a_decision_stands_where_nobody_takes_the_telling_of_it(desk: Desk) -> None:
    filing = desk.by_nobody(a_trade())
    desk.api.queue.status = 503

    decided = desk.decide(desk.open("filer"), bioguide=GREENE)

    waiting = [(row.filing_id, row.version) for row in desk.watch.rows(to_match)]
    assert (decided.status_code, decided.json()["notifications"]) == (200, None)
    assert desk.whose[filing, 2] == GREENE
    assert (filing, 2) in waiting
    assert any("handover.failed" in line for line in desk.api.lines)


def test_what_was_said_of_a_filer_is_kept_when_the_same_is_read_again(desk: Desk) -> None:
    filing = desk.by_nobody(a_trade())
    desk.decide(desk.open("filer"), bioguide=GREENE)
    (filer,) = (row for row in desk.watch.rows(filers) if row.name == "Hon. None")

    with write_transaction(desk.api.engine) as tx:
        again = desk.watch.store(tx, filing, a_trade(), by=GREENE)

    assert (filer.bioguide, filer.method, again) == (GREENE, "operator", False)


def test_that_a_filer_is_nobody_of_ours_settles_it_and_changes_no_fact(desk: Desk) -> None:
    filing = desk.by_nobody(a_trade())

    decided = desk.decide(desk.open("filer"), bioguide=None)

    (settled,) = desk.api.get("/admin/reviews?open=false").json()["reviews"]
    assert decided.json() == {"review_id": settled["review_id"], "versions": False, "notifications": None}
    assert desk.api.queue.taken == []
    assert settled["decision"]["bioguide"] is None
    assert desk.whose == {(filing, 1): None}


def test_taking_back_who_a_filer_is_makes_versions_again_and_opens_the_review(desk: Desk) -> None:
    filing = desk.by_nobody(a_trade())
    review = desk.open("filer")
    desk.decide(review, bioguide=GREENE)
    desk.decide(review, bioguide=GREEN)

    undone = desk.undo(desk.decided())

    (filer,) = (row for row in desk.watch.rows(filers) if row.name == "Hon. None")
    assert (undone.status_code, undone.json()["versions"]) == (200, True)
    assert [desk.whose[filing, number] for number in (1, 2, 3, 4)] == [None, GREENE, GREEN, None]
    assert (filer.bioguide, filer.method) == (None, "test")
    assert desk.open("filer")["decision"] is None
    assert len(desk.watch.rows(to_match)) == 4


def test_who_a_filer_is_links_their_amendments_and_taking_it_back_unlinks_them(desk: Desk) -> None:
    desk.watch.file(a_trade(), filed=FIRST)
    desk.by_nobody(amended(owner="SP"), filed=SECOND)
    review = desk.open("filer")

    desk.decide(review, bioguide=GREENE)
    links = linked(desk.watch)
    desk.undo(desk.decided())

    assert links == {"2/1": "1/1"}
    assert linked(desk.watch) == {}


def test_what_came_since_is_nobodys_after_the_undo_and_read_again(desk: Desk) -> None:
    desk.by_nobody(a_trade())
    review = desk.open("filer")
    desk.decide(review, bioguide=GREENE)
    since = desk.by_nobody(a_trade())
    with write_transaction(desk.api.engine) as tx:
        tx.execute(update(versions).where(versions.c.filing_id == since).values(bioguide=GREENE))

    desk.undo(desk.decided())

    (row,) = (row for row in desk.watch.rows(filings) if row.id == since)
    assert desk.whose[since, 2] is None
    assert row.next_attempt_at == row.first_seen


def test_an_amendment_is_listed_with_its_document_and_those_of_the_candidates(desk: Desk) -> None:
    doubtful(desk)

    review = desk.open("amendment")

    assert review["about"] == "20090003/1"
    assert review["documents"][0]["doc_id"] == "20090003"
    assert {one["name"] for one in review["evidence"]["candidates"]} <= {"20090001/1", "20090002/1"}


def test_which_row_an_amendment_restates_is_decided_and_taken_back(desk: Desk) -> None:
    doubtful(desk)
    review = desk.open("amendment")

    decided = desk.decide(review, original="20090002/1")
    links = linked(desk.watch)
    undone = desk.undo(desk.decided())

    assert (decided.status_code, decided.json()["versions"]) == (200, True)
    assert links == {"3/1": "2/1"}
    assert (undone.status_code, undone.json()["versions"]) == (200, True)
    assert linked(desk.watch) == {}
    assert versions_of(desk.watch)[3] == 3


def test_that_an_amendment_restates_nothing_of_ours_settles_it(desk: Desk) -> None:
    doubtful(desk)

    decided = desk.decide(desk.open("amendment"), original=None)

    assert decided.status_code == 200
    assert desk.api.get("/admin/reviews").json()["reviews"] == []


@pytest.mark.parametrize(
    ("kind", "said", "field"),
    [
        ("filer", {"bioguide": "X000001"}, "bioguide"),
        ("filer", {"bioguide": "somebody"}, "bioguide"),
        ("filer", {"original": "20090001/1"}, "bioguide"),
        ("filer", {}, "bioguide"),
        ("amendment", {"bioguide": GREENE}, "original"),
        ("amendment", {"original": "20099999/1"}, "original"),
        ("amendment", {"original": "20090001"}, "original"),
    ],
)
def test_what_cannot_be_decided_so_is_refused_and_changes_nothing(
    desk: Desk, kind: str, said: dict[str, str], field: str
) -> None:
    doubtful(desk) if kind == "amendment" else desk.by_nobody(a_trade())
    review = desk.open(kind)
    before = desk.whose

    refused = desk.decide(review, **said)

    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert desk.open(kind) == review
    assert desk.whose == before


def test_what_no_operator_decided_cannot_be_taken_back(desk: Desk) -> None:
    desk.by_nobody(a_trade())

    assert desk.undo(desk.open("filer") | {"closed_at": NOW.isoformat()}).status_code == 409


def test_an_older_decision_than_the_last_one_is_not_taken_back(desk: Desk) -> None:
    filing = desk.by_nobody(a_trade())
    review = desk.open("filer")
    desk.decide(review, bioguide=GREEN)
    older = desk.decided()
    desk.api.now += timedelta(seconds=1)
    desk.decide(review, bioguide=GREENE)

    refused = desk.undo(older)

    assert (refused.status_code, desk.whose[filing, 3]) == (409, GREENE)
    assert "decided anew meanwhile" in refused.json()["error"]


@pytest.mark.parametrize(("verb", "said"), [("decide", {}), ("undo", {"closed_at": NOW.isoformat()})])
def test_a_review_that_is_not_there_is_not_found(desk: Desk, verb: str, said: dict[str, str]) -> None:
    answer = desk.api.post(f"/admin/reviews/99/{verb}", said)

    assert answer.status_code == 404


def test_a_decision_waits_for_a_sync_that_is_at_work(desk: Desk) -> None:
    desk.by_nobody(a_trade())
    review = desk.open("filer")
    desk.api.hold_lock("congressional_sync-20261103T130000Z", "congressional_sync")

    refused = desk.decide(review, bioguide=GREENE)

    assert (refused.status_code, desk.open("filer")) == (409, review)
    assert desk.api.parts.lock.holder("congressional_sync") is not None


def test_a_decision_whose_lock_is_released_meanwhile_is_to_be_made_again(desk: Desk) -> None:
    class Overtaken:
        def __getattr__(self, name: str) -> Any:
            return getattr(database, name)

        def writing(self, *_: object) -> Any:
            raise LeaseLost("another run holds it")

    desk.by_nobody(a_trade())
    review = desk.open("filer")
    database = desk.api.parts.database
    desk.api.change(database=Overtaken())

    assert desk.decide(review, bioguide=GREENE).status_code == 503


def test_reviews_are_listed_page_by_page(desk: Desk) -> None:
    desk.by_nobody(a_trade())
    doubtful(replace(desk))

    first = desk.api.get("/admin/reviews?limit=1").json()
    second = desk.api.get(first["next"]).json()

    assert [one["kind"] for one in [*first["reviews"], *second["reviews"]]] == ["filer", "amendment"]
    assert second["next"] is None
