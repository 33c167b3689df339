"""The database's door: an engine for SQLite, PostgreSQL or Cloud SQL, and transactions on it.

A database that does not answer costs at most 8 s. The transactions here then raise DependencyDown("database"); whoever
uses the engine directly says which dependency it is with `common.db.failures.answering`.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from common.db import line
from common.db.dialect import CLOCK
from common.db.failures import answering
from common.errors import NotConfigured
from common.settings import Settings

STATEMENT_TIMEOUT = "6s"  # the server gives up before we do, and says so
BUSY_TIMEOUT = 10.0  # seconds that a SQLite writer waits for another
LOOK_AGAIN = 0.01  # seconds
POOL = {"pool_size": 3, "max_overflow": 2, "pool_timeout": line.SILENCE, "pool_pre_ping": True}
"""A function answers one request at a time; heartbeat and history take the other connections."""

MODE = "mode"
READS, WRITES, REPEATS = "reads", "writes", "repeats"
BEGIN = {
    ("sqlite", READS): ("PRAGMA query_only = ON", "BEGIN"),
    ("sqlite", WRITES): ("PRAGMA query_only = OFF", "BEGIN IMMEDIATE"),
    ("sqlite", REPEATS): ("PRAGMA query_only = OFF", "BEGIN IMMEDIATE"),
    ("postgresql", READS): ("SET TRANSACTION READ ONLY",),
    ("postgresql", WRITES): (),
    ("postgresql", REPEATS): ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",),
}
"""How a transaction begins, by dialect and what it does: read, write, or write while every statement sees the same state.
A SQLite writer waits at its start, where waiting is safe: a reader that wants to write later is refused at once when
another wrote in between."""


def make_engine(settings: Settings) -> Engine:
    """Return an engine for the database that SETTINGS name; it connects at first use.

    Raises NotConfigured for anything but a SQLite file, PostgreSQL through pg8000, or a Cloud SQL instance of it.
    """
    url = _url(settings.database_url)
    if url.drivername == "sqlite":
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT})
        event.listen(engine, "connect", _prepare_sqlite)
    else:
        engine = _postgresql(url, settings.cloud_sql_instance)
        engine.dialect.do_ping = line.knock  # type: ignore[method-assign, assignment]
        event.listen(engine, "connect", lambda connection, _: line.mend(connection))
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _judge)
    if settings.clock_file:
        engine.update_execution_options(**{CLOCK: settings.clock})
    return engine


@contextmanager
def write_transaction(engine: Engine, *, repeatable: bool = False) -> Iterator[Connection]:
    """Commit what the block did, or nothing of it, whatever interrupts it. Raises DependencyDown.

    REPEATABLE = every statement sees the state that the first one saw. Where another transaction changed the same rows
    meanwhile, or waits for this one as this one does for it, that is Overtaken: the block may be done again.
    """
    mode = REPEATS if repeatable else WRITES
    with (
        answering("database", "take a write"),
        engine.connect().execution_options(**{MODE: mode}) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def read_transaction(engine: Engine) -> Iterator[Connection]:
    """Lend a connection that can only read. Raises DependencyDown."""
    with (
        answering("database", "answer"),
        engine.connect().execution_options(**{MODE: READS}) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def patient(connection: Connection, seconds: float) -> Iterator[None]:
    """Let statements in the block take SECONDS each; the rest of the transaction keeps the server's limit off."""
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{seconds:.0f}s'")
    driver = connection.connection.driver_connection
    line.limit_silence(driver, seconds)
    try:
        yield
    finally:
        line.limit_silence(driver, line.SILENCE)


def _url(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError:
        url = URL.create("unreadable")
    if url.drivername == "postgresql+pg8000" or (url.drivername == "sqlite" and url.database):
        return url
    raise NotConfigured("set DATABASE_URL to sqlite:///file or postgresql+pg8000://user@host/name")


def _postgresql(url: URL, cloud_sql_instance: str | None) -> Engine:
    if cloud_sql_instance:
        return _cloud_sql(url, cloud_sql_instance)
    if not url.host:
        raise NotConfigured("set DATABASE_URL with a host, or CLOUD_SQL_INSTANCE; see README, Configuration")
    engine = create_engine(url, connect_args=_session(), **POOL)
    event.listen(engine, "do_connect", lambda *event: line.connect(**event[-1]))
    return engine


def _session() -> dict[str, Any]:
    return {
        "application_name": "capitolscope",
        "startup_params": {"statement_timeout": STATEMENT_TIMEOUT},
    }


def _cloud_sql(url: URL, instance: str) -> Engine:
    from common.db.cloud_sql import CloudSql  # noqa: PLC0415 - 300 ms of a cold start, only where it is used

    cloud = CloudSql(instance)

    def connect() -> Any:
        return cloud.connect(user=url.username, db=url.database, **_session())

    engine = create_engine(url, creator=connect, **POOL)
    event.listen(engine, "engine_disposed", lambda _: cloud.close())
    return engine


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; `_begin` does
    _write_ahead(connection)
    connection.execute("PRAGMA foreign_keys = ON")


def _write_ahead(connection: Any) -> None:
    """Turn the write-ahead log on; whoever opens a new file beside others is refused at once, whatever the timeout."""
    limit = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > limit:
                raise
            time.sleep(LOOK_AGAIN)
        else:
            return


def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get(MODE, WRITES)
    for statement in BEGIN[connection.dialect.name, mode]:
        connection.exec_driver_sql(statement)


def _judge(context: ExceptionContext) -> None:
    """Let a connection that broke be replaced before its next use, but not one to a server that is silent.

    One that a signal interrupted in the middle of an answer is closed by SQLAlchemy, if what the handler raised is not
    an Exception: the rest of the answer would pass for the next one's.
    """
    silent = context.is_pre_ping and isinstance(context.original_exception.__cause__, TimeoutError)
    context.is_disconnect = context.is_disconnect and not silent  # knocking again would double the wait
