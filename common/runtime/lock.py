"""The lock: one holder per scope, elected by Redis. The only module that talks to Redis, beside the mail queue.

Redis may be flushed or fail over, so this only elects; the fence in the database is what keeps a stale holder from
writing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from common.errors import DependencyDown

CONNECT_SECONDS = 1.0  # per address
ANSWER_SECONDS = 1.2  # per answer; at most three (AUTH, SELECT, EVAL), so any server is given up within 5 s

# Each is one EVAL: sent whole (200 bytes), so that there is no NOSCRIPT after a flush or a restart.
ACQUIRE = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return holder end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false
"""
RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""

HOLDER = "return redis.call('GET', KEYS[1])"


def connect(url: str) -> redis.Redis:
    """Return a client of the server at URL that gives it up within 5 s; it connects at first use."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        # By itself redis-py tries ten times with back-off. Once more, at once, is for a connection that broke
        # while this process slept; whatever we ask may be asked twice. Silence is not asked again.
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        # RESP2 and no driver info: a new connection costs no HELLO and no CLIENT SETINFO to wait for.
        protocol=2,
        driver_info=None,
    )


class RedisLock:
    """Lock on a Redis server; may be used by several threads. Raises DependencyDown("redis") within 5 s."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    @classmethod
    def at(cls, url: str) -> Self:
        """Return the lock of the server at URL (redis:// or rediss://); connects at first use."""
        return cls(connect(url))

    def acquire(self, scope: str, value: str, ttl_seconds: float) -> str | None:
        """Take SCOPE for VALUE; None on success (again for the same value too), else the holder's value."""
        holder: str | None = self._evaluate(ACQUIRE, scope, value, _milliseconds(ttl_seconds))
        return holder

    def renew(self, scope: str, value: str, ttl_seconds: float) -> bool:
        """Extend VALUE's lease; False when it is not the holder."""
        return bool(self._evaluate(RENEW, scope, value, _milliseconds(ttl_seconds)))

    def release(self, scope: str, value: str) -> bool:
        """Give SCOPE back if VALUE holds it; False when it does not."""
        return bool(self._evaluate(RELEASE, scope, value))

    def holder(self, scope: str) -> str | None:
        """Return the value that holds SCOPE, or None."""
        value: str | None = self._evaluate(HOLDER, scope)
        return value

    def held(self) -> dict[str, str]:
        """Return every scope that is held, and the value that holds it."""
        with _answering("any scope"):
            keys = sorted(self._client.scan_iter(match=_key("*"), count=1000))
            values: Any = self._client.mget(keys) if keys else []
        return {key.removeprefix(_key("")): value for key, value in zip(keys, values, strict=True) if value}

    def _evaluate(self, script: str, scope: str, *arguments: Any) -> Any:
        with _answering(scope):
            return self._client.eval(script, 1, _key(scope), *arguments)


@contextmanager
def _answering(scope: str) -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise DependencyDown(
            "redis", f"no answer about the lock of {scope}; check REDIS_URL and its server: {error}"
        ) from error


def _key(scope: str) -> str:
    return f"lock:{scope}"


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
