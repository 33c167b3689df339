"""The page's one search: by member, ticker, document or run."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from common.api.desk import Desk
from common.api.shapes import RUN_ID
from common.db.tables import filers, filings, trades, versions
from common.disclosures.amendments.rows import CURRENT
from common.runtime.records import RunRecord
from common.tasks import TASKS
from common.tickers import TICKER, spelled, spelled_in_sql
from common.web.people import Congress, Person, congress

FOUND = 20


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, the newest first; at most FOUND of each."""

    run: RunRecord | None
    people: Sequence[Person]
    filings: Sequence[Row[Any]]
    trades: Sequence[Row[Any]]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing of that name."""
        return not (self.run or self.people or self.filings or self.trades)


def find(desk: Desk, text: str) -> Found:
    """Return everything that TEXT may mean."""
    text = text.strip()
    with desk.parts.database.reading() as connection:
        people = _people(congress(connection, desk.parts.clock().date()), text)
        documents = _filings(connection, text, people)
        rows = _trades(connection, text) if TICKER.fullmatch(spelled(text)) else ()
    return Found(run_named(desk, text), people, documents, rows)


def run_named(desk: Desk, text: str) -> RunRecord | None:
    """Return the run whose id TEXT is; None = there is none."""
    if not re.fullmatch(RUN_ID, text) or not text.startswith(tuple(f"{task}-" for task in TASKS)):
        return None
    stored = desk.parts.history.read(text)
    return stored.record if stored else None


def _people(everybody: Congress, text: str) -> list[Person]:
    return (everybody.named([text.upper()]) or everybody.found(text))[:FOUND]


def _filings(connection: Connection, text: str, people: Sequence[Person]) -> Sequence[Row[Any]]:
    """Return the filings of that id, by a filer printed so, or by one of PEOPLE."""
    f, v = filings.c, versions.c
    known = filings.outerjoin(filers).outerjoin(versions, and_(v.filing_id == f.id, v.version == f.version))
    theirs = func.coalesce(v.bioguide, filers.c.bioguide).in_([person.bioguide for person in people])
    named = f.filer_name.icontains(text, autoescape=True)
    found = select(filings).select_from(known).where(or_(func.lower(f.doc_id) == text.lower(), named, theirs))
    return connection.execute(found.order_by(f.first_seen.desc(), f.id.desc()).limit(FOUND)).all()


def _trades(connection: Connection, ticker: str) -> Sequence[Row[Any]]:
    """Return the trades in TICKER, as the filings stand now."""
    c, f = trades.c, filings.c
    asked: tuple[Any, ...] = (
        f.doc_id, f.url, f.filer_name, c.row, c.ticker, c.transaction_type, c.transaction_date, c.amount_text,
    )  # fmt: skip
    found = select(*asked).select_from(CURRENT).where(spelled_in_sql(c.ticker) == spelled(ticker))
    return connection.execute(found.order_by(c.transaction_date.desc(), c.id.desc()).limit(FOUND)).all()
