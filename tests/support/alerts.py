"""A small Congress, its filings and its watchers, on a database of a test's own."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, delete, insert, select, update

from common.alerts.planning.plan import STORM, Planned, plan
from common.alerts.planning.plan_all import BATCH, first_waiting
from common.alerts.subscriptions.criteria import Criteria, Frequency, parse_criteria
from common.alerts.subscriptions.rules import Draft, edit_rule, save_rule
from common.alerts.subscriptions.subscribers import confirm, subscribe
from common.db.alert_tables import messages, notices, told
from common.db.dialect import database_now
from common.db.engine import write_transaction
from common.db.tables import filers, filings, metadata, trades, versions
from common.disclosures.records import Trade
from common.disclosures.store import Failed, Read, Reading, Source, Unread, store
from common.members.settle import Filer
from common.members.store import store_roster
from tests.support.people import a_member, a_roster, a_term
from tests.support.trades import a_filing, a_trade

GREENE, GREEN, PELOSI, WARREN = "G000596", "G000597", "P000197", "W000817"
NOW = datetime(2025, 3, 6, 15, 0, tzinfo=UTC)
FILED = date(2025, 3, 5)
START, END = date(2025, 1, 3), date(2027, 1, 3)
ROSTER = a_roster(
    a_member(GREENE, "Marjorie", "Greene", a_term("GA14", START, END, party="Republican")),
    a_member(GREEN, "Mark", "Green", a_term("TN07", START, date(2025, 2, 1), party="Republican")),
    a_member(
        PELOSI,
        "Nancy",
        "Pelosi",
        a_term("CA11", START, END, party="Democrat"),
        a_term("CA12", END, date(2029, 1, 3), party="Independent"),
    ),
    a_member(WARREN, "Elizabeth", "Warren", a_term("MA", START, END, party="Democrat")),
)
DISTRICTS = {GREENE: "GA14", GREEN: "TN07", PELOSI: "CA11", WARREN: "MA"}
PDF = Source(sha256="a" * 64, posted=NOW - timedelta(minutes=5))
SCAN = Unread("1 page without text", PDF)
BROKEN = Failed("no table of transactions", source=PDF)


class Watch:
    """What tests do: file reports, save rules, plan, and look at what came of it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._numbers = count(1)
        with write_transaction(engine) as tx:
            store_roster(tx, ROSTER)

    # ---- what happens in Congress

    def file(self, *said: Trade | Reading, by: str | None = GREENE, **listing: Any) -> int:
        """List a filing and store what it says; return its id."""
        filing_id = self.listed(by=by, **listing)
        self.restate(filing_id, *said, by=by)
        return filing_id

    def listed(self, *, by: str | None = GREENE, **listing: Any) -> int:
        """List a filing; return its id."""
        number = next(self._numbers)
        listed = {
            "chamber": "house",
            "doc_id": f"2009{number:04}",
            "year": 2025,
            "url": f"http://127.0.0.1/2009{number:04}.pdf",
            "filed": FILED,
            "filer_name": f"Hon. {by}",
            "state_district": DISTRICTS.get(by or "", "OH01"),
            "listing": {},
            "first_seen": NOW + timedelta(seconds=number),
            "alertable": True,
            "state": "listed",
        }
        with write_transaction(self.engine) as tx:
            new = insert(filings).values(listed | listing).returning(filings.c.id)
            filing_id: int = tx.execute(new).scalar_one()
            self.filer(tx, by)
            return filing_id

    def restate(self, filing_id: int, *said: Trade | Reading, by: str | None = GREENE) -> bool:
        """Store what a filing says now; return whether that made a version."""
        with write_transaction(self.engine) as tx:
            return self.store(tx, filing_id, *said, by=by)

    def store(self, tx: Connection, filing_id: int, *said: Trade | Reading, by: str | None = GREENE) -> bool:
        """Store what a filing says now, in a transaction of the caller's."""
        return store(tx, filing_id, _reading(said), filer=self.filer(tx, by), now=NOW)

    def filer(self, tx: Connection, bioguide: str | None) -> Filer:
        """Return the filer who is BIOGUIDE; None = nobody knows who."""
        key = {"chamber": "house", "name": f"Hon. {bioguide}", "state_district": "XX00"}
        found = tx.execute(select(filers.c.id).filter_by(**key)).scalar_one_or_none()
        if found is None:
            row = insert(filers).values(key | {"bioguide": bioguide, "method": "test", "decided_at": NOW})
            found = tx.execute(row.returning(filers.c.id)).scalar_one()
        return Filer(found, bioguide)

    def forget(self) -> None:
        """Empty every table but the roster's: for a property's next example."""
        with write_transaction(self.engine) as tx:
            for table in reversed(metadata.sorted_tables):
                if table.name not in {"members", "terms"}:
                    tx.execute(delete(table))

    # ---- what people ask for

    def subscriber(
        self, name: str = "kyle", *, zone: str = "America/New_York", confirmed: bool = True
    ) -> int:
        """Return the id of somebody who asked, and agreed."""
        with write_transaction(self.engine) as tx:
            subscriber = subscribe(tx, f"{name}@example.org", zone)
            if confirmed:
                confirm(tx, subscriber.id, wording="Send me mail.")
            return subscriber.id

    def rule(
        self, subscriber_id: int, *, frequency: str = "immediate", name: str = "A rule", **asks: Any
    ) -> int:
        """Save a rule; return its id."""
        with write_transaction(self.engine) as tx:
            return save_rule(tx, subscriber_id, a_draft(frequency, name=name, **asks)).rule_id

    def edit(self, rule_id: int, *, frequency: str = "immediate", name: str = "A rule", **asks: Any) -> None:
        """Give a rule its next revision."""
        with write_transaction(self.engine) as tx:
            edit_rule(tx, rule_id, a_draft(frequency, name=name, **asks))

    # ---- what comes of it

    def plan(self, *, limit: int = BATCH, storm: int = STORM) -> Planned:
        """Plan one batch."""
        with write_transaction(self.engine, repeatable=True) as tx:
            return plan(tx, first_waiting(tx, limit), storm=storm)

    def send(self, message_id: int, *said: tuple[int, str], status: str = "accepted") -> None:
        """Pretend that a message left, saying SAID of trades; without any, `new` of every row of its notices."""
        with write_transaction(self.engine) as tx:
            sent = update(messages).where(messages.c.id == message_id)
            tx.execute(sent.values(status=status, sending_at=database_now(tx)))
            rows = said or [(trade_id, "new") for trade_id in _rows_of(tx, message_id)]
            for trade_id, word in rows:
                tx.execute(insert(told).values(message_id=message_id, trade_id=trade_id, said=word))

    def set(self, table: Table, **values: Any) -> None:
        """Change every row of a table."""
        with write_transaction(self.engine) as tx:
            tx.execute(update(table).values(values))

    def rows(self, table: Table) -> Sequence[Row[Any]]:
        """Return a table, in the order of its keys."""
        with self.engine.connect() as connection:
            return connection.execute(select(table).order_by(*table.primary_key.columns)).all()

    def mails(self) -> list[tuple[int, str, str, str]]:
        """Return (subscriber, key, kind, status) of every message."""
        return [(row.subscriber_id, row.key, row.kind, row.status) for row in self.rows(messages)]

    def noticed(self) -> list[tuple[int, int, int, str]]:
        """Return (subscriber, filing, version, frequency) of every notice."""
        return [(row.subscriber_id, row.filing_id, row.version, row.frequency) for row in self.rows(notices)]

    def trade_ids(self, filing_id: int, version: int = 1) -> list[int]:
        """Return the ids of a version's rows, in their order."""
        with self.engine.connect() as connection:
            return list(
                connection.scalars(
                    select(trades.c.id)
                    .join(versions, versions.c.id == trades.c.version_id)
                    .where(versions.c.filing_id == filing_id, versions.c.version == version)
                    .order_by(trades.c.row)
                )
            )


