"""Who filed, settled and recorded, on every database."""

from datetime import date

import pytest
from sqlalchemy import Connection, Engine

from common.db import tables as t
from common.db.engine import write_transaction
from common.members.identity import DISTRICT, DISTRICT_NEAR, UNDECIDED, Printed
from common.members.senators import NAME
from common.members.settle import OPERATOR, Filer, ensure_roster, settle_filer
from tests.support.people import a_member, a_roster, a_term
from tests.support.registry import DOE, LATER, NOW, ROSTER, Listing, Registry, SenateListing


@pytest.fixture
def registry(engine: Engine) -> Registry:
    return Registry(engine)


def test_a_filer_is_settled_by_the_stored_roster_unless_told_otherwise(engine: Engine) -> None:
    listing = Listing(date(2024, 5, 20), "Marjorie Taylor Mrs", "Greene", "GA14")

    with write_transaction(engine) as tx:
        ensure_roster(tx)
        filer = settle_filer(tx, listing, NOW)

    assert filer.bioguide == "G000596"


def test_a_settled_filer_is_recorded_with_how_and_when(registry: Registry) -> None:
    filer = registry.settle(Listing())

    [row] = registry.rows(t.filers)
    assert filer == Filer(row.id, "R000001")
    assert (row.chamber, row.name, row.state_district) == ("house", "Hon. Ada Roe", "OH07")
    assert (row.bioguide, row.method, row.decided_at) == ("R000001", DISTRICT, NOW)
    assert registry.rows(t.reviews) == []


def test_the_same_name_is_the_same_filer(registry: Registry) -> None:
    one = registry.settle(Listing())
    other = registry.settle(Listing(date(2025, 2, 1)), now=LATER)

    [row] = registry.rows(t.filers)
    assert one == other
    assert (row.method, row.decided_at) == (DISTRICT, NOW)


def test_a_name_in_another_district_is_another_filer(registry: Registry) -> None:
    one, other = registry.settle(Listing()), registry.settle(Listing(state_district="OH01"))

    assert one.filer_id != other.filer_id


def test_an_undecided_filer_goes_to_the_review_queue_with_the_candidates(registry: Registry) -> None:
    filer = registry.settle(Listing(first="Zoe"))

    [row], [review] = registry.rows(t.filers), registry.rows(t.reviews)
    assert (filer.bioguide, row.bioguide, row.method) == (None, None, UNDECIDED)
    assert (review.kind, review.subject) == ("filer", str(filer.filer_id))
    assert "another given name" in review.reason
    assert review.evidence == {"candidates": ["R000001"], "filed": "2024-05-20"}
    assert (review.opened_at, review.closed_at) == (NOW, None)


def test_a_filing_without_a_date_is_undecided(registry: Registry) -> None:
    filer = registry.settle(Listing(filed=None))

    [review] = registry.rows(t.reviews)
    assert (filer.bioguide, review.evidence["filed"]) == (None, None)


def test_a_document_that_prints_another_name_leaves_its_filer_undecided(registry: Registry) -> None:
    filer = registry.settle(Listing(), printed=Printed("Hon. Sam Doe", "Member"))

    [review] = registry.rows(t.reviews)
    assert filer.bioguide is None
    assert "Hon. Sam Doe" in review.reason


def test_an_undecided_filer_is_tried_again_once_the_roster_knows_them(engine: Engine) -> None:
    registry = Registry(engine, a_roster(DOE))
    before = registry.settle(Listing())
    registry.learn(ROSTER)

    after = registry.settle(Listing(), now=LATER)

    [row], [review] = registry.rows(t.filers), registry.rows(t.reviews)
    assert (before.bioguide, after) == (None, Filer(before.filer_id, "R000001"))
    assert (row.bioguide, row.method, row.decided_at) == ("R000001", DISTRICT, LATER)
    assert (review.closed_at, review.decision) == (LATER, {"bioguide": "R000001", "method": DISTRICT})


def test_a_review_stays_open_while_the_filing_it_asks_about_is_undecided(registry: Registry) -> None:
    registry.settle(Listing(date(2020, 1, 1)))

    later = registry.settle(Listing(date(2025, 2, 1)), now=LATER)

    [row], [review] = registry.rows(t.filers), registry.rows(t.reviews)
    assert (later.bioguide, row.method) == ("R000001", DISTRICT_NEAR)
    assert (review.closed_at, review.evidence["filed"]) == (None, "2020-01-01")


