"""The runtime's parts for a test, closed afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

from common.clock import Clock
from common.runtime.database import SqlDatabase
from common.runtime.lock import RedisLock
from common.runtime.wiring import Parts, assemble
from common.settings import Settings


@contextmanager
def assembled(settings: Settings, clock: Clock) -> Iterator[Parts]:
    """Lend the parts that SETTINGS name; leave no connection open."""
    parts = assemble(settings, clock)
    assert isinstance(parts.lock, RedisLock)
    assert isinstance(parts.database, SqlDatabase)
    try:
        yield parts
    finally:
        parts.lock._client.close()
        parts.database.engine.dispose()
