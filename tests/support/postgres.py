"""A PostgreSQL database that one test has to itself."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

_numbers = count()


@contextmanager
def new_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """Yield the URL of a copy of the database TEMPLATE; it is dropped afterwards, whoever is connected."""
    name = f"capitolscope_test_{os.getpid()}_{next(_numbers)}"
    execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def execute(url: str, statement: str) -> None:
    """Execute one statement outside a transaction, as CREATE DATABASE must be."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))
