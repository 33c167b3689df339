"""SIGTERM to a real functions-framework process with one thread, as Cloud Run sends it."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.functions import ROOT, Function, serve
from tests.support.served import ask
from tests.support.stage import AT_TICK, staged

SOURCE = ROOT / "tests/support/steps_function.py"
LIMIT = 5.0  # seconds from SIGTERM until the process is gone


@pytest.fixture
def function(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[Function]:
    """Serve the steps task in a process of its own."""
    environment = {
        "DATABASE_URL": sqlite_url,
        "REDIS_URL": redis_url,
        "CONTACT": "tests@example.org",
        "DATA_DIR": str(tmp_path),
    }
    with serve("steps", environment, tmp_path / "function", source=SOURCE) as function:
        yield function


def terminate(function: Function) -> float:
    """Send SIGTERM and return the seconds until every process of FUNCTION is gone."""
    began = time.monotonic()
    processes = function.server.processes()
    processes[0].send_signal(signal.SIGTERM)
    while any(process.is_running() for process in processes) and time.monotonic() - began < 2 * LIMIT:
        time.sleep(0.02)
    return time.monotonic() - began


def port_of(function: Function) -> int:
    return int(function.url.rpartition(":")[2])


def test_an_idle_process_exits_at_once(function: Function) -> None:
    ask(port_of(function), {"steps": 1}, AT_TICK)

    assert terminate(function) < LIMIT


@pytest.mark.parametrize("manner", ["breathing", "deaf"])
def test_a_busy_process_answers_and_exits_and_the_next_goes_on_from_its_checkpoint(
    function: Function, sqlite_url: str, redis_url: str, tmp_path: Path, manner: str
) -> None:
    (tmp_path / manner).touch()
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(ask, port_of(function), {"steps": 3}, AT_TICK, timeout=30)
        while not (tmp_path / "lingers").exists():
            assert not asked.done(), asked.result()
            time.sleep(0.01)

        seconds = terminate(function)

    answer = asked.result()
    assert seconds < LIMIT
    assert (answer.status, answer.body["status"], answer.body["attempt"]) == (503, "interrupted", 1)
    with staged(database_url=sqlite_url, redis_url=redis_url) as stage:
        again = stage.ask(parameters={"steps": 3})
        assert (again.status, again.body["attempt"]) == (200, 2)
        assert again.body["counts"] == {"steps": 3, "now": 2}
        assert stage.steps == ["0", "1", "2"]
