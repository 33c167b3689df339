"""What the tests of served functions share."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from common.db.sources import note_success
from common.disclosures.archive import Archive
from common.members.settle import ROSTER
from common.members.store import store_roster
from local.services import Postgres
from tests.support.office import Office, an_office
from tests.support.people import of_some_states
from tests.support.postgres import create_tables, new_database
from tests.support.settings import some_settings
from tests.support.stage import Stage, staged
from tests.support.syncing import NOW, Sync, syncing
from tests.support.ward import Ward, a_ward
from tests.support.web import Web, web_served


@pytest.fixture
def stage(sqlite_url: str, redis_url: str) -> Iterator[Stage]:
    """Serve the steps task on SQLite and a real Redis."""
    with staged(database_url=sqlite_url, redis_url=redis_url) as stage:
        yield stage


@pytest.fixture(scope="session")
def peopled_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lend a SQLite file that knows a few hundred members, as if just refreshed: a whole roster is most of a small sync."""
    file = tmp_path_factory.mktemp("peopled") / "template.db"
    shutil.copy(sqlite_template, file)
    _people(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def peopled_postgresql(postgres_server: Postgres, postgresql_template: str) -> Iterator[str]:
    """Name a PostgreSQL database that knows the same members."""
    with new_database(postgres_server.url, postgresql_template) as url:
        _people(url)
        yield str(make_url(url).database)


@pytest.fixture
def peopled_sqlite_url(peopled_sqlite: Path, tmp_path: Path) -> str:
    """Lend a SQLite database of this test's own that knows the roster."""
    return f"sqlite:///{shutil.copy(peopled_sqlite, tmp_path / 'peopled.db')}"


@pytest.fixture
def peopled_postgresql_url(postgres_server: Postgres, peopled_postgresql: str) -> Iterator[str]:
    """Lend a PostgreSQL database of this test's own that knows the roster."""
    with new_database(postgres_server.url, peopled_postgresql) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def peopled_url(request: pytest.FixtureRequest) -> str:
    """Lend a database of this test's own that knows the roster; on SQLite and on PostgreSQL in turn."""
    return str(request.getfixturevalue(f"peopled_{request.param}_url"))


@pytest.fixture
def own_peopled_postgresql_url(own_postgres: Postgres) -> str:
    """Lend the same on `own_postgres`, a server that this test may kill."""
    create_tables(own_postgres.url)
    _people(own_postgres.url)
    return own_postgres.url


def _people(url: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        store_roster(connection, of_some_states())
        note_success(connection, ROSTER, NOW)
    engine.dispose()


@pytest.fixture
def sync(peopled_sqlite_url: str, redis_url: str) -> Iterator[Sync]:
    """Lend a sync that has no baseline yet."""
    with syncing(peopled_sqlite_url, redis_url) as lent:
        yield lent


@pytest.fixture
def watched(sync: Sync) -> Sync:
    """Lend a sync whose baseline is complete."""
    assert sync.baseline().status == 200
    sync.asked()
    return sync


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Name the folder in which `kept` keeps what it fetches."""
    return tmp_path / "archive"


@pytest.fixture
def archive(folder: Path) -> Archive:
    """Lend what `kept` kept."""
    return Archive.at(some_settings(archive_url=folder.as_uri()))


@pytest.fixture
def kept(peopled_sqlite_url: str, redis_url: str, folder: Path) -> Iterator[Sync]:
    """Lend a sync with a complete baseline that keeps what it fetches."""
    with syncing(peopled_sqlite_url, redis_url, archive_url=folder.as_uri()) as lent:
        assert lent.baseline().status == 200
        lent.asked()
        yield lent


@pytest.fixture
def web(sqlite_url: str, redis_url: str) -> Iterator[Web]:
    """Lend the public pages, on SQLite."""
    with web_served(sqlite_url, redis_url) as lent:
        yield lent


@pytest.fixture
def both_webs(database_url: str, redis_url: str) -> Iterator[Web]:
    """Lend the public pages, on SQLite and on PostgreSQL in turn."""
    with web_served(database_url, redis_url) as lent:
        yield lent


@pytest.fixture
def office(peopled_url: str, redis_url: str) -> Iterator[Office]:
    """Lend a sync that hands over to notifications, and the provider; on SQLite and on PostgreSQL in turn."""
    with an_office(peopled_url, redis_url) as office:
        yield office


@pytest.fixture
def both(office: Office) -> Office:
    """Lend an office that watches both chambers."""
    office.sync.chambers = ["house", "senate"]
    assert office.sync.baseline().status == 200
    return office


@pytest.fixture
def ward(sqlite_url: str, redis_url: str) -> Iterator[Ward]:
    """Serve health_check on SQLite and a real Redis, where all is well."""
    with a_ward(sqlite_url, redis_url) as ward:
        yield ward
