"""daily_maintenance in a process that dies in each step, once: with the step's work done, and nothing said of it yet."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from common.ops.maintenance.maintain import Maintained, steps_of
from common.ops.maintenance.parameters import MaintenanceParameters
from common.ops.maintenance.steps import Step, take
from common.runtime.context import RunContext
from common.runtime.runner import run
from common.runtime.wiring import assemble
from common.tasks import DAILY_MAINTENANCE
from tests.support.served import Answered, ask, served
from tests.support.settings import some_settings

MONDAY_NIGHT = datetime(2025, 6, 9, 2, 0, tzinfo=UTC)
DEADLY = replace(
    DAILY_MAINTENANCE, lock_ttl=timedelta(seconds=0.4), heartbeat=timedelta(seconds=0.1), attempts=100
)
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


def _deadly(step: Step, marks: Path) -> Step:
    def work(ctx: RunContext) -> Any:
        did = step.work(ctx)
        if not (mark := marks / step.name).exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return did

    return Step(step.name, work)


def _use_case(marks: Path) -> Callable[[RunContext], Maintained]:
    return lambda ctx: Maintained(take(ctx, [_deadly(step, marks) for step in steps_of(ctx.settings)]))


def _serve(settings: Mapping[str, Any], marks: Path, started: Connection) -> None:
    parts = assemble(some_settings(**settings), lambda: MONDAY_NIGHT)
    night = _use_case(marks)
    with served(
        lambda request: run(request, DEADLY, night, MaintenanceParameters, parts=lambda: parts)
    ) as port:
        started.send(port)
        threading.Event().wait()


class KillableNight:
    """The function in a process of its own, always the same run; MARKS is a folder that remembers which steps it died in."""

    def __init__(self, settings: Mapping[str, Any], marks: Path) -> None:
        self._settings, self._marks = settings, marks

    def ask(self) -> Answered:
        """Ask a new process for the run, as Scheduler does again and again. Raises OSError when that dies meanwhile."""
        here, there = PROCESSES.Pipe()
        process = PROCESSES.Process(target=_serve, args=(self._settings, self._marks, there), daemon=True)
        process.start()
        try:
            return ask(here.recv(), {}, {"Idempotency-Key": "the-night"}, timeout=60)
        finally:
            process.kill()
            process.join()
