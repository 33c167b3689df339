"""A year synced end to end beside parsing and inserting alone: seconds and memory, on the downloaded corpus.

Usage: ./dev.sh bench year [--rounds N]   (CAPITOLSCOPE_CORPUS names the folder data/house)

A stand-in serves the House's genuine index of 2025, and those of the years beside it, but for the reports whose documents
the corpus lacks. The function, under functions-framework, takes them as its baseline: index, fetch, keep, read, settle
whose it is, store, look for what it restates; then it reads them again from its archive. The floor reads the same
documents from memory and inserts listings, versions and rows, one transaction a document. Each has a process of its own,
in turn, on one PostgreSQL; the median of the rounds counts, `CPU` is of the process alone. Exit status 1 when the sync
takes more than 2.5 times the floor.
"""

import multiprocessing
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import click
from sqlalchemy import Engine, func, insert, select, text

from common.db import tables as t
from common.db.engine import make_engine, write_transaction
from common.db.schema import upgrade
from common.disclosures.house.index import is_ptr, parse_index
from common.disclosures.house.ptr import parse_ptr
from common.disclosures.records import Filing, IndexRow
from common.disclosures.store import _rows
from common.errors import NoTextLayer
from common.members.settle import ensure_roster
from common.settings import Settings, given
from common.tasks import CONGRESSIONAL_SYNC
from local.functions import Function, serve
from local.services import FAST, postgres_server, redis_server
from local.standins.shelf import drawn_index

EDITIONS = {2024: "2024FD.zip", 2025: "2025FD.final.zip", 2026: "2026FD.zip"}
MOST_TIMES_FLOOR = 2.5
MOMENT = datetime(2026, 11, 3, tzinfo=UTC)
FORGET = (
    "TRUNCATE filings, filers, baselines, index_snapshots, checkpoints, findings, reviews, task_runs CASCADE"
)
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Cost:
    """What something took; `cpu` in seconds, `megabytes` is the most memory that its process ever had."""

    seconds: float
    cpu: float
    megabytes: float
    reading: float = 0.0
    """Seconds of parsing, where it is known apart."""


@dataclass(frozen=True)
class Listed:
    """A report as the index lists it, and its document."""

    row: IndexRow
    pdf: Path


def listed_in(corpus: Path) -> dict[int, list[Listed]]:
    """Return what the genuine indexes list and the corpus has, by year."""
    folders = (corpus / "pdf", corpus / "scanned" / "pdf")
    files = {pdf.stem: pdf for folder in folders for pdf in folder.glob("*.pdf")}
    rows = {year: rows_of(corpus, year) for year in EDITIONS}
    return {
        year: [Listed(row, files[row.doc_id]) for row in rows[year] if is_ptr(row) and row.doc_id in files]
        for year in EDITIONS
    }


def rows_of(corpus: Path, year: int) -> Sequence[IndexRow]:
    return parse_index((corpus / "index" / EDITIONS[year]).read_bytes(), year=year)


@contextmanager
def house(corpus: Path, listed: Mapping[int, Sequence[Listed]]) -> Iterator[str]:
    """Serve the indexes and documents of LISTED from a process of its own; yield its URL."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        (folder / "index").mkdir()
        (folder / "pdf").mkdir()
        for year, reports in listed.items():
            others = [row for row in rows_of(corpus, year) if not is_ptr(row)]
            index = drawn_index(year, [*others, *(report.row for report in reports)])
            (folder / "index" / f"{year}FD.zip").write_bytes(index)
            for report in reports:
                (folder / "pdf" / report.pdf.name).symlink_to(report.pdf)
        command = [sys.executable, "-m", "local.standins.house", "--corpus", name]
        standin = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        stack.callback(standin.wait)
        stack.callback(standin.terminate)
        assert standin.stdout is not None
        yield standin.stdout.readline().strip()


@contextmanager
def servers(url: str) -> Iterator[dict[str, str]]:
    """Start PostgreSQL with every table and the roster, and Redis; yield a function's environment that asks URL."""
    with (
        postgres_server(own=True, settings=FAST) as postgres,
        redis_server(own=True) as redis,
        TemporaryDirectory() as data,
    ):
        environment = {
            "DATABASE_URL": postgres.url,
            "REDIS_URL": redis.url,
            "CONTACT": "bench@example.org",
            "HOUSE_URL": url,
            "ROSTER_URL": "none",
            "DATA_DIR": data,
        }
        engine = engine_of(postgres.url)
        upgrade(engine)
        with write_transaction(engine) as tx:
            ensure_roster(tx)
        engine.dispose()
        yield environment


def engine_of(url: str) -> Engine:
    return make_engine(Settings(database_url=url, redis_url="redis://", contact="nobody"))


def synced(environment: Mapping[str, str]) -> tuple[list[Cost], Mapping[str, Any]]:
    """Let the function take everything as its baseline, then read it again; return what each took, and the counts."""
    with (
        TemporaryDirectory() as archive,
        serve(
            CONGRESSIONAL_SYNC.name,
            {**environment, "ARCHIVE_URL": Path(archive).as_uri()},
            Path(environment["DATA_DIR"]),
        ) as sync,
    ):
        costs = []
        for asked in ({"baseline": True}, {"reread": "all"}):
            began, before = time.perf_counter(), cpu_of(sync)
            told = sync.ask({"chambers": ["house"], "years": list(EDITIONS), **asked})
            seconds = time.perf_counter() - began
            peak = max(peak_megabytes(process.pid) for process in sync.server.processes())
            costs.append(Cost(seconds, cpu_of(sync) - before, peak))
    return costs, told["counts"]["house"]


