"""Filings that restate one another, stored as a sync stores them, and what became of their rows."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select

from common.alerts.planning.disclosed import StoredTrade
from common.alerts.sending.tell import tell
from common.db.amendment_tables import restatements
from common.db.tables import filings, reviews, trades, versions
from common.disclosures.amendments.deciding import Name
from common.disclosures.records import Trade
from common.disclosures.store import Read
from tests.support.alerts import PDF, Watch
from tests.support.trades import a_filing, a_trade

FIRST, SECOND, THIRD, FOURTH = (date(2025, 3, day) for day in (5, 12, 19, 26))
"""When the filings of a chain were filed."""
ID = "2000000001"


def amended(**said: Any) -> Trade:
    """Return a row that amends an earlier one."""
    return a_trade(**{"filing_status": "Amended", "transaction_id": ID} | said)


def deleted(**said: Any) -> Trade:
    """Return a row that takes an earlier one back."""
    return amended(**{"filing_status": "Deleted"} | said)


def of_the_senate(*said: dict[str, Any], amendment: int = 0) -> Read:
    """Return a report of the Senate; each of SAID is a row."""
    plain = {"filing_status": None, "notification_date": None, "asset_type": "Stock"}
    rows = [
        a_trade(**plain | {"row": n, "asset": "NVIDIA Corporation"} | one) for n, one in enumerate(said, 1)
    ]
    return Read(replace(a_filing(*rows), amendment=amendment), PDF, "1")


def linked(watch: Watch) -> dict[str, str]:
    """Return which rows of current versions restate which, as `filing/row`."""
    original, its, of = trades.alias("original"), versions.alias("its"), filings.alias("of")
    found = (
        select(filings.c.id, trades.c.row, of.c.id.label("its_filing"), original.c.row.label("its_row"))
        .select_from(restatements)
        .join(trades, trades.c.id == restatements.c.trade_id)
        .join(versions, versions.c.id == trades.c.version_id)
        .join(filings, (filings.c.id == versions.c.filing_id) & (filings.c.version == versions.c.version))
        .join(original, original.c.id == restatements.c.original_id)
        .join(its, its.c.id == original.c.version_id)
        .join(of, (of.c.id == its.c.filing_id) & (of.c.version == its.c.version))
        .where(restatements.c.stands)
    )
    with watch.engine.connect() as connection:
        return {f"{row.id}/{row.row}": f"{row.its_filing}/{row.its_row}" for row in connection.execute(found)}


def versions_of(watch: Watch) -> dict[int, int]:
    """Return how many versions each filing has."""
    return {row.id: row.version for row in watch.rows(filings)}


def first_filed(watch: Watch) -> list[date | None]:
    """Return what the standing links say of each chain's first disclosure."""
    return [row.first_filed for row in watch.rows(restatements) if row.stands]


def in_review(watch: Watch) -> dict[str, list[str]]:
    """Return the open reviews of amendments, with their candidates, by `doc_id/row`."""
    return {
        row.subject: [one["name"] for one in row.evidence["candidates"]]
        for row in watch.rows(reviews)
        if row.kind == "amendment" and row.closed_at is None
    }


def says(watch: Watch, message_id: int) -> dict[str, list[str]]:
    """Return what a message would say now: section -> `filing/row` as stored, a correction as `before -> after`."""
    with watch.engine.connect() as connection:
        tellings = tell(connection, [message_id]).get(message_id, [])
    sections: dict[str, list[str]] = {"new": [], "corrected": [], "withdrawn": [], "doubts": []}
    for told in tellings:
        sections["new"] += [_name(told.filing.filing_id, fresh.row) for fresh in told.new]
        sections["corrected"] += [
            f"{_values(changed.before)} -> {_values(changed.after)}" for changed in told.corrected
        ]
        sections["withdrawn"] += [_values(gone.row) for gone in told.withdrawn]
        sections["doubts"] += [_name(told.filing.filing_id, row) for row in told.doubts]
    return {section: rows for section, rows in sections.items() if rows}


def leave(watch: Watch, message_id: int, status: str = "accepted") -> dict[str, list[str]]:
    """Let a message leave with what it has to say; return that."""
    with watch.engine.connect() as connection:
        tellings = tell(connection, [message_id])[message_id]
    said = says(watch, message_id)
    watch.send(message_id, *(entry for told in tellings for entry in told.said.items()), status=status)
    return said


def _name(filing_id: int, row: StoredTrade) -> str:
    return f"{filing_id}/{row.trade.row}"


def _values(row: StoredTrade) -> str:
    trade = row.trade
    return f"{trade.owner or 'self'} {trade.ticker} {trade.amount_min}"


def named(watch: Watch, filing_id: int, row: int = 1) -> Name:
    """Return how people name a row of a filing."""
    return Name(next(one.doc_id for one in watch.rows(filings) if one.id == filing_id), row)
