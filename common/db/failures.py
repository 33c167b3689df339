"""Which errors of a database mean that it is away, rather than that we asked something wrong."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from common.errors import DependencyDown, Overtaken

# https://www.postgresql.org/docs/current/errcodes-appendix.html: connection exceptions, too few resources, ended by an
# operator, system errors; and lock_timeout.
AWAY_CLASSES = frozenset({"08", "53", "57", "58"})
LOCK_TIMEOUT = "55P03"
# Another transaction changed the row since ours began (under REPEATABLE READ), or waits for us as we do for it.
OVERTAKEN = frozenset({"40001", "40P01"})
AWAY_IN_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
    }
)


@contextmanager
def answering(dependency: str, question: str) -> Iterator[None]:
    """Raise DependencyDown(DEPENDENCY) where the block fails because its database is away; other errors pass.

    Where another transaction was in the way, that is Overtaken: the block may be done again.
    """
    try:
        yield
    except (DBAPIError, NoFreeConnection) as error:
        answer = _answer(error)
        if answer is None:
            raise
        raise answer(dependency, f"the database did not {question}: {error}") from error


def _answer(error: DBAPIError | NoFreeConnection) -> type[DependencyDown] | None:
    if isinstance(error, NoFreeConnection) or is_away(error):
        return DependencyDown
    return Overtaken if sqlstate(error.orig) in OVERTAKEN else None


def is_away(error: DBAPIError) -> bool:
    """Tell whether ERROR says that the database is away, overloaded, or holds us up for too long."""
    if error.connection_invalidated or isinstance(error, InterfaceError):
        return True
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", 0)  # unset where the driver itself complains
        return code & 0xFF in AWAY_IN_SQLITE  # the low byte is the primary code
    state = sqlstate(error.orig)
    return state == LOCK_TIMEOUT or state[:2] in AWAY_CLASSES


def sqlstate(driver_error: BaseException | None) -> str:
    """Return the five-character code that PostgreSQL sent with DRIVER_ERROR, empty where it sent none."""
    details = driver_error.args[0] if driver_error and driver_error.args else None
    return str(details.get("C", "")) if isinstance(details, dict) else ""
