"""What the tests of served functions share."""

from collections.abc import Iterator

import pytest

from tests.support.stage import Stage, staged


@pytest.fixture
def stage(sqlite_url: str, redis_url: str) -> Iterator[Stage]:
    """Serve the steps task on SQLite and a real Redis."""
    with staged(database_url=sqlite_url, redis_url=redis_url) as stage:
        yield stage
