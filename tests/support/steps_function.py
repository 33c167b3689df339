"""The steps task as a function of its own; files in DATA_DIR make its second step slow, and its lease short."""

import time
from dataclasses import replace
from datetime import timedelta
from functools import partial

from flask import Request, Response

from common.runtime.context import RunContext
from common.runtime.runner import run
from common.settings import settings
from tests.support.steps import STEPS, StepsParameters, take_steps

HASTY = replace(STEPS, heartbeat=timedelta(seconds=0.5), lock_ttl=timedelta(seconds=2.5))


def linger(ctx: RunContext, step: int) -> None:
    """Make the second step slow: where DATA_DIR has a file `breathing` in pieces, `deaf` in one, `waiting` until that is gone."""
    folder = ctx.settings.data_dir
    if step == 1:
        (folder / "lingers").touch()
        if (folder / "deaf").exists():
            time.sleep(20)
        while (folder / "waiting").exists():
            time.sleep(0.01)
        while (folder / "breathing").exists():
            ctx.breathe()
            time.sleep(0.05)


def steps(request: Request) -> Response:
    """Answer one call; where DATA_DIR has a file `waiting`, with a short lease."""
    task = HASTY if (settings().data_dir / "waiting").exists() else STEPS
    return run(request, task, partial(take_steps, before=linger), StepsParameters)
