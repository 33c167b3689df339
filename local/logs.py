"""Show what a function logged on this laptop: `./dev.sh logs FUNCTION [--run ID] [--errors] [--follow]`."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from common.logs import LABELS, RESERVED

ROOT = Path(__file__).parents[1]
POLL_SECONDS = 0.3
COLOURS = {"INFO": "green", "WARNING": "yellow", "ERROR": "bold red"}

Entry = Mapping[str, Any]


def entries(file: Path, *, keep_on: Callable[[], bool]) -> Iterator[Entry]:
    """Yield FILE's entries, oldest first; at its end, new ones for as long as KEEP_ON answers True."""
    with file.open(encoding="ascii") as lines:
        rest = ""
        while True:
            rest += lines.readline()
            if rest.endswith("\n"):
                yield json.loads(rest)
                rest = ""
            elif not keep_on():
                return


def is_wanted(entry: Entry, *, run_id: str | None, errors: bool) -> bool:
    """Tell whether ENTRY belongs to RUN_ID, where one is given, and is an error, where only those are asked for."""
    right_run = run_id is None or entry[LABELS].get("run_id") == run_id
    return right_run and (not errors or entry["severity"] == "ERROR")


def rendered(entry: Entry) -> Text:
    """Return ENTRY as one line for people: time (UTC), severity, event, fields, run; an error's traceback below it."""
    event, _, details = entry["message"].partition("\n")
    severity = entry["severity"]
    line = Text.assemble(
        (entry["time"][:23].replace("T", " "), "dim"),
        " ",
        (f"{severity:<7}", COLOURS.get(severity, "")),
        f" {event}",
    )
    shown = sorted(name for name in entry.keys() - RESERVED if entry[name] is not None and name != "run_id")
    for name in shown:
        line.append(f" {name}=", style="cyan").append(json.dumps(entry[name], ensure_ascii=False))
    if run_id := entry[LABELS].get("run_id"):
        line.append(f"  {run_id}", style="dim")
    return line.append(f"\n{details}") if details else line


def wait() -> bool:
    """Let a moment pass, and go on."""
    time.sleep(POLL_SECONDS)
    return True


def stop() -> bool:
    """Do not wait for more."""
    return False


def find(data_dir: Path, function: str) -> Path:
    """Return FUNCTION's latest file below DATA_DIR. Raises UsageError naming the functions that have one."""
    files = sorted(data_dir.glob("**/logs/*.jsonl"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files:
        if file.stem == function:
            return file
    known = ", ".join(sorted({file.stem for file in files})) or "none yet"
    raise click.UsageError(f"{function} has logged nothing in {data_dir}; functions that did: {known}")


@click.command()
@click.argument("function")
@click.option("--run", "run_id", help="Only this run.")
@click.option("--errors", is_flag=True, help="Only errors, with their tracebacks.")
@click.option("--follow", is_flag=True, help="Wait for new lines until interrupted.")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="DATA_DIR",
    default=ROOT / ".capitolscope",
    show_default=".capitolscope in the repository",
    help="Where the demo and the embedded parts keep their files.",
)
def main(*, function: str, run_id: str | None, errors: bool, follow: bool, data_dir: Path) -> None:
    """Show what FUNCTION logged on this laptop, oldest first."""
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
    file, nothing = find(data_dir, function), True
    with suppress(KeyboardInterrupt):
        for entry in entries(file, keep_on=wait if follow else stop):
            if is_wanted(entry, run_id=run_id, errors=errors):
                nothing = False
                console.print(rendered(entry))
    if nothing:
        click.echo(f"no such line in {file}", err=True)


if __name__ == "__main__":
    main(prog_name="./dev.sh logs")
