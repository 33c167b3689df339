"""Seconds from start to the first 200, and CPU, of congressional_sync beside a bare functions-framework function.

Both start as Cloud Run starts them: functions-framework's gunicorn with one worker of one thread. congressional_sync's
first answer is that of a tick which was settled before: every import, the database, and no work. Runs alternate, after
one of each that is not counted.
"""

import http.client
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import psutil
from rich.console import Console
from rich.table import Table

from common.db.engine import make_engine
from common.db.schema import upgrade
from common.settings import load
from local.services import redis_server
from local.services.server import free_port

ROOT = Path(__file__).parents[1]
BARE = "def bare(request):\n    return 'ok'\n"
TICK = {
    "X-CloudScheduler-JobName": "congressional-data-sync",
    "X-CloudScheduler-ScheduleTime": "2026-01-05T13:00:00Z",
}
NOWHERE = "http://127.0.0.1:9"  # a settled tick asks no source
PATIENCE = 60.0  # seconds for a first answer
POLL = 0.002  # seconds between two tries


@dataclass(frozen=True)
class Candidate:
    """A function that can be started."""

    target: str
    source: Path
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Start:
    """What one start took."""

    seconds: float
    cpu: float


def first_answer(port: int) -> None:
    """Ask until the answer is 200. Raises RuntimeError with any other answer, or when none comes."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("POST", "/", headers=TICK)
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
    program = Path(sys.executable).with_name("functions-framework")
    process = psutil.Popen(
        [program, "--target", candidate.target, "--source", candidate.source, "--host", "127.0.0.1"],
        env={**os.environ, **candidate.environment, "PORT": str(port), "THREADS": "1"},  # noqa: TID251 - a child's
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
        first_answer(port)
        return Start(time.perf_counter() - began, cpu_seconds(process))


def bare(folder: Path) -> Candidate:
    """Return the floor: a function that imports nothing."""
    source = folder / "main.py"
    source.write_text(BARE)
    return Candidate("bare", source, {})


def congressional_sync(folder: Path, redis_url: str) -> Candidate:
    """Return ours, with a fresh database."""
    environment = {
        "DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite'}",
        "REDIS_URL": redis_url,
        "CONTACT": "bench@example.org",
        "HOUSE_URL": NOWHERE,
        "ROSTER_URL": NOWHERE,
        "PYTHONPATH": str(ROOT),
    }
    upgrade(make_engine(load(environment)))
    source = ROOT / "functions" / "congressional_sync" / "main.py"
    return Candidate("congressional_sync", source, environment)


def report(taken: Mapping[str, list[Start]]) -> Table:
    """Return the medians, and how far each is above the floor."""
    table = Table("function", "first 200, s", "from - to", "CPU, s", "times the floor")
    floor = statistics.median(start.seconds for start in taken["bare"])
    for name, starts in taken.items():
        seconds = sorted(start.seconds for start in starts)
        middle = statistics.median(seconds)
        table.add_row(
            name,
            f"{middle:.2f}",
            f"{seconds[0]:.2f} - {seconds[-1]:.2f}",
            f"{statistics.median(start.cpu for start in starts):.2f}",
            f"{middle / floor:.2f}",
        )
    return table


@click.command()
@click.option("--runs", default=7, show_default=True, help="Counted starts of each.")
def main(*, runs: int) -> None:
    """Start both functions RUNS times, alternating, and print the medians."""
    with tempfile.TemporaryDirectory() as name, redis_server(own=True) as redis:
        candidates = [bare(Path(name)), congressional_sync(Path(name), redis.url)]
        taken: dict[str, list[Start]] = {candidate.target: [] for candidate in candidates}
        for number in range(runs + 1):
            for candidate in candidates:
                start = measure(candidate)
                if number:
                    taken[candidate.target].append(start)
    Console().print(report(taken))


if __name__ == "__main__":
    main()
