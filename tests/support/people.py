"""Invented members of an invented Congress, and filers who may be one of them; and some of the real ones."""

from datetime import date
from typing import Any

from common.members.fit import FilerName
from common.members.roster import Member, Roster, Term, load_shipped, roster_of

SOME_STATES = ("GA", "TN", "TX")
SINCE, UNTIL = date(2023, 1, 3), date(2025, 1, 3)


def a_term(seat: str, start: date = SINCE, end: date = UNTIL, *, party: str = "Independent") -> Term:
    """Make a term in SEAT, such as `OH07`; `OH` is a seat in the Senate."""
    state, district = seat[:2], seat[2:]
    if not district:
        return Term(start, end, "senate", state, None, party)
    return Term(start, end, "house", state, int(district), party)


def a_member(bioguide: str, first: str, last: str, *terms: Term | str, **names: Any) -> Member:
    """Make a member with one term in each seat named, from 3 January 2023 to 3 January 2025."""
    served = tuple(a_term(term) if isinstance(term, str) else term for term in terms)
    official = names.pop("official_name", f"{first} {last}")
    return Member(bioguide, official, first, last, served, **names)


def a_roster(*members: Member) -> Roster:
    """Gather MEMBERS."""
    return roster_of(members)


def of_some_states() -> Roster:
    """Gather who ever served for one of SOME_STATES, and who has been in the Senate of late: a quarter of everybody."""
    shipped = load_shipped()
    there = {member.bioguide: member for state in SOME_STATES for member in shipped.by_state[state]}
    senators = {member.bioguide: member for member in shipped.senators if member.terms[-1].end > UNTIL}
    return roster_of((there | senators).values())


def a_filer(
    state_district: str, first: str, last: str, *, prefix: str = "Hon.", suffix: str = ""
) -> FilerName:
    """Make a filer as the Clerk's index lists a member."""
    return FilerName(prefix, first, last, suffix, state_district)
