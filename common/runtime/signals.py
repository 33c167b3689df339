"""SIGTERM while a request is worked on: Cloud Run sends it, and kills the process 10 s later."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import Any, Self

from common.runtime.stops import Terminated

PATIENCE = 2.5
"""Seconds that the work gets to reach its next `breathe`; the response must be out within 5 s."""
AT_ONCE = timedelta(milliseconds=1)  # a timer of 0 would never ring
Handler = Callable[[int, FrameType | None], Any] | int | None


class Termination:
    """Notices SIGTERM inside the context; on leaving it, the previous handler is back and is told.

    gunicorn sets its own handlers when a worker starts, so ours must be set inside the request; and gunicorn's must be
    called after the checkpoint, or the worker lingers for 30 s. Only the main thread may set handlers: with more than
    one thread a function is one that must not be interrupted (api, web), and this does nothing.
    """

    def __init__(self) -> None:
        self.requested = False
        self._interruptible = False
        self._previous: dict[int, Handler] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._previous = {
                signal.SIGTERM: signal.signal(signal.SIGTERM, self._notice),
                signal.SIGALRM: signal.signal(signal.SIGALRM, self._insist),
            }
        return self

    def __exit__(self, *_: object) -> None:
        if not self._previous:
            return
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        if self.requested:
            signal.raise_signal(signal.SIGTERM)

    @contextmanager
    def interruptible(self, longest: timedelta | None = None) -> Iterator[None]:
        """Inside, work that has not stopped by itself PATIENCE after SIGTERM, or after LONGEST, is ended by Terminated.

        After SIGTERM no work begins: it may already be too late to end it.
        """
        self._interruptible = True
        if self._previous and longest is not None:
            signal.setitimer(signal.ITIMER_REAL, max(longest, AT_ONCE).total_seconds())
        try:
            if self.requested:
                raise Terminated("the platform ends this process")
            yield
        finally:
            self._interruptible = False

    def _notice(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a handler's signature
        self.requested = True
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)

    def _insist(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self._interruptible:
            raise Terminated("the work did not stop by itself")
