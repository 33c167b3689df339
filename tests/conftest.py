"""The real parts that tests ask for, started when the first test does; and what a run did without."""

import gc
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import hypothesis
import pytest
from sqlalchemy import Engine, make_url

from common.db.engine import make_engine
from common.errors import NotConfigured
from common.settings import given
from local import services
from local.services import FAST, Firestore, Postgres, Redis
from tests.support.postgres import LentDatabase, create_tables, new_database
from tests.support.redis import claimed
from tests.support.settings import some_settings

MISSING = "missing: "
PARTS = pytest.StashKey[list[str]]()
Part = TypeVar("Part", Redis, Postgres, Firestore)

# A busy machine is no fault of the code's; CI tries the same examples each time, so that red means changed.
hypothesis.settings.register_profile(
    "ours",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize=given("CI") == "true",
)
hypothesis.settings.load_profile("ours")


def absent(what: str) -> NoReturn:
    """Skip the test for want of WHAT, counted in the summary; in CI, fail it."""
    if given("CI") == "true":
        pytest.fail(MISSING + what, pytrace=False)
    pytest.skip(MISSING + what)


@contextmanager
def had(config: pytest.Config, service: AbstractContextManager[Part]) -> Iterator[Part]:
    """Start SERVICE, or skip the test; the summary names what was started."""
    with ExitStack() as stack:
        try:
            part = stack.enter_context(service)
        except NotConfigured as reason:
            absent(str(reason))
        config.stash.setdefault(PARTS, []).append(part.describe)
        yield part


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out of coverage, which makes a test half as long again, what adds nothing that may be counted on."""
    for item in items:
        if isinstance(item, pytest.Function) and adds_nothing(item):
            item.add_marker("no_cover")


def adds_nothing(test: pytest.Function) -> bool:
    """Tell whether TEST does on PostgreSQL what counts on SQLite, or reads downloaded filings or hypothesis's examples.

    Code that only those two reach would be untested without the files, and with other examples.
    """
    given_to_it = test.callspec.params.values() if hasattr(test, "callspec") else ()
    by_chance = getattr(test.obj, "is_hypothesis_test", False)
    return by_chance or "corpus" in test.fixturenames or "postgresql" in given_to_it


def pytest_collection_finish() -> None:
    """Keep modules and tests out of garbage collections: looking through them is a sixth of what many tests cost."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Measure no coverage of what a `no_cover` test is given either; pytest-cov leaves out what it does."""
    coverage = getattr(item.config.pluginmanager.getplugin("_cov"), "cov_controller", None)
    if coverage is None or item.get_closest_marker("no_cover") is None:
        yield
        return
    coverage.pause()
    try:
        yield
    finally:
        coverage.resume()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In one of several processes that test side by side: hand over what was started here."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["parts"] = session.config.stash.get(PARTS, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what such a process started."""
    node.config.stash.setdefault(PARTS, []).extend(getattr(node, "workeroutput", {}).get("parts", []))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    """Name the real parts that were used, and count the tests that went without theirs."""
    if parts := config.stash.get(PARTS, []):
        terminalreporter.section("real parts")
        terminalreporter.write_line("\n".join(dict.fromkeys(parts)))
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    if lacking := [reason for reason in skipped if MISSING in reason]:
        terminalreporter.section("NOT TESTED", red=True)
        terminalreporter.write_line(
            f"{len(lacking)} tests were skipped because something is missing here:", red=True
        )
        for reason in sorted({reason.partition(MISSING)[2].rstrip("')") for reason in lacking}):
            terminalreporter.write_line(f"- {reason}")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Lend the folder of downloaded House filings; its neighbours hold the other downloads."""
    folder = given("CAPITOLSCOPE_CORPUS")
    if folder is None:
        pytest.skip(f"{MISSING}the downloaded filings; set CAPITOLSCOPE_CORPUS to their folder data/house")
    return Path(folder)


@pytest.fixture(scope="session")
def redis_server(pytestconfig: pytest.Config) -> Iterator[Redis]:
    """Lend a Redis server for many tests; take `redis_url` for a database on it."""
    with had(pytestconfig, services.redis_server()) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: Redis) -> Iterator[str]:
    """Lend an empty Redis database of this test's own."""
    with claimed(redis_server.url) as url:
        yield url


@pytest.fixture
def own_redis(pytestconfig: pytest.Config) -> Iterator[Redis]:
    """Lend a Redis server that this test may flush, pause and kill."""
    with had(pytestconfig, services.redis_server(own=True)) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Iterator[Postgres]:
    """Lend a PostgreSQL server for many tests; take `postgresql_url` for a database on it."""
    with had(pytestconfig, services.postgres_server(settings=FAST)) as server:
        yield server


@pytest.fixture
def own_postgres(pytestconfig: pytest.Config) -> Iterator[Postgres]:
    """Lend a PostgreSQL server that this test may pause and kill; its database `postgres` has no tables."""
    with had(pytestconfig, services.postgres_server(own=True, settings=FAST)) as server:
        yield server


@pytest.fixture(scope="session")
def firestore_emulator(pytestconfig: pytest.Config) -> Iterator[Firestore]:
    """Lend Google's Firestore emulator; a test keeps to a project id of its own."""
    with had(pytestconfig, services.firestore_emulator()) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lend a SQLite file with every table and no row."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    create_tables(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Lend a SQLite database of this test's own, with every table."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'test.db')}"


@pytest.fixture(scope="session")
def postgresql_template(postgres_server: Postgres) -> Iterator[str]:
    """Name a PostgreSQL database with every table and no row."""
    with new_database(postgres_server.url) as url:
        create_tables(url)
        yield str(make_url(url).database)


@pytest.fixture(scope="session")
def lent_postgresql(postgres_server: Postgres, postgresql_template: str) -> Iterator[LentDatabase]:
    """Lend a PostgreSQL database for many tests; take `postgresql_url` to have it without rows."""
    database = LentDatabase(postgres_server.url, postgresql_template)
    yield database
    database.close()


@pytest.fixture
def postgresql_url(lent_postgresql: LentDatabase) -> Iterator[str]:
    """Lend a PostgreSQL database with every table and no row, and nobody else in it."""
    with lent_postgresql.lent() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Lend a database of this test's own, with every table; on SQLite and on PostgreSQL in turn."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Lend an engine on `database_url`."""
    engine = make_engine(some_settings(database_url=database_url))
    yield engine
    engine.dispose()
