"""Code of the last release works on the schema of today: both run while one replaces the other."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Engine, Table, and_, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeDecorator

from common.db.engine import make_engine, read_transaction, write_transaction
from common.db.every_table import metadata as of_today
from common.db.schema import REVISION
from local.deploy.release import KEPT, keep
from tests.deploy.released.tables import metadata as released
from tests.support.settings import some_settings

for file in KEPT.glob("*_tables.py"):
    import_module(f"tests.deploy.released.{file.stem}")

VALUES: Mapping[type, Any] = {
    bool: lambda _: True,
    bytes: lambda n: bytes([n]),
    date: lambda n: date(2026, 1, n),
    datetime: lambda n: datetime(2026, 1, n, tzinfo=UTC),
    Decimal: Decimal,
    object: lambda n: {"n": n},  # JSON
    int: int,
    str: str,
}
"""Python's type of a column -> a value for it, another for each number."""
Row = dict[str, Any]


def value(column: Column[Any], number: int) -> Any:
    kind = column.type
    plain = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    return VALUES[plain.python_type](number)


def is_needed(column: Column[Any]) -> bool:
    """Tell whether a row without COLUMN is refused, as far as the release knows."""
    return not column.nullable and column.server_default is None and column.default is None


def full(table: Table) -> Row:
    """Return a row of TABLE with every column; whatever it refers to has the key 1."""
    return {column.name: value(column, 1) for column in table.columns}


def bare(table: Table) -> Row:
    """Return another, without what may be left out."""
    needed = [column for column in table.columns if is_needed(column) or column.primary_key]
    return {column.name: value(column, 1 if column.foreign_keys else 2) for column in needed}


def is_link(table: Table) -> bool:
    """Tell whether TABLE's key is made of other tables' keys alone: then it takes one row of these."""
    return all(column.foreign_keys for column in table.primary_key.columns)


def work(engine: Engine) -> None:
    """Write, change, read and delete in every table as the release knows it. Raises DBAPIError, AssertionError."""
    with write_transaction(engine) as tx:
        for table in released.sorted_tables:
            rows = [full(table)] if is_link(table) else [full(table), bare(table)]
            for row in rows:
                tx.execute(table.insert().values(row))
            others = {name: given for name, given in rows[0].items() if name not in table.primary_key.columns}
            if others:
                assert tx.execute(table.update().values(others).where(_is(table, rows[0]))).rowcount == 1
            assert tx.execute(select(table).where(_is(table, rows[0]))).one()._asdict() == rows[0]
        for table in reversed(released.sorted_tables):
            assert tx.execute(table.delete()).rowcount > 0


def _is(table: Table, row: Row) -> Any:
    return and_(*(column == row[column.name] for column in table.primary_key.columns))


def test_the_last_release_writes_changes_reads_and_deletes_on_the_schema_of_today(engine: Engine) -> None:
    work(engine)

    with read_transaction(engine) as connection:
        left = {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for table in of_today.sorted_tables
        }
    assert set(left.values()) == {0}


def test_what_the_last_release_wrote_can_be_read_today(engine: Engine) -> None:
    with write_transaction(engine) as tx:
        for table in released.sorted_tables:
            tx.execute(table.insert().values(full(table)))

    with read_transaction(engine) as connection:
        for table in released.sorted_tables:
            row = connection.execute(select(of_today.tables[table.name])).one()._asdict()
            assert {name: row[name] for name in full(table)} == full(table)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE subscribers DROP COLUMN zone",
        "ALTER TABLE trades RENAME COLUMN owner TO holder",
        "ALTER TABLE messages ADD COLUMN shade VARCHAR NOT NULL DEFAULT NULL",
        "ALTER TABLE bars RENAME TO candles",
    ],
)
def test_a_change_that_the_last_release_does_not_survive_is_seen(sqlite_url: str, change: str) -> None:
    engine = make_engine(some_settings(database_url=sqlite_url))
    with write_transaction(engine) as tx:
        tx.execute(text(change))

    with pytest.raises(DBAPIError):
        work(engine)

    engine.dispose()


def test_a_release_is_kept_by_its_tag_in_place_of_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "gone_tables.py").write_text("import gone")

    kept = keep("HEAD", tmp_path)

    assert {file.name for file in kept} >= {"__init__.py", "tables.py", "alert_tables.py", "types.py"}
    assert not (tmp_path / "gone_tables.py").exists()
    assert REVISION in (tmp_path / "__init__.py").read_text()
    assert not [file.name for file in kept if "common.db" in file.read_text()]
