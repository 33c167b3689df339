"""A Redis database that one test has to itself, on a server that others may use too."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from redis import Redis

CLAIM = "claimed by a test"
CLAIM_SECONDS = 3600  # a killed run's databases come back after this
DATABASES = range(1, 16)  # 0 is where people keep things


@contextmanager
def claimed(server_url: str) -> Iterator[str]:
    """Yield the URL of an empty database that nobody else has; its keys are all ours, and are removed afterwards."""
    for number in DATABASES:
        url = urlsplit(server_url)._replace(path=f"/{number}").geturl()
        with Redis.from_url(url) as client:
            if not _claim(client):
                continue
            try:
                yield url
            finally:
                client.flushdb()
            return
    raise AssertionError(f"no empty database on {server_url}; it has keys in all of 1 to 15")


def _claim(client: Redis) -> bool:
    if not client.set(CLAIM, os.getpid(), nx=True, ex=CLAIM_SECONDS):
        return False
    if client.dbsize() == 1:
        return True
    client.delete(CLAIM)
    return False
