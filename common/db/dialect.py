"""What SQLite and PostgreSQL say differently, said once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, literal_column, select, text
from sqlalchemy.dialects import postgresql, sqlite

CLOCK = "clock"
Rows = Sequence[Mapping[str, Any]]
_INSERT: Mapping[str, Callable[[Table], Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_NOW: Mapping[str, ColumnElement[Any]] = {
    "postgresql": func.clock_timestamp(),
    "sqlite": literal_column("strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"),
}

_ANALYZE: Mapping[str, Sequence[str]] = {
    "postgresql": ("SELECT analyze_table('{table}')",),
    "sqlite": ("PRAGMA analysis_limit = 1000", 'ANALYZE "{table}"'),
}


def insert_ignore(connection: Connection, table: Table, rows: Rows) -> int:
    """Insert those of ROWS whose keys are not there yet; return how many that were. All rows name the same columns."""
    if not rows:
        return 0
    statement = _INSERT[connection.dialect.name](table).on_conflict_do_nothing()
    return len(connection.execute(statement.returning(*table.primary_key), rows).all())


def upsert(
    connection: Connection, table: Table, rows: Rows, *, key: Sequence[str], change: Sequence[str]
) -> None:
    """Insert ROWS; where a row with the same KEY is there, set its CHANGE columns instead.

    All rows name the same columns, and no two of them the same key.
    """
    if not rows:
        return
    statement = _INSERT[connection.dialect.name](table)
    changed = {name: statement.excluded[name] for name in change}
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), rows)


def replace_older(connection: Connection, table: Table, rows: Rows, *, key: Sequence[str], age: str) -> int:
    """Insert ROWS; where a row with the same KEY is there, the one with the later AGE stays; return how many were written.

    All rows name the same columns, and no two of them the same key.
    """
    if not rows:
        return 0
    statement = _INSERT[connection.dialect.name](table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    later = statement.excluded[age] > table.c[age]
    statement = statement.on_conflict_do_update(index_elements=key, set_=changed, where=later)
    return len(connection.execute(statement.returning(*table.primary_key), rows).all())


def analyze(connection: Connection, table: Table) -> None:
    """Let the database count what TABLE holds, by which it chooses how to answer; whoever owns it.

    SQLite takes samples, as PostgreSQL does by itself: it would read whole indexes while nobody else may write.
    """
    for statement in _ANALYZE[connection.dialect.name]:
        connection.execute(text(statement.format(table=table.name)))


def database_now(connection: Connection) -> datetime:
    """Return the database's own clock, aware, in UTC: the one clock that all instances share.

    In a simulation that is the simulation's: the execution option CLOCK.
    """
    if clock := connection.get_execution_options().get(CLOCK):
        simulated: datetime = clock()
        return simulated
    now: datetime | str = connection.execute(select(_NOW[connection.dialect.name])).scalar_one()
    moment = datetime.fromisoformat(now) if isinstance(now, str) else now
    return moment.astimezone(UTC)