def test_a_closed_review_opens_again_for_another_doubt(registry: Registry) -> None:
    registry.settle(Listing(), printed=Printed("Hon. Sam Doe", "Member"))
    registry.settle(Listing(), now=LATER)

    registry.settle(Listing(date(2030, 1, 1)), now=LATER)

    [review] = registry.rows(t.reviews)
    assert (review.closed_at, review.evidence["filed"]) == (None, "2030-01-01")


def test_a_name_that_meant_somebody_else_before_is_left_undecided(engine: Engine) -> None:
    elder = a_member("R000001", "Ada", "Roe", a_term("OH07", date(2013, 1, 3), date(2017, 1, 3)))
    younger = a_member("R000002", "Ada", "Roe", "OH07")
    registry = Registry(engine, a_roster(elder, younger))
    first = registry.settle(Listing(date(2016, 5, 5)))

    second = registry.settle(Listing(date(2024, 5, 5)))

    [row], [review] = registry.rows(t.filers), registry.rows(t.reviews)
    assert (first.bioguide, second.bioguide, row.bioguide) == ("R000001", None, "R000001")
    assert review.evidence["candidates"] == ["R000001", "R000002"]


@pytest.mark.parametrize("bioguide", ["D000001", None])
def test_an_operators_decision_is_never_overwritten(registry: Registry, bioguide: str | None) -> None:
    registry.settle(Listing())
    registry.decide(bioguide)

    filer = registry.settle(Listing(), now=LATER)

    [row] = registry.rows(t.filers)
    assert (filer.bioguide, row.bioguide, row.method) == (bioguide, bioguide, OPERATOR)
    assert registry.rows(t.reviews) == []


def test_what_a_broken_off_transaction_settled_is_forgotten(registry: Registry) -> None:
    def break_off(tx: Connection) -> None:
        settle_filer(tx, Listing(), NOW, roster=ROSTER)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        registry.write(break_off)

    assert registry.rows(t.filers) == []


def test_a_senator_is_settled_by_name_and_the_day_of_receipt(registry: Registry) -> None:
    filer = registry.settle_senator(SenateListing())

    [row] = registry.rows(t.filers)
    assert filer == Filer(row.id, "D000001")
    assert (row.chamber, row.name, row.state_district, row.method) == ("senate", "Sam Doe", "", NAME)


def test_a_senator_who_is_nobody_in_the_roster_goes_to_the_review_queue(registry: Registry) -> None:
    unknown = registry.settle_senator(SenateListing(first="Zoe", office="Senator"))
    undated = registry.settle_senator(SenateListing(first="Ida", filed=None))
    doubted = registry.settle_senator(SenateListing(), Printed("The Honorable Ada Roe (Roe, Ada)", ""))

    reviews = registry.rows(t.reviews)
    assert {unknown.bioguide, undated.bioguide, doubted.bioguide} == {None}
    assert [review.subject for review in reviews] == [
        str(filer.filer_id) for filer in (unknown, undated, doubted)
    ]
    assert reviews[0].evidence == {"candidates": ["D000001"], "filed": "2022-05-20"}


def test_one_printed_name_in_both_chambers_is_two_filers(registry: Registry) -> None:
    member = registry.settle(Listing(first="Sam", last="Doe", prefix="", state_district="OH08"))
    senator = registry.settle_senator(SenateListing())

    assert member.filer_id != senator.filer_id
    assert (member.bioguide, senator.bioguide) == ("D000001", "D000001")


def test_a_senator_whose_name_was_another_senators_before_is_left_undecided(engine: Engine) -> None:
    elder = a_member("D000001", "Sam", "Doe", a_term("OH", date(2009, 1, 3), date(2015, 1, 3)))
    younger = a_member("D000002", "Sam", "Doe", a_term("PA", date(2021, 1, 3), date(2027, 1, 3)))
    registry = Registry(engine, a_roster(elder, younger))
    first = registry.settle_senator(SenateListing(date(2014, 5, 5)))

    second = registry.settle_senator(SenateListing())

    [row], [review] = registry.rows(t.filers), registry.rows(t.reviews)
    assert (first.bioguide, second.bioguide, row.bioguide) == ("D000001", None, "D000001")
    assert review.evidence["candidates"] == ["D000001", "D000002"]
