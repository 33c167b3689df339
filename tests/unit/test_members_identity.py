"""Whose filing it is: decided for certain, or left to a person."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from common.members.fit import FilerName
from common.members.identity import (
    AFTER_TERM,
    BEFORE_TERM,
    DISTRICT,
    DISTRICT_NEAR,
    STATE,
    UNDECIDED,
    Printed,
    identify,
)
from common.members.roster import Member, Roster, load_shipped
from tests.support.people import SINCE, UNTIL, a_filer, a_member, a_roster, a_term

DAY = date(2024, 6, 1)
GREENE = "G000596"
ROE = a_member("R000001", "Ada", "Roe", "OH07", nickname="Addie")
DOE = a_member("D000001", "Sam", "Doe", "OH08")
ROSTER = a_roster(ROE, DOE)


def who(filer: FilerName, day: date = DAY, roster: Roster = ROSTER) -> str | None:
    return identify(filer, day, roster).bioguide


@pytest.mark.parametrize(
    "filer",
    [
        FilerName("Hon.", "Marjorie Taylor", "Greene", "", "GA14"),
        FilerName("Mrs.", "Marjorie Taylor", "Greene", "", "GA14"),
        FilerName("", "Marjorie Taylor Mrs", "Greene", "", "GA14"),
        FilerName("Hon.", "Marjorie", "Taylor Greene", "", "GA14"),
        FilerName("Hon. Mrs.", "MARJORIE", "GREENE", "", "GA14"),
    ],
)
def test_every_way_to_write_greene_of_georgia_is_one_person(filer: FilerName) -> None:
    assert who(filer, roster=load_shipped()) == GREENE


@pytest.mark.parametrize(
    ("first", "state_district", "expected"),
    [("Mark", "TN07", "G000590"), ("Al", "TX09", "G000553"), ("Mark", "GA14", None), ("Al", "GA14", None)],
)
def test_the_greens_are_never_greene(first: str, state_district: str, expected: str | None) -> None:
    filer = a_filer(state_district, first, "Green")

    assert who(filer, roster=load_shipped()) == expected
    assert who(replace(filer, last="Greene"), roster=load_shipped()) is None


@pytest.mark.parametrize(
    ("first", "last", "suffix", "state_district", "expected"),
    [
        ("Neal Patrick MD, Facs", "Dunn", "", "FL02", "D000628"),
        ("Neal Patrick", "Dunn, MD, FACS", "", "FL02", "D000628"),
        ("Guy Mr", "Reschenthaler", "", "PA14", "R000610"),
        ("Scott Scott", "Franklin", "", "FL18", "F000472"),
        ("Jefferson", "Van Drew", "", "NJ02", "V000133"),
        ("Marie", "Gluesenkamp Perez", "", "WA03", "G000600"),
        ("Marie Gluesenkamp", "Perez", "", "WA03", "G000600"),
        ("Nanette", "Barragan", "", "CA44", "B001300"),
        ("Michael A.", "Collins", "Jr", "GA10", "C001129"),
        ("Eleanor Holmes", "Norton", "", "DC00", "N000147"),
        ("Earl Leroy", "Carter", "", "GA01", "C001103"),
        ("John Kevin", "Ellzey Sr", "", "TX06", "E000071"),
        ("Ashley", "Hinson Arenholz", "", "IA02", "H001091"),
    ],
)
def test_titles_degrees_compounds_and_legal_names_are_seen_through(
    first: str, last: str, suffix: str, state_district: str, expected: str
) -> None:
    assert who(a_filer(state_district, first, last, suffix=suffix), roster=load_shipped()) == expected


def test_who_serves_the_district_under_that_surname_filed() -> None:
    decision = identify(a_filer("OH07", "Ada", "Roe"), DAY, ROSTER)

    assert (decision.bioguide, decision.method, decision.candidates) == ("R000001", DISTRICT, ("R000001",))
    assert decision.reason == "Ada Roe, by district + surname + serving, for OH07 on 2024-06-01"


def test_initials_are_enough_where_surname_and_district_fit() -> None:
    assert who(a_filer("OH07", "A.", "Roe")) == "R000001"
    assert who(a_filer("OH01", "A.", "Roe")) is None


@pytest.mark.parametrize("first", ["Zoe", "Z.", ""])
def test_another_or_no_given_name_leaves_a_filing_undecided(first: str) -> None:
    decision = identify(a_filer("OH07", first, "Roe"), DAY, ROSTER)

    assert (decision.bioguide, decision.method, decision.candidates) == (None, UNDECIDED, ("R000001",))
    assert decision.reason == "who serves for OH07 has another given name"


def test_half_a_compound_surname_is_enough_in_the_members_own_district() -> None:
    roster = a_roster(a_member("R000001", "Ada", "Roe Poe", "OH07"))

    assert who(a_filer("OH07", "Ada", "Roe"), roster=roster) == "R000001"
    assert who(a_filer("OH01", "Ada", "Roe"), roster=roster) is None


@pytest.mark.parametrize(
    ("day", "method"),
    [
        (SINCE - BEFORE_TERM - timedelta(1), UNDECIDED),
        (SINCE - BEFORE_TERM, DISTRICT_NEAR),
        (SINCE, DISTRICT),
        (UNTIL, DISTRICT),
        (UNTIL + AFTER_TERM, DISTRICT_NEAR),
        (UNTIL + AFTER_TERM + timedelta(1), UNDECIDED),
    ],
)
def test_a_filing_shortly_before_or_after_the_term_is_the_members(day: date, method: str) -> None:
    assert identify(a_filer("OH07", "Ada", "Roe"), day, ROSTER).method == method


def test_a_namesake_who_follows_in_the_seat_leaves_the_filing_undecided() -> None:
    heir = a_member("R000002", "Ada", "Roe", a_term("OH07", UNTIL, date(2027, 1, 3)))

    decision = identify(a_filer("OH07", "Ada", "Roe"), UNTIL + timedelta(30), a_roster(ROE, heir))

    assert (decision.bioguide, decision.candidates) == (None, ("R000001", "R000002"))
    assert decision.reason == "several of that name held OH07 near the day"


def test_a_relative_who_follows_in_the_seat_is_not_confused_with_who_held_it() -> None:
    heir = a_member("R000002", "Zoe", "Roe", a_term("OH07", UNTIL, date(2027, 1, 3)))
    roster = a_roster(ROE, heir)

    assert who(a_filer("OH07", "Ada", "Roe"), UNTIL + timedelta(30), roster) == "R000001"
    assert who(a_filer("OH07", "Zoe", "Roe"), UNTIL + timedelta(30), roster) == "R000002"


def test_a_former_holders_relative_may_be_looked_for_in_the_state() -> None:
    heir = a_member("R000002", "Zoe", "Roe", a_term("OH09", UNTIL, date(2027, 1, 3)), a_term("OH07"))
    left = a_member("R000003", "Ida", "Roe", "OH07")

    assert who(a_filer("OH07", "Zoe", "Roe"), UNTIL + timedelta(30), a_roster(left, heir)) == "R000002"


@pytest.mark.parametrize("prefix", ["Hon.", ""])
def test_who_filed_under_a_district_once_theirs_is_found_in_the_state(prefix: str) -> None:
    moved = a_member("R000001", "Ada", "Roe", a_term("OH01", date(2017, 1, 3), date(2019, 1, 3)), "OH07")
    now_holding = a_member("P000001", "Ida", "Poe", "OH01")

    decision = identify(a_filer("OH01", "Ada", "Roe", prefix=prefix), DAY, a_roster(moved, now_holding))

    assert (decision.bioguide, decision.method) == ("R000001", STATE)


def test_a_district_that_nobody_holds_takes_an_honorific_or_the_documents_word() -> None:
    member, somebody = a_filer("OH15", "Addie", "Roe"), a_filer("OH15", "Addie", "Roe", prefix="")

    assert who(member) == "R000001"
    assert who(somebody) is None
    assert identify(somebody, DAY, ROSTER, Printed("Ada Roe", "Member")).bioguide == "R000001"


def test_a_namesake_in_a_district_that_is_somebody_elses_is_not_taken_for_the_member() -> None:
    decision = identify(a_filer("OH08", "Ada", "Roe"), DAY, ROSTER)

    assert (decision.bioguide, decision.candidates) == (None, ("R000001",))
    assert decision.reason == "a namesake served for OH, but never for OH08"


def test_two_of_one_name_in_a_state_are_told_apart_by_district_only() -> None:
    roster = a_roster(ROE, a_member("R000002", "Ada", "Roe", "OH09"))

    assert who(a_filer("OH09", "Ada", "Roe"), roster=roster) == "R000002"
    assert who(a_filer("OH15", "Ada", "Roe"), roster=roster) is None


def test_a_senator_files_under_the_house_seat_they_left_for_a_while() -> None:
    promoted = a_member("R000001", "Ada", "Roe", "OH07", a_term("OH", UNTIL, date(2031, 1, 3)))

    assert who(a_filer("OH07", "Ada", "Roe"), UNTIL + timedelta(60), a_roster(promoted)) == "R000001"
    assert who(a_filer("OH07", "Ada", "Roe"), UNTIL + timedelta(600), a_roster(promoted)) is None


def test_a_seat_in_another_state_does_not_help() -> None:
    moved = a_member("R000001", "Ada", "Roe", "OH07", a_term("PA01", date(2011, 1, 3), date(2013, 1, 3)))

    assert who(a_filer("PA01", "Ada", "Roe"), roster=a_roster(moved)) is None


@pytest.mark.parametrize("state_district", ["AA99", "", "OH", "oh07", "ZZ01"])
def test_no_district_no_member(state_district: str) -> None:
    decision = identify(a_filer(state_district, "Ada", "Roe"), DAY, ROSTER)

    assert (decision.bioguide, decision.reason) == (None, f"{state_district!r} is no district in the roster")


def test_a_candidate_is_nobody() -> None:
    assert who(FilerName("", "Ida", "Poe", "", "OH07")) is None


@pytest.mark.parametrize(
    ("printed", "expected"),
    [("Hon. Ada Roe", "R000001"), ("Hon. Addie Mrs Roe", "R000001"), ("Hon. Sam Doe", None), ("", None)],
)
def test_the_document_must_print_the_same_person(printed: str, expected: str | None) -> None:
    decision = identify(a_filer("OH07", "Ada", "Roe"), DAY, ROSTER, Printed(printed, "Member"))

    assert (decision.bioguide, decision.candidates) == (expected, ("R000001",))


# The shipped roster knows everybody who has served since December 2020.
HOUSE = [
    (member, term)
    for member in load_shipped().members.values()
    for term in member.terms
    if term.chamber == "house" and term.start >= date(2021, 1, 3)
]
SEATS = sorted({f"{term.state}{term.district:02}" for _, term in HOUSE})
GIVEN_NAMES = sorted({member.first for member, _ in HOUSE})
SURNAMES = sorted({member.last for member, _ in HOUSE})


@st.composite
def filers(draw: st.DrawFn) -> tuple[Member, FilerName, date]:
    """Draw a real member, how the Clerk might list them, and a day on which they served."""
    member, term = draw(st.sampled_from(HOUSE))
    seat = f"{term.state}{term.district:02}"
    prefix = draw(st.sampled_from(["Hon.", "", "Mr.", "Mrs."]))
    first = draw(st.sampled_from([member.first, f"{member.first} {member.middle}", f"{member.first} Dr"]))
    day = draw(st.dates(term.start, term.end))
    return member, FilerName(prefix, first.strip(), member.last, member.suffix, seat), day


@settings(deadline=None)  # a busy machine is no fault
@given(filers())
def test_whoever_serves_is_found_under_their_own_name_and_seat(drawn: tuple[Member, FilerName, date]) -> None:
    member, filer, day = drawn

    assert who(filer, day, load_shipped()) == member.bioguide


@settings(deadline=None)  # a busy machine is no fault
@given(filers(), st.sampled_from(SEATS))
def test_another_seat_never_makes_another_member(drawn: tuple[Member, FilerName, date], seat: str) -> None:
    member, filer, day = drawn

    assert who(replace(filer, state_district=seat), day, load_shipped()) in {member.bioguide, None}


@settings(deadline=None)  # a busy machine is no fault
@given(filers(), st.sampled_from(GIVEN_NAMES))
def test_another_given_name_never_makes_another_member(
    drawn: tuple[Member, FilerName, date], first: str
) -> None:
    member, filer, day = drawn

    assert who(replace(filer, first=first), day, load_shipped()) in {member.bioguide, None}


@settings(deadline=None)  # a busy machine is no fault
@given(filers(), st.sampled_from(SURNAMES))
def test_another_surname_never_makes_another_member(drawn: tuple[Member, FilerName, date], last: str) -> None:
    member, filer, day = drawn

    assert who(replace(filer, last=last), day, load_shipped()) in {member.bioguide, None}


@settings(deadline=None)  # a busy machine is no fault
@given(filers(), st.data())
def test_a_slip_of_the_pen_never_makes_another_member(
    drawn: tuple[Member, FilerName, date], data: st.DataObject
) -> None:
    member, filer, day = drawn
    field = data.draw(st.sampled_from(["first", "last", "state_district"]))
    text = getattr(filer, field)
    assume(text)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from(["", " ", "-", "e", "z", "S", "1"]))

    slipped = replace(filer, **{field: text[:place] + letter + text[place + 1 :]})

    assert who(slipped, day, load_shipped()) in {member.bioguide, None}
