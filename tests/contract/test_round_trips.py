"""How often we wait for PostgreSQL: counted at a door in front of a real server."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, make_url, select, text
from sqlalchemy.exc import DBAPIError

from common.db.engine import make_engine, read_transaction, write_transaction
from common.db.tables import fences
from common.errors import DependencyDown
from local.services.door import Door, door_to
from tests.support.settings import some_settings


@pytest.fixture
def door(postgresql_url: str) -> Iterator[Door]:
    """Lend a door to PostgreSQL."""
    port = make_url(postgresql_url).port
    assert port is not None
    with door_to(port) as door:
        yield door


@pytest.fixture
def engine(postgresql_url: str, door: Door) -> Iterator[Engine]:
    """Lend an engine that has just been used, through the door."""
    url = make_url(postgresql_url).set(port=door.port).render_as_string(hide_password=False)
    engine = make_engine(some_settings(database_url=url))
    with read_transaction(engine) as connection:
        connection.execute(text("SELECT 1"))
    yield engine
    engine.dispose()


def keep(connection: Connection, scope: str) -> None:
    connection.execute(insert(fences).values(scope=scope, token=7))


def kept(engine: Engine) -> list[str]:
    with read_transaction(engine) as connection:
        return list(connection.scalars(select(fences.c.scope).order_by(fences.c.scope)))


def test_a_write_waits_for_its_beginning_its_statement_and_its_end(engine: Engine, door: Door) -> None:
    before = door.trips

    with write_transaction(engine) as connection:
        keep(connection, "steps")

    assert door.trips - before == 3
    assert kept(engine) == ["steps"]


def test_a_read_waits_once_more_to_be_forbidden_to_write(engine: Engine, door: Door) -> None:
    before = door.trips

    kept(engine)

    assert door.trips - before == 4


def test_the_end_of_a_long_statement_does_not_wait_for_its_beginning_to_be_acknowledged(
    engine: Engine,
) -> None:
    with engine.connect() as connection:
        line: Any = connection.connection.driver_connection

        assert line._usock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_statement_that_fails_leaves_the_line_as_it_was(engine: Engine) -> None:
    with pytest.raises(DBAPIError, match="0x00"), write_transaction(engine) as connection:
        keep(connection, "nul \0")

    assert kept(engine) == []


def test_a_statement_that_could_not_be_said_to_its_end_is_not_heard(engine: Engine) -> None:
    with pytest.raises(UnicodeEncodeError, match="surrogates"), write_transaction(engine) as connection:
        connection.execute(text("NO SQL AT ALL :scope"), {"scope": "half a pair \ud800"})

    assert kept(engine) == []


def test_a_shut_door_is_a_database_that_is_down_until_it_is_opened(engine: Engine, door: Door) -> None:
    door.shut()
    with pytest.raises(DependencyDown, match="database"):
        kept(engine)
    door.open()

    assert kept(engine) == []
