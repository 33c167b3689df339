"""What a cold start of each function costs beside a bare one: bundle, packages, seconds to the first 200, CPU.

Three floors without a line of ours: `bare` imports nothing; `libraries` what every function stands on, SQLAlchemy with the
driver, Redis's client and pydantic, and asks the database one question; `connectors` what Firestore and Cloud SQL add in the
cloud, which the functions measured here, with SQLite and history in SQL, do without.

Every bundle is staged, compiled and started on its own as Cloud Run does it, in a virtual environment with nothing but
its packages. The first request is one that the database answers: of a task, a tick that was settled before; so every
import and a connection, and no work. Starts of all alternate, after one of each that is not counted.
"""

import http.client
import os
import secrets
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import psutil
from rich.console import Console
from rich.progress import track
from rich.table import Table

from common.db.engine import make_engine
from common.db.schema import upgrade
from common.settings import load
from common.tasks import SERVICES, TASKS
from local.deploy.alone import as_cloud_run, installed, python_of_the_cloud
from local.deploy.bundle import Bundle, stage
from local.deploy.requirements import requirements
from local.services import redis_server
from local.services.server import free_port

BARE, LIBRARIES, CONNECTORS = "bare", "libraries", "connectors"
FLOORS = {
    BARE: (["functions-framework"], "def bare(request):\n    return 'ok'\n"),
    LIBRARIES: (
        ["functions-framework", "sqlalchemy", "pg8000", "redis", "pydantic"],
        """
import os

import pydantic
import redis
import sqlalchemy.dialects.postgresql.pg8000
from sqlalchemy import create_engine, text

class Parameters(pydantic.BaseModel):
    pass

engine = create_engine(os.environ["DATABASE_URL"])

def libraries(request):
    with engine.connect() as connection:
        return str(connection.scalar(text("SELECT 1")))
""",
    ),
    CONNECTORS: (
        ["functions-framework", "google-cloud-firestore", "cloud-sql-python-connector", "pg8000"],
        """
import google.cloud.firestore
import google.cloud.sql.connector

def connectors(request):
    return "ok"
""",
    ),
}
"""Name -> packages and main.py."""
LIMIT = 2.5  # times the bare function, with a database
NOWHERE = "http://127.0.0.1:9"  # a settled tick asks no source
PATIENCE = 60.0  # seconds for a first answer
POLL = 0.002  # seconds between two tries


@dataclass(frozen=True)
class Request:
    """What a function is asked first."""

    method: str = "POST"
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None


FIRST = {
    "health_check": Request(body='{"component": "database"}'),
    "web": Request("GET", "/subscribe"),
    "api": Request("GET", "/admin/rules"),
}
"""Function -> its first request; a task's is a tick."""


@dataclass(frozen=True)
class Candidate:
    """A bundle that can be started."""

    name: str
    bundle: Bundle
    programs: Path
    environment: Mapping[str, str]
    request: Request


@dataclass(frozen=True)
class Start:
    """What one start took, in seconds."""

    seconds: float
    cpu: float


