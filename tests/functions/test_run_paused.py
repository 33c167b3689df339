"""SIGSTOP to a real functions-framework process for longer than its lease lasts, then SIGCONT: it writes nothing more."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from common.runtime.records import Status
from local.functions import ROOT, Function, serve
from tests.support.served import Answered, ask
from tests.support.stage import AT_TICK, TICK, Stage, staged

SOURCE = ROOT / "tests/support/steps_function.py"
NEXT_TICK = {"X-CloudScheduler-ScheduleTime": "2026-11-03T13:00:02Z"}


@contextmanager
def paused_in_its_second_step(stage: Stage, folder: Path) -> Iterator[tuple[Function, Future[Answered]]]:
    """Lend the steps task in a process that stands still since before its second step, and the answer to come."""
    environment = {
        "DATABASE_URL": stage.parts.settings.database_url,
        "REDIS_URL": stage.parts.settings.redis_url,
        "CONTACT": "tests@example.org",
        "DATA_DIR": str(folder),
    }
    (folder / "waiting").touch()
    with (
        serve("steps", environment, folder / "function", source=SOURCE) as function,
        ThreadPoolExecutor() as pool,
    ):
        port = int(function.url.rpartition(":")[2])
        answer = pool.submit(ask, port, {}, AT_TICK)
        while not (folder / "lingers").exists():
            assert not answer.done(), answer.result()
            time.sleep(0.01)
        function.server.pause()
        yield function, answer


def outlast_the_lease(stage: Stage) -> None:
    limit = time.monotonic() + 10
    while stage.lock_holder:
        assert time.monotonic() < limit
        time.sleep(0.02)


def go_on(function: Function, folder: Path) -> None:
    """Let the process go straight into the transaction of its second step."""
    (folder / "waiting").unlink()
    function.server.resume()


def test_a_run_that_wakes_after_the_next_tick_ran_writes_nothing_and_goes_on_when_asked_again(
    postgresql_url: str, redis_url: str, tmp_path: Path
) -> None:
    with (
        staged(database_url=postgresql_url, redis_url=redis_url) as stage,
        paused_in_its_second_step(stage, tmp_path) as (function, answer),
    ):
        outlast_the_lease(stage)
        next_tick = stage.ask(NEXT_TICK)
        before = stage.steps
        go_on(function, tmp_path)
        woken = answer.result()
        after = stage.steps
        again = stage.ask()

        assert next_tick.body["counts"] == {"steps": 3, "now": 3}
        assert before == after == ["0", "0", "1", "2"]
        assert (woken.status, woken.body["status"], woken.body["attempt"]) == (503, "interrupted", 1)
        assert (again.body["counts"], again.body["attempt"]) == ({"steps": 3, "now": 2}, 2)


def test_a_run_that_wakes_after_its_own_retry_ended_writes_nothing_and_says_how_that_ended(
    sqlite_url: str, redis_url: str, tmp_path: Path
) -> None:
    with (
        staged(database_url=sqlite_url, redis_url=redis_url) as stage,
        paused_in_its_second_step(stage, tmp_path) as (function, answer),
    ):
        outlast_the_lease(stage)
        retried = stage.ask()
        before = stage.stored(TICK)
        go_on(function, tmp_path)
        woken = answer.result()

        assert before.record.status is Status.SUCCEEDED
        assert stage.stored(TICK) == before
        assert stage.steps == ["0", "1", "2"]
        assert woken == retried
        assert retried.body["attempt"] == 2
