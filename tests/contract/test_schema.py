"""Migrations lead from an empty database to the tables of today."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from common.db.engine import make_engine, read_transaction, write_transaction
from common.db.every_table import metadata
from common.db.schema import MIGRATIONS, REVISION, current, require_schema, upgrade
from common.errors import DependencyDown, NotConfigured
from local.draft_migration import draft
from tests.support.postgres import new_database
from tests.support.settings import some_settings


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Lend an engine on a database without tables."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'empty.db'}"
        if request.param == "postgresql":
            url = stack.enter_context(new_database(request.getfixturevalue("postgres_server").url))
        engine = make_engine(some_settings(database_url=url))
        stack.callback(engine.dispose)
        yield engine


def test_the_migrations_lead_to_exactly_the_tables_of_today(empty: Engine) -> None:
    upgrade(empty)

    with read_transaction(empty) as connection:
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True}), metadata
        )
    assert differences == []


def test_a_second_upgrade_changes_nothing(empty: Engine) -> None:
    upgrade(empty)
    with write_transaction(empty) as connection:
        connection.execute(text("INSERT INTO fences (scope, token) VALUES ('a', 7)"))

    upgrade(empty)

    with read_transaction(empty) as connection:
        assert connection.scalar(text("SELECT token FROM fences")) == 7
    assert current(empty) == REVISION


def test_two_upgrades_at_once_take_turns(empty: Engine) -> None:
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(upgrade, [empty, empty]))

    assert current(empty) == REVISION


def test_an_upgrade_that_fails_leaves_nothing_behind(empty: Engine) -> None:
    with write_transaction(empty) as connection:
        connection.execute(text("CREATE TABLE trades (in_the_way INTEGER)"))  # the last table to be made

    with pytest.raises(Exception, match="trades"):
        upgrade(empty)

    with read_transaction(empty) as connection:
        assert inspect(connection).get_table_names() == ["trades"]


@pytest.fixture
def no_steps(tmp_path: Path) -> Path:
    """Lend a copy of the migrations without their steps."""
    return shutil.copytree(
        MIGRATIONS, tmp_path / "migrations", ignore=shutil.ignore_patterns("r0*.py", "__pycache__")
    )


def test_a_drafted_first_step_leads_to_exactly_the_tables_of_today(empty: Engine, no_steps: Path) -> None:
    step = draft("First tables", no_steps)

    upgrade(empty, no_steps)

    assert step.name == "r0001_first_tables.py"
    with read_transaction(empty) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_draft_without_a_change_is_the_next_number_and_does_nothing(no_steps: Path) -> None:
    draft("First tables", no_steps)

    step = draft("Nothing", no_steps)

    assert step.name == "r0002_nothing.py"
    assert step.read_text().endswith("def upgrade() -> None:\n    pass\n")


def test_an_empty_database_is_refused_with_the_command_to_type(empty: Engine) -> None:
    with pytest.raises(NotConfigured, match=r"schema none .* type: \.venv/bin/python -m common\.db\.schema"):
        require_schema(empty)


def test_a_schema_older_than_the_code_is_refused(empty: Engine) -> None:
    upgrade(empty)
    with write_transaction(empty) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))

    with pytest.raises(NotConfigured, match="schema 0000"):
        require_schema(empty)


@pytest.mark.parametrize("revision", [REVISION, "9999"])
def test_the_schema_of_today_and_a_newer_one_are_accepted(empty: Engine, revision: str) -> None:
    upgrade(empty)
    with write_transaction(empty) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :now"), {"now": revision})

    require_schema(empty)

    assert current(empty) == revision


def test_a_database_that_does_not_answer_is_down_rather_than_empty() -> None:
    engine = make_engine(some_settings())

    with pytest.raises(DependencyDown, match="database"):
        require_schema(engine)


def test_the_steps_are_numbered_in_their_order_and_the_code_knows_the_last() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    steps = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()][::-1]

    assert steps == [f"{number:04}" for number in range(1, len(steps) + 1)]
    assert steps[-1] == REVISION
