"""The latest quotes in Redis, for whoever wants many of them quickly. The database has them, too: a flush loses nothing.

Written outside the fence, so each carries its time, and an older one never replaces a newer one.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Self

import redis

from common.errors import DependencyDown
from common.prices.records import Quote
from common.runtime.lock import connect

KEY = "quotes"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DIVIDER = "|"

# One EVAL for all: of each ticker, the value is kept that has the later time before its divider.
PUT = """
local kept = 0
for i = 1, #ARGV, 3 do
  local known = redis.call('HGET', KEYS[1], ARGV[i])
  if not known or tonumber(string.match(known, '^-?%d+')) < tonumber(ARGV[i + 1]) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
    kept = kept + 1
  end
end
return kept
"""


class LatestQuotes:
    """Quotes on a Redis server. Every method raises DependencyDown("redis") within 5 s."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    @classmethod
    def at(cls, url: str) -> Self:
        """Return those on the server at URL (redis:// or rediss://); connects at first use."""
        return cls(connect(url))

    def put(self, quotes: Iterable[Quote]) -> int:
        """Keep those of QUOTES that are newer than what is there; return how many were."""
        arguments = [argument for quote in quotes for argument in _arguments(quote)]
        with _answering("take quotes"):
            kept: Any = self._client.eval(PUT, 1, KEY, *arguments)
        return int(kept)

    def get(self, tickers: Collection[str]) -> Mapping[str, Quote]:
        """Return the quotes of those of TICKERS that have one."""
        if not tickers:
            return {}
        with _answering("give quotes"):
            found: Any = self._client.hmget(KEY, list(tickers))
        known = zip(tickers, found, strict=True)
        return {ticker: _quote(ticker, value) for ticker, value in known if value}

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()


def _arguments(quote: Quote) -> tuple[str, int, str]:
    at = (quote.at - EPOCH) // MICROSECOND
    return quote.ticker, at, DIVIDER.join((str(at), str(quote.price), quote.source))


def _quote(ticker: str, value: str) -> Quote:
    at, price, source = value.split(DIVIDER, 2)
    return Quote(ticker, Decimal(price), EPOCH + int(at) * MICROSECOND, source)


@contextmanager
def _answering(question: str) -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise DependencyDown(
            "redis", f"it did not {question}; check REDIS_URL and its server: {error}"
        ) from error
