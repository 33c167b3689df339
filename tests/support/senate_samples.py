"""Single rows of the Senate's reports as other programs kept them, drawn again in the site's markup."""

import html
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from local.standins.senate_rows import (
    Cells,
    bond_detail,
    company_detail,
    option_detail,
    platform_detail,
    senate_row,
)

DETAILS = (
    "received_asset",
    "received_ticker",
    "company",
    "company_location",
    "option_type",
    "strike",
    "expires",
    "rate",
    "matures",
    "platform",
)
APPENDED = {
    "pair": re.compile(r"(?P<asset>.*) \(Exchanged\)  (?P<received_asset>.*) \(Received\)"),
    "option": re.compile(r"(?P<asset>.*)  Option Type: (?P<option_type>.*) Strike price: (?P<strike>.*)  Expires: (?P<expires>.*)"),
    "bond": re.compile(r"(?P<asset>.*)  Rate/Coupon: (?P<rate>.*)  Matures: (?P<matures>.*)"),
    "company": re.compile(r"(?P<asset>.*)  Company: (?P<company>.*)  \((?P<company_location>.*)\)  Description:\xa0(?P<description>.*)"),
    "platform": re.compile(r"(?P<asset>.*)  Exchange/Platform: (?P<platform>.*)"),
    "plain": re.compile(r"(?P<asset>.*)"),
}  # fmt: skip
"""How the second source of rows appends details to the asset's name."""


def appended(text: str) -> tuple[str, dict[str, str]]:
    matches = ((kind, pattern.fullmatch(text)) for kind, pattern in APPENDED.items())
    return next((kind, match.groupdict()) for kind, match in matches if match)


def cells_of(raw: Mapping[str, str]) -> Cells:
    """Return the cells of a row, from their HTML or from the texts that another program made of them."""
    if "asset_html" in raw:
        text = {name: html.escape(value) for name, value in raw.items()}
        rest = (text["asset_type"], text["type"], text["amount"], text["comment"])
        return (text["transaction_date"], text["owner"], raw["ticker_html"], raw["asset_html"], *rest)
    kind, parts = appended(raw["asset_text"])
    details = {
        "option": lambda: option_detail(parts["option_type"], parts["strike"], parts["expires"]),
        "bond": lambda: bond_detail(parts["rate"], parts["matures"]),
        "company": lambda: company_detail(parts["company"], parts["company_location"], parts["description"]),
        "platform": lambda: platform_detail(parts["platform"]),
    }
    ticker, _, received_ticker = raw["ticker"].partition("  ")
    return senate_row(
        f"{date.fromisoformat(raw['transaction_date']):%m/%d/%Y}",
        raw["owner"],
        ticker,
        parts["asset"],
        received=parts.get("received_asset"),
        received_ticker=received_ticker or None,
        detail=details[kind]() if kind in details else "",
        asset_type=raw["asset_type"],
        kind=raw["type"],
        amount=raw["amount"],
    )


def expected_of(raw: Mapping[str, str]) -> dict[str, Any]:
    ticker, _, received_ticker = raw["ticker"].partition("  ")
    same = {name: raw[name] for name in ("transaction_date", "owner", "asset_type", "type", "amount")}
    parts = {name: " ".join(text.split()) for name, text in appended(raw["asset_text"])[1].items()}
    return {**same, **parts, "ticker": ticker, "received_ticker": received_ticker or None}
