"""What one empty run costs, from trigger to answer, beside a bare function and a Celery task on the same Redis.

Usage: ./dev.sh bench runtime [--runs N] [--triggers N]

An empty run has everything but work: HTTP, record, lock, fence, outcome, release. It is asked for as Scheduler does, under
functions-framework's gunicorn with one worker of one thread, with record and fence in PostgreSQL, then in SQLite. The bare
function is served alike and says ok; the Celery task does nothing either, its worker has one process, its results lie in
Redis, and it keeps neither history nor lock nor fence. All take turns, run by run. Round trips are counted at a door in
front of each server. Last, many identical triggers at once, to several instances. Exit status 1 unless they were one run.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import click
from celery import Celery
from flask import Request, Response
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from sqlalchemy import make_url, select

from common.clock import utc_now
from common.db.engine import make_engine, read_transaction
from common.db.schema import upgrade
from common.db.tables import findings
from common.runtime.context import RunContext
from common.runtime.history_sql import SqlHistory
from common.runtime.runner import run
from common.settings import Settings, given
from common.tasks import Task
from local.functions import ROOT, Function, serve
from local.services import FAST, postgres_server, redis_server
from local.services.door import Door, door_to

EMPTY = Task(
    name="empty",
    purpose="does nothing, or one unit of work",
    job="doing-nothing",
    schedule="* * * * *",
    zone="UTC",
    packages="none",
    grace=timedelta(minutes=5),
)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
WARM_UP = 20  # runs of each that are not counted
COUNTED = 20  # runs whose round trips are counted
INSTANCES = 4  # that the identical triggers reach
WORK = 1.0  # seconds that the one run of them works
PATIENCE = 120.0  # seconds for the answer to any of them
ticks = count()

celery = Celery("bench", broker=given("REDIS_URL"), backend=given("REDIS_URL"))


@celery.task(name="nothing")  # type: ignore[untyped-decorator]
def nothing() -> str:
    return "ok"


class Parameters(BaseModel):
    """How much is to be done."""

    units: int = 0


@dataclass(frozen=True)
class Done:
    """How much was done."""

    units: int


def bare(_: Request) -> str:
    """Answer one call with nothing else done."""
    return "ok"


def empty(request: Request) -> Response:
    """Answer one call with a run."""
    return run(request, EMPTY, work, Parameters)


def work(ctx: RunContext) -> Done:
    """Do as many units of slow work as were asked for; each leaves a row."""
    asked = Parameters.model_validate(ctx.params)
    for unit in range(asked.units):
        time.sleep(WORK)
        with ctx.transaction() as tx:
            row = {"rule": "unit", "subject": f"{ctx.run_id}/{unit} by {ctx.token}", "detail": ""}
            tx.execute(findings.insert().values(**row, first_seen=ctx.clock(), last_seen=ctx.clock()))
    return Done(asked.units)


def ask(url: str, tick: int, body: bytes = b"{}") -> int:
    """Send the trigger of TICK and return the answer's status."""
    due = FIRST + timedelta(minutes=tick)
    headers = {"X-CloudScheduler-JobName": EMPTY.job, "X-CloudScheduler-ScheduleTime": due.isoformat()}
    connection = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    try:
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def ask_well(url: str) -> None:
    """Send the next tick's trigger. Raises AssertionError unless the answer is 200."""
    status = ask(url, next(ticks))
    assert status == 200, status


@dataclass(frozen=True)
class Candidate:
    """Something that can be asked for again and again."""

    name: str
    once: Callable[[], object]


def measured(candidates: list[Candidate], runs: int) -> dict[str, list[float]]:
    """Return the milliseconds that each took, RUNS times in turn."""
    taken: dict[str, list[float]] = {candidate.name: [] for candidate in candidates}
    for number in range(WARM_UP + runs):
        for candidate in candidates:
            began = time.perf_counter()
            candidate.once()
            if number >= WARM_UP:
                taken[candidate.name].append((time.perf_counter() - began) * 1000)
    return taken


def report(taken: Mapping[str, list[float]]) -> Table:
    """Return p50 and p95 of each, and its p50 beside the bare function's and the Celery task's."""
    table = Table("", "p50, ms", "p95, ms", "times bare", "times Celery")
    middle = {name: statistics.median(times) for name, times in taken.items()}
    for name, times in taken.items():
        p95 = statistics.quantiles(times, n=20)[-1]
        ratios = (f"{middle[name] / middle[peer]:.2f}" for peer in ("bare function", "Celery task"))
        table.add_row(name, f"{middle[name]:.2f}", f"{p95:.2f}", *ratios)
    return table


