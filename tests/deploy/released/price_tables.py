"""What disclosed securities cost (common/prices). Same metadata as common/db/tables.py; tickers in our spelling.

Bars are raw, as they were traded; splits and renames are applied when they are read.
"""

from sqlalchemy import BigInteger, Column, Date, String, Table

from tests.deploy.released.tables import metadata
from tests.deploy.released.types import ExactDecimal, UtcDateTime

Dollars = ExactDecimal(18, 6)

securities = Table(
    "securities",
    metadata,
    Column("ticker", String(20), primary_key=True),
    Column("seen_since", UtcDateTime, nullable=False),  # when we first asked about it
    Column("wanted_from", Date, nullable=False),  # the first day on which somebody disclosed a trade in it
    Column("bars_from", Date),  # every session from here ...
    Column("bars_through", Date),  # ... to here was asked about and answered, with a bar or without
    Column("refused_at", UtcDateTime),  # when the source said that it can be no ticker
)
quotes = Table(
    "quotes",
    metadata,
    Column("ticker", String(20), primary_key=True),
    Column("price", Dollars, nullable=False),
    Column("at", UtcDateTime, nullable=False),  # when it traded at that price
    Column("source", String(20), nullable=False),
)
bars = Table(
    "bars",
    metadata,
    Column("ticker", String(20), primary_key=True),  # as it was called on that day
    Column("day", Date, primary_key=True),
    Column("open", Dollars, nullable=False),
    Column("high", Dollars, nullable=False),
    Column("low", Dollars, nullable=False),
    Column("close", Dollars, nullable=False),
    Column("volume", BigInteger, nullable=False),
    Column("source", String(20), nullable=False),
)
splits = Table(
    "splits",
    metadata,
    Column("ticker", String(20), primary_key=True),
    Column("effective", Date, primary_key=True),  # that day's bar is in new shares already
    Column("new_rate", Dollars, nullable=False),  # so many shares ...
    Column("old_rate", Dollars, nullable=False),  # ... for so many
    Column("source", String(20), nullable=False),
)
renames = Table(
    "renames",
    metadata,
    Column("old", String(20), primary_key=True),
    Column("effective", Date, primary_key=True),  # the first day under the new ticker
    Column("new", String(20)),  # NULL = it trades no more
    Column("source", String(20), nullable=False),
)
actions_read = Table(
    "actions_read",
    metadata,
    Column("source", String(20), primary_key=True),
    Column("since", Date, nullable=False),  # splits and renames of the whole market are known from here ...
    Column("through", Date, nullable=False),  # ... to here
)
