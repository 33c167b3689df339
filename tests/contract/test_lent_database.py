"""What one test leaves in the database that tests share, the next does not find."""

from collections.abc import Iterator

import pytest

from local.services import Postgres
from tests.support.postgres import LentDatabase, connected

ADD = "INSERT INTO fences (scope, token) VALUES ('drain', 1)"
COUNT = "SELECT count(*) FROM fences"


@pytest.fixture
def database(postgres_server: Postgres, postgresql_template: str) -> Iterator[LentDatabase]:
    database = LentDatabase(postgres_server.url, postgresql_template)
    yield database
    database.close()


def test_the_next_test_finds_no_row(database: LentDatabase) -> None:
    with database.lent() as first, connected(first) as ask:
        ask(ADD)

    with database.lent() as second, connected(second) as ask:
        assert ask(COUNT) == [0]
    assert second == first


def test_numbers_start_again(database: LentDatabase) -> None:
    given = []
    for _ in range(2):
        with database.lent() as url, connected(url) as ask:
            given.append(ask("SELECT nextval('filings_id_seq')"))

    assert given == [[1], [1]]


def test_a_transaction_left_open_is_ended(database: LentDatabase) -> None:
    with database.lent() as url:
        left = connected(url)
        ask = left.__enter__()
        ask("BEGIN")
        ask(ADD)

    with database.lent() as url, connected(url) as ask:
        others = ask("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        assert others == [1]
        assert ask(COUNT) == [0]


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE fences CASCADE",
        "CREATE TABLE another (number INTEGER)",
        "ALTER TABLE fences ALTER COLUMN token SET DEFAULT 7",
        "UPDATE alembic_version SET version_num = 'another'",
    ],
)
def test_a_database_whose_tables_a_test_changed_is_not_lent_again(
    database: LentDatabase, change: str
) -> None:
    with database.lent() as first, connected(first) as ask:
        ask(change)

    with database.lent() as second, connected(second) as ask:
        assert ask(COUNT) == [0]
    assert second != first
