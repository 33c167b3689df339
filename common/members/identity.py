"""Whose filing is this? A name and a district, settled against the roster, or left to a person. Pure.

The order: district + surname + serving on the filing date; then state + surname + given name. A surname alone is ambiguous for
a fifth of the House's filers and shared by challengers, so each step also wants given names that fit.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from common.members.fit import FilerName, fit, fits_full_name, short_fit
from common.members.names import Agreement
from common.members.roster import Member, Roster, Term

DISTRICT = "district + surname + serving"
DISTRICT_NEAR = "district + surname, shortly before or after serving"
STATE = "state + surname + given name"
UNDECIDED = "undecided"

# Elected in early November, sworn in on January 3rd; winners of special elections sooner.
BEFORE_TERM = timedelta(days=75)
# The report of a trade made on the last day falls due 45 days later, and late ones trickle in for months. A year is safe since
# seat and name must fit one person only: a namesake who follows in the seat leaves the filing undecided.
AFTER_TERM = timedelta(days=365)
STATE_DISTRICT = re.compile(r"([A-Z]{2})(\d{2})")


@dataclass(frozen=True, slots=True)
class Printed:
    """The header of the document itself, where it could be read."""

    name: str
    status: str
    """`Member` where the filer says so."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who filed and how that was found; or nobody, and why."""

    bioguide: str | None
    method: str
    reason: str
    candidates: tuple[str, ...] = ()
    """Bioguide ids of those who came near, for whoever decides instead."""


@dataclass(frozen=True, slots=True)
class _Case:
    filer: FilerName
    filed: date
    state: str
    district: int
    members: tuple[Member, ...]
    """Everybody who ever served for the state."""
    is_member: bool
    """The Clerk or the filer says so."""

    def seats(self, member: Member) -> list[Term]:
        """Return MEMBER's terms in the House for the state."""
        return [term for term in member.terms if term.chamber == "house" and term.state == self.state]

    def here(self, member: Member) -> list[Term]:
        """Return those of them in the filer's district."""
        return [term for term in self.seats(member) if term.district == self.district]

    def near(self, term: Term) -> bool:
        return term.start - BEFORE_TERM <= self.filed <= term.end + AFTER_TERM

    def serving(self, term: Term) -> bool:
        return term.start <= self.filed <= term.end

    def is_taken(self) -> bool:
        """Tell whether anybody holds the filer's district on the day."""
        return any(self.serving(term) for member in self.members for term in self.here(member))

    def namesakes(self, terms: Callable[[Member], list[Term]]) -> dict[str, tuple[Member, Agreement]]:
        """Return who bears the surname and had one of TERMS near the day, with how the given names fit."""
        near = [member for member in self.members if any(map(self.near, terms(member)))]
        fits = ((member, fit(self.filer, member)) for member in near)
        return {member.bioguide: (member, given) for member, given in fits if given is not None}


def identify(filer: FilerName, filed: date, roster: Roster, printed: Printed | None = None) -> Decision:
    """Settle who FILER was on the day of filing, in the House; undecided rather than guessed.

    PRINTED confirms or casts doubt: a document that prints another name leaves the filing undecided.
    """
    place = STATE_DISTRICT.fullmatch(filer.state_district)
    if place is None or place[1] not in roster.by_state:
        return _undecided(f"{filer.state_district!r} is no district in the roster")
    is_member = filer.prefix.startswith("Hon") or (printed is not None and printed.status == "Member")
    case = _Case(filer, filed, place[1], int(place[2]), roster.by_state[place[1]], is_member)
    decision = _by_district(case) or _by_state(case)
    if decision.bioguide and printed and not fits_full_name(printed.name, roster.members[decision.bioguide]):
        doubt = f"{decision.reason}, but the document prints {printed.name!r}"
        return replace(decision, bioguide=None, method=UNDECIDED, reason=doubt)
    return decision


def _by_district(case: _Case) -> Decision | None:
    """Decide by the seat; None when nobody of that surname held it near the day."""
    namesakes = case.namesakes(case.here)
    right = [member for member, given in namesakes.values() if given] or _by_half_a_surname(case)
    if len(right) > 1:
        return _undecided(f"several of that name held {case.filer.state_district} near the day", right)
    if right:
        method = DISTRICT if any(map(case.serving, case.here(right[0]))) else DISTRICT_NEAR
        return _decided(right[0], method, case)
    others = [member for member, _ in namesakes.values()]
    if any(case.serving(term) for member in others for term in case.here(member)):
        return _undecided(f"who serves for {case.filer.state_district} has another given name", others)
    return None


def _by_half_a_surname(case: _Case) -> list[Member]:
    near = [member for member in case.members if any(map(case.near, case.here(member)))]
    return [member for member in near if short_fit(case.filer, member)]


def _by_state(case: _Case) -> Decision:
    """Decide by the state, for a district that is out of date or ahead of the roster.

    Somebody of the same name may run in another district, so it takes a district that the member once held; or an
    honorific, and a district that is not somebody else's on that day.
    """
    namesakes = case.namesakes(case.seats)
    right = [member for member, given in namesakes.values() if given is Agreement.SAME]
    if len(right) != 1:
        found = "several" if right else "nobody"
        near = right or [member for member, _ in namesakes.values()]
        return _undecided(f"{found} of that name served for {case.state} near the day", near)
    if case.here(right[0]) or (case.is_member and not case.is_taken()):
        return _decided(right[0], STATE, case)
    return _undecided(f"a namesake served for {case.state}, but never for {case.filer.state_district}", right)


def _decided(member: Member, method: str, case: _Case) -> Decision:
    reason = f"{member.official_name}, by {method}, for {case.filer.state_district} on {case.filed}"
    return Decision(member.bioguide, method, reason, (member.bioguide,))


def _undecided(reason: str, candidates: Iterable[Member] = ()) -> Decision:
    return Decision(None, UNDECIDED, reason, tuple(sorted(member.bioguide for member in candidates)))
