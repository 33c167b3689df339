"""What the doctor found of one part, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rich.console import Console
from rich.text import Text


class State(StrEnum):
    """How a part is."""

    WELL = "well"
    DOUBT = "worth a look"
    ILL = "wrong"
    UNSEEN = "not looked at"


COLOURS = {State.WELL: "green", State.DOUBT: "yellow", State.ILL: "bold red", State.UNSEEN: "yellow"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One part as it was found; what is not well says what to do."""

    part: str
    state: State
    found: str
    what_to_do: str = ""


def well(part: str, found: str) -> Finding:
    """Return that PART needs nothing."""
    return Finding(part, State.WELL, found)


def ill(part: str, found: str, what_to_do: str) -> Finding:
    """Return that PART does not do what it is for."""
    return Finding(part, State.ILL, found, what_to_do)


def doubt(part: str, found: str, what_to_do: str) -> Finding:
    """Return that PART works, and could be better."""
    return Finding(part, State.DOUBT, found, what_to_do)


def unseen(part: str, found: str, what_to_do: str) -> Finding:
    """Return that nobody could look at PART; never taken for well."""
    return Finding(part, State.UNSEEN, found, what_to_do)


def show(console: Console, findings: Sequence[Finding]) -> None:
    """Print FINDINGS, a line each, what to do below it."""
    for one in findings:
        console.print(Text.assemble((f"{one.state:<14}", COLOURS[one.state]), f"{one.part}: {one.found}"))
        if one.what_to_do:
            console.print(Text(f"{'':14}-> {one.what_to_do}"))
