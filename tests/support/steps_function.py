"""The steps task as a function of its own; a file in DATA_DIR makes its second step slow."""

import time
from functools import partial

from flask import Request, Response

from common.runtime.context import RunContext
from common.runtime.runner import run
from tests.support.steps import STEPS, StepsParameters, take_steps


def linger(ctx: RunContext, step: int) -> None:
    """Make the second step slow: where DATA_DIR has a file `breathing` in pieces, where it has `deaf` in one."""
    folder = ctx.settings.data_dir
    if step == 1:
        (folder / "lingers").touch()
        if (folder / "deaf").exists():
            time.sleep(20)
        while (folder / "breathing").exists():
            ctx.breathe()
            time.sleep(0.05)


def steps(request: Request) -> Response:
    """Answer one call."""
    return run(request, STEPS, partial(take_steps, before=linger), StepsParameters)
