"""One printed row to one Trade: each cell read by its own grammar, each doubt kept with its reason."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from common.disclosures.forms import printed_date
from common.disclosures.house.ptr.amounts import amount_of
from common.disclosures.house.ptr.assets import asset_of
from common.disclosures.house.ptr.rows import Row
from common.disclosures.house.ptr.words import UNREAD
from common.disclosures.records import Trade

OWNERS = {"", "SP", "JT", "DC"}
TYPES = {"P", "S", "S (partial)", "E"}
STATUSES = {"New": False, "Amended": True, "Deleted": True}
"""Filing status -> whether the row names an earlier one by its transaction id."""

_MEANINGLESS = re.compile(rf"[\x00-\x1f\ufffd{UNREAD}]")
_TRANSACTION_ID = re.compile(r"\d{10}")


@dataclass(frozen=True, slots=True)
class Form:
    """What holds for every row of a filing."""

    has_gains: bool
    """The form has the capital-gains box."""
    has_tags: bool
    """The form explains type tags, so each asset has one."""
    signed: date | None


def trade_of(row: Row, number: int, form: Form) -> Trade:
    """Read ROW, the NUMBERth of its filing."""
    raw = {name: "\n".join(lines) for name, lines in {**row.cells, **row.captions}.items()}
    text = {name: " ".join(printed.split()) for name, printed in raw.items()}
    doubts = list(row.doubts)
    asset = asset_of(text.get("asset", ""), tagged=form.has_tags)
    amount = amount_of(text.get("amount_text", ""))
    traded, notified = (_date(text, name, form, doubts) for name in ("transaction_date", "notification_date"))
    gains = _gains(row, form, doubts)
    doubts += [*asset.doubts, *amount.doubts, *_unknown(text)]
    return Trade(
        row=number,
        page=row.page,
        transaction_id=text.get("transaction_id"),
        owner=text.get("owner", ""),
        asset=text.get("asset", ""),
        asset_name=asset.name,
        ticker=asset.ticker,
        asset_type=asset.tag,
        transaction_type=text.get("transaction_type", ""),
        transaction_date=traded,
        notification_date=notified,
        amount_text=text.get("amount_text", ""),
        amount_min=amount.least,
        amount_max=amount.most,
        amount_exact=amount.exact,
        cap_gains_over_200=gains,
        filing_status=text.get("filing_status") or None,
        subholding_of=text.get("subholding_of") or None,
        description=text.get("description") or None,
        location=text.get("location") or None,
        comments=text.get("comments") or None,
        raw=raw,
        quarantine=tuple(doubts),
    )


def _date(text: Mapping[str, str], name: str, form: Form, doubts: list[str]) -> date | None:
    day, found = printed_date(name, text.get(name, ""), reported=form.signed)
    doubts += found
    return day


def _gains(row: Row, form: Form, doubts: list[str]) -> bool | None:
    """Read the box; a row that a page break cuts may show it twice."""
    ticked = set(row.boxes)
    if not form.has_gains:
        return None
    if len(ticked) == 1 and None not in ticked:
        return ticked.pop()
    seen = "no box is drawn" if not ticked else "its box is neither empty nor ticked"
    doubts.append(f"cap_gains_over_200: {seen}")
    return None


def _unknown(text: Mapping[str, str]) -> Iterator[str]:
    """Yield a doubt for each text that holds what the form does not know."""
    for name, known in (("owner", OWNERS), ("transaction_type", TYPES), ("filing_status", STATUSES)):
        printed = text.get(name, "")
        if printed not in known:
            yield f"{name}: {printed!r} is unknown" if printed else f"{name}: none is printed"
    for name, printed in text.items():
        if _MEANINGLESS.search(printed):
            yield f"{name}: {printed!r} has characters without meaning"
    identity = text.get("transaction_id", "")
    if identity and not _TRANSACTION_ID.fullmatch(identity):
        yield f"transaction_id: {identity!r} is not ten digits"
    if STATUSES.get(text.get("filing_status", ""), bool(identity)) != bool(identity):
        yield f"transaction_id: {identity or 'none'} on a row that is {text['filing_status']}"
