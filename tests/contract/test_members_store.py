"""The roster and the filers in the database, on every database."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Row, Table, func, select, update

from common.db import tables as t
from common.db.engine import read_transaction, write_transaction
from common.members.identity import DISTRICT, DISTRICT_NEAR, UNDECIDED, Printed
from common.members.roster import Roster, load_shipped
from common.members.senators import NAME
from common.members.settle import OPERATOR, Filer, ensure_roster, settle_filer, settle_senator
from common.members.store import load_roster, store_roster
from tests.support.people import a_member, a_roster, a_term

NOW = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ROE = a_member("R000001", "Ada", "Roe", "OH07", middle="M.", other_names=("Poe",))
DOE = a_member("D000001", "Sam", "Doe", a_term("OH", date(2021, 1, 3), date(2023, 1, 3)), "OH08")
ROSTER = a_roster(ROE, DOE)


@dataclass(frozen=True)
class Listing:
    """A row of the Clerk's index, as far as it says who filed."""

    filed: date | None = date(2024, 5, 20)
    first: str = "Ada"
    last: str = "Roe"
    state_district: str = "OH07"
    prefix: str = "Hon."
    suffix: str = ""


@dataclass(frozen=True)
class SenateListing:
    """A row of the Senate's search, as far as it says who filed."""

    filed: date | None = date(2022, 5, 20)
    first: str = "Sam "
    last: str = "Doe"
    office: str = "Doe, Sam (Senator)"


class Registry:
    """One database with the roster, and filings that come in."""

    def __init__(self, engine: Engine, roster: Roster = ROSTER) -> None:
        self.engine = engine
        self.learn(roster)

    def learn(self, roster: Roster) -> None:
        self.roster = roster
        self.write(lambda tx: store_roster(tx, roster))

    def write(self, work: Callable[[Connection], Any]) -> Any:
        with write_transaction(self.engine) as tx:
            return work(tx)

    def settle(self, listing: Listing, *, now: datetime = NOW, printed: Printed | None = None) -> Filer:
        filer = self.write(lambda tx: settle_filer(tx, listing, now, roster=self.roster, printed=printed))
        assert isinstance(filer, Filer)
        return filer

    def settle_senator(self, listing: SenateListing, printed: Printed | None = None) -> Filer:
        filer = self.write(lambda tx: settle_senator(tx, listing, NOW, roster=self.roster, printed=printed))
        assert isinstance(filer, Filer)
        return filer

    def rows(self, table: Table) -> list[Row[Any]]:
        with read_transaction(self.engine) as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key)))

    def decide(self, bioguide: str | None) -> None:
        """Settle every filer as an operator does."""
        self.write(lambda tx: tx.execute(update(t.filers).values(bioguide=bioguide, method=OPERATOR)))


@pytest.fixture
def registry(engine: Engine) -> Registry:
    return Registry(engine)


def test_the_roster_is_stored_with_every_name_and_term(registry: Registry) -> None:
    members, terms = registry.rows(t.members), registry.rows(t.terms)

    assert [(m.bioguide, m.first, m.middle, m.other_names) for m in members] == [
        ("D000001", "Sam", "", []),
        ("R000001", "Ada", "M.", ["Poe"]),
    ]
    assert [(x.bioguide, x.chamber, x.state, x.district, x.start, x.end) for x in terms] == [
        ("D000001", "senate", "OH", None, date(2021, 1, 3), date(2023, 1, 3)),
        ("D000001", "house", "OH", 8, date(2023, 1, 3), date(2025, 1, 3)),
        ("R000001", "house", "OH", 7, date(2023, 1, 3), date(2025, 1, 3)),
    ]


def test_a_stored_roster_is_read_back_as_it_was(registry: Registry) -> None:
    with read_transaction(registry.engine) as connection:
        roster = load_roster(connection)

    assert roster.members == ROSTER.members


def test_storing_the_same_roster_again_changes_nothing(registry: Registry) -> None:
    changed = registry.write(lambda tx: store_roster(tx, ROSTER))

    assert changed == 0


def test_who_left_keeps_their_history(registry: Registry) -> None:
    registry.learn(a_roster(ROE))

    assert [member.bioguide for member in registry.rows(t.members)] == ["D000001", "R000001"]
    assert len(registry.rows(t.terms)) == 3


def test_a_corrected_term_replaces_the_wrong_one(registry: Registry) -> None:
    resigned = a_term("OH07", date(2023, 1, 9), date(2024, 3, 1))

    changed = registry.write(lambda tx: store_roster(tx, a_roster(replace(ROE, terms=(resigned,)))))

    terms = [(x.start, x.end) for x in registry.rows(t.terms) if x.bioguide == "R000001"]
    assert (changed, terms) == (2, [(resigned.start, resigned.end)])


def test_a_new_name_replaces_the_old_one(registry: Registry) -> None:
    registry.learn(a_roster(replace(ROE, last="Roe Poe")))

    assert [member.last for member in registry.rows(t.members)] == ["Doe", "Roe Poe"]


def test_the_shipped_roster_is_stored_whole_and_once(engine: Engine) -> None:
    with write_transaction(engine) as tx:
        first, second = ensure_roster(tx), ensure_roster(tx)
        terms = tx.scalar(select(func.count()).select_from(t.terms))

    assert first == len(load_shipped().members) + (terms or 0)
    assert second == 0


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
