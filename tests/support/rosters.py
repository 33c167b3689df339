"""A roster under refresh: who sits where, the services that say so, and the run that asks them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Table, select

from common.db.engine import read_transaction
from common.members.refresh import refresh_roster
from common.members.roster import Member, Roster
from local.standins.roster import RosterStandin
from tests.support.people import a_member, a_roster, a_term
from tests.support.stage import NOW, Stage, staged

TODAY = NOW.date()
SINCE, UNTIL = date(2025, 1, 3), date(2027, 1, 3)
ROE = a_member("R000001", "Ada", "Roe", a_term("OH07", SINCE, UNTIL, party="Democrat"), nickname="Addie")
DOE = a_member("D000001", "Sam", "Doe", a_term("OH", date(2023, 1, 3), date(2029, 1, 3)))
POE = a_member("P000001", "Ida", "Poe", a_term("OH07", date(2023, 1, 3), SINCE))
"""Left in 2025."""
OTHERS = tuple(
    a_member(f"X0000{n:02}", "Al", f"Other{n}", a_term(f"TX{n:02}", SINCE, UNTIL)) for n in range(1, 20)
)
ROSTER = a_roster(ROE, DOE, POE, *OTHERS)


def without(roster: Roster, *gone: str) -> Roster:
    """Return ROSTER without the members of these ids."""
    return a_roster(*(member for who, member in roster.members.items() if who not in gone))


def with_changed(roster: Roster, *changed: Member) -> Roster:
    """Return ROSTER with these members new, or in place of those with the same id."""
    return Roster({**roster.members, **{member.bioguide: member for member in changed}})


def in_seat(member: Member, seat: str, *, party: str = "Independent") -> Member:
    """Return MEMBER with one term of today, in SEAT."""
    return replace(member, terms=(a_term(seat, SINCE, UNTIL, party=party),))


class Refresh:
    """A run that refreshes the roster, again and again, and the database that it fills."""

    def __init__(self, stage: Stage, standin: RosterStandin) -> None:
        self.stage, self.standin = stage, standin

    def run(self) -> dict[str, Any]:
        """Run once more and return the counts."""
        answer = self.stage.ask(headers={})
        assert answer.status == 200, answer.body
        return dict(answer.body["counts"])

    def asked(self) -> list[str]:
        """Return what the services were asked for since the last look."""
        paths = self.standin.paths()
        self.standin.requests.clear()
        return paths

    def rows(self, table: Table) -> list[Any]:
        with read_transaction(self.stage.engine) as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key.columns)))


@contextmanager
def refreshing(database_url: str, redis_url: str, **settings: Any) -> Iterator[Refresh]:
    """Serve the refresh of the roster, asking stand-ins of both services, which know ROSTER."""
    with RosterStandin(ROSTER, today=TODAY) as standin:
        urls = {"roster_url": standin.url, "congress_gov_url": standin.url}
        with staged(database_url=database_url, redis_url=redis_url, **urls | settings) as stage:
            stage.use_case = refresh_roster
            yield Refresh(stage, standin)
