"""What only the Senate's pages say, as plain data with the field names of the checked truth."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from common.disclosures.forms import date_of
from common.disclosures.records import Filing, Trade
from common.disclosures.senate.ptr.pages import Page

UUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"

_DATES = (
    re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{2}|\d{4})"),
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"),
)
_STRIKE = re.compile(r"\$?(\d+(?:\.\d+)?)")
_NUMBER = re.compile(r"[0-9]+")


def uuid_of(path: Path, page: bytes) -> str:
    """Return the report's uuid: by its address in PATH, or, of paper, by the link to its print; else the file's stem."""
    found = re.findall(UUID, path.as_posix()) or re.findall(
        f"/print/paper/({UUID})/", page.decode(errors="replace")
    )
    return found[-1] if found else path.stem


def facts_of(page: Page, filing: Filing) -> dict[str, Any]:
    """Return what PAGE says beside FILING, which was read from it, and the rows in the page's own words."""
    display = page.filer[-1]
    return {
        "uuid": filing.doc_id,
        "kind": "ptr-electronic",
        "h1": page.heading,
        "title_date": page.titled.isoformat(),
        "amendment": page.amendment or None,
        "filer": {
            "printed": " ".join(filter(None, page.filer)),
            "lines": list(page.filer),
            "display": display.removeprefix("(").removesuffix(")"),
        },
        "filed_printed": page.filed_text,
        "filed_local": page.filed.replace(tzinfo=None).isoformat(timespec="minutes"),
        "total": len(page.rows),
        "owner_counts": dict(page.counts),
        "rows": [row_of(trade) for trade in filing.trades],
    }


def row_of(trade: Trade) -> dict[str, Any]:
    """Return a row under the names and in the words of its page."""
    details, number = trade.details, trade.raw["number"]
    return {
        "number": int(number) if _NUMBER.fullmatch(number) else None,
        "transaction_date": trade.transaction_date.isoformat() if trade.transaction_date else None,
        "owner": trade.raw["owner"],
        "ticker": trade.ticker,
        "received_ticker": details.get("received_ticker"),
        "asset": trade.asset,
        "received_asset": details.get("received_asset"),
        "exchange_form": details.get("exchange_form"),
        "asset_type": trade.asset_type,
        "type": trade.raw["transaction_type"],
        "amount": trade.amount_text,
        "amount_min": trade.amount_min,
        "amount_max": trade.amount_max,
        "comment": trade.comments,
        "option": _option(details),
        "bond": _bond(details),
        "company": _company(details),
        "description": trade.description,
        "platform": details.get("platform"),
        "quarantine": list(trade.quarantine),
    }


def _option(details: Mapping[str, str]) -> dict[str, str | None] | None:
    if not details.keys() & {"option_type", "strike", "expires"}:
        return None
    strike = _STRIKE.fullmatch(details.get("strike", "").replace(",", ""))
    return {
        "type": details.get("option_type"),
        "strike": details.get("strike"),
        "expires": details.get("expires"),
        "strike_number": strike[1] if strike else None,
        "expires_iso": _iso(details.get("expires")),
    }


def _bond(details: Mapping[str, str]) -> dict[str, str | None] | None:
    if not details.keys() & {"rate", "matures"}:
        return None
    matures = details.get("matures")
    return {"rate": details.get("rate"), "matures": matures, "matures_iso": _iso(matures)}


def _company(details: Mapping[str, str]) -> dict[str, str | None] | None:
    if "company" not in details:
        return None
    return {"name": details["company"], "location": details.get("company_location")}


def _iso(text: str | None) -> str | None:
    """Return the date that a filer wrote for a bond or an option; a year of two digits is of this century."""
    printed = next(filter(None, (pattern.fullmatch(text or "") for pattern in _DATES)), None)
    if printed is None:
        return None
    century = "" if len(printed["year"]) == 4 else "20"  # noqa: PLR2004  # digits
    day = date_of(f"{printed['month']}/{printed['day']}/{century}{printed['year']}")
    return day.isoformat() if day else None
