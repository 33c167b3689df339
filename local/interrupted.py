"""Ctrl-C and SIGTERM: both end what runs in order, and a second one does not break that off."""

import signal
from types import FrameType

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
