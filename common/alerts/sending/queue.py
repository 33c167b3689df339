"""The queue: ids of messages on a Redis Stream, on their way from planning to sending.

The ledger is the truth. An entry only says "look at this message": one too many claims nothing, one that was lost is
put again by the next drain, so a flush costs time and no mail.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

import redis

from common.errors import DependencyDown
from common.runtime.lock import connect

STREAM = "queue:mail"
GROUP = "drains"
BEGINNING = "0"
MOST_AT_ONCE = 1_000
OWN, NEW = "0", ">"  # what a consumer took and did not acknowledge; what nobody took yet


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the stream."""

    key: str
    message_id: int


class RedisQueue:
    """The stream on a Redis server. Every method raises DependencyDown("redis") within 5 s."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    @classmethod
    def at(cls, url: str) -> Self:
        """Return the queue on the server at URL (redis:// or rediss://); connects at first use."""
        return cls(connect(url))

    def put(self, message_ids: Iterable[int]) -> None:
        """Append an entry for each message."""
        with _answering("take entries"), self._client.pipeline(transaction=False) as pipe:
            for message_id in message_ids:
                pipe.xadd(STREAM, {"message": message_id})
            pipe.execute()

    def take(self, consumer: str, limit: int) -> list[Entry]:
        """Return at most LIMIT entries: first those that CONSUMER took in an earlier life, then new ones."""
        with _answering("hand out entries"):
            try:
                return self._read(consumer, OWN, limit) or self._read(consumer, NEW, limit)
            except redis.ResponseError as error:
                if not str(error).startswith("NOGROUP"):
                    raise
            self._make_group()
            return self._read(consumer, NEW, limit)

    def done(self, entries: Sequence[Entry]) -> None:
        """Forget ENTRIES: their messages are claimed now, or there was nothing to claim."""
        self._forget([entry.key for entry in entries])

    def drop_orphans(self, idle: timedelta) -> int:
        """Forget at most MOST_AT_ONCE entries that a consumer took IDLE ago and left; return how many.

        The ledger puts what is still due into the queue again.
        """
        with _answering("name entries that were left"):
            try:
                left: Any = self._client.xpending_range(
                    STREAM, GROUP, "-", "+", MOST_AT_ONCE, idle=round(idle.total_seconds() * 1000)
                )
            except redis.ResponseError as error:
                if not str(error).startswith("NOGROUP"):
                    raise
                return 0
        if left:
            self._forget([entry["message_id"] for entry in left])
        return len(left)

    def depth(self) -> int:
        """Return how many entries wait, those taken and not forgotten included."""
        with _answering("say how long it is"):
            return int(self._client.xlen(STREAM))

    def _forget(self, keys: Sequence[str]) -> None:
        with _answering("forget entries"), self._client.pipeline(transaction=True) as pipe:
            pipe.xack(STREAM, GROUP, *keys)
            pipe.xdel(STREAM, *keys)
            pipe.execute()

    def _read(self, consumer: str, which: str, limit: int) -> list[Entry]:
        answer: Any = self._client.xreadgroup(GROUP, consumer, {STREAM: which}, count=limit)
        found = (entry for _, entries in answer or () for entry in entries)
        return [
            Entry(key, int(fields["message"])) for key, fields in found if fields
        ]  # none: deleted by hand

    def _make_group(self) -> None:
        """Begin at the stream's beginning: it may have entries, put since a flush."""
        try:
            self._client.xgroup_create(STREAM, GROUP, BEGINNING, mkstream=True)
        except redis.ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):  # another drain made it meanwhile
                raise


@contextmanager
def _answering(question: str) -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise DependencyDown(
            "redis", f"the queue did not {question}; check REDIS_URL and its server: {error}"
        ) from error
