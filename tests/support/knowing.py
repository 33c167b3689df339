"""Says what the code of a tree knows of one task by its registry: `python -m tests.support.knowing TASK`, as JSON."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from common.ops.health.runs import tasks
from common.tasks import TASKS
from local.cloud.calls import plan
from local.cloud.paths import place_of
from local.readme import functions_table

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)


def known(task: str) -> Mapping[str, Any]:
    """Return what the README, the laptop's cloud, and the detection of missed runs say of TASK."""
    ticks = plan(TASKS.values(), NOW, NOW + timedelta(days=2), faults=False).ticks
    return {
        "readme": [row for row in functions_table().splitlines() if f"`{task}`" in row],
        "answers": place_of(f"/{task}").function,
        "ticks": [tick.due.isoformat() for tick in ticks if tick.task.name == task],
        "health": [
            f"{found.color} {found.number}" for found in tasks(look()) if found.component == f"task {task}"
        ],
    }


def look() -> Any:
    """Return what health_check sees of a deployment that is three days old and in which nothing ever ran."""
    history = SimpleNamespace(
        recent=lambda **_: [], read_state=lambda _: SimpleNamespace(state=SimpleNamespace(paused_at=None))
    )
    return SimpleNamespace(
        now=NOW,
        history=history,
        watched=dict.fromkeys(TASKS, NOW - timedelta(days=3)),
        lock=SimpleNamespace(holder=lambda _: None),
        log=SimpleNamespace(error=lambda *_, **__: None),
    )


if __name__ == "__main__":
    print(json.dumps(known(sys.argv[1])))  # noqa: T201 - whoever asked reads it
