"""What subscribers are told about a filing; only a change in it makes a new version (protocols, section 2)."""

import hashlib
import json
from collections.abc import Sequence

from common.disclosures.records import Trade

SIDES = {"P": "buy", "S": "sell", "S (partial)": "sell", "E": "exchange"}


def digest(*, readable: bool, filer: str, trades: Sequence[Trade]) -> str:
    """Return the sha256 of a filing's facts: its class, its filer, and what each row says.

    FILER is the bioguide id, or the printed name of a filer who is not settled. A letter-case or spacing fix changes
    nothing; a quarantined row that becomes sure does, because it is then told in a follow-up.
    """
    facts = [readable, _plain(filer), *(of_row(trade) for trade in trades)]
    return hashlib.sha256(json.dumps(facts, separators=(",", ":")).encode()).hexdigest()


def of_row(trade: Trade) -> list[str | int | bool | None]:
    """Return what subscribers are told of one row, the same for the same facts; last, whether it is in doubt."""
    return [
        trade.owner,
        trade.ticker or _plain(trade.asset),
        trade.asset_type,
        SIDES.get(trade.transaction_type, trade.transaction_type),
        trade.transaction_date.isoformat() if trade.transaction_date else None,
        trade.amount_min,
        trade.amount_max,
        bool(trade.quarantine),
    ]


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
