"""congressional_sync in a process that a test may kill: quick to start again, and its lease is soon gone.

The forkserver has imported everything once; each process is a fork of it, with connections of its own.
"""

import multiprocessing
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

from common.clock import utc_now
from common.disclosures.parameters import SyncParameters
from common.disclosures.sync import sync_disclosures
from common.runtime.runner import run
from common.runtime.wiring import assemble
from common.tasks import CONGRESSIONAL_SYNC
from tests.support.served import Answered, ask, served
from tests.support.settings import some_settings

KILLABLE = replace(
    CONGRESSIONAL_SYNC, lock_ttl=timedelta(seconds=0.6), heartbeat=timedelta(seconds=0.2), attempts=100
)
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


def _serve(settings: Mapping[str, Any], started: Connection) -> None:
    parts = assemble(some_settings(**settings), utc_now)
    with served(
        lambda request: run(request, KILLABLE, sync_disclosures, SyncParameters, parts=lambda: parts)
    ) as port:
        started.send(port)
        threading.Event().wait()


class KillableSync:
    """The function in a process of its own, always the same run."""

    def __init__(self, settings: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        self._settings = settings
        self._parameters = parameters
        self.start()

    def start(self) -> None:
        """Start the process; it answers when this returns."""
        here, there = PROCESSES.Pipe()
        self._process = PROCESSES.Process(target=_serve, args=(self._settings, there), daemon=True)
        self._process.start()
        self._port = here.recv()

    def kill(self) -> None:
        """End the process at once, as a power cut would."""
        self._process.kill()
        self._process.join()

    def ask(self) -> Answered:
        """Ask for the run, as Scheduler does again and again. Raises OSError when the process dies meanwhile."""
        return ask(self._port, self._parameters, {"Idempotency-Key": "the-run"}, timeout=120)


@contextmanager
def killable_sync(settings: Mapping[str, Any], parameters: Mapping[str, Any]) -> Iterator[KillableSync]:
    """Lend a sync that may be killed and started again."""
    sync = KillableSync(settings, parameters)
    yield sync
    sync.kill()
