"""Run congressional_sync on this laptop as Cloud Scheduler would, and show what it stored and whom it mailed."""

import shutil
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
from common.tasks import CONGRESSIONAL_SYNC, Task
from local.demo.cloud import FOLDER, Cloud, cloud
from local.demo.kyle import follow_greene, newest_links, show_mails
from local.demo.scenes import Scene, Step, corpus_scene, live_scene, own_scene
from local.demo.show import show_filings, show_handover, show_parts, show_run, show_trades

POLL = 0.2  # seconds between two looks at the books
PATIENCE = 120.0  # seconds for the notifications of one sync
WIDE = 150  # columns, where the output is no terminal


@click.command(help=__doc__)
@click.option(
    "--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), help="folder of real filings"
)
@click.option("--live", is_flag=True, help="ask the real House for a few filings of this year")
@click.option(
    "--contact", default="demo@capitolscope.invalid", help="whom the House may write to; your own with --live"
)
@click.option(
    "--keep", is_flag=True, help="keep serving until Enter, so that the links in the mails can be followed"
)
def main(*, corpus: Path | None, live: bool, contact: str, keep: bool) -> None:
    """Play the scene that was asked for."""
    scene = live_scene(utc_now().year) if live else corpus_scene(corpus) if corpus else own_scene()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    play(console, scene, FOLDER, contact, partial(linger, console, keep=keep and sys.stdin.isatty()))


def play(
    console: Console, scene: Scene, folder: Path, contact: str, afterwards: Callable[[Cloud], None]
) -> None:
    """Start the cloud in FOLDER, let Kyle subscribe, make the scene's calls, show what came of them; then AFTERWARDS."""
    with cloud(scene, folder, contact) as running:
        show_parts(console, running.parts)
        follow_greene(running.engine)
        console.print("\n[bold]Kyle confirms his address and follows Marjorie Taylor Greene[/]")
        Stage(console, scene, running).play()
        show_filings(console, running.engine)
        show_trades(console, running.engine)
        show_mails(console, running.mails)
        afterwards(running)


def linger(console: Console, cloud: Cloud, *, keep: bool) -> None:
    """Say where the mails' links lead, and keep them working until somebody presses Enter; without KEEP, for no time."""
    page = newest_links(cloud.mails, cloud.pages).get("manage", cloud.pages)
    if not keep:
        console.print("  To follow the links in the mails: ./dev.sh demo --keep", highlight=False)
        return
    console.print(f"  What Kyle may do: {page}", highlight=False, soft_wrap=True)
    with suppress(KeyboardInterrupt, EOFError):
        console.input("  The links in the mails work until you press Enter. ")


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
            if self.cloud.standin and step.arrives:
                self.cloud.standin.shelf = step.arrives
            self.console.print(f"\n[bold]{step.title}[/]")
            began = time.monotonic()
            told = self._call(step, next(ticks) if step.tick else None)
            show_run(self.console, told, time.monotonic() - began)
            self._tell_subscribers()

    def _tell_subscribers(self) -> None:
        """Wait for the notifications that the sync handed over to, and say what they did."""
        before = len(self.cloud.queue.asked)
        self.cloud.queue.wait_until_idle(PATIENCE)
        for asked in self.cloud.queue.asked[before:]:
            show_handover(self.console, asked)

    def _call(self, step: Step, due: datetime | None) -> dict[str, Any]:
        """Call the function, and show how many documents are settled while it works."""
        asked = {"years": list(self.scene.years), "chambers": ["house"], **step.parameters} | (
            {} if step.tick else {"baseline": True}
        )
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn())
        with (
            ThreadPoolExecutor(1) as background,
            Progress(*columns, console=self.console, transient=True) as progress,
        ):
            bar = progress.add_task("documents", total=None)
            call = background.submit(self.cloud.sync.ask, asked, due=due)
            while wait([call], timeout=POLL).not_done:
                with read_transaction(self.cloud.engine) as connection:
                    books = standing(connection, "house", self.scene.years)
                progress.update(bar, total=books.indexed or None, completed=books.indexed - books.waiting)
            return call.result()


def last_ticks(task: Task, now: datetime, count: int) -> list[datetime]:
    """Return TASK's last COUNT ticks before NOW, oldest first."""
    backwards = CronSim(task.schedule, now.astimezone(ZoneInfo(task.zone)), reverse=True)
    return [tick.astimezone(UTC) for tick in islice(backwards, count)][::-1]


if __name__ == "__main__":
    main()
