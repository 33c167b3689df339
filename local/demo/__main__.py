"""Run congressional_sync on this laptop as Cloud Scheduler would, and show what it stored."""

import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from cronsim import CronSim
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy import Engine

from common.clock import utc_now
from common.db.engine import make_engine, read_transaction
from common.db.schema import upgrade
from common.disclosures.standing import standing
from common.settings import load
from common.tasks import CONGRESSIONAL_SYNC, Task
from local.demo.scenes import Scene, Step, corpus_scene, live_scene, own_scene, serving
from local.demo.show import show_filings, show_parts, show_run, show_trades
from local.functions import ROOT, Function, serve
from local.services import redis_server
from local.standins.house import HouseStandin

FOLDER = ROOT / ".capitolscope" / "demo"
POLL = 0.2  # seconds between two looks at the books
WIDE = 150  # columns, where the output is no terminal


@click.command(help=__doc__)
@click.option(
    "--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), help="folder of real filings"
)
@click.option("--live", is_flag=True, help="ask the real House for a few filings of this year")
@click.option(
    "--contact", default="demo@capitolscope.invalid", help="whom the House may write to; your own with --live"
)
def main(*, corpus: Path | None, live: bool, contact: str) -> None:
    """Play the scene that was asked for."""
    scene = live_scene(utc_now().year) if live else corpus_scene(corpus) if corpus else own_scene()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    play(Console(width=None if sys.stdout.isatty() else WIDE), scene, FOLDER, contact)


def play(console: Console, scene: Scene, folder: Path, contact: str) -> None:
    """Start the parts in FOLDER, make the scene's calls, and show what is stored then."""
    with redis_server(folder / "redis") as redis, serving(scene) as standin:
        settings = {
            "DATABASE_URL": f"sqlite:///{folder / 'capitolscope.db'}",
            "REDIS_URL": redis.url,
            "CONTACT": contact,
            "DATA_DIR": str(folder),
            "LOG_FILES": "true",
            **({"HOUSE_URL": standin.url} if standin else {}),
        }
        engine = make_engine(load(settings))
        upgrade(engine)
        with serve(CONGRESSIONAL_SYNC.name, settings, folder / CONGRESSIONAL_SYNC.name) as function:
            parts = {
                "House": scene.source,
                "Database": f"embedded: {settings['DATABASE_URL']}",
                "History": "embedded: in the same database",
                "Redis": f"real: {redis.describe}",
                "Function": f"real: functions-framework at {function.url}",
            }
            show_parts(console, parts)
            Stage(console, scene, function, engine, standin).play()
        show_filings(console, engine)
        show_trades(console, engine)


@dataclass(frozen=True)
class Stage:
    """What a scene is played on."""

    console: Console
    scene: Scene
    function: Function
    engine: Engine
    standin: HouseStandin | None

    def play(self) -> None:
        """Make the scene's calls one after the other, and say how each ended."""
        ticks = iter(last_ticks(CONGRESSIONAL_SYNC, utc_now(), sum(step.tick for step in self.scene.steps)))
        for step in self.scene.steps:
            if self.standin and step.arrives:
                self.standin.shelf = step.arrives
            self.console.print(f"\n[bold]{step.title}[/]")
            began = time.monotonic()
            told = self._call(step, next(ticks) if step.tick else None)
            show_run(self.console, told, time.monotonic() - began)

    def _call(self, step: Step, due: datetime | None) -> dict[str, Any]:
        """Call the function, and show how many documents are settled while it works."""
        asked = {"years": list(self.scene.years), **step.parameters} | (
            {} if step.tick else {"baseline": True}
        )
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn())
        with (
            ThreadPoolExecutor(1) as background,
            Progress(*columns, console=self.console, transient=True) as progress,
        ):
            bar = progress.add_task("documents", total=None)
            call = background.submit(self.function.ask, asked, due=due)
            while wait([call], timeout=POLL).not_done:
                with read_transaction(self.engine) as connection:
                    books = standing(connection, self.scene.years)
                progress.update(bar, total=books.indexed or None, completed=books.indexed - books.waiting)
            return call.result()


def last_ticks(task: Task, now: datetime, count: int) -> list[datetime]:
    """Return TASK's last COUNT ticks before NOW, oldest first."""
    backwards = CronSim(task.schedule, now.astimezone(ZoneInfo(task.zone)), reverse=True)
    return [tick.astimezone(UTC) for tick in islice(backwards, count)][::-1]


if __name__ == "__main__":
    main()
