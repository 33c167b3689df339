"""Run this laptop's cloud: functions that start when they are asked, a scheduler, a queue, one port.

In real time until Ctrl-C, or as fast as it goes over so many simulated days.
"""

import shutil
import sys
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import click
import httpx
from rich.console import Console

from common.tasks import CONGRESSIONAL_SYNC, TASKS
from local.cloud.calls import Plan, plan
from local.cloud.check import Expected, check
from local.cloud.cloud import Cloud, Wish, cloud
from local.cloud.evidence import Evidence, gather
from local.cloud.live import Live, run_live
from local.cloud.scene import Arrivals
from local.cloud.scheduler import next_tick
from local.cloud.screen import show_all, show_baseline, show_begin, show_cloud, show_live
from local.cloud.simulation import SimulatedClock, Simulation
from local.cloud.summary import bars, show_findings, show_simulated, show_told
from local.demo.kyle import follow_two
from local.functions import ROOT, RunFailed, listens
from local.interrupted import INTERRUPTED, ended_in_a_sentence, interrupt_once
from local.services import held

FOLDER = ROOT / ".capitolscope"
PORT = 8080
NOBODY = "laptop@capitolscope.invalid"
FIRST_DAY = "2026-02-02"  # a Monday without a holiday, when the stand-ins' filings are a year old at most
EARLY = timedelta(hours=2)  # before the first sync, the first filing arrives
BEFORE = timedelta(minutes=10)  # the first tick: time for the baseline
WIDE = 150  # columns, where the output is no terminal
LONGEST_BASELINE = 300.0  # seconds


@click.command(help=__doc__)
@click.option(
    "--port", type=int, help=f"of the gateway; 0 = a free one  [default: {PORT}; in a simulation 0]"
)
@click.option("--idle", default=60.0, show_default=True, help="seconds after which an idle function is ended")
@click.option("--live", is_flag=True, help="ask the real House and Senate; prices with ALPACA_KEY_ID set")
@click.option("--contact", help="whom the sites may write to; needed with --live")
@click.option("--postgresql", is_flag=True, help="a PostgreSQL server instead of SQLite")
@click.option(
    "--firestore", is_flag=True, help="Google's Firestore emulator for history; needs gcloud and Java"
)
@click.option("--simulate", "days", type=click.IntRange(1, 366), help="as fast as it goes, over so many days")
@click.option(
    "--from",
    "first",
    type=click.DateTime(["%Y-%m-%d"]),
    default=FIRST_DAY,
    help=f"the first simulated day, in UTC  [default: {FIRST_DAY}]",
)
@click.option(
    "--faults", is_flag=True, help="of a simulation: ticks come twice, late or forced, answers are lost"
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="DATA_DIR",
    default=FOLDER,
    help="where everything is kept  [default: .capitolscope in the repository]",
)
def main(
    *,
    port: int | None,
    idle: float,
    live: bool,
    contact: str | None,
    postgresql: bool,
    firestore: bool,
    days: int | None,
    first: datetime,
    faults: bool,
    data_dir: Path,
) -> None:
    """Start everything, and run it until it is interrupted, or the simulation is over."""
    if firestore and (days or live):
        raise click.UsageError("--firestore forgets in the end: neither with --live nor in a simulation")
    if live and (days or not contact):
        raise click.UsageError("--live asks real sites: with --contact, and never in a simulation")
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    wish = Wish(
        folder=(data_dir / ("simulated" if days else "live" if live else "run")).absolute(),
        contact=contact or NOBODY,
        port=PORT if port is None and not days else port or 0,
        live=live,
        postgresql=postgresql,
        firestore=firestore,
    )
    with ended_in_a_sentence(console, INTERRUPTED if days else 0), held(wish.folder):
        make_ready(wish)
        interrupt_once()
        if days:
            begins = first.replace(tzinfo=UTC)
            sys.exit(judge(console, simulate(console, wish, begins, begins + timedelta(days), faults=faults)))
        with cloud(wish) as running:
            begin(console, running)
            work(console, running, idle)


