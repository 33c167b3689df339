"""How often something may be asked for, counted in Redis: all instances see one count. The only web module that knows Redis.

Without an answer nobody may: a limit that fails open is none.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from common.errors import CapitolScopeError, DependencyDown

if TYPE_CHECKING:
    from redis import Redis

ANSWER_SECONDS = 1.5  # to connect, and again for the answer

# One EVAL for all counts: either each of them has room and all are raised, or none is. Returns the milliseconds to wait.
TAKE = """
for i, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[2 * i - 1]) then
    return math.max(redis.call('PTTL', key), 1)
  end
end
for i, key in ipairs(KEYS) do
  if redis.call('INCR', key) == 1 then redis.call('PEXPIRE', key, ARGV[2 * i]) end
end
return 0
"""


class TooMany(CapitolScopeError):
    """Somebody asked too often; answered 429 with the wait."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"too many requests; wait {wait}")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` per `window`, counted from the first one."""

    key: str
    """Whom it counts; a fingerprint, never an address."""
    most: int
    window: timedelta


def visitor(client: str) -> str:
    """Return who counts as one visitor by the address CLIENT: under IPv6 the /64 from which a line picks as it likes."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if isinstance(address, IPv6Address) and not address.ipv4_mapped:
        return str(ip_network((address, 64), strict=False))
    return client


class RateLimiter:
    """Counts on the Redis server at URL, connected at first use; may be used by several threads."""

    def __init__(self, url: str) -> None:
        self._url = url

    @cached_property
    def _client(self) -> "Redis":
        from redis import Redis  # noqa: PLC0415 - 40 ms of a cold start, which most pages never use

        return Redis.from_url(
            self._url,
            socket_connect_timeout=ANSWER_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            protocol=2,
            driver_info=None,
        )

    def take(self, *limits: Limit) -> None:
        """Count one more under each of LIMITS. Raises TooMany, counting nothing, or DependencyDown("redis")."""
        from redis import RedisError  # noqa: PLC0415 - as above

        keys = [f"limit:{limit.key}" for limit in limits]
        bounds = [
            bound for limit in limits for bound in (limit.most, limit.window // timedelta(milliseconds=1))
        ]
        try:
            wait = int(str(self._client.eval(TAKE, len(keys), *keys, *bounds)))
        except RedisError as error:
            raise DependencyDown("redis", f"no answer about rate limits; check REDIS_URL: {error}") from error
        if wait:
            raise TooMany(timedelta(milliseconds=wait))

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()
