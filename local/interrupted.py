"""How `./dev.sh demo` and `run` end: in order after Ctrl-C or SIGTERM, which a second one does not break off, and in a sentence."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click
from rich.console import Console

from common.errors import NotConfigured
from local.functions import RunFailed

INTERRUPTED = 130  # exit status of what Ctrl-C ended too early, as a shell's
ENDS = (signal.SIGINT, signal.SIGTERM)


def interrupt_once() -> None:
    """Let the first of these signals raise KeyboardInterrupt, and later ones do nothing; one that is ignored stays so."""
    for number in ENDS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in ENDS:
        signal.signal(number, _do_nothing)
    raise KeyboardInterrupt


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    """Unlike SIG_IGN, this is not handed down to the processes that are started meanwhile."""


@contextmanager
def ended_in_a_sentence(console: Console, status: int) -> Iterator[None]:
    """Say what ended the block, where that was no success; STATUS is that after Ctrl-C."""
    try:
        yield
    except (NotConfigured, RunFailed) as fault:
        raise click.ClickException(str(fault)) from fault
    except KeyboardInterrupt:
        console.print("\nEnded; no process is left.", highlight=False)
        sys.exit(status)
