"""Choosing members by name, as people write them, without a script in the page."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from common.db.tables import members, terms
from common.mail import words
from common.members.names import core

MOST_CANDIDATES = 12
PARTY_LETTERS = {"Republican": "R", "Democrat": "D", "Independent": "I", "Libertarian": "L"}


@dataclass(frozen=True, slots=True)
class Person:
    """A member as the forms show one; `left` is the last day in office, None while in office."""

    bioguide: str
    name: str
    last: str
    party: str
    seat: str
    left: date | None

    @property
    def label(self) -> str:
        """What the form shows, and understands when it is sent back."""
        party = PARTY_LETTERS.get(self.party, self.party)
        until = f", until {words.day(self.left)}" if self.left else ""
        return f"{self.name} ({party}, {self.seat}{until})"


@dataclass(frozen=True, slots=True)
class Congress:
    """Everybody in the roster, by surname."""

    people: Sequence[Person]

    @property
    def sitting(self) -> list[Person]:
        """Those in office."""
        return [person for person in self.people if person.left is None]

    @property
    def parties(self) -> list[str]:
        """The parties of those in office."""
        return sorted({person.party for person in self.sitting})

    @property
    def states(self) -> list[str]:
        """The states and territories of those in office."""
        return sorted({person.seat[:2] for person in self.sitting})

    def named(self, bioguides: Collection[str]) -> list[Person]:
        """Return those of BIOGUIDES that the roster knows."""
        return [person for person in self.people if person.bioguide in bioguides]

    def found(self, text: str) -> list[Person]:
        """Return everybody whom TEXT may mean: one by the form's own label, else all whose name has its words."""
        exact = [person for person in self.people if person.label == text.strip()]
        asked = core(text)
        if exact or not asked:
            return exact
        return [person for person in self.people if _fits(asked, core(person.name))]


def _fits(asked: Sequence[str], name: Sequence[str]) -> bool:
    return all(any(word.startswith(part) for word in name) for part in asked)


def congress(connection: Connection, today: date) -> Congress:
    """Read the roster as it stands TODAY."""
    last = (
        select(terms.c.bioguide, func.max(terms.c.start).label("start"))
        .where(terms.c.start <= today)
        .group_by(terms.c.bioguide)
        .subquery()
    )
    newest = terms.join(last, (terms.c.bioguide == last.c.bioguide) & (terms.c.start == last.c.start))
    found = (
        select(
            members.c.bioguide, members.c.official_name, members.c.last, terms.c.end, terms.c.chamber,
            terms.c.state, terms.c.district, terms.c.party,
        )
        .select_from(newest.join(members, members.c.bioguide == terms.c.bioguide))
        .order_by(members.c.last, members.c.first, members.c.bioguide)
    )  # fmt: skip
    return Congress(
        [
            Person(
                bioguide=row.bioguide,
                name=row.official_name,
                last=row.last,
                party=row.party,
                seat=_seat(row.chamber, row.state, row.district),
                left=row.end if row.end < today else None,
            )
            for row in connection.execute(found)
        ]
    )


def _seat(chamber: str, state: str, district: int | None) -> str:
    if chamber == "senate":
        return f"{state} senator"
    return f"{state}-{district}" if district else f"{state} at large"


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom a form has chosen, and whom it may mean by a name that fits several."""

    chosen: Sequence[Person] = ()
    candidates: Sequence[Person] = ()
    unclear: str = ""
    """What to say beside the field; empty = nothing."""


def choose(everybody: Congress, ticked: Collection[str], name: str) -> Choice:
    """Read the ticks and the name of a form; a name that means one member is as good as a tick."""
    chosen = everybody.named(ticked)
    if not name.strip():
        return Choice(chosen)
    found = [person for person in everybody.found(name) if person not in chosen]
    if len(found) == 1:
        return Choice([*chosen, *found])
    if len(found) > MOST_CANDIDATES:
        return Choice(chosen, (), f"{len(found)} names fit; write first name and surname")
    if found:
        return Choice(chosen, found, "several names fit; tick whom you mean")
    known = everybody.found(name)
    return Choice(chosen, (), "" if known else "we know no member of Congress by that name")
