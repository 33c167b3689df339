"""Kill processes in the middle of what they do, and balance the books: `./dev.sh chaos send --times 200`."""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

import click
from rich.console import Console
from rich.table import Table

from common.db.engine import make_engine
from common.db.schema import upgrade
from common.settings import Settings
from local.chaos.house import Books, House
from local.chaos.sender import Step
from local.services import FAST, postgres_server, redis_server
from local.standins.sendgrid import SendGridStandin

SENDERS = {"postgresql": 2, "sqlite": 1}  # SQLite has one writer, so one sender

OFTEN = {0: "never", 1: "once"}


@contextmanager
def house(database: str, chance: Random) -> Iterator[House]:
    """Lend a house on servers of its own: Redis, DATABASE, a SendGrid stand-in."""
    with ExitStack() as stack:
        redis = stack.enter_context(redis_server(own=True))
        standin = stack.enter_context(SendGridStandin(keep=False))
        if database == "postgresql":
            url = stack.enter_context(postgres_server(own=True, settings=FAST)).url
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            url = f"sqlite:///{folder / 'chaos.db'}"
        given = {
            "database_url": url,
            "redis_url": redis.url,
            "sendgrid_url": standin.url,
            "contact": "chaos@example.org",
        }
        engine = make_engine(Settings.model_validate(given))
        upgrade(engine)
        engine.dispose()
        built = House(given, standin, SENDERS[database], chance)
        stack.callback(built.close)
        yield built


@click.group(help=__doc__)
def main() -> None:
    """Choose what is to be killed."""


@main.command()
@click.option("--times", default=200, show_default=True, help="how many senders are killed")
@click.option("--database", type=click.Choice(list(SENDERS)), default="postgresql", show_default=True)
@click.option("--seed", default=1, show_default=True, help="chooses at which mail a sender dies")
def send(times: int, database: str, seed: int) -> None:
    """Kill senders with SIGKILL at each step of a send, with the others at work."""
    console = Console()
    chance = Random(seed)  # noqa: S311 - the same seed must kill at the same places
    with house(database, chance) as built:
        console.print(
            f"{database}, {built.senders} sender(s), seed {seed}: {times} kill(s), each step in turn"
        )
        with console.status("killing"):
            built.kill(times)
        before = built.settle_and_balance()
        built.drain(resend=True)
        built.tell()
        after = built.books()
    show(console, before, after)
    sys.exit(1 if before.faults or after.faults else 0)


def show(console: Console, before: Books, after: Books) -> None:
    """Print where senders died, what became of the messages, and which promises were broken."""
    table = Table("killed", "times")
    for step in Step:
        table.add_row(step, str(before.kills.get(step, 0)))
    console.print(table)
    console.print(f"{len(before.planned)} messages; the provider took {_times(before)}")
    console.print(f"by the ledger, after its events: {_states(before)}")
    console.print(f"with RESEND_UNKNOWN=yes: {_states(after)}; the provider took {_times(after)}")
    for fault in [*before.faults, *after.faults]:
        console.print(fault, style="red")
    if not before.faults and not after.faults:
        console.print("none was accepted twice, none is unaccounted for, ledger and provider agree")


def _times(books: Books) -> str:
    often = Counter(books.taken.get(message, 0) for message in books.planned)
    return ", ".join(f"{count} {OFTEN.get(times, 'TWICE OR MORE')}" for times, count in sorted(often.items()))


def _states(books: Books) -> str:
    return ", ".join(f"{count} {status}" for status, count in Counter(books.status.values()).most_common())


if __name__ == "__main__":
    main(prog_name="./dev.sh chaos")
