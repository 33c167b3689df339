"""Versions of a filing, rules, and what a subscriber heard: plain data for decisions about contents."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from common.alerts.planning.contents import Contents
from common.alerts.planning.disclosed import Disclosed, StoredTrade
from common.alerts.planning.evidence import Revision
from common.alerts.planning.known import Heard, Said
from common.alerts.subscriptions.criteria import Frequency
from tests.support.alerts import GREENE, some_criteria
from tests.support.trades import a_trade

NOW = datetime(2025, 3, 6, 15, 0, tzinfo=UTC)
ids = count(1)


def version(number: int, *trades: dict[str, Any], **changes: Any) -> Disclosed:
    """Return a version of one filing, holding TRADES."""
    rows = tuple(
        StoredTrade(next(ids), a_trade(**{"row": row} | said), 0) for row, said in enumerate(trades, start=1)
    )
    said: dict[str, Any] = {
        "version_id": next(ids),
        "filing_id": 1,
        "version": number,
        "chamber": "house",
        "doc_id": "20090001",
        "url": "http://127.0.0.1/20090001.pdf",
        "filed": date(2025, 3, 5),
        "first_seen": NOW,
        "posted": None,
        "stored_at": NOW + number * timedelta(hours=1),
        "planned_at": None,
        "alertable": True,
        "readable": True,
        "fetched": True,
        "filing_state": "parsed",
        "reason": None,
        "filer_name": "Hon. Marjorie Taylor Greene",
        "state_district": "GA14",
        "bioguide": GREENE,
        "name": "Marjorie Taylor Greene",
        "last": "Greene",
        "party": "Republican",
        "state": "GA",
        "district": 14,
        "rows": rows,
    }
    return Disclosed(**said | changes)


def rule(number: int = 1, frequency: str = "immediate", **asks: Any) -> Revision:
    """Return a rule that is in force since before everything."""
    return Revision(
        id=number,
        rule_id=number,
        number=1,
        name=f"Rule {number}",
        subscriber_id=1,
        criteria=some_criteria(**asks or {"members": [GREENE]}),
        frequency=Frequency(frequency),
        effective_from=NOW - timedelta(days=1),
        effective_until=None,
        stopped_at=None,
    )


def since(of: Disclosed, **asks: Any) -> Revision:
    """Return a rule that is in force since OF was stored."""
    return replace(rule(**asks), effective_from=of.stored_at)


def heard(of: Disclosed, *said: Said | None) -> Heard:
    """Return a mail about OF that said SAID of its rows in their order; None = nothing of that row."""
    return Heard(of, {row.id: word for row, word in zip(of.rows, said, strict=True) if word})


def told(answer: Contents) -> dict[str, list[int]]:
    """Return the rows of each section that has any, as numbered in the document."""
    sections = {
        "new": [fresh.row.trade.row for fresh in answer.new],
        "corrected": [changed.after.trade.row for changed in answer.corrected],
        "withdrawn": [gone.row.trade.row for gone in answer.withdrawn],
        "doubts": [row.trade.row for row in answer.doubts],
    }
    return {section: rows for section, rows in sections.items() if rows}


ODD = {"quarantine": ("amount: odd",)}
MSFT = {"ticker": "MSFT", "asset_type": "OP", "owner": "SP", "amount_min": 15001, "amount_max": 50000}
