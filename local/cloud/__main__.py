"""Run this laptop's cloud: functions that start when they are asked, a scheduler, a queue, one port.

In real time until Ctrl-C, or as fast as it goes over so many simulated days.
"""

import shutil
import signal
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event

import click
import httpx
from rich.console import Console

from common.clock import utc_now
from common.errors import NotConfigured
from common.tasks import CONGRESSIONAL_SYNC, TASKS
from local.cloud.calls import plan
from local.cloud.check import Expected, Finding, check
from local.cloud.cloud import Cloud, Wish, cloud
from local.cloud.evidence import gather
from local.cloud.live import Live, run_live
from local.cloud.scheduler import next_tick
from local.cloud.screen import show_all, show_baseline, show_cloud, show_links
from local.cloud.simulation import SimulatedClock, Simulation
from local.cloud.summary import bars, show_findings, show_simulated
from local.demo.kyle import ADDRESS, FOLLOWED, follow_two
from local.functions import ROOT, RunFailed

FOLDER = ROOT / ".capitolscope"
PORT = 8080
WIDE = 150  # columns, where the output is no terminal
FIRST_DAY = date(2026, 2, 2)  # a Monday without a holiday, when the stand-ins' filings are a year old at most
BEFORE = timedelta(minutes=10)  # the first day, in which the baseline is made
LONGEST_BASELINE = 300.0  # seconds


@click.command(help=__doc__)
@click.option("--port", default=PORT, show_default=True, help="of the gateway; 0 = a free one")
@click.option("--idle", default=60.0, show_default=True, help="seconds after which an idle function is ended")
@click.option("--live", is_flag=True, help="ask the real House and Senate; prices with ALPACA_KEY_ID set")
@click.option("--contact", help="whom the sites may write to; needed with --live")
@click.option("--postgresql", is_flag=True, help="a PostgreSQL server instead of SQLite")
@click.option("--simulate", "days", type=click.IntRange(1, 366), help="as fast as it goes, over so many DAYS")
@click.option(
    "--from",
    "first",
    type=click.DateTime(["%Y-%m-%d"]),
    default=f"{FIRST_DAY}",
    show_default=True,
    help="the first simulated day (UTC)",
)
@click.option(
    "--faults", is_flag=True, help="of a simulation: ticks come twice, late or forced, answers are lost"
)
def main(
    *,
    port: int,
    idle: float,
    live: bool,
    contact: str | None,
    postgresql: bool,
    days: int | None,
    first: datetime,
    faults: bool,
) -> None:
    """Start everything, and run it until it is interrupted, or the simulation is over."""
    if live and (days or not contact):
        raise click.UsageError("--live asks real sites: with --contact, and never in a simulation")
    wish = Wish(
        folder=_folder(live=live),
        contact=contact or "laptop@capitolscope.invalid",
        port=port,
        live=live,
        postgresql=postgresql,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    try:
        if days:
            begins = first.replace(tzinfo=UTC)
            findings = simulate(console, wish, begins, begins + timedelta(days=days), faults=faults)
            sys.exit(1 if findings else 0)
        with cloud(wish) as running:
            begin(console, running)
            work_live(console, running, idle)
    except NotConfigured as fault:
        raise click.ClickException(str(fault)) from fault
    except KeyboardInterrupt:
        console.print("\nEnded; no process is left.", highlight=False)


def _folder(*, live: bool) -> Path:
    """Return the folder of this cloud: stand-ins begin anew each time, the real sites go on."""
    folder = FOLDER / ("live" if live else "run")
    if not live:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def simulate(
    console: Console, wish: Wish, begins: datetime, ends: datetime, *, faults: bool
) -> list[Finding]:
    """Simulate from BEGINS to ENDS, print what came of it, and return what was wrong."""
    clock = SimulatedClock(wish.folder / "clock", begins - BEFORE)
    calls = plan(TASKS.values(), begins, ends, faults=faults)
    started = time.monotonic()
    with cloud(replace(wish, clock_file=clock.file)) as running, bars(console, calls) as tell:
        show_cloud(console, running)
        follow_two(running.engine)
        baseline = ask_for_baseline(running)
        show_baseline(console, baseline)
        Simulation(running, clock, tell).run(calls)
        seen = gather(running.engine, clock, running.folder / "logs")
        expected = Expected(calls.ticks, calls.forced, frozenset({str(baseline["run_id"])}))
        findings = check(expected, seen)
    show_simulated(console, calls, seen, time.monotonic() - started)
    show_findings(console, findings)
    return findings


def begin(console: Console, running: Cloud) -> None:
    """Say what runs; with stand-ins, let Kyle subscribe and have what is there counted as history."""
    show_cloud(console, running)
    if running.world.sites is None:
        console.print(
            "\n  What is history and what is news? Once, for the years and chambers that you want:\n"
            f"  curl -s {running.url}/{CONGRESSIONAL_SYNC.name} -d "
            f'\'{{"baseline": true, "chambers": ["house"], "years": [{running.clock().year}]}}\'',
            highlight=False,
            soft_wrap=True,
        )
        return
    follow_two(running.engine)
    console.print(f"\n  {ADDRESS} follows {' and '.join(FOLLOWED)}", highlight=False)
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


def work_live(console: Console, running: Cloud, idle: float) -> None:
    """Deliver ticks when they are due, and print how each ended, until interrupted."""
    show_links(console, running)
    first = min((next_tick(task, utc_now()) for task in TASKS.values()), key=lambda tick: tick.due)
    console.print(
        f"\n[bold]Next: {first.task.name} at {first.due:%H:%M} UTC. Ctrl-C ends everything.[/]\n",
        highlight=False,
    )
    told = Live(
        idle=idle,
        tell=lambda delivered: show_all(console, delivered),
        arrived=lambda parts: console.print(
            f"[dim]{'':5}  new filings are on the sites ({parts})[/]", highlight=False
        ),
        ended=lambda name: console.print(f"[dim]{'':5}  {name} was idle and is ended[/]", highlight=False),
    )
    run_live(running, told, Event())


if __name__ == "__main__":
    main()
