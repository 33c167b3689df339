"""Which schema the database has, and bringing it up to date: `python -m common.db.schema`."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from common.db.engine import make_engine, patient, read_transaction, write_transaction
from common.errors import NotConfigured
from common.settings import settings

REVISION = "0004"
"""The newest step in migrations/versions that this code needs."""
MIGRATIONS = Path(__file__).parent / "migrations"
LONGEST_MIGRATION = 600.0  # seconds
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7267)")  # any number that nobody else locks


def upgrade(engine: Engine, migrations: Path = MIGRATIONS) -> None:
    """Take the steps in MIGRATIONS, all or none; a second upgrade at the same time waits. Raises DependencyDown."""
    from alembic import command  # noqa: PLC0415 - functions do not ship it
    from alembic.config import Config  # noqa: PLC0415

    with write_transaction(engine) as connection, patient(connection, LONGEST_MIGRATION):
        if connection.dialect.name == "postgresql":
            connection.execute(ONE_AT_A_TIME)
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(migrations))
        command.upgrade(config, "head")


def current(engine: Engine) -> str | None:
    """Return the number of the last step that the database took, None when it is empty. Raises DependencyDown."""
    with read_transaction(engine) as connection:
        return revision_of(connection)


def revision_of(connection: Connection) -> str | None:
    """Return the same, asked on CONNECTION."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def require_schema(engine: Engine) -> None:
    """Raise NotConfigured, with the command to type, on a schema older than this code; a newer one has all it needs."""
    found = current(engine)
    if found is None or found < REVISION:
        raise NotConfigured(
            f"the database has schema {found or 'none'} and this code needs {REVISION}; "
            "type: .venv/bin/python -m common.db.schema"
        )


if __name__ == "__main__":
    upgrade(make_engine(settings()))
