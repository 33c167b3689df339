"""What one run asks of its servers: nothing twice, and nothing that it does not need."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import make_url

from common.runtime.context import RunContext
from common.runtime.task_state import pause
from local.services.door import door_to
from tests.support.stage import NOW, Stage, staged

NO_STEPS = {"steps": 0}


class Counted:
    """A port whose calls are counted by name."""

    def __init__(self, real: object) -> None:
        self._real = real
        self.calls = Counter[str]()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        self.calls[name] += 1
        call: Callable[..., Any] = getattr(self._real, name)
        return call


@pytest.fixture
def history(stage: Stage) -> Counted:
    """Count what the stage's runs ask of history."""
    counted: Any = Counted(stage.parts.history)
    stage.parts = replace(stage.parts, history=counted)
    return cast("Counted", counted)


def test_a_run_asks_history_five_times_and_redis_three(stage: Stage, history: Counted) -> None:
    lock: Any = Counted(stage.parts.lock)
    stage.parts = replace(stage.parts, lock=lock)

    stage.ask(parameters=NO_STEPS)

    assert history.calls == {"create": 1, "read_state": 1, "replace": 2, "replace_state": 1}
    assert lock.calls == {"acquire": 1, "holder": 1, "release": 1}


def test_a_tick_that_is_delivered_again_asks_history_twice(stage: Stage, history: Counted) -> None:
    stage.ask(parameters=NO_STEPS)
    history.calls.clear()

    stage.ask(parameters=NO_STEPS)

    assert history.calls == {"create": 1, "read": 1}


def test_a_pause_that_began_during_a_run_outlasts_its_success(stage: Stage) -> None:
    def be_paused(ctx: RunContext, step: int) -> None:
        pause(stage.parts.history, "steps", "enough", NOW)

    stage.before_each_step(be_paused)

    stage.ask(parameters={"steps": 1})

    state = stage.parts.history.read_state("steps").state
    assert (state.paused_reason, state.last_success) == ("enough", stage.record().run_id)


def test_a_run_waits_for_postgresql_24_times_and_one_that_is_asked_for_again_7_times(
    postgresql_url: str, redis_url: str
) -> None:
    url = make_url(postgresql_url)
    assert url.port is not None
    with door_to(url.port) as door:
        through = url.set(port=door.port).render_as_string(hide_password=False)
        with staged(database_url=through, redis_url=redis_url) as stage:
            waited = []
            stage.ask({}, NO_STEPS)
            for key in ("first", "second", "second"):
                before = door.trips
                stage.now += timedelta(minutes=1)
                stage.ask({"Idempotency-Key": key}, NO_STEPS)
                waited.append(door.trips - before)

    assert waited == [24, 24, 7]