@contextmanager
def celery_worker(redis_url: str) -> Iterator[None]:
    """Run a worker of one process, and let this process reach it."""
    celery.conf.update(broker_url=redis_url, result_backend=redis_url)
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "ERROR"]
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "bench.runtime",
        "worker",
        "-P",
        "solo",
        "-c",
        "1",
        *quiet,
    ]
    worker = subprocess.Popen(
        ["env", f"REDIS_URL={redis_url}", f"PYTHONPATH={ROOT}", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        nothing.delay().get(timeout=PATIENCE)
        yield
    finally:
        worker.kill()
        worker.wait()


class House:
    """The servers, and the functions that stand on them."""

    def __init__(self, stack: ExitStack) -> None:
        """Start them; they end with STACK."""
        self._stack = stack
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.redis_url = stack.enter_context(redis_server(own=True)).url
        self.postgresql_url = stack.enter_context(postgres_server(own=True, settings=FAST)).url
        self._numbers = count()

    def function(self, target: str, **settings: str) -> Function:
        """Start a function of this file."""
        environment = {name.upper(): value for name, value in settings.items()}
        folder = self._folder / f"{target}-{next(self._numbers)}"
        return self._stack.enter_context(serve(target, environment, folder, source=Path(__file__)))

    def given(self, database_url: str, redis_url: str | None = None) -> dict[str, str]:
        """Return the settings of a function on these servers."""
        servers = {"database_url": database_url, "redis_url": redis_url or self.redis_url}
        return {**servers, "contact": "bench@example.org"}

    def empty(self, database_url: str, redis_url: str | None = None) -> Function:
        """Start the empty function on a database with every table."""
        given = self.given(database_url, redis_url)
        upgrade(make_engine(Settings.model_validate(given)))
        return self.function("empty", **given)

    def candidates(self) -> list[Candidate]:
        """Start all that is measured."""
        bare = self.function("bare")
        on_postgresql = self.empty(self.postgresql_url)
        on_sqlite = self.empty(f"sqlite:///{self._folder / 'bench.sqlite'}")
        self._stack.enter_context(celery_worker(self.redis_url))
        return [
            Candidate("bare function", lambda: ask(bare.url, 0)),
            Candidate("Celery task", lambda: nothing.delay().get(timeout=PATIENCE)),
            Candidate("empty run, PostgreSQL", lambda: ask_well(on_postgresql.url)),
            Candidate("empty run, SQLite", lambda: ask_well(on_sqlite.url)),
        ]

    def door(self, url: str) -> tuple[Door, str]:
        """Return a door to the server at URL, and the URL through it."""
        parts = make_url(url)
        assert parts.port is not None
        door = self._stack.enter_context(door_to(parts.port))
        return door, parts.set(port=door.port).render_as_string(hide_password=False)


def trips(house: House) -> Iterator[tuple[str, float]]:
    """Count the round trips of an empty run on PostgreSQL, by server."""
    postgres, database_url = house.door(house.postgresql_url)
    redis, redis_url = house.door(house.redis_url)
    function = house.empty(database_url, redis_url)
    for _ in range(WARM_UP):
        ask_well(function.url)
    before = postgres.trips, redis.trips
    for _ in range(COUNTED):
        ask_well(function.url)
    yield "PostgreSQL", (postgres.trips - before[0]) / COUNTED
    yield "Redis", (redis.trips - before[1]) / COUNTED


def at_once(house: House, triggers: int) -> bool:
    """Send identical TRIGGERS at once to several instances, show what became of them; return whether it was one run."""
    urls = [house.empty(house.postgresql_url).url for _ in range(INSTANCES)]
    tick, body = next(ticks), Parameters(units=1).model_dump_json().encode()
    began = time.perf_counter()
    with ThreadPoolExecutor(triggers) as threads:
        answers = Counter(threads.map(lambda n: ask(urls[n % INSTANCES], tick, body), range(triggers)))
    seconds = time.perf_counter() - began
    last = ask(urls[0], tick, body)
    engine = make_engine(Settings.model_validate(house.given(house.postgresql_url)))
    (record,) = SqlHistory(engine, utc_now).recent(limit=1)
    with read_transaction(engine) as connection:
        units = list(connection.scalars(select(findings.c.subject)))
    told = ", ".join(f"{number} answered {status}" for status, number in sorted(answers.items()))
    print(
        f"{triggers:,} identical triggers at once, {INSTANCES} instances, {seconds:.1f} s: {told}; asked again {last}"
    )
    print(f"{record.run_id} {record.status}, attempt {record.attempt}, fence {record.fence}; done: {units}")
    once = [f"{record.run_id}/0 by {record.fence}"]
    return (record.attempt, units, last, sum(answers.values())) == (1, once, 200, triggers)


@click.command()
@click.option("--runs", default=400, show_default=True, help="Counted runs of each.")
@click.option("--triggers", default=1000, show_default=True, help="Identical ones, at once.")
def main(runs: int, triggers: int) -> None:
    """Measure, print, and judge."""
    with ExitStack() as stack:
        house = House(stack)
        Console(width=100).print(report(measured(house.candidates(), runs)))
        counted = ", ".join(f"{number:.1f} to {server}" for server, number in trips(house))
        print(f"round trips of an empty run: {counted}", flush=True)
        is_one_run = at_once(house, triggers)
    sys.exit(not is_one_run)


if __name__ == "__main__":
    main()
