"""stock_prices under test: the function over real HTTP, the market that it asks, and the database that it fills."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from flask import Request, Response
from sqlalchemy import Engine, Table, select

from common.db import price_tables as t
from common.db.engine import make_engine, read_transaction
from common.db.sources import SourceState, source_state
from common.prices.parameters import PriceParameters
from common.prices.update import update_prices
from common.runtime.runner import run
from common.tasks import STOCK_PRICES
from local.standins.alpaca import KEY_ID, SECRET_KEY, AlpacaStandin
from local.standins.market import Listed, Market
from tests.support.alerts import Watch
from tests.support.parts import assembled
from tests.support.served import Answered, ask, served
from tests.support.settings import some_settings
from tests.support.trades import a_trade

if TYPE_CHECKING:
    from common.runtime.wiring import Parts

NOW = datetime(2025, 6, 3, 14, 30, tzinfo=UTC)  # a Tuesday, 10:30 in New York
KEY = {"alpaca_key_id": KEY_ID, "alpaca_secret_key": SECRET_KEY}
MARKET = Market({symbol: Listed() for symbol in ("AAPL", "BRK.B", "MSFT", "NVDA", "SPY")})


class Pricing:
    """The function, its database, the market that it asks, and a Congress that trades there."""

    def __init__(self, alpaca: AlpacaStandin, port: int, engine: Engine) -> None:
        self.alpaca, self.port, self.engine = alpaca, port, engine
        self.now = NOW
        self.watch = Watch(engine)

    @property
    def market(self) -> Market:
        return self.alpaca.market

    def disclose(
        self, *tickers: str, traded: date = date(2025, 5, 27), filed: date = date(2025, 5, 30)
    ) -> int:
        """File a report of one trade in each of TICKERS; return the filing's id."""
        rows = [
            a_trade(row=number, ticker=ticker, transaction_date=traded)
            for number, ticker in enumerate(tickers, start=1)
        ]
        return self.watch.file(*rows, filed=filed)

    def tick(self, **asked: Any) -> Answered:
        """Answer the Scheduler's tick of this moment."""
        headers = {"X-CloudScheduler-ScheduleTime": self.now.isoformat()}
        return ask(self.port, asked, headers, timeout=60)

    def ask(self, *, shard: str | None = None, **asked: Any) -> Answered:
        """Answer an operator, or a hand-over to SHARD."""
        headers = {"CapitolScope-Shard": shard} if shard else {}
        return ask(self.port, asked, headers, timeout=60)

    def rows(self, table: Table) -> Sequence[Any]:
        with read_transaction(self.engine) as connection:
            return connection.execute(select(table).order_by(*table.primary_key.columns)).all()

    def closes(self, ticker: str) -> dict[date, Any]:
        """Return the stored closing prices of TICKER."""
        return {row.day: row.close for row in self.rows(t.bars) if row.ticker == ticker}

    def source(self) -> SourceState | None:
        with read_transaction(self.engine) as connection:
            return source_state(connection, "prices")


@contextmanager
def pricing(database_url: str, redis_url: str, **settings: Any) -> Iterator[Pricing]:
    """Serve stock_prices, asking a market of five securities."""
    lent: list[Pricing] = []
    made: list[Parts] = []

    def function(request: Request) -> Response:
        return run(request, STOCK_PRICES, update_prices, PriceParameters, parts=lambda: made[0])

    with AlpacaStandin(MARKET, clock=lambda: lent[0].now) as alpaca, served(function) as port:
        given = {
            "database_url": database_url,
            "redis_url": redis_url,
            "alpaca_url": alpaca.url,
            **KEY,
            **settings,
        }
        with assembled(some_settings(**given), lambda: lent[0].now) as parts:
            made.append(parts)
            engine = make_engine(parts.settings)
            lent.append(Pricing(alpaca, port, engine))
            yield lent[0]
            engine.dispose()
