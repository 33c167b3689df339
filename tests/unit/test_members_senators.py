"""Which senator filed: decided for certain, or left to a person."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.members.identity import AFTER_TERM, BEFORE_TERM, UNDECIDED, Printed
from common.members.roster import Member, Roster, load_shipped
from common.members.senators import NAME, NAME_NEAR, SenateFiler, identify_senator
from tests.support.people import SINCE, UNTIL, a_member, a_roster, a_term

DAY = date(2024, 6, 1)
ROE = a_member("R000001", "Ada", "Roe", "OH", nickname="Addie")
DOE = a_member("D000001", "Sam", "Doe", "PA")
ROSTER = a_roster(ROE, DOE, a_member("R000009", "Zoe", "Roe", "OH07"))


def who(filer: SenateFiler, day: date = DAY, roster: Roster = ROSTER) -> str | None:
    return identify_senator(filer, day, roster).bioguide


@pytest.mark.parametrize(
    ("first", "last", "office", "expected"),
    [
        ("A. Mitchell", "McConnell, Jr.", "McConnell, A. Mitchell Jr. (Senator)", "M000355"),
        ("A. Mitchell McConnell, Jr.", "", "", "M000355"),
        ("Rafael E", "Cruz", "Cruz, Ted (Senator)", "C001098"),
        ("RAFAEL EDWARD (TED)", "CRUZ", "Senator", "C001098"),
        ("Jacklyn S", "Rosen", "", "R000608"),
        ("John P", "Ricketts", "", "R000618"),
        ("Jerry", "Moran,  ", "Moran, Jerry (Senator)", "M000934"),
        ("William F", "Hagerty, IV", "Hagerty, Bill (Senator)", "H000601"),
        ("Timothy E", "Scott", "Scott, Tim (Senator)", "S001184"),
        ("Richard L", "Scott", "Scott, Rick (Senator)", "S001217"),
        ("Catherine C", "Masto", "Cortez Masto, Catherine (Senator)", "C001113"),
    ],
)
def test_legal_names_short_names_commas_and_capitals_are_seen_through(
    first: str, last: str, office: str, expected: str
) -> None:
    assert who(SenateFiler(first, last, office), roster=load_shipped()) == expected


@pytest.mark.parametrize(("day", "expected"), [(date(2022, 8, 15), "T000461"), (date(2026, 6, 1), None)])
def test_who_left_the_senate_is_still_who_filed_on_old_reports(day: date, expected: str | None) -> None:
    left = SenateFiler("Patrick J", "Toomey", "Former Senator (Former Senator)")

    assert who(left, day, load_shipped()) == expected


def test_who_serves_under_that_name_filed() -> None:
    decision = identify_senator(SenateFiler("Ada", "Roe", "Senator"), DAY, ROSTER)

    assert (decision.bioguide, decision.method, decision.candidates) == ("R000001", NAME, ("R000001",))
    assert decision.reason == f"Ada Roe, by {NAME}, on 2024-06-01"


def test_the_name_that_a_senator_goes_by_helps_where_the_legal_one_is_unknown() -> None:
    assert who(SenateFiler("Philomena", "Roe", "Roe, Ada (Senator)")) == "R000001"
    assert who(SenateFiler("Philomena", "Roe", "Senator")) is None


@pytest.mark.parametrize("office", ["Poe, Ada (Senator)", "Doe, Sam (Senator)"])
def test_two_printed_names_of_two_people_are_nobody(office: str) -> None:
    assert who(SenateFiler("Ada", "Roe", office)) is None


@pytest.mark.parametrize("first", ["Zoe", "Z.", ""])
def test_another_or_no_given_name_leaves_a_filing_undecided(first: str) -> None:
    decision = identify_senator(SenateFiler(first, "Roe", "Senator"), DAY, ROSTER)

    assert (decision.bioguide, decision.method, decision.candidates) == (None, UNDECIDED, ("R000001",))
    assert decision.reason == "no senator of that name served near 2024-06-01"


def test_two_senators_of_one_name_are_left_to_a_person() -> None:
    other = a_member("R000002", "Ada", "Roe", "PA")

    decision = identify_senator(SenateFiler("Ada", "Roe", "Senator"), DAY, a_roster(ROE, other))

    assert (decision.bioguide, decision.candidates) == (None, ("R000001", "R000002"))
    assert decision.reason == "several senators of that name served near 2024-06-01"


def test_two_senators_of_one_name_are_told_apart_by_the_day() -> None:
    before = a_member("R000002", "Ada", "Roe", a_term("PA", date(2013, 1, 3), date(2019, 1, 3)))
    roster = a_roster(ROE, before)

    assert who(SenateFiler("Ada", "Roe", ""), date(2018, 5, 5), roster) == "R000002"
    assert who(SenateFiler("Ada", "Roe", ""), DAY, roster) == "R000001"


@pytest.mark.parametrize(
    ("day", "method"),
    [
        (SINCE - BEFORE_TERM - timedelta(1), UNDECIDED),
        (SINCE - BEFORE_TERM, NAME_NEAR),
        (SINCE, NAME),
        (UNTIL, NAME),
        (UNTIL + AFTER_TERM, NAME_NEAR),
        (UNTIL + AFTER_TERM + timedelta(1), UNDECIDED),
    ],
)
def test_a_report_shortly_before_or_after_the_term_is_the_senators(day: date, method: str) -> None:
    assert identify_senator(SenateFiler("Ada", "Roe", "Senator"), day, ROSTER).method == method


@pytest.mark.parametrize("office", ["Roe, Ada (Candidate)", "Candidate", "Senatorial aide"])
def test_who_is_listed_as_no_senator_is_nobody(office: str) -> None:
    decision = identify_senator(SenateFiler("Ada", "Roe", office), DAY, ROSTER)

    assert (decision.bioguide, decision.reason) == (
        None,
        f"the search lists {office!r}, which is no senator",
    )


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("The Honorable Ada Roe (Roe, Ada)", "R000001"),
        ("Ms. Philomena Roe (Roe, Addie)", "R000001"),
        ("The Honorable Ada Roe (Former Senator)", "R000001"),
        ("The Honorable Ada Roe", "R000001"),
        ("The Honorable Sam Doe (Doe, Sam)", None),
        ("The Honorable Zoe Roe (Roe, Zoe)", None),
        ("", None),
    ],
)
def test_the_page_must_print_the_same_person(heading: str, expected: str | None) -> None:
    decision = identify_senator(SenateFiler("Ada", "Roe", "Senator"), DAY, ROSTER, Printed(heading, ""))

    assert (decision.bioguide, decision.candidates) == (expected, ("R000001",))


SENATORS = [
    (member, term)
    for member in load_shipped().senators
    for term in member.terms
    if term.chamber == "senate" and term.start >= date(2017, 1, 3)
]
GIVEN_NAMES = sorted({member.first for member, _ in SENATORS})
SURNAMES = sorted({member.last for member, _ in SENATORS})


@st.composite
def filers(draw: st.DrawFn) -> tuple[Member, SenateFiler, date]:
    """Draw a real senator, how the search might list them, and a day on which they served."""
    member, term = draw(st.sampled_from(SENATORS))
    first = draw(st.sampled_from([member.first, f"{member.first} {member.middle}", member.first.upper()]))
    office = draw(st.sampled_from(["Senator", f"{member.last}, {member.first} (Senator)"]))
    return member, SenateFiler(first, member.last, office), draw(st.dates(term.start, term.end))


@given(filers())
def test_whoever_serves_is_found_under_their_own_name(drawn: tuple[Member, SenateFiler, date]) -> None:
    member, filer, day = drawn

    assert who(filer, day, load_shipped()) == member.bioguide


@given(filers(), st.sampled_from(GIVEN_NAMES), st.sampled_from(SURNAMES))
def test_no_slip_in_one_of_two_names_makes_another_senator(
    drawn: tuple[Member, SenateFiler, date], first: str, last: str
) -> None:
    member, filer, day = drawn
    named = replace(filer, office=f"{member.last}, {member.first} (Senator)")

    assert who(replace(named, first=first), day, load_shipped()) in {member.bioguide, None}
    assert who(replace(named, last=last), day, load_shipped()) in {member.bioguide, None}
