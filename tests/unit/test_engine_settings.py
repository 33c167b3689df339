"""Which databases settings may name; nothing connects, and rare drivers are not even loaded."""

import subprocess
import sys

import pytest

from common.db.engine import make_engine
from common.errors import NotConfigured
from tests.support.settings import some_settings


@pytest.mark.parametrize(
    "url",
    ["mysql://host/name", "postgresql+psycopg://host/name", "postgresql://host/name", "sqlite://", "what?"],
)
def test_a_database_of_another_kind_is_not_configured(url: str) -> None:
    with pytest.raises(NotConfigured, match="set DATABASE_URL to sqlite:///file or postgresql\\+pg8000://"):
        make_engine(some_settings(database_url=url))


def test_postgresql_without_a_host_is_not_configured() -> None:
    with pytest.raises(NotConfigured, match="with a host, or CLOUD_SQL_INSTANCE"):
        make_engine(some_settings(database_url="postgresql+pg8000:///name"))


def test_opening_the_engines_module_does_not_load_the_cloud_connector() -> None:
    rare = ("google.cloud.sql", "aiohttp", "alembic")
    script = f"import sys, common.db.schema; print([m for m in sys.modules if m.startswith({rare})])"

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert loaded.stdout == "[]\n"
