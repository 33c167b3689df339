"""What the demo prints: for a person who reads it once."""

import json
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from common.mail.words import count
from local.queue import Asked


def show_parts(console: Console, parts: Mapping[str, str]) -> None:
    """Say which part is embedded and which is real."""
    table = Table.grid(padding=(0, 2))
    for part, choice in parts.items():
        table.add_row(f"  [bold]{part}[/]", choice)
    console.print(table)


def show_run(console: Console, told: Mapping[str, Any], seconds: float) -> None:
    """Say how a run ended, and what it did in each chamber."""
    console.print(f"  {told['run_id']}: [bold]{told['status']}[/] in {seconds:.1f} s", highlight=False)
    for chamber in ("house", "senate"):
        if (told["counts"] or {}).get(chamber):
            show_chamber(console, chamber, told["counts"][chamber])


def show_chamber(console: Console, chamber: str, c: Mapping[str, Any]) -> None:
    """Say what a run did in CHAMBER, and how that adds up."""
    waiting = f" + {c['waiting']} waiting" if c["waiting"] else ""
    did = f"{chamber.title()}: {c['new']} newly listed, {c['stored']} versions stored"
    books = (
        f"{c['indexed']} indexed = {c['parsed']} parsed + {c['unread']} unread + {c['failed']} failed{waiting}; "
        f"{c['quarantined_rows']} rows quarantined, {c['members_unresolved']} filers unresolved"
    )
    fault = (f"[red]refused or failed; the rest goes on[/]: {c['fault']}",) if c["fault"] else ()
    skipped = (f"skipped: {c['skipped']}",) if c["skipped"] else ()
    console.print(f"  {did}", highlight=False)
    for line in (books, *fault, *skipped):
        console.print(f"    {line}", highlight=False, soft_wrap=True)


def show_handover(console: Console, asked: Asked) -> None:
    """Say what the run did to which a sync handed over."""
    told = json.loads(asked.said)
    console.print(f"  {told['run_id']}: [bold]{told['status']}[/]", highlight=False)
    if counts := told["counts"]:
        planned, drained = counts["planned"], counts["drained"]
        console.print(
            f"  {count(planned['filings'], 'filing')} looked at, {count(planned['notices'], 'notice')}, "
            f"{count(drained['accepted'], 'mail')} sent",
            highlight=False,
        )


def show_prices(console: Console, told: Mapping[str, Any], seconds: float) -> None:
    """Say how a run of stock_prices ended, and what it stored."""
    reason = f": {told['reason']}" if told["status"] == "skipped" else ""
    ended = f"{told['run_id']}: [bold]{told['status']}{reason}[/] in {seconds:.1f} s"
    console.print(f"  {ended}", highlight=False)
    if c := told["counts"]:
        console.print(
            f"  {count(c['tickers'], 'ticker')}: {c['quoted']} quotes and {c['bars']} closing prices stored, {c['gaps_left']} gaps left",
            highlight=False,
        )
