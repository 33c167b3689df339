"""What a check looks at, where it looks at history and locks alone, or at nothing."""

from datetime import datetime, timedelta
from typing import Any

from common import logs
from common.logs import Write
from common.ops.health.look import Look
from common.tasks import TASKS
from tests.support.settings import some_settings


def a_look(now: datetime, *, history: Any = None, lock: Any = None, write: Write = lambda _: None) -> Look:
    """Return a look NOW, when every task has been watched for a month; its log goes to WRITE."""
    nothing: Any = None
    return Look(
        now=now,
        settings=some_settings(),
        history=history,
        lock=lock,
        queue=nothing,
        database=nothing,
        dispatcher=nothing,
        log=logs.bind(function="health_check", write=write),
        watched=dict.fromkeys(TASKS, now - timedelta(days=30)),
    )
