"""What the tests of served functions share."""

from collections.abc import Iterator

import pytest

from tests.support.stage import Stage, staged
from tests.support.syncing import Sync, syncing
from tests.support.web import Web, web_served


@pytest.fixture
def stage(sqlite_url: str, redis_url: str) -> Iterator[Stage]:
    """Serve the steps task on SQLite and a real Redis."""
    with staged(database_url=sqlite_url, redis_url=redis_url) as stage:
        yield stage


@pytest.fixture
def sync(sqlite_url: str, redis_url: str) -> Iterator[Sync]:
    """Lend a sync that has no baseline yet."""
    with syncing(sqlite_url, redis_url) as lent:
        yield lent


@pytest.fixture
def watched(sync: Sync) -> Sync:
    """Lend a sync whose baseline is complete."""
    assert sync.baseline().status == 200
    sync.asked()
    return sync


@pytest.fixture
def web(sqlite_url: str, redis_url: str) -> Iterator[Web]:
    """Lend the public pages, on SQLite."""
    with web_served(sqlite_url, redis_url) as lent:
        yield lent


@pytest.fixture
def both_webs(database_url: str, redis_url: str) -> Iterator[Web]:
    """Lend the public pages, on SQLite and on PostgreSQL in turn."""
    with web_served(database_url, redis_url) as lent:
        yield lent
