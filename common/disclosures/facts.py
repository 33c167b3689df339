"""What subscribers are told about a filing; only a change in it makes a new version (protocols, section 2)."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from common.disclosures.amendments.deciding import DELETED, Name
from common.disclosures.records import Trade

SIDES = {"P": "buy", "S": "sell", "S (partial)": "sell", "E": "exchange"}


def digest(
    *, readable: bool, filer: str, trades: Sequence[Trade], restates: Mapping[int, Name] | None = None
) -> str:
    """Return the sha256 of a filing's facts: its class, its filer, what each row says, and which earlier one it RESTATES.

    FILER is the bioguide id, or the printed name of a filer who is not settled. A letter-case or spacing fix changes
    nothing; a quarantined row that becomes sure does, because it is then told in a follow-up.
    """
    links = restates or {}
    rows = ([*of_row(trade), *_standing(trade, links.get(trade.row))] for trade in trades)
    facts = [readable, plain(filer), *rows]
    return hashlib.sha256(json.dumps(facts, separators=(",", ":")).encode()).hexdigest()


def of_row(trade: Trade) -> list[str | int | bool | None]:
    """Return what subscribers are told of one row, the same for the same facts; last, whether it is in doubt."""
    return [
        trade.owner,
        security(trade),
        trade.asset_type,
        SIDES.get(trade.transaction_type, trade.transaction_type),
        trade.transaction_date.isoformat() if trade.transaction_date else None,
        trade.amount_min,
        trade.amount_max,
        bool(trade.quarantine),
    ]


def security(trade: Trade) -> str:
    """Return what was traded: the ticker, else the asset as printed, without its spacing and letter case."""
    return trade.ticker or plain(trade.asset)


def _standing(trade: Trade, original: Name | None) -> list[str | int]:
    """Return how a row stands to an earlier one; nothing for one that restates none that we know."""
    return [*([DELETED] if trade.filing_status == DELETED else []), *(original or ())]


def plain(text: str) -> str:
    """Return TEXT without its spacing and letter case."""
    return "".join(text.split()).casefold()
