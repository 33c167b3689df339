"""What a month costs: the schedules' work, and the floor that the always-on parts set. `./deploy.sh cost [--json]`.

Amounts come from the registry, prices from local/deploy/prices.py, and how long a run takes is stated in
local/deploy/usage.py, told by --seconds, or measured by Cloud Run in the project's log.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from common.tasks import SERVICES, TASKS
from local.deploy import usage
from local.deploy.bill import ALWAYS_ON, Line, Seconds, Work, lines, works
from local.deploy.choices import read_choices
from local.deploy.prices import KNOWN, REGION

FEW = 10  # below this, amounts are shown with a fraction


def shown(console: Console, bill: Sequence[Line], done: Sequence[Work]) -> None:
    """Print the bill and the functions' share in it."""
    floor = sum(one.dollars for one in bill if one.kind == ALWAYS_ON)
    total = sum(one.dollars for one in bill)
    parts = _table("part", "a month", "$ a month", "from", "cheapest choice", numbers=(1, 2))
    for one in bill:
        parts.add_row(
            one.part,
            amount_of(one),
            f"{one.dollars:.2f}",
            one.basis,
            one.cheapest,
        )
    functions = _table(
        "function", "runs", "seconds each", "$ before what is free", "seconds from", numbers=(1, 2, 3)
    )
    for work_of in done:
        functions.add_row(
            work_of.function,
            f"{work_of.runs:,.0f}",
            f"{work_of.seconds:g}",
            f"{work_of.dollars:.2f}",
            work_of.basis,
        )
    console.print(parts, functions)
    console.print(
        f"{total:.2f} dollars a month, of which {floor:.2f} are the floor that the always-on parts set whatever runs; "
        f"{total - floor:.2f} follow from use. List prices of {REGION} as known in {KNOWN}: compare local/deploy/prices.py with the pages it names."
    )


def amount_of(one: Line) -> str:
    """Return the month's amount for people; empty where nothing is counted."""
    digits = ".0f" if one.amount >= FEW else ".2g"
    return f"{one.amount:,{digits}} {one.unit}" if one.unit else ""


def _table(*columns: str, numbers: tuple[int, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for position, column in enumerate(columns):
        table.add_column(column, justify="right" if position in numbers else "left", overflow="fold")
    return table


def as_json(bill: Sequence[Line], done: Sequence[Work]) -> str:
    """Return the same for a program."""
    return json.dumps(
        {
            "prices_of": KNOWN,
            "region": REGION,
            "dollars": round(sum(one.dollars for one in bill), 2),
            "always_on": round(sum(one.dollars for one in bill if one.kind == ALWAYS_ON), 2),
            "parts": [asdict(one) for one in bill],
            "functions": [asdict(one) | {"dollars": one.dollars} for one in done],
        }
    )


def _told(_context: click.Context, _option: click.Parameter, given: Sequence[str]) -> Seconds:
    try:
        parted = [one.split("=") for one in given]
        told = {function: (float(seconds), "told by --seconds") for function, seconds in parted}
    except ValueError as error:
        raise click.BadParameter("say FUNCTION=SECONDS, such as notifications=12") from error
    if unknown := told.keys() - TASKS.keys() - SERVICES.keys():
        raise click.BadParameter(f"no function {', '.join(sorted(unknown))} in common/tasks.py")
    return told


@click.command()
@click.option(
    "--settings", type=click.Path(path_type=Path, dir_okay=False), required=True, help="deploy.env."
)
@click.option("--seconds", multiple=True, callback=_told, help="FUNCTION=SECONDS of one run.")
@click.option(
    "--measured",
    type=click.Path(path_type=Path, exists=True),
    help="What requests took: lines of service and time.",
)
@click.option("--json", "wants_json", is_flag=True)
def main(*, settings: Path, seconds: Seconds, measured: Path | None, wants_json: bool) -> None:
    """Print what a month costs."""
    known = {**(usage.measured(measured) if measured else {}), **seconds}
    done = works(known)
    bill = list(lines(read_choices(settings), done))
    if wants_json:
        click.echo(as_json(bill, done))
    else:
        shown(Console(width=150, highlight=False), bill, done)


if __name__ == "__main__":
    main(prog_name="./deploy.sh cost")
