"""What was traded: the cells of asset and ticker read together, as an exchange has two of each."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from common.disclosures.senate.ptr.cells import NOTHING, Cell
from common.disclosures.senate.ptr.documents import squeezed

EXCHANGED, RECEIVED = "(Exchanged)", "(Received)"
OPTION_TYPES = {"Call", "Put", "Short Sale", "Neither"}

# Yahoo's spelling: BRK-B, FL4.SG, ^MWE, ES=F, SPY160219P00180000.
_SYMBOL = re.compile(r"\^?[A-Z0-9]{1,20}(?:[.=-][A-Z0-9]{1,10}){0,2}", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")

Symbols = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Assets:
    """What was bought, sold or given away; what came for it, and more about it, is among the details."""

    name: str
    ticker: str | None
    description: str | None
    details: Mapping[str, str]
    doubts: tuple[str, ...]


def assets_of(asset: Cell, ticker: Cell, *, exchange: bool) -> Assets:
    """Read both cells of a row; EXCHANGE = the row is one.

    Exchanges filed until 2017 name one asset, and only a comment may say whether it came or went; later ones name both.
    """
    names = _names(asset, pair=exchange and len(asset.lines) > 1)
    symbols = _symbols(ticker, most=len(names))
    details = _details(asset)
    description = details.pop("description", None)
    if exchange:
        details |= _exchange(names, symbols)
    return Assets(
        name=names[0],
        ticker=symbols[0] if symbols else None,
        description=description,
        details=details,
        doubts=(*_asset_doubts(asset, names, exchange=exchange), *_other_doubts(ticker, symbols, details)),
    )


def _names(asset: Cell, *, pair: bool) -> tuple[str, ...]:
    if not pair:
        return (" ".join(asset.lines),)
    first, *others = asset.lines
    return first.removesuffix(EXCHANGED).rstrip(), " ".join(others).removesuffix(RECEIVED).rstrip()


def _asset_doubts(asset: Cell, names: tuple[str, ...], *, exchange: bool) -> Iterator[str]:
    marks = (EXCHANGED, RECEIVED) if len(names) > 1 else ("",)
    as_known = len(asset.lines) <= len(names) and all(map(str.endswith, asset.lines, marks))
    half = exchange and len(names) == 1 and names[0].endswith((EXCHANGED, RECEIVED))
    if not as_known or half:
        yield f"asset: {asset.printed!r} is of unknown shape"
    elif not all(names):
        yield "asset: none is printed"


def _other_doubts(ticker: Cell, symbols: Symbols, details: Mapping[str, str]) -> Iterator[str]:
    if not ticker.text:
        yield "ticker: none is printed"
    elif not symbols:
        yield f"ticker: {ticker.printed!r} is of unknown shape"
    option_type = details.get("option_type")
    if option_type and option_type not in OPTION_TYPES:
        yield f"option_type: {option_type!r} is unknown"


def _symbols(ticker: Cell, *, most: int) -> Symbols:
    """Return the symbol in each line, None where it has none; nothing at all where the cell is not as we know it."""
    symbols = tuple(line for line in ticker.lines if line != NOTHING)
    are_links = symbols == ticker.links and all(map(_SYMBOL.fullmatch, symbols))
    if not are_links or len(ticker.lines) > most:
        return ()
    return tuple(None if line == NOTHING else line.upper() for line in ticker.lines)


def _exchange(names: tuple[str, ...], symbols: Symbols) -> dict[str, str]:
    """Return what came for the asset given away, and whether the form has room to say so."""
    if len(names) == 1:
        return {"exchange_form": "single"}
    ticker = symbols[1] if len(symbols) > 1 else None
    return {"exchange_form": "pair", "received_asset": names[1]} | (
        {"received_ticker": ticker} if ticker else {}
    )


def _details(asset: Cell) -> dict[str, str]:
    """Return the details that say something, and a company's place, all between its brackets, apart from its name."""
    details = {name: squeezed(text) for name, text in asset.details.items()}
    company, bracket, place = asset.details.get("company", "").rpartition("\xa0(")
    if bracket and place.endswith(")"):
        details |= {"company": squeezed(company), "company_location": _BLANKS.sub(" ", place[:-1])}
    return {name: text for name, text in details.items() if text}
