"""Our own small reports of the Senate's: the names of senators who really served, transactions that nobody made.

One of each kind of difficulty: exchanges, options, bonds, crypto, companies that nobody lists, equal lots, the widest
amounts, an amendment that restates a part, paper.
"""

from datetime import date, time

from local.standins.senate_pages import SenateReport
from local.standins.senate_rows import (
    bond_detail,
    company_detail,
    option_detail,
    platform_detail,
    senate_row,
)

PURCHASE = senate_row("04/14/2025", "Joint", "WMT", "Walmart Inc. Common Stock")
LOT = senate_row("04/15/2025", "Spouse", "--", "ACN - Accenture plc Class A", kind="Sale (Partial)")
ORIGINAL = (PURCHASE, LOT, LOT)
AMENDED = (
    senate_row("04/15/2025", "Spouse", "ACN", "ACN - Accenture plc Class A", kind="Sale (Partial)"),
    senate_row(
        "04/16/2025", "Child", "F", "Ford Motor Company", kind="Sale (Full)", amount="$15,001 - $50,000"
    ),
)
"""The first only fills in a ticker; the second is new."""
DERIVED = (
    senate_row(
        "05/02/2025",
        "Self",
        "X",
        "United States Steel Corporation",
        received="Nippon Steel Corporation ADR",
        received_ticker="NPSCY",
        kind="Exchange",
    ),
    senate_row(
        "05/05/2025",
        "Self",
        "CLF",
        "Cleveland-Cliffs Inc.",
        detail=option_detail("Call", "$12.50", "2025-09-19"),
        asset_type="Stock Option",
        comment="Sold to open,\r\nin two parts",
    ),
    senate_row("05/06/2025", "Joint", "--", "Corn Dec 25", asset_type="Commodities/Futures Contract"),
)
UNLISTED = (
    senate_row(
        "06/03/2025",
        "Spouse",
        "--",
        "Nashville TN Water & Sewer Revenue",
        detail=bond_detail("4.55%", "10/30/2034"),
        asset_type="Municipal Security",
        amount="$1,000,001 - $5,000,000",
    ),
    senate_row(
        "06/04/2025",
        "Self",
        "--",
        "Four Oaks Distillery LLC",
        detail=company_detail("Four Oaks Distillery LLC", "Lynchburg, TN", "Family distillery"),
        asset_type="Non-Public Stock",
        kind="Sale (Full)",
        amount="Over $50,000,000",
    ),
)
PLAIN = (senate_row("01/06/2025", "Joint", "AAPL", "Apple Inc. - Common Stock", amount="$15,001 - $50,000"),)
CRYPTO = (
    senate_row(
        "12/20/2024",
        "Self",
        "--",
        "Bitcoin (BTC)",
        detail=platform_detail("River"),
        asset_type="Cryptocurrency",
        amount="$50,001 - $100,000",
    ),
)


def own_reports() -> tuple[SenateReport, ...]:
    """Return every report of our own, oldest first."""
    boozman = {"first": "John", "last": "Boozman"}
    return (
        _report(1, date(2024, 12, 30), CRYPTO, first="Cynthia M", last="Lummis", prefix="Ms."),
        _report(7, date(2025, 1, 21), PLAIN, first="Markwayne", last="Mullin"),
        _report(2, date(2025, 5, 12), ORIGINAL, **boozman),
        _report(
            3,
            date(2025, 5, 30),
            DERIVED,
            first="Thomas H",
            last="Tuberville",
            office="Tuberville, Tommy (Senator)",
        ),
        _report(4, date(2025, 6, 16), AMENDED, **boozman, amendment=1, titled=date(2025, 5, 12)),
        _report(5, date(2025, 6, 20), UNLISTED, first="Bill", last="Hagerty", suffix="IV", at=time(9, 5)),
        _report(6, date(2025, 7, 17), (), first="RICHARD ", last="BLUMENTHAL", paper_pages=2),
    )


def _report(number: int, received: date, rows: tuple[tuple[str, ...], ...], **said: object) -> SenateReport:
    uuid = f"5e4a7e00-0000-4000-8000-{number:012}"
    return SenateReport(uuid=uuid, received=received, rows=rows, **said)  # type: ignore[arg-type]  # names of its fields
