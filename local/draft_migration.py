"""Drafts the next migration: `python -m local.draft_migration MESSAGE`. Nothing but the new file is touched.

Alembic compares the tables of today with an empty database that took all steps so far.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from common.db.engine import make_engine, write_transaction
from common.db.schema import MIGRATIONS, upgrade
from common.settings import Settings


def draft(message: str, migrations: Path = MIGRATIONS) -> Path:
    """Write what leads from the last step in MIGRATIONS to the tables of today; return the new file."""
    with tempfile.TemporaryDirectory() as folder:
        nowhere = Settings(database_url=f"sqlite:///{folder}/new.db", redis_url="redis://", contact="nobody")
        engine = make_engine(nowhere)
        upgrade(engine, migrations)
        with write_transaction(engine) as connection:
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", str(migrations))
            config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
            command.revision(config, message, autogenerate=True, rev_id=_next(config))
        engine.dispose()
    return _tidied(max((migrations / "versions").glob("r*.py")))


def _next(config: Config) -> str:
    """Return the number after the last step's, in the same generation."""
    steps = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]
    return f"{int(max(steps, default='0000')) + 1:04}"


def _tidied(file: Path) -> Path:
    for tidy in (["check", "--fix"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *tidy, "--quiet", file], check=True)
    return file


if __name__ == "__main__":
    print(draft(sys.argv[1]))
