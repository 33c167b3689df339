"""Does a filer's name fit a member's? Pure; serves both chambers."""

from dataclasses import dataclass

from common.members.known_as import OTHER_GIVEN_NAMES, OTHER_SURNAMES
from common.members.names import (
    Agreement,
    Words,
    agreement,
    before_surname,
    core,
    generation,
    same_name,
    short_surnames,
)
from common.members.roster import Member


@dataclass(frozen=True, slots=True)
class FilerName:
    """A filer as the Clerk's index prints it; any part may be empty."""

    prefix: str
    first: str
    last: str
    suffix: str
    state_district: str

    def __str__(self) -> str:
        """Return the name joined by blanks, as `filers.name` keeps it."""
        return " ".join(filter(None, (self.prefix, self.first, self.last, self.suffix)))


def fit(filer: FilerName, member: Member) -> Agreement | None:
    """Compare given names where the surname is MEMBER's; None where it is not, or where Jr. meets Sr."""
    if _generations_differ(filer, member):
        return None
    full, first = core(f"{filer.first} {filer.last}"), core(filer.first)
    for surname in surnames(member):
        before = before_surname(full, surname)
        if before is not None and _all_known(before[len(first) :], member):
            return agreement(before, given_names(member))
    return None


def short_fit(filer: FilerName, member: Member) -> Agreement | None:
    """Like `fit`, for half a compound surname (Jaime Herrera for Herrera Beutler); wants the same given name."""
    if not any(core(filer.last) in short_surnames(surname) for surname in surnames(member)):
        return None
    given = agreement(core(filer.first), given_names(member))
    return given if given is Agreement.SAME and not _generations_differ(filer, member) else None


def fits_full_name(name: str, member: Member) -> bool:
    """Tell whether NAME, written in one piece, can be MEMBER's."""
    full = core(name)
    befores = (before_surname(full, surname) for surname in surnames(member))
    return any(before and agreement(before, given_names(member)) for before in befores)


def surnames(member: Member) -> tuple[Words, ...]:
    """Return MEMBER's surnames, the present one first."""
    others = (*member.other_names, *OTHER_SURNAMES.get(member.bioguide, ()))
    return tuple(core(name) for name in (member.last, *others))


def given_names(member: Member) -> Words:
    """Return every name that may stand before MEMBER's surname, in the order of first names."""
    official = before_surname(core(member.official_name), core(member.last)) or ()
    legal = OTHER_GIVEN_NAMES.get(member.bioguide, "")
    return core(f"{member.first} {member.middle} {member.nickname} {legal}") + official


def _all_known(extra: Words, member: Member) -> bool:
    """Tell whether words that the filer counts to the surname (Paulina Luna) are names of MEMBER's."""
    return all(any(same_name(word, known) for known in given_names(member)) for word in extra)


def _generations_differ(filer: FilerName, member: Member) -> bool:
    one = generation(f"{filer.first} {filer.last} {filer.suffix}")
    other = generation(f"{member.official_name} {member.suffix}")
    return one is not None and other is not None and one != other
