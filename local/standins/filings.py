"""Our own small filings: the names of members who really served, transactions that nobody made.

One of each kind of difficulty: blank owners, wide ranges, wrapped and cut rows, options, bonds, crypto, exact amounts,
amendments, several pages, a scan, a document that is listed and missing.
"""

from dataclasses import dataclass
from datetime import date

from common.disclosures.records import IndexRow
from local.standins.drawing import Form, Row, draw
from local.standins.sheet import scan_to_pdf
from local.standins.shelf import Entry, OwnShelf


@dataclass(frozen=True, slots=True)
class Filer:
    """A member as the form and the index name them."""

    printed: str
    first: str
    last: str
    district: str


GREENE = Filer("Hon. Marjorie Taylor Greene", "Marjorie Taylor", "Greene", "GA14")
GREENE_AS_MRS = Filer("Mrs. Marjorie Taylor Greene", "Marjorie Taylor Mrs", "Greene", "GA14")
MARK_GREEN = Filer("Hon. Mark Dr Green", "Mark Dr", "Green", "TN07")
AL_GREEN = Filer("Hon. Al Green", "Al", "Green", "TX09")
PELOSI = Filer("Hon. Nancy Pelosi", "Nancy", "Pelosi", "CA11")
KHANNA = Filer("Hon. Rohit Khanna", "Rohit", "Khanna", "CA17")
GOTTHEIMER = Filer("Hon. Josh Gottheimer", "Josh", "Gottheimer", "NJ05")

# Owner | asset | type | traded | notified | amount, then what only some rows have: `gains`, or a caption and its text.
SMALL_PURCHASES = """
 | NVIDIA Corporation - Common Stock (NVDA) [ST] | P | 3/12/2025 | 3/12/2025 | $1,001 - $15,000
 | Palantir Technologies Inc. - Class A Common Stock (PLTR) [ST] | P | 3/12/2025 | 3/12/2025 | $1,001 - $15,000
 | US Treasury Bill 04/15/2025 [GS] | P | 3/13/2025 | 3/13/2025 | $100,001 - $250,000
"""
PARTIAL_SALE = """
 | Tesla, Inc. - Common Stock (TSLA) [ST] | S (partial) | 5/28/2025 | 5/29/2025 | $1,001 - $15,000 | gains
"""
JOINT_PURCHASE = """
JT | NGL Energy Partners LP Common Units (NGL) [ST] | P | 1/27/2025 | 1/27/2025 | $100,001 - $250,000
"""
EXCHANGE = """
 | Apple Inc. - Common Stock (AAPL) [ST] | E | 5/1/2025 | 5/2/2025 | $350.78
"""
OPTION_AND_LARGEST = """
SP | Alphabet Inc. - Class A Common Stock (GOOGL) [OP] | P | 1/14/2025 | 1/14/2025 | $250,001 - $500,000 | Description: Purchased 50 call options with a strike price of $150 and an expiration date of 1/16/26.
SP | Four Oaks Vineyard LLC [OL] | S | 1/15/2025 | 1/15/2025 | Over $50,000,000 | gains | Location: St. Helena, CA, US | Comments: The whole of the holding was sold to an unrelated buyer; the price was set by an independent appraiser and is paid in three instalments.
"""
CRYPTO = """
SP | Bitcoin (BTC) [CT] | P | 12/29/2025 | 12/30/2025 | $5,000,001 - $25,000,000
"""
AMENDED = """
DC | Netflix, Inc. - Common Stock (NFLX) [ST] | S | 4/17/2025 | 4/17/2025 | $1,001 - $15,000 | ID: 2000990001 | Filing Status: Amended | Subholding Of: Brokerage Account #2
"""
RESTATED_PURCHASES = """
 | NVIDIA Corporation - Common Stock (NVDA) [ST] | P | 3/12/2025 | 3/12/2025 | $15,001 - $50,000 | ID: 2000990002 | Filing Status: Amended
 | Palantir Technologies Inc. - Class A Common Stock (PLTR) [ST] | P | 3/12/2025 | 3/12/2025 | $1,001 - $15,000 | ID: 2000990003 | Filing Status: Deleted
"""
"""Of SMALL_PURCHASES, one with another amount and one taken back."""
SEVERAL_PAGES = """
JT | Berkshire Hathaway Inc. New Common Stock Class B (BRK.B) [ST] | P | 12/2/2024 | 12/31/2024 | $15,001 - $50,000 | Subholding Of: Family Trust
JT | Berkshire Hathaway Inc. New Common Stock Class B (BRK.B) [ST] | P | 12/2/2024 | 12/31/2024 | $15,001 - $50,000 | Subholding Of: Family Trust
JT | Microsoft Corporation - Common Stock (MSFT) [ST] | S | 12/3/2024 | 12/31/2024 | $1,001 - $15,000 | gains | Subholding Of: Family Trust | Description: Part of a rebalancing of the whole account that the trustee ordered, carried out in several lots over two weeks and reported here together.
JT | Metropolitan Transportation Authority of the State of New York 5% Revenue Bonds due 2039 [GS] | P | 12/4/2024 | 12/31/2024 | $1,000,001 - $5,000,000 | Subholding Of: Family Trust
JT | Vanguard Total International Stock Index Fund ETF Shares (VXUS) [EF] | S | 12/5/2024 | 12/31/2024 | $50,001 - $100,000 | gains | Subholding Of: Family Trust | Description: Part of a rebalancing of the whole account that the trustee ordered, carried out in several lots over two weeks and reported here together.
JT | Microsoft Corporation - Common Stock (MSFT) [ST] | S (partial) | 12/6/2024 | 12/31/2024 | $15,001 - $50,000 | Subholding Of: Family Trust
JT | Berkshire Hathaway Inc. New Common Stock Class B (BRK.B) [ST] | P | 12/7/2024 | 12/31/2024 | $1,001 - $15,000 | Subholding Of: Family Trust | Description: Part of a rebalancing of the whole account that the trustee ordered, carried out in several lots over two weeks and reported here together.
JT | Metropolitan Transportation Authority of the State of New York 5% Revenue Bonds due 2039 [GS] | S | 12/8/2024 | 12/31/2024 | $1,000,001 - $5,000,000 | gains | Subholding Of: Family Trust
JT | Vanguard Total International Stock Index Fund ETF Shares (VXUS) [EF] | S (partial) | 12/9/2024 | 12/31/2024 | $50,001 - $100,000 | Subholding Of: Family Trust | Description: Part of a rebalancing of the whole account that the trustee ordered, carried out in several lots over two weeks and reported here together.
JT | Microsoft Corporation - Common Stock (MSFT) [ST] | P | 12/10/2024 | 12/31/2024 | $15,001 - $50,000 | Subholding Of: Family Trust
JT | Berkshire Hathaway Inc. New Common Stock Class B (BRK.B) [ST] | S | 12/11/2024 | 12/31/2024 | $1,001 - $15,000 | gains | Subholding Of: Family Trust | Description: Part of a rebalancing of the whole account that the trustee ordered, carried out in several lots over two weeks and reported here together.
JT | Metropolitan Transportation Authority of the State of New York 5% Revenue Bonds due 2039 [GS] | S (partial) | 12/12/2024 | 12/31/2024 | $1,000,001 - $5,000,000 | Subholding Of: Family Trust
"""
"""The first two are the same lot twice, as brokers report them."""


