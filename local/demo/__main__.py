"""Run the functions on this laptop as Cloud Scheduler would, and show what they stored and whom they mailed."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from cronsim import CronSim
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from common.clock import utc_now
from common.db.engine import read_transaction
from common.disclosures.standing import standing
from common.tasks import CONGRESSIONAL_SYNC, STOCK_PRICES, Task
from local.demo.cloud import FOLDER, Cloud, cloud
from local.demo.kyle import FOLLOWED, follow_two, newest_links, show_mails
from local.demo.scenes import Scene, Step, corpus_scene, live_scene, own_scene
from local.demo.show import show_handover, show_parts, show_prices, show_run
from local.demo.tables import newest_tickers, show_filings, show_sources, show_trades
from local.interrupted import INTERRUPTED, ended_in_a_sentence, interrupt_once
from local.services import held

POLL = 0.2  # seconds between two looks at the books
PATIENCE = 120.0  # seconds for the notifications of one sync
WIDE = 150  # columns, where the output is no terminal


@click.command(help=__doc__)
@click.option(
    "--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), help="folder of real filings"
)
@click.option("--live", is_flag=True, help="ask the real House for a few filings of this year")
@click.option("--senate-refuses", is_flag=True, help="let the Senate's stand-in answer 403 to everything")
@click.option(
    "--contact", default="demo@capitolscope.invalid", help="whom the House may write to; your own with --live"
)
@click.option(
    "--keep",
    is_flag=True,
    help="keep serving, so that the links in the mails can be followed: until Enter, or without a terminal a signal",
)
def main(*, corpus: Path | None, live: bool, senate_refuses: bool, contact: str, keep: bool) -> None:
    """Play the scene that was asked for, and say how long that took, from the command to its end."""
    began = time.monotonic() - time.process_time()  # so long did the imports compute
    scene = _scene(corpus, live=live, senate_refuses=senate_refuses)
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    interrupt_once()
    with ended_in_a_sentence(console, INTERRUPTED), held(FOLDER):
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir()
        lingered = play(console, scene, FOLDER, contact, partial(linger, console, keep=keep))
    console.print(f"  The whole demo took {time.monotonic() - began - lingered:.0f} s", highlight=False)


def _scene(corpus: Path | None, *, live: bool, senate_refuses: bool) -> Scene:
    if [corpus is not None, live, senate_refuses].count(True) > 1:
        raise click.UsageError("--corpus, --live and --senate-refuses are three scenes; choose one")
    if corpus and not (corpus / "index").is_dir():
        raise click.BadParameter(f"{corpus} holds no folder index; README says what a corpus is")
    if corpus:
        return corpus_scene(corpus)
    return live_scene(utc_now().year) if live else own_scene(senate_refuses=senate_refuses)


def play(
    console: Console, scene: Scene, folder: Path, contact: str, afterwards: Callable[[Cloud], None]
) -> float:
    """Start the cloud in FOLDER, let Kyle subscribe, make the scene's calls, show what came of them; then AFTERWARDS.

    Return how many seconds that last took.
    """
    began = time.monotonic()
    with cloud(scene, folder, contact) as running:
        show_parts(console, running.parts)
        console.print(f"  All of it started in {time.monotonic() - began:.1f} s", highlight=False)
        follow_two(running.engine)
        console.print(f"\n[bold]Kyle confirms his address and follows {' and '.join(FOLLOWED)}[/]")
        stage = Stage(console, scene, running)
        stage.play()
        stage.ask_for_prices()
        show_filings(console, running.engine)
        show_trades(console, running.engine, utc_now())
        show_sources(console, running.engine)
        show_mails(console, running.mails)
        shown = time.monotonic()
        afterwards(running)
        return time.monotonic() - shown


def linger(console: Console, cloud: Cloud, *, keep: bool) -> None:
    """Say where the mails' links lead, and keep them working until Enter or a signal; without KEEP, for no time."""
    page = newest_links(cloud.mails, cloud.pages).get("manage", cloud.pages)
    if not keep:
        console.print("  To follow the links in the mails: ./dev.sh demo --keep", highlight=False)
        return
    console.print(f"  What Kyle may do: {page}", highlight=False, soft_wrap=True)
    with suppress(KeyboardInterrupt, EOFError):
        if sys.stdin and sys.stdin.isatty():
            console.input("  The links in the mails work until you press Enter. ")
        else:
            console.print(
                f"  The links in the mails work until you type: kill {os.getpid()}", highlight=False
            )
            signal.pause()


