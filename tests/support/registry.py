"""A database with a roster, and filings that come in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, select, update

from common.db import tables as t
from common.db.engine import read_transaction, write_transaction
from common.members.identity import Printed
from common.members.roster import Roster
from common.members.settle import OPERATOR, Filer, settle_filer, settle_senator
from common.members.store import store_roster
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
