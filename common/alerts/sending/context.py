"""A member's earlier trades in the tickers of a filing: what puts a new trade into proportion."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, or_, select

from common.alerts.planning.disclosed import Disclosed
from common.db.tables import filings, trades, versions
from common.disclosures.amendments.chains import IS_SURE, TELLS
from common.mail.model import Amount, Context, Earlier
from common.mail.words import HOUSE_OWNERS, HOUSE_SIDES
from common.tickers import alike

SHOWN = 5  # trades in one ticker; the mail may show fewer


def earlier_trades(connection: Connection, filing: Disclosed) -> Mapping[str, Context]:
    """Return what FILING's member disclosed before in each of its tickers: ticker as printed there -> trades, newest first."""
    printed = {row.trade.ticker for row in filing.rows if row.trade.ticker}
    if filing.bioguide is None or not printed:
        return {}
    spellings = {spelling: ticker for ticker in printed for spelling in alike(ticker)}
    found: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(_disclosed_before(filing, list(spellings))):
        found[spellings[row.ticker]].append(row)
    return {ticker: _context(ticker, rows) for ticker, rows in found.items()}


def _context(ticker: str, rows: Sequence[Any]) -> Context:
    rows = sorted(rows, key=lambda row: row.transaction_date or date.min, reverse=True)
    return Context(ticker, tuple(map(_earlier, rows[:SHOWN])), len(rows))


def _earlier(row: Any) -> Earlier:
    amount = Amount(row.amount_min, row.amount_max, row.amount_exact)
    side, owner = HOUSE_SIDES[row.transaction_type], HOUSE_OWNERS[row.owner]
    return Earlier(side, amount, owner, row.transaction_date)


def _disclosed_before(filing: Disclosed, tickers: Sequence[str]) -> Any:
    """Rows that are sure and stand, of the current versions of filings that were there before."""
    before = or_(
        filings.c.filed < filing.filed, (filings.c.filed == filing.filed) & (filings.c.id < filing.filing_id)
    )
    return (
        select(trades)
        .join(versions, versions.c.id == trades.c.version_id)
        .join(filings, (filings.c.id == versions.c.filing_id) & (filings.c.version == versions.c.version))
        .where(
            trades.c.ticker.in_(tickers),
            versions.c.bioguide == filing.bioguide,
            before,
            IS_SURE,
            TELLS,
        )
        .order_by(trades.c.id)
    )
