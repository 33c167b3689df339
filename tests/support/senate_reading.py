"""Pages of the Senate's, read: what the suites about its parser share."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from common.disclosures.records import Filing, Trade
from common.disclosures.senate.ptr import parse_ptr
from common.errors import NoTextLayer, SessionExpired, SourceChanged
from local.standins.senate_pages import SenateReport, electronic_page
from local.standins.senate_rows import Cells, senate_row

UUID = "5d0c1a52-7d6f-4c1e-9a63-5f1f6f0c2a11"


def report_of(rows: Iterable[Cells], **changes: Any) -> SenateReport:
    """Return a report of ROWS, received on 3 August 2026, but for CHANGES."""
    said: dict[str, Any] = {
        "uuid": UUID,
        "first": "Ada M",
        "last": "Lindqvist",
        "received": date(2026, 8, 3),
    } | changes
    return SenateReport(rows=tuple(rows), **said)


def page_with(*rows: Cells, **changes: Any) -> bytes:
    """Return the page of `report_of` the same."""
    return electronic_page(report_of(rows or [senate_row("07/20/2026", asset="Acme")], **changes))


def read(page: bytes) -> Filing:
    return parse_ptr(page, doc_id=UUID)


def read_row(
    traded: str = "07/20/2026", owner: str = "Self", ticker: str = "--", asset: str = "Acme", **fields: Any
) -> Trade:
    """Return the one row of a page, drawn of the arguments of `senate_row`."""
    (trade,) = read(page_with(senate_row(traded, owner, ticker, asset, **fields))).trades
    return trade


def outcome_of(page: bytes) -> str:
    """Return the name of the error that PAGE is refused with, or `read`."""
    try:
        read(page)
    except (NoTextLayer, SessionExpired, SourceChanged) as refusal:
        return type(refusal).__name__
    return "read"