def first_answer(request: Request, port: int) -> None:
    """Ask until the answer is 200. Raises RuntimeError with any other answer, or when none comes."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request(request.method, request.path, request.body, dict(request.headers))
            answer = connection.getresponse()
            if answer.status == 200:
                return
            raise RuntimeError(f"{answer.status}: {answer.read().decode()}")
        except ConnectionError:
            time.sleep(POLL)
        finally:
            connection.close()
    raise RuntimeError(f"no answer within {PATIENCE} s")


def cpu_seconds(process: psutil.Process) -> float:
    """Return what PROCESS and its children have used so far."""
    family = [process, *process.children(recursive=True)]
    used = (member.cpu_times() for member in family)
    return float(sum(times.user + times.system for times in used))


@contextmanager
def started(candidate: Candidate, port: int) -> Iterator[psutil.Process]:
    """Start CANDIDATE on PORT, and end all of it with the block."""
    process = psutil.Popen(
        [candidate.programs / "functions-framework"],
        cwd=candidate.bundle.folder,
        env={"HOST": "127.0.0.1", **as_cloud_run(candidate.name, port), **candidate.environment},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def measure(candidate: Candidate) -> Start:
    """Start CANDIDATE once."""
    port = free_port()
    began = time.perf_counter()
    with started(candidate, port) as process:
        first_answer(candidate.request, port)
        return Start(time.perf_counter() - began, cpu_seconds(process))


def floor(name: str, into: Path) -> Bundle:
    """Stage one of FLOORS."""
    packages, source = FLOORS[name]
    folder = into / name
    folder.mkdir()
    (folder / "main.py").write_text(source)
    (folder / "requirements.txt").write_text(requirements(packages))
    return Bundle(folder)


def first_request(name: str) -> Request:
    """Return what NAME is asked first."""
    if name in FIRST or name not in TASKS:
        return FIRST.get(name, Request())
    job = TASKS[name].job
    tick = {"X-CloudScheduler-JobName": job, "X-CloudScheduler-ScheduleTime": "2026-01-05T13:00:00Z"}
    return Request(headers=tick)


def candidates(into: Path, redis_url: str, python: str) -> list[Candidate]:
    """Stage everything, with a fresh database for all."""
    environment = {
        "DATABASE_URL": f"sqlite:///{into / 'bench.sqlite'}",
        "DATA_DIR": str(into),
        "REDIS_URL": redis_url,
        "CONTACT": "bench@example.org",
        "MAIL_FROM": "bench@example.org",
        "POSTAL_ADDRESS": "1 Bench Street, Washington",
        "PUBLIC_BASE_URL": "http://localhost",
        "ADDRESS_KEY": secrets.token_hex(),
        "LINK_KEYS": secrets.token_hex(),
        "HOUSE_URL": NOWHERE,
        "SENATE_URL": NOWHERE,
        "ROSTER_URL": "none",
    }
    upgrade(make_engine(load(environment)))
    bundles = [*(floor(name, into) for name in FLOORS), *(stage(name, into) for name in (*TASKS, *SERVICES))]
    for bundle in bundles:  # as the buildpack does
        for code in (bundle.folder, installed(bundle, python).parent / "lib"):
            subprocess.run([python, "-m", "compileall", "-q", code], check=True)
    return [
        Candidate(
            bundle.folder.name,
            bundle,
            installed(bundle, python),
            environment,
            first_request(bundle.folder.name),
        )
        for bundle in bundles
    ]


def report(listed: list[Candidate], taken: Mapping[str, list[Start]]) -> Table:
    """Return the medians, and how many times the floors' they are."""
    table = Table("function", "kB", "packages", "first 200, s", "CPU, s", title=f"at most {LIMIT} times bare")
    for heading in ("first 200 / bare", "CPU / bare", "CPU / libraries"):
        table.add_column(heading)
    (bare, bare_cpu), (_, libraries_cpu) = medians(taken[BARE]), medians(taken[LIBRARIES])
    for candidate in listed:
        seconds, cpu = medians(taken[candidate.name])
        figures = (seconds, cpu, seconds / bare, cpu / bare_cpu, cpu / libraries_cpu)
        table.add_row(
            candidate.name,
            f"{size(candidate.bundle) / 1000:.0f}",
            str(len(candidate.bundle.packages)),
            *(f"{figure:.2f}" for figure in figures),
        )
    return table


def medians(starts: list[Start]) -> tuple[float, float]:
    """Return the medians of seconds and CPU."""
    return statistics.median(start.seconds for start in starts), statistics.median(s.cpu for s in starts)


def size(bundle: Bundle) -> int:
    """Return the bytes that are uploaded."""
    files = [bundle.folder / name for name in bundle.files if "__pycache__" not in name.parts]
    return sum(file.stat().st_size for file in files)


@click.command()
@click.option("--runs", default=7, show_default=True, help="Counted starts of each.")
@click.option("--only", multiple=True, help="Only this function, beside the floors.")
@click.option("--python", help="Interpreter; by default the base image's version, where it is here.")
def main(*, runs: int, only: tuple[str, ...], python: str | None) -> None:
    """Start every function RUNS times, alternating, and print the medians."""
    folder = Path(tempfile.mkdtemp())
    try:
        with redis_server(own=True) as redis:
            listed = [
                found
                for found in candidates(folder, redis.url, python or python_of_the_cloud())
                if not only or found.name in (*FLOORS, *only)
            ]
            taken: dict[str, list[Start]] = {candidate.name: [] for candidate in listed}
            for number in track(range(runs + 1), "starting"):
                for candidate in listed:
                    start = measure(candidate)
                    if number:
                        taken[candidate.name].append(start)
        Console().print(report(listed, taken))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