def cpu_of(function: Function) -> float:
    """Return the CPU seconds that FUNCTION's processes have had."""
    times = [process.cpu_times() for process in function.server.processes()]
    return float(sum(one.user + one.system for one in times))


def peak_megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def floor(url: str, listed: Sequence[Listed]) -> Cost:
    """Parse and insert everything in a process of its own; return what that took."""
    here, there = PROCESSES.Pipe()
    process = PROCESSES.Process(target=parse_and_insert, args=(url, listed, there))
    process.start()
    cost: Cost = here.recv()
    process.join()
    return cost


def parse_and_insert(url: str, listed: Sequence[Listed], answer: Pipe) -> None:
    """Read each document from memory and insert what it says; send the Cost."""
    engine = engine_of(url)
    documents = [report.pdf.read_bytes() for report in listed]
    engine.connect().close()
    began, cpu, reading = time.perf_counter(), time.process_time(), 0.0
    for report, pdf in zip(listed, documents, strict=True):
        start = time.perf_counter()
        filing = parsed(pdf, report.row.doc_id)
        reading += time.perf_counter() - start
        insert_filing(engine, report.row, filing)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    answer.send(Cost(seconds, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, reading))
    engine.dispose()


def parsed(pdf: bytes, doc_id: str) -> Filing | None:
    try:
        return parse_ptr(pdf, doc_id=doc_id)
    except NoTextLayer:
        return None


def insert_filing(engine: Engine, row: IndexRow, filing: Filing | None) -> None:
    """Insert one listing, its version and its rows, in a transaction."""
    listing = {
        "chamber": "house",
        "doc_id": row.doc_id,
        "year": row.year,
        "url": row.doc_id,
        "filed": row.filed,
        "filer_name": row.last,
        "state_district": row.state_district,
        "listing": {},
        "first_seen": MOMENT,
        "alertable": False,
        "state": "parsed",
        "version": 1,
    }
    with write_transaction(engine) as tx:
        filing_id = tx.execute(insert(t.filings).values(listing).returning(t.filings.c.id)).scalar_one()
        version = {"filing_id": filing_id, "version": 1, "stored_at": MOMENT, "readable": True, "facts": ""}
        version_id = tx.execute(insert(t.versions).values(version).returning(t.versions.c.id)).scalar_one()
        if filing and filing.trades:
            tx.execute(insert(t.trades), _rows(version_id, filing.trades))


def forget(engine: Engine) -> int:
    """Empty the tables that a round filled; return how many rows of trades there were."""
    with write_transaction(engine) as tx:
        rows = tx.scalar(select(func.count()).select_from(t.trades)) or 0
        tx.execute(text(FORGET))
    return rows


@click.command()
@click.option("--rounds", default=3, show_default=True)
def main(rounds: int) -> None:
    """Measure, print, and judge."""
    corpus = given("CAPITOLSCOPE_CORPUS")
    if corpus is None:
        raise click.UsageError("set CAPITOLSCOPE_CORPUS to the folder of downloaded filings, data/house")
    listed = listed_in(Path(corpus))
    everything = [report for reports in listed.values() for report in reports]
    floors, syncs, rereads = [], [], []
    with house(Path(corpus), listed) as url, servers(url) as environment:
        engine = engine_of(environment["DATABASE_URL"])
        for _ in range(rounds):
            floors.append(floor(environment["DATABASE_URL"], everything))
            rows = forget(engine)
            (sync, reread), counts = synced(environment)
            syncs.append(sync)
            rereads.append(reread)
            assert (counts["indexed"], counts["read"], counts["failed"]) == (len(everything),) * 2 + (0,), (
                counts
            )
            assert forget(engine) == rows
        engine.dispose()
    print(f"{len(everything)} reports, {rows:,} rows; median of {rounds} rounds")
    show("parsing and inserting alone", floors, floors)
    print(f"  of which parsing {median(one.reading for one in floors):13.2f} s")
    times = show("congressional_sync, end to end", syncs, floors)
    show("read again from the archive", rereads, floors)
    sys.exit(times > MOST_TIMES_FLOOR)


def show(what: str, costs: Sequence[Cost], floors: Sequence[Cost]) -> float:
    """Print one line of the table; return how many times the floor it took."""
    seconds, least = (median(one.seconds for one in some) for some in (costs, floors))
    cpu, least_cpu = (median(one.cpu for one in some) for some in (costs, floors))
    megabytes = max(one.megabytes for one in costs)
    by_clock = f"{seconds:8.2f} s {seconds / least:5.2f} x"
    print(f"{what:<32}{by_clock}   CPU {cpu:6.2f} s {cpu / least_cpu:5.2f} x {megabytes:8.0f} MB", flush=True)
    return seconds / least


if __name__ == "__main__":
    main()
