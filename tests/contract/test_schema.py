"""Migrations lead from an empty database to the tables of today."""

import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import pairwise, product
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Engine, inspect, text

from common.clock import utc_now
from common.db import schema
from common.db.dialect import analyze
from common.db.engine import make_engine, read_transaction, write_transaction
from common.db.every_table import metadata
from common.db.schema import GENERATION, MIGRATIONS, REVISION, current, require_schema, upgrade
from common.db.tables import fences, reviews
from common.errors import DependencyDown, WrongSchema
from local.draft_migration import draft
from local.services import Postgres
from tests.support.postgres import new_database
from tests.support.settings import some_settings

TAKES = re.compile(
    r"drop_table|drop_column|rename_table|new_column_name"
    r"|alter_column\((?:[^()]|\([^()]*\))*\bnullable=False"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Lend an engine on a database without tables."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'empty.db'}"
        if request.param == "postgresql":
            url = stack.enter_context(new_database(request.getfixturevalue("postgres_server").url))
        yield stack.enter_context(_engine(url))


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = make_engine(some_settings(database_url=url))
    try:
        yield engine
    finally:
        engine.dispose()


def test_the_migrations_lead_to_exactly_the_tables_of_today(empty: Engine) -> None:
    upgrade(empty)

    with read_transaction(empty) as connection:
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True}), metadata
        )
    assert differences == []


def test_the_migrations_make_what_counts_a_table(empty: Engine) -> None:
    upgrade(empty)

    with write_transaction(empty) as connection:
        analyze(connection, fences)


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


def test_the_command_brings_the_environments_database_up_to_date(
    empty: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty.url.render_as_string(hide_password=False))

    schema.main()

    assert current(empty) == REVISION


def test_the_command_lets_others_use_the_tables_and_change_none(
    postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    logins = ["web@project.iam", "a-name-with-hyphens"]
    with new_database(postgres_server.url) as url, _engine(url) as engine:
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("GRANT_TO", ",".join(logins))
        with write_transaction(engine) as tx:
            for login in logins:
                tx.execute(text(f'CREATE ROLE "{login}"'))

        schema.main()

        with write_transaction(engine) as tx:
            rights = tx.execute(
                text("SELECT grantee, privilege_type FROM information_schema.role_table_grants")
            )
            granted = {(login, right) for login, right in rights if login in logins}
            tx.execute(text(f'SET LOCAL ROLE "{logins[0]}"'))
            tx.execute(
                reviews.insert().values(kind="filer", subject="1", reason="a test", opened_at=utc_now())
            )
    assert granted == set(product(logins, ["SELECT", "INSERT", "UPDATE", "DELETE"]))


def test_an_empty_database_is_refused_with_the_commands_to_type(empty: Engine) -> None:
    with pytest.raises(
        WrongSchema, match=r"schema none .*deploy\.sh db migrate, .*python -m common\.db\.schema"
    ):
        require_schema(empty)


@pytest.mark.parametrize("revision", [REVISION, f"{GENERATION}999"])
def test_the_schema_of_today_and_one_to_which_something_was_added_are_accepted(
    empty: Engine, revision: str
) -> None:
    _stamp(empty, revision)

    require_schema(empty)

    assert current(empty) == revision


@pytest.mark.parametrize(
    ("revision", "refusal"),
    [
        (f"{int(REVISION) - 1:04}", "this code needs"),
        (f"{int(GENERATION) + 1}001", "lacks something that this code uses; deploy"),
    ],
)
def test_a_schema_older_than_the_code_and_one_from_which_something_was_taken_are_refused(
    empty: Engine, revision: str, refusal: str
) -> None:
    _stamp(empty, revision)

    with pytest.raises(WrongSchema, match=f"schema {revision}.*{refusal}"):
        require_schema(empty)


def _stamp(engine: Engine, revision: str) -> None:
    with write_transaction(engine) as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:now)"), {"now": revision})


def test_a_database_that_does_not_answer_is_down_rather_than_empty() -> None:
    engine = make_engine(some_settings())

    with pytest.raises(DependencyDown, match="database"):
        require_schema(engine)


def test_the_steps_are_numbered_in_their_order_and_the_code_knows_the_last() -> None:
    numbers = [step.revision for step in _steps()]

    assert numbers == sorted(numbers)
    assert [int(number[1:]) for number in numbers] == list(range(1, len(numbers) + 1))
    assert numbers[-1] == REVISION
    assert numbers[-1][0] <= GENERATION


def test_a_step_that_takes_something_away_begins_a_new_generation() -> None:
    generations = [step.revision[0] for step in _steps()]

    taking = [bool(TAKES.search(Path(step.path).read_text())) for step in _steps()]

    began = [now > before for before, now in pairwise(["0", *generations])]
    assert taking == began


@pytest.mark.parametrize(
    "words",
    [
        'op.drop_table("a")',
        'batch_op.drop_column("a")',
        'op.alter_column("a", "b", new_column_name="c")',
        'op.alter_column("a", "b", existing_type=sa.String(8), nullable=False)',
    ],
)
def test_what_takes_something_away_is_known_by_its_words(words: str) -> None:
    assert TAKES.search(words)


def _steps() -> list[Script]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return list(ScriptDirectory.from_config(config).walk_revisions())[::-1]