def make_ready(wish: Wish) -> None:
    """Empty the folder, unless it is the real sites', who go on where they were. Raises UsageError where the port is taken."""
    if wish.port and listens(wish.port):
        raise click.UsageError(f"something listens on port {wish.port} already; choose one with --port")
    if not wish.live:
        shutil.rmtree(wish.folder, ignore_errors=True)
    wish.folder.mkdir(parents=True, exist_ok=True)


def begin(console: Console, running: Cloud) -> None:
    """Say what runs; with stand-ins, let Kyle subscribe and have what is there counted as history."""
    show_cloud(console, running)
    show_begin(console, running)
    if running.world.sites:
        follow_two(running.engine)
        show_baseline(console, ask_for_baseline(running))


def ask_for_baseline(running: Cloud) -> dict[str, object]:
    """Have what the sites list called history. Raises RunFailed unless that succeeds."""
    asked = {"baseline": True, "years": list(running.world.years)}
    answer = httpx.post(
        f"{running.url}/{CONGRESSIONAL_SYNC.name}", json=asked, timeout=LONGEST_BASELINE, trust_env=False
    )
    if not answer.is_success:
        raise RunFailed(f"the baseline was answered {answer.status_code}: {answer.text[:2000]}")
    told: dict[str, object] = answer.json()
    return told


def work(console: Console, running: Cloud, idle: float) -> None:
    """Deliver ticks when they are due, and print how each ended, until interrupted."""
    show_live(
        console,
        running,
        min((next_tick(task, running.clock()) for task in TASKS.values()), key=lambda one: one.due),
    )
    told = Live(
        idle=idle,
        tell=lambda delivered: show_all(console, delivered),
        arrived=lambda: console.print(f"[dim]{'':7}new filings are on the sites[/]"),
        ended=lambda name: console.print(f"[dim]{'':7}{name:<19} idle, ended[/]"),
    )
    run_live(running, told, Event())


@dataclass(frozen=True)
class Simulated:
    """A simulation that is over."""

    plan: Plan
    expected: Expected
    seen: Evidence
    seconds: float


def simulate(console: Console, wish: Wish, begins: datetime, ends: datetime, *, faults: bool) -> Simulated:
    """Make all calls from BEGINS to ENDS as fast as they go, and return what there is to see of them."""
    clock = SimulatedClock(wish.folder / "clock", begins - BEFORE)
    calls = plan(TASKS.values(), begins, ends, faults=faults)
    started = time.monotonic()
    with cloud(replace(wish, clock_file=clock.file)) as running:
        show_cloud(console, running)
        follow_two(running.engine)
        baseline = ask_for_baseline(running)
        show_baseline(console, baseline)
        arrivals = Arrivals(running.world.sites, running.world.news, _first_arrival(calls, begins))
        with bars(console, calls) as tell:
            Simulation(running, clock, arrivals, tell).run(calls)
        seconds = time.monotonic() - started
        seen = gather(running.engine, clock, running.folder)
    asked = frozenset({str(baseline["run_id"])})
    expected = Expected(calls.ticks, calls.forced, asked, arrivals.followed())
    return Simulated(calls, expected, seen, seconds)


def _first_arrival(calls: Plan, begins: datetime) -> datetime:
    """Return when filings begin to arrive: so that the first sync finds some, and the later ones the others."""
    syncs = (tick.due for tick in calls.ticks if tick.task is CONGRESSIONAL_SYNC)
    return min(syncs, default=begins + EARLY) - EARLY


def judge(console: Console, done: Simulated) -> int:
    """Print what ran and whether that is right; return the exit status."""
    findings = check(done.expected, done.seen)
    show_simulated(console, done.plan, done.seen, done.seconds)
    show_told(console, done.expected.news, done.seen)
    show_findings(console, findings)
    return 1 if findings else 0


if __name__ == "__main__":
    main(prog_name="./dev.sh run")