def poison(engine: Engine, filing_id: int) -> None:
    """Let every notice of a filing fail on SQLite, as a bug that meets this filing alone would."""
    with write_transaction(engine) as tx:
        tx.exec_driver_sql(
            f"CREATE TRIGGER poison BEFORE INSERT ON notices WHEN NEW.filing_id = {filing_id} "
            "BEGIN SELECT RAISE(ABORT, 'a bug'); END"
        )


def some_criteria(**asks: Any) -> Criteria:
    """Return what somebody asks for."""
    return parse_criteria(asks)


def a_draft(frequency: str = "immediate", *, name: str = "A rule", **asks: Any) -> Draft:
    """Return a rule as somebody wrote it."""
    return Draft(name, some_criteria(**asks), Frequency(frequency))


def _reading(said: Sequence[Trade | Reading]) -> Reading:
    if said and not isinstance(said[0], Trade):
        return said[0]
    rows = [trade for trade in said if isinstance(trade, Trade)] or [a_trade()]
    return Read(a_filing(*rows), PDF, "1")


def _rows_of(tx: Connection, message_id: int) -> Sequence[int]:
    return tx.scalars(
        select(trades.c.id)
        .join(versions, versions.c.id == trades.c.version_id)
        .join(
            notices,
            (notices.c.filing_id == versions.c.filing_id) & (notices.c.version == versions.c.version),
        )
        .where(notices.c.message_id == message_id)
    ).all()
