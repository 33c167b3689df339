"""Which senator filed this? A name that the Senate's search prints, settled against the roster, or left to a person. Pure.

The search names no state, so it takes a surname and a given name that fit exactly one of those who served near the day on
which the Senate received the report. It mostly prints two names: the legal one, and the one that the senator goes by.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from common.members.fit import FilerName, fit, fits_full_name, short_fit
from common.members.identity import AFTER_TERM, BEFORE_TERM, UNDECIDED, Decision, Printed
from common.members.names import Agreement
from common.members.roster import Member, Roster, Term

NAME = "surname + given name, serving in the Senate"
NAME_NEAR = "surname + given name, shortly before or after serving in the Senate"
OFFICE = re.compile(r"\s*(?:(?:(?P<last>[^,]+), (?P<first>.+) \()?(?:Former )?Senator\b.*)?")
"""`Moreno, Bernardo (Senator)`; or without a name, `Senator` on paper, `Former Senator (Former Senator)` for who left."""
GOES_BY = re.compile(r"\(([^()]*)\)\s*$")
"""How a page's heading ends: `(Hagerty, Bill)`, or `(Former Senator)` for who left, on their old reports too."""


@dataclass(frozen=True, slots=True)
class SenateFiler:
    """A filer as the Senate's search prints it, in its first three cells; any may be empty."""

    first: str
    last: str
    office: str

    def __str__(self) -> str:
        """Return first and last name with single blanks, as `filers.name` keeps them."""
        return " ".join(f"{self.first} {self.last}".split())


def identify_senator(
    filer: SenateFiler, received: date, roster: Roster, printed: Printed | None = None
) -> Decision:
    """Settle who FILER was on the day on which the Senate RECEIVED the report; undecided rather than guessed.

    PRINTED, the page's heading, confirms or casts doubt: a page with another name leaves the filing undecided.
    """
    office = OFFICE.fullmatch(filer.office)
    if office is None:
        return _undecided(f"the search lists {filer.office!r}, which is no senator")
    namesakes = _namesakes(tuple(_names(filer, office)), received, roster)
    right = [member for member, given in namesakes if given]
    if len(right) != 1:
        found = "several senators" if right else "no senator"
        return _undecided(
            f"{found} of that name served near {received}", right or [member for member, _ in namesakes]
        )
    decision = _decided(right[0], received)
    if printed and not _is_heading_of(printed.name, right[0]):
        doubt = f"{decision.reason}, but the page prints {printed.name!r}"
        return replace(decision, bioguide=None, method=UNDECIDED, reason=doubt)
    return decision


def _names(filer: SenateFiler, office: re.Match[str]) -> Iterator[FilerName]:
    yield FilerName("", filer.first, filer.last, "", "")
    if office["last"]:
        yield FilerName("", office["first"], office["last"], "", "")


def _namesakes(names: tuple[FilerName, ...], day: date, roster: Roster) -> list[tuple[Member, Agreement]]:
    """Return who served near DAY and bears the surname of every one of NAMES, with how well the best given name fits."""
    near = [member for member in roster.senators if any(_near(term, day) for term in _seats(member))]
    fits = ((member, [short_fit(name, member) or fit(name, member) for name in names]) for member in near)
    return [
        (member, max(filter(None, given), default=Agreement.NONE))
        for member, given in fits
        if None not in given
    ]


def _seats(member: Member) -> list[Term]:
    return [term for term in member.terms if term.chamber == "senate"]


def _near(term: Term, day: date) -> bool:
    return term.start - BEFORE_TERM <= day <= term.end + AFTER_TERM


def _is_heading_of(heading: str, member: Member) -> bool:
    """Tell whether a page's HEADING can name MEMBER, by the legal name or by the one that they go by."""
    last, _, first = "".join(GOES_BY.findall(heading)).partition(", ")
    return any(fits_full_name(name, member) for name in (GOES_BY.sub("", heading), f"{first} {last}"))


def _decided(member: Member, received: date) -> Decision:
    serving = any(term.start <= received <= term.end for term in _seats(member))
    method = NAME if serving else NAME_NEAR
    return Decision(
        member.bioguide, method, f"{member.official_name}, by {method}, on {received}", (member.bioguide,)
    )


def _undecided(reason: str, candidates: Iterable[Member] = ()) -> Decision:
    return Decision(None, UNDECIDED, reason, tuple(sorted(member.bioguide for member in candidates)))
