"""Each bundle in a virtual environment of its own, started as Cloud Run starts it."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import httpx
import pytest
from packaging.utils import canonicalize_name
from sqlalchemy import Engine

from common.db.engine import make_engine
from common.db.schema import REVISION, current, upgrade
from common.errors import NotConfigured
from common.tasks import SERVICES, TASKS
from local.deploy.alone import installed, started
from local.deploy.bundle import MIGRATE, Bundle, names, stage
from tests.support.settings import some_settings

NOWHERE = "http://127.0.0.1:9"
ENVIRONMENT = {
    "CONTACT": "tests@example.org",
    "HOUSE_URL": NOWHERE,
    "SENATE_URL": NOWHERE,
    "ROSTER_URL": "none",
    "MAIL_FROM": "tests@example.org",
    "POSTAL_ADDRESS": "1 Test Street, Washington",
    "PUBLIC_BASE_URL": "http://localhost",
    "ADDRESS_KEY": "a" * 32,
    "LINK_KEYS": "b" * 32,
}
ASKED: Mapping[str, dict[str, Any]] = {
    "congressional_sync": {"json": {"reread": "all"}},
    "daily_maintenance": {"json": {"step": "analyze"}},
    "health_check": {"json": {"component": "database"}},
    "web": {"method": "GET", "url": "/subscribe"},
    "api": {"method": "GET", "url": "/admin/rules"},
}
"""Function -> what it can do without the world outside; the others are asked for a run."""
ADAPTERS = {
    "common.db.cloud_sql": "cloud-sql-python-connector",
    "common.runtime.history_firestore": "google-cloud-firestore",
    "common.runtime.dispatch_cloud_tasks": "google-cloud-tasks",
}
"""Module -> its package, where the name `google` does not say which."""
NOT_SHIPPED = {"alembic"}
"""What functions could import and never do: migrations have a job of their own."""


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bundle]:
    """Lend every bundle."""
    into = tmp_path_factory.mktemp("build")
    return {name: stage(name, into) for name in names()}


@pytest.fixture(scope="module")
def provided() -> Mapping[str, list[str]]:
    """Lend what can be imported here, and the packages that it comes from."""
    return packages_distributions()


@pytest.fixture
def environment(redis_url: str, tmp_path: Path) -> dict[str, str]:
    """Lend an environment with a Redis, and a database without tables."""
    return {
        **ENVIRONMENT,
        "REDIS_URL": redis_url,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'alone.db'}",
        "DATA_DIR": str(tmp_path),
    }


@pytest.mark.parametrize("name", [*TASKS, *SERVICES])
def test_a_bundle_alone_answers_503_until_the_schema_is_there_and_then_works(
    name: str, staged: dict[str, Bundle], environment: dict[str, str], tmp_path: Path
) -> None:
    asked = {"method": "POST", "url": "/", **ASKED.get(name, {})}

    with (
        started(staged[name], name, environment, tmp_path / "log") as function,
        httpx.Client(base_url=function.url, timeout=30) as client,
        _engine(environment["DATABASE_URL"]) as engine,
    ):
        refused = client.request(**asked)
        upgrade(engine)
        answered = client.request(**asked)

    assert refused.status_code == 503
    assert answered.status_code == 200, answered.text


def test_a_bundle_installs_nothing_but_what_it_pins(staged: dict[str, Bundle]) -> None:
    assert held_by(installed(staged["web"])) == staged["web"].pins


def test_without_uv_a_bundle_is_installed_from_what_is_here_and_starts(
    staged: dict[str, Bundle], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")

    programs = installed(staged["web"], kept=tmp_path)

    assert held_by(programs) == staged["web"].pins
    assert (
        b"--target"
        in subprocess.run(
            [programs / "functions-framework", "--help"], check=True, capture_output=True, env={}
        ).stdout
    )


def test_without_uv_a_package_that_is_here_in_another_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    (tmp_path / "requirements.txt").write_text("flask==0.1 \\\n    --hash=sha256:00\n")

    with pytest.raises(NotConfigured, match=r"flask is \S+ here, not 0\.1; type \./dev\.sh setup"):
        installed(Bundle(tmp_path), kept=tmp_path / "kept")


def held_by(programs: Path) -> dict[str, str]:
    """Return name -> version of every package of a virtual environment."""
    ask = "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"
    found = subprocess.run([programs / "python", "-I", "-c", ask], check=True, capture_output=True).stdout
    return dict(sorted((canonicalize_name(name), version) for name, version in json.loads(found).items()))


@pytest.mark.parametrize("name", names())
def test_a_bundle_brings_every_package_that_its_code_could_import(
    name: str, staged: dict[str, Bundle], provided: Mapping[str, list[str]]
) -> None:
    packages = set(staged[name].packages)

    lacking = {
        top
        for top in _imported(staged[name]) - {"common", "google"} - sys.stdlib_module_names
        if not packages & {canonicalize_name(package) for package in provided[top]}
    }
    adapters = {package for module, package in ADAPTERS.items() if _holds(staged[name], module)}

    assert lacking == (set() if name == MIGRATE else NOT_SHIPPED & _imported(staged[name]))
    assert adapters <= packages


def test_the_largest_bundle_can_import_all_that_it_holds(
    staged: dict[str, Bundle], environment: dict[str, str]
) -> None:
    api = staged["api"]
    modules = [".".join(file.with_suffix("").parts) for file in api.files if file.suffix == ".py"]

    subprocess.run(
        [installed(api) / "python", "-c", f"import {', '.join(modules)}".replace(".__init__", "")],
        cwd=api.folder,
        env=environment,
        check=True,
    )


def test_the_migration_job_alone_brings_a_database_up_to_date_and_needs_no_other_setting(
    staged: dict[str, Bundle], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    job = staged[MIGRATE]
    command = (job.folder / "Procfile").read_text().removeprefix("web: ").split()

    subprocess.run(
        [installed(job) / command[0], *command[1:]], cwd=job.folder, env={"DATABASE_URL": url}, check=True
    )

    with _engine(url) as engine:
        assert current(engine) == REVISION


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = make_engine(some_settings(database_url=url))
    try:
        yield engine
    finally:
        engine.dispose()


def _imported(bundle: Bundle) -> set[str]:
    """Return the first part of every name that BUNDLE's code imports."""
    code = [(bundle.folder / file).read_bytes() for file in bundle.files if file.suffix == ".py"]
    return set[str]().union(*map(_imported_by, code))


@cache
def _imported_by(code: bytes) -> frozenset[str]:
    nodes = list(ast.walk(ast.parse(code)))
    plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    parts = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return frozenset(name.partition(".")[0] for name in plain | parts)


def _holds(bundle: Bundle, module: str) -> bool:
    return bundle.folder.joinpath(*module.split(".")).with_suffix(".py").exists()
