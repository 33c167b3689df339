"""What a filing says, as records: the parsers' output and the store's input.

Field names follow the House form. Dollar bounds are whole dollars, dates are calendar dates without a zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Trade:
    """One row of a filing's table of transactions, with the printed text beside each value."""

    row: int
    """1-based position in the filing."""
    page: int
    """1-based page on which the row begins."""
    transaction_id: str | None
    """Ten digits, printed only on rows that amend or delete an earlier one."""
    owner: str
    """`SP` spouse, `JT` joint, `DC` dependent child; empty = the member."""
    asset: str
    asset_name: str
    """The asset without its ticker and type tag."""
    ticker: str | None
    """Upper case, without brackets; None where the form names no listed security."""
    asset_type: str | None
    """The two letters in square brackets (`ST`, `OP`, `GS` ...); None where the form prints none."""
    transaction_type: str
    """`P` purchase, `S` sale, `S (partial)`, `E` exchange."""
    transaction_date: date | None
    notification_date: date | None
    amount_text: str
    amount_min: int | None
    amount_max: int | None
    """None = no upper bound: "Over $50,000,000" is 50,000,001 and up."""
    amount_exact: Decimal | None
    """Set where the filer printed one amount instead of a range."""
    cap_gains_over_200: bool | None
    """None where the form has no such box (before spring 2018)."""
    filing_status: str | None
    """`New`, `Amended` or `Deleted`."""
    subholding_of: str | None
    description: str | None
    location: str | None
    comments: str | None
    details: Mapping[str, str] = field(default_factory=dict)
    """What only some rows of the Senate's form say (received asset, strike, maturity ...), field name -> text."""
    raw: Mapping[str, str] = field(default_factory=dict)
    """Field name -> the text as the document prints it, before any reading."""
    quarantine: tuple[str, ...] = ()
    """Why this row must not be trusted; empty = sure. Each reason names its field and what was seen."""


@dataclass(frozen=True, slots=True)
class Filing:
    """One periodic transaction report, read."""

    doc_id: str
    filer_name: str
    filer_status: str
    state_district: str
    signed_date: date | None
    signed_text: str | None
    pages: int
    generation: str
    """Which generator of the House's drew it: `G1a`, `G1b` or `G3`; `page` in the Senate."""
    trades: tuple[Trade, ...]
    amendment: int = 0
    """The Senate numbers a report's amendments from 1; 0 = an original, as every report of the House, which marks rows."""
    printed_id: str | None = None
    """The number that the House's document itself bears; None where it cannot be read."""


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One row of the Clerk's yearly index, verbatim but for the parsed date."""

    doc_id: str
    prefix: str
    last: str
    first: str
    suffix: str
    filing_type: str
    """`P` = periodic transaction report."""
    state_district: str
    """Two letters and two digits (`GA14`; at-large `00`); `AA99` and empty occur."""
    year: int
    """The index's year; `filed` may lie in a later one."""
    filed: date | None
    """Empty only for type `W`."""
