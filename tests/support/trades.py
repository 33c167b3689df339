"""Trades and filings for tests, plausible unless told otherwise."""

from datetime import date
from typing import Any

from common.disclosures.records import Filing, Trade


def a_trade(**changes: Any) -> Trade:
    """Return a purchase of NVDA by the member; CHANGES replace fields."""
    said: dict[str, Any] = {
        "row": 1,
        "page": 1,
        "transaction_id": None,
        "owner": "",
        "asset": "NVIDIA Corporation (NVDA) [ST]",
        "asset_name": "NVIDIA Corporation",
        "ticker": "NVDA",
        "asset_type": "ST",
        "transaction_type": "P",
        "transaction_date": date(2025, 3, 3),
        "notification_date": date(2025, 3, 4),
        "amount_text": "$1,001 - $15,000",
        "amount_min": 1001,
        "amount_max": 15000,
        "amount_exact": None,
        "cap_gains_over_200": False,
        "filing_status": "New",
        "subholding_of": None,
        "description": None,
        "location": None,
        "comments": None,
        "raw": {"asset": "NVIDIA Corporation (NVDA) [ST]"},
        "quarantine": (),
    }
    return Trade(**said | changes)


def a_filing(*trades: Trade, doc_id: str = "20090001") -> Filing:
    """Return a filing of TRADES by Marjorie Taylor Greene."""
    return Filing(
        doc_id=doc_id,
        filer_name="Hon. Marjorie Taylor Greene",
        filer_status="Member",
        state_district="GA14",
        signed_date=date(2025, 3, 5),
        signed_text="Hon. Marjorie Taylor Greene , 03/05/2025",
        pages=1,
        generation="G3",
        trades=trades or (a_trade(),),
    )
