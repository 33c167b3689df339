"""What prices did since a filing's trades, and since it was filed: for the operator, and for mails only under a licence."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from common.alerts.planning.disclosed import Disclosed, StoredTrade
from common.prices.since import Asked, Since, price_since, told

PRICED = frozenset({"ST", "EF", "ET", "RE", "Stock", "Other Securities"})
"""Asset types that are what their ticker names: an option or a bond is not. The House's codes, the Senate's words."""


def prices_of(connection: Connection, filing: Disclosed, now: datetime) -> Mapping[int, Since]:
    """Return what is known about the price of each of FILING's rows that has one, by trade id."""
    asked = {row.id: one for row in filing.rows if (one := _asked(filing, row))}
    found = price_since(connection, set(asked.values()), now)
    return {trade_id: found[one] for trade_id, one in asked.items()}


def price_words(connection: Connection, filing: Disclosed, now: datetime) -> dict[int, tuple[str, ...]]:
    """Return what the price of each of FILING's rows did since, in words; those of which nothing is known are not there."""
    words = {trade_id: told(since) for trade_id, since in prices_of(connection, filing, now).items()}
    return {trade_id: said for trade_id, said in words.items() if said}


def _asked(filing: Disclosed, row: StoredTrade) -> Asked | None:
    trade = row.trade
    if not trade.ticker or trade.asset_type not in PRICED or not row.is_sure:
        return None
    return Asked(trade.ticker, trade.transaction_date, filing.filed)
