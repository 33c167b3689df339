"""Coroutines beside a thread that must stay free: for signals, for a deadline, for a lease that may be lost."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from concurrent.futures import FIRST_COMPLETED, Future, wait
from threading import Thread
from typing import Any, Self, TypeVar

T = TypeVar("T")
CLOSING = 2.0  # seconds that cancelled work gets to clean up
WATCH = 0.5  # seconds between two calls of `breathe` while waiting


class Background:
    """An event loop in a thread of its own, ended with whatever still runs there when the context is left."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="background", daemon=True)
        self._started = set[Future[Any]]()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Start WORK there and return at once."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        self._started.add(future)
        future.add_done_callback(self._started.discard)
        return future

    def cancel(self) -> None:
        """Cancel all that was started there, and wait until it ended, at most CLOSING.

        Tasks that it started in turn are its own to cancel: one that never ran would leave its coroutine behind.
        """
        for future in tuple(self._started):
            future.cancel()
        self.start(_others_ended()).result()


async def _others_ended() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=CLOSING)


def first_done(running: Collection[Future[T]], breathe: Callable[[], None]) -> set[Future[T]]:
    """Wait until some of RUNNING are done and return those; BREATHE is called meanwhile, and may raise."""
    while True:
        breathe()
        done, _ = wait(running, timeout=WATCH, return_when=FIRST_COMPLETED)
        if done:
            return done
