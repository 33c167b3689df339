"""The asset cell: its name, ticker and type tag."""

import re
from dataclasses import dataclass

NOT_TICKERS = {
    "ADR",
    "AMEX",
    "CUSIP",
    "EIF",
    "ETF",
    "IRA",
    "LLC",
    "LLP",
    "N/A",
    "NONE",
    "NYSE",
    "OTC",
    "REIT",
    "TBD",
}
"""What filers write in brackets before the tag that is no symbol: exchanges, kinds of security and account, nothing."""
STOCK = "ST"

_TAG = re.compile(r"\s*\[([A-Z0-9]{2})\]")
# A line may end behind the sign of a class.
_SYMBOL = re.compile(r"\s*\(([A-Z]{1,5}(?:[.$/-]\s?[A-Z]{1,3})?|[a-z]{1,5}(?:[.$/-]\s?[a-z]{1,3})?)\)$")


@dataclass(frozen=True, slots=True)
class Asset:
    """What an asset cell says: `name` is the text without ticker and tag; `ticker` is in capitals."""

    name: str
    ticker: str | None = None
    tag: str | None = None
    doubts: tuple[str, ...] = ()


def asset_of(text: str, *, tagged: bool) -> Asset:
    """Read the asset cell TEXT, its lines joined by spaces; TAGGED = the form explains tags, so each asset has one.

    A ticker is the symbol in brackets right before the tag, in letters of one case.
    """
    tags = list(_TAG.finditer(text))
    if not tags:
        return _untagged(text, tagged=tagged)
    tag = tags[-1]
    rest = text[: tag.start()].rstrip()
    doubts = [] if tag.end() == len(text) else [f"asset: {text[tag.end() :]!r} follows its type"]
    if not rest:
        doubts.append("asset: nothing but its type is printed")
    name, ticker = _split_symbol(rest)
    if ticker == tag[1] != STOCK:
        # ST is Sensata's symbol; any other code here is rather the type, printed twice.
        doubts.append(f"ticker: ({ticker}) repeats the type")
        ticker = None
    return Asset(name, ticker, tag[1], tuple(doubts))


def _untagged(text: str, *, tagged: bool) -> Asset:
    name, ticker = _split_symbol(text)
    doubts = [] if text else ["asset: none is printed"]
    if text and tagged:
        doubts.append("asset: no type such as [ST] is printed")
    return Asset(name, ticker, None, tuple(doubts))


def _split_symbol(text: str) -> tuple[str, str | None]:
    match = _SYMBOL.search(text)
    symbol = "".join(match[1].split()).upper() if match else ""
    if match is None or symbol in NOT_TICKERS:
        return text, None
    return text[: match.start()], symbol
