"""What `./dev.sh run` prints: for a person who looks at it now and then."""

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from common.mail.words import count
from common.ops.health.verdict import Color
from local.cloud.cloud import Cloud
from local.cloud.paths import FRONT, shown
from local.cloud.scheduler import Delivered

COLOURS = {"succeeded": "green", "skipped": "dim", "continued": "cyan"}
WELL = {Color.GREEN, Color.YELLOW}
SHOWN = 160  # characters of what went wrong


def show_cloud(console: Console, cloud: Cloud) -> None:
    """Say which part is embedded and which is real, and where everything answers."""
    table = Table.grid(padding=(0, 2))
    for part, choice in cloud.parts.items():
        table.add_row(f"  [bold]{part}[/]", Text(choice))
    console.print(table)
    console.print(f"\n[bold]One port for all of it: {cloud.url}[/]")
    places = Table.grid(padding=(0, 2))
    for path, who in shown():
        places.add_row("  " + path, Text(who))
    places.add_row("  /local/", Text("this laptop's own: what runs, and the mails"))
    console.print(places)


def show_links(console: Console, cloud: Cloud) -> None:
    """Say what to open."""
    console.print(f"\n  The mails:           {cloud.mails}", highlight=False)
    console.print(f"  The operator's page: {cloud.url}{FRONT}", highlight=False)
    console.print("  The logs:            ./dev.sh logs congressional_sync --follow", highlight=False)


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
