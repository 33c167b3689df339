"""What `./dev.sh run` prints: for a person who looks at it now and then."""

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from common.mail.words import count
from common.ops.health.verdict import Color
from common.tasks import CONGRESSIONAL_SYNC
from local.cloud.cloud import Cloud
from local.cloud.paths import FRONT, shown
from local.cloud.scheduler import Delivered, Tick
from local.demo.kyle import ADDRESS, FOLLOWED

COLOURS = {"succeeded": "green", "skipped": "dim", "continued": "cyan"}
WELL = {Color.GREEN, Color.YELLOW}
LEFT = 50  # columns of what stands before an explanation
SHOWN = 160  # characters of what went wrong


def show_cloud(console: Console, cloud: Cloud) -> None:
    """Say which part is embedded and which is real, and where everything answers."""
    console.print("[bold]What runs[/]")
    _show_pairs(console, cloud.parts.items())
    console.print(f"\n[bold]Where it answers: {cloud.url}[/]")
    _show_pairs(console, [*shown(), ("/local/", "this laptop's own: what runs, and every mail")])


def _show_pairs(console: Console, pairs: Iterable[tuple[str, str]]) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(max_width=LEFT)
    for name, value in pairs:
        table.add_row(Padding(Text(name, "bold"), (0, 0, 0, 2)), Text(value))
    console.print(table)


def show_begin(console: Console, cloud: Cloud) -> None:
    """Say who follows whom in the stand-ins' world; in the real one, how the watch begins."""
    if cloud.world.sites:
        console.print(f"\n  {ADDRESS} follows {' and '.join(FOLLOWED)}", highlight=False)
        return
    wanted = f'{{"baseline": true, "chambers": ["house"], "years": [{cloud.clock().year}]}}'
    console.print(
        "\n  What is history and what is news? Say it once, for the years and chambers that you want:"
    )
    console.print(
        f"  curl -s {cloud.url}/{CONGRESSIONAL_SYNC.name} -d '{wanted}'", highlight=False, soft_wrap=True
    )


def show_live(console: Console, cloud: Cloud, first: Tick) -> None:
    """Say what to open, and what comes next."""
    links = {
        "The mails": cloud.mails,
        "The public's pages": f"{cloud.url}/",
        "The operator's page": f"{cloud.url}{FRONT}",
        "What a function logs": f"./dev.sh logs {CONGRESSIONAL_SYNC.name} --follow",
    }
    console.print()
    _show_pairs(console, links.items())
    console.print(f"\n[bold]Next: {first.task.name} at {first.due:%H:%M} UTC. Ctrl-C ends everything.[/]\n")


def show_delivered(console: Console, delivered: Delivered) -> None:
    """Say how a tick ended, in one line."""
    console.print(line(delivered), highlight=False, soft_wrap=True)


def line(delivered: Delivered) -> Text:
    """Return how a tick ended: when it was due (UTC), its run, its status, and what it did or why not."""
    told = delivered.said
    status = status_of(delivered)
    text = Text.assemble(
        (f"{delivered.tick.due.astimezone(UTC):%H:%M}", "dim"),
        f"  {delivered.tick.task.name:<19}",
        (status, COLOURS.get(status, "red" if not delivered.is_settled else "yellow")),
    )
    if why := told.get("reason") or told.get("error"):
        text.append(f": {str(why)[:SHOWN]}")
    if delivered.attempts > 1:
        text.append(f"  ({count(delivered.attempts, 'attempt')})", "dim")
    return text


def status_of(delivered: Delivered) -> str:
    """Return how the run stands; a check of health says instead what it found."""
    told = delivered.said
    if "healthy" in told:
        red = [one["component"] for one in told.get("components", ()) if one["color"] not in WELL]
        return f"red: {', '.join(red)}" if red else "healthy"
    return str(told.get("status") or delivered.status or "no answer")


def show_baseline(console: Console, told: Mapping[str, Any]) -> None:
    """Say what there was before the watch began."""
    counts = told.get("counts") or {}
    listed = sum((counts.get(chamber) or {}).get("indexed", 0) for chamber in ("house", "senate"))
    console.print(
        f"  Baseline {told['status']}: {count(listed, 'filing')} are history, nobody is mailed about them"
    )


def show_all(console: Console, delivered: Iterable[Delivered]) -> None:
    """Say how each ended."""
    for one in delivered:
        show_delivered(console, one)
