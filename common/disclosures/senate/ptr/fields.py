"""One row of the table to one Trade: each cell read by its own grammar, each doubt kept with its reason."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from common.disclosures.forms import OPEN_RANGES, RANGES, printed_date
from common.disclosures.records import Trade
from common.disclosures.senate.ptr.assets import assets_of
from common.disclosures.senate.ptr.cells import NOTHING, Cell
from common.disclosures.senate.ptr.pages import Row

OWNERS = {"Self": "", "Spouse": "SP", "Joint": "JT", "Child": "DC"}
TYPES = {"Purchase": "P", "Sale (Full)": "S", "Sale (Partial)": "S (partial)", "Exchange": "E"}
ASSET_TYPES = {
    "",  # on reports of 2014 and 2015
    "Stock",
    "Stock Option",
    "Option",
    "Non-Public Stock",
    "Corporate Bond",
    "Municipal Security",
    "Cryptocurrency",
    "Commodities/Futures Contract",
    "Other Securities",
    "Other",  # the same, on pages drawn since 2023
}
AMOUNTS: Mapping[str, tuple[int, int | None]] = {
    **{f"${least:,} - ${most:,}": (least, most) for least, most in RANGES.items()},
    **{f"Over ${bound:,}": (bound + 1, None) for bound in OPEN_RANGES},
}
"""What is printed -> its bounds in whole dollars; None = no upper one."""

ONE_LINE = {"number", "transaction_date", "owner", "asset_type", "transaction_type", "amount_text"}

# `Over $1,000,000` is for assets of spouse and children only, which the form says in brackets.
_WHOSE = re.compile(r" \([^()]{0,40}\b(?:spouse|child)[^()]{0,40}\)$", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,6}")
_MEANINGLESS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]")


def trade_of(row: Row, number: int, *, filed: date) -> Trade:
    """Read ROW, the NUMBERth of a report filed on the day FILED."""
    text = {name: " ".join(cell.lines) for name, cell in row.items()}
    traded, date_doubts = printed_date("transaction_date", text["transaction_date"], reported=filed)
    least, most = amount_of(text["amount_text"])
    assets = assets_of(row["asset"], row["ticker"], exchange=text["transaction_type"] == "Exchange")
    comments = row["comments"].text
    return Trade(
        row=number,
        page=1,
        transaction_id=None,
        owner=OWNERS.get(text["owner"], text["owner"]),
        asset=assets.name,
        asset_name=assets.name,
        ticker=assets.ticker,
        asset_type=text["asset_type"] or None,
        transaction_type=TYPES.get(text["transaction_type"], text["transaction_type"]),
        transaction_date=traded,
        notification_date=None,
        amount_text=text["amount_text"],
        amount_min=least,
        amount_max=most,
        amount_exact=None,
        cap_gains_over_200=None,
        filing_status=None,
        subholding_of=None,
        description=assets.description,
        location=None,
        comments=None if comments in ("", NOTHING) else comments,
        details=assets.details,
        raw={name: cell.printed for name, cell in row.items()},
        quarantine=(*date_doubts, *_unknown(text), *assets.doubts, *_strange(row)),
    )


def amount_of(text: str) -> tuple[int | None, int | None]:
    """Return the bounds of a range of the form in whole dollars, the upper one None where it is open; else no bounds."""
    return AMOUNTS.get(_WHOSE.sub("", text), (None, None))


def _unknown(text: Mapping[str, str]) -> Iterator[str]:
    """Yield a doubt for each text that the form does not know."""
    known = {
        "owner": text["owner"] in OWNERS,
        "asset_type": text["asset_type"] in ASSET_TYPES,
        "transaction_type": text["transaction_type"] in TYPES,
        "amount": amount_of(text["amount_text"])[0] is not None,
        "number": _NUMBER.fullmatch(text["number"]) is not None,
    }
    printed = {**text, "amount": text["amount_text"]}
    for name, is_known in known.items():
        if not is_known:
            yield f"{name}: {printed[name]!r} is unknown" if printed[name] else f"{name}: none is printed"


def _strange(row: Row) -> Iterator[str]:
    """Yield a doubt for whatever stands in a cell where it never did."""
    for name, cell in row.items():
        if _MEANINGLESS.search(cell.text):
            yield f"{name}: {cell.printed!r} has characters without meaning"
        for oddity in (*cell.oddities, *_misplaced(name, cell)):
            yield f"{name}: it {oddity}"


def _misplaced(name: str, cell: Cell) -> Iterator[str]:
    if cell.links and name != "ticker":
        yield f"has a link {cell.links[0]!r}"
    if cell.details and name != "asset":
        yield f"has details {dict(cell.details)}"
    if len(cell.lines) > 1 and name in ONE_LINE:
        yield f"has {len(cell.lines)} lines"
