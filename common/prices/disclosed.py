"""Which tickers were disclosed, and from which day on each one's price is of interest."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from common.db.tables import filings, trades, versions
from common.prices.records import Days, Rename
from common.prices.renames import known_on, names
from common.prices.sessions import session_before, session_of
from common.tickers import TICKER, spelled

EARLIEST = date(2012, 1, 1)
"""No periodic report is older (STOCK Act, Pub. L. 112-105); an earlier date is a slip of the pen."""


def wanted(connection: Connection, renames: Sequence[Rename], today: date) -> dict[str, date]:
    """Return each disclosed ticker of both chambers, and what its securities were called until TODAY -> its first day.

    That is the session of the first trade in it, or the one before where there was none.
    """
    changed = {name for one in renames for name in (one.old, one.new)}
    earliest = _rows(func.min(_TRADED), today).group_by(_PRINTED)
    printed = {row.ticker: row.traded for row in connection.execute(earliest)}
    plain = {ticker: day for ticker, day in printed.items() if spelled(ticker) not in changed}
    followed = _followed(connection, renames, printed.keys() - plain.keys(), today)
    first: dict[str, date] = {}
    for ticker, day in ((spelled(ticker), day) for ticker, day in (*plain.items(), *followed)):
        if TICKER.fullmatch(ticker):
            first[ticker] = min(first.get(ticker, day), day)
    return {ticker: _session(max(day, EARLIEST)) for ticker, day in first.items()}


def _followed(
    connection: Connection, renames: Sequence[Rename], printed: Collection[str], today: date
) -> Iterator[tuple[str, date]]:
    """Yield every name that the securities behind tickers with a history had since the trade."""
    every = _rows(_TRADED, today).add_columns(_FILED.label("filed")).where(_PRINTED.in_(printed))
    for row in connection.execute(every.distinct()):
        ticker = spelled(row.ticker)
        known = known_on(renames, ticker, row.traded, row.filed)
        for name, days in names(renames, ticker, known, Days(row.traded, today)):
            yield name, days.first


def _rows(traded: ColumnElement[Any], today: date) -> Select[Any]:
    """Return the rows that the parser trusts, of the current versions of filings, traded until TODAY."""
    current = (filings.c.id == versions.c.filing_id) & (filings.c.version == versions.c.version)
    is_sure = func.json_array_length(trades.c.quarantine) == 0
    return (
        select(_PRINTED, traded.label("traded"))
        .select_from(trades.join(versions, versions.c.id == trades.c.version_id))
        .join(filings, current)
        .where(_PRINTED.is_not(None), today >= _TRADED, is_sure)
    )


def _session(day: date) -> date:
    return day if session_of(day) else session_before(day).day


_PRINTED = trades.c.ticker
_TRADED = func.coalesce(trades.c.transaction_date, filings.c.filed)
_FILED = func.coalesce(filings.c.filed, trades.c.transaction_date)