@dataclass(frozen=True)
class Stage:
    """What a scene is played on."""

    console: Console
    scene: Scene
    cloud: Cloud

    def play(self) -> None:
        """Make the scene's calls one after the other, and say how each ended."""
        ticks = iter(last_ticks(CONGRESSIONAL_SYNC, utc_now(), sum(step.tick for step in self.scene.steps)))
        for step in self.scene.steps:
            if self.cloud.sites and step.arrives:
                self.cloud.sites.serve(step.arrives)
            self.console.print(f"\n[bold]{step.title}[/]")
            began, asked_before = time.monotonic(), len(self.cloud.queue.asked)
            told = self._call(step, next(ticks) if step.tick else None)
            show_run(self.console, told, time.monotonic() - began)
            self._tell_subscribers(asked_before)

    def ask_for_prices(self) -> None:
        """Call stock_prices for its last tick, and where there is a market, at any hour for what the table of trades shows."""
        (due,) = last_ticks(STOCK_PRICES, utc_now(), 1)
        self._ask_for_prices(
            "Cloud Scheduler calls stock_prices, which works while the exchange is open", due
        )
        if self.cloud.sites:
            asked = {"at_any_hour": True, "tickers": newest_tickers(self.cloud.engine)}
            self._ask_for_prices("An operator calls stock_prices, whatever the hour", None, **asked)

    def _ask_for_prices(self, title: str, due: datetime | None, **asked: Any) -> None:
        self.console.print(f"\n[bold]{title}[/]")
        began = time.monotonic()
        told = self.cloud.functions[STOCK_PRICES.name].ask(asked, due=due)
        show_prices(self.console, told, time.monotonic() - began)

    def _tell_subscribers(self, asked_before: int) -> None:
        """Wait for the notifications that the sync handed over to, while it worked or at its end, and say what they did."""
        self.cloud.queue.wait_until_idle(PATIENCE)
        for asked in self.cloud.queue.asked[asked_before:]:
            show_handover(self.console, asked)

    def _call(self, step: Step, due: datetime | None) -> dict[str, Any]:
        """Call the function, and show how many documents are settled while it works."""
        asked = {
            "years": list(self.scene.years),
            "chambers": list(self.scene.chambers),
            **step.parameters,
        } | ({} if step.tick else {"baseline": True})
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn())
        with (
            ThreadPoolExecutor(1) as background,
            Progress(
                *columns, console=self.console, transient=True, disable=not self.console.is_terminal
            ) as progress,
        ):
            bar = progress.add_task("documents", total=None)
            call = background.submit(self.cloud.functions[CONGRESSIONAL_SYNC.name].ask, asked, due=due)
            while wait([call], timeout=POLL).not_done:
                with read_transaction(self.cloud.engine) as connection:
                    books = [standing(connection, name, self.scene.years) for name in self.scene.chambers]
                indexed = sum(one.indexed for one in books)
                waiting = sum(one.waiting for one in books)
                progress.update(bar, total=indexed or None, completed=indexed - waiting)
            return call.result()


def last_ticks(task: Task, now: datetime, count: int) -> list[datetime]:
    """Return TASK's last COUNT ticks before NOW, oldest first."""
    backwards = CronSim(task.schedule, now.astimezone(ZoneInfo(task.zone)), reverse=True)
    return [tick.astimezone(UTC) for tick in islice(backwards, count)][::-1]


if __name__ == "__main__":
    main(prog_name="./dev.sh demo")
