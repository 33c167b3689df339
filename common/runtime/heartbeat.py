"""Keeps a lease alive while the work goes on."""

from contextlib import suppress
from datetime import timedelta
from threading import Event, Thread
from time import monotonic
from typing import Self

from common.errors import DependencyDown
from common.runtime.lease import Lease


class Heartbeat:
    """A thread that renews LEASE every INTERVAL until the context is left; `lost` once another holds it.

    It touches Redis only. While Redis does not answer nobody else can win the lock either, so the work goes on. After
    LONGEST it gives the lease up: work that hangs would keep every other run out for ever.
    """

    def __init__(self, lease: Lease, interval: timedelta, longest: timedelta) -> None:
        self.lost = False
        self._lease = lease
        self._interval = interval.total_seconds()
        self._longest = longest.total_seconds()
        self._ended = Event()
        self._thread = Thread(target=self._beat, name=f"heartbeat {lease.scope}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        end = monotonic() + self._longest
        while not self.lost and not self._ended.wait(self._interval):
            with suppress(DependencyDown):
                self.lost = monotonic() > end or not self._lease.renew()