def own_shelf() -> OwnShelf:
    """Draw every filing of our own."""
    return OwnShelf(
        (
            _filing(GREENE, "20990101", "3/17/2025", SMALL_PURCHASES),
            _filing(GREENE_AS_MRS, "20990102", "6/2/2025", PARTIAL_SALE),
            _filing(GREENE, "20990105", "6/12/2025", RESTATED_PURCHASES),
            _filing(MARK_GREEN, "20990103", "2/10/2025", JOINT_PURCHASE),
            _filing(AL_GREEN, "20990104", "5/19/2025", EXCHANGE),
            _filing(PELOSI, "20990201", "1/17/2025", OPTION_AND_LARGEST),
            _filing(PELOSI, "20990202", "1/21/2026", CRYPTO),
            _filing(GOTTHEIMER, "20990203", "5/12/2025", AMENDED, "Brokerage Account #2 (Owner: DC)"),
            _filing(KHANNA, "20990204", "1/8/2025", SEVERAL_PAGES, "Family Trust (Owner: JT)", year=2024),
            _entry(AL_GREEN, "8299001", "4/14/2025", scan_to_pdf()),
            _entry(MARK_GREEN, "20990301", "7/15/2025", None),
            *_no_reports(),
        )
    )


def rows_of(table: str) -> tuple[Row, ...]:
    """Read TABLE, one row a line, in the notation above."""
    return tuple(_row(*(cell.strip() for cell in line.split("|"))) for line in table.strip("\n").split("\n"))


def _row(*cells: str) -> Row:
    owner, asset, kind, traded, notified, amount, *more = cells
    captions = {name: text for name, _, text in (cell.partition(": ") for cell in more)}
    return Row(
        owner=owner,
        asset=asset,
        kind=kind,
        traded=_day(traded),
        notified=_day(notified),
        amount=amount,
        gains="gains" in captions,
        transaction_id=captions.get("ID", ""),
        status=captions.get("Filing Status", "New"),
        subholding=captions.get("Subholding Of"),
        description=captions.get("Description"),
        location=captions.get("Location"),
        comments=captions.get("Comments"),
    )


def _filing(filer: Filer, doc_id: str, filed: str, table: str, *vehicles: str, year: int = 2025) -> Entry:
    form = Form(
        doc_id=doc_id,
        filer=filer.printed,
        state_district=filer.district,
        signed=_day(filed),
        rows=rows_of(table),
        vehicles=vehicles,
    )
    return _entry(filer, doc_id, filed, draw(form), year=year)


def _entry(filer: Filer, doc_id: str, filed: str, pdf: bytes | None, *, year: int = 2025) -> Entry:
    row = IndexRow(
        doc_id=doc_id,
        prefix=filer.printed.split()[0],
        last=filer.last,
        first=filer.first,
        suffix="",
        filing_type="P",
        state_district=filer.district,
        year=year,
        filed=_day(filed),
    )
    return Entry(row, pdf)


def _no_reports() -> tuple[Entry, ...]:
    """List what is no transaction report, one of it twice and one without a date, as the Clerk does."""
    candidate = IndexRow("10099001", "Mr.", "Example", "Pat Q.", "", "C", "AA99", 2025, _day("8/16/2025"))
    withdrawn = IndexRow("9901", "", "Sample", "Robin", "", "W", "", 2025, None)
    return (Entry(candidate), Entry(candidate), Entry(withdrawn))


def _day(text: str) -> date:
    month, day, year = map(int, text.split("/"))
    return date(year, month, day)
