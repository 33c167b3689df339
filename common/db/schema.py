"""Which schema the database has, and bringing it up to date: `python -m common.db.schema`.

Where GRANT_TO names logins, parted by commas, these may use the tables afterwards; they belong to whoever ran this.
"""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from common.db.engine import make_engine, patient, read_transaction, write_transaction
from common.errors import WrongSchema
from common.settings import database_settings, given

REVISION = "0004"
"""The newest step in migrations/versions that this code needs."""
GENERATION = "0"
"""The first digit of the newest step that this code can live with: a step that takes something away begins a new one."""
MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATE = "type ./deploy.sh db migrate, or on a laptop .venv/bin/python -m common.db.schema"
DEPLOY = "deploy this function's newest release"
LONGEST_MIGRATION = 600.0  # seconds
GRANTS = (
    "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public",
    "USAGE ON ALL SEQUENCES IN SCHEMA public",
)
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


def grant(engine: Engine, logins: Iterable[str]) -> None:
    """Let the PostgreSQL LOGINS read and write every table, and change none. Raises DependencyDown."""
    with write_transaction(engine) as connection:
        for login in logins:
            name = connection.dialect.identifier_preparer.quote_identifier(login)
            for right in GRANTS:
                connection.execute(text(f"GRANT {right} TO {name}"))


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
    """Raise WrongSchema, with the command to type, where this code does not fit the database. Raises DependencyDown."""
    refuse_other(current(engine))


def refuse_other(found: str | None) -> None:
    """Raise WrongSchema unless this code works on the schema FOUND: its own, or a later one that only adds to it."""
    if found is None or found < REVISION:
        raise WrongSchema(f"it has schema {found or 'none'} and this code needs {REVISION}", MIGRATE)
    if found[0] > GENERATION:
        raise WrongSchema(f"it has schema {found}, which lacks something that this code uses", DEPLOY)


def main() -> None:
    """Bring the environment's database up to date. Raises NotConfigured, DependencyDown."""
    engine = make_engine(database_settings())
    upgrade(engine)
    grant(engine, filter(None, (given("GRANT_TO") or "").split(",")))
    engine.dispose()


if __name__ == "__main__":
    main()
