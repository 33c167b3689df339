"""The fence, on both databases: whoever was overtaken writes nothing."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from threading import Event

import psutil
import pytest
from sqlalchemy import Engine, func, insert, select, text

from common.db.engine import make_engine, read_transaction, write_transaction
from common.db.tables import fences, findings
from common.errors import DependencyDown, LeaseLost
from common.runtime.fence import fenced, load_checkpoint, save_checkpoint, take_fence
from tests.support import fence_holder
from tests.support.fence_holder import write_something
from tests.support.settings import some_settings

SCOPE = "congressional_sync"
NOW = datetime(2026, 11, 3, 13, 0, tzinfo=UTC)
SOON = timedelta(seconds=0.3)


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Engine]:
    engine = make_engine(some_settings(database_url=postgresql_url))
    yield engine
    engine.dispose()


def written(engine: Engine) -> int:
    with read_transaction(engine) as connection:
        return connection.execute(select(func.count()).select_from(findings)).scalar_one()


def test_the_first_holder_of_a_scope_gets_1_and_each_next_one_more(engine: Engine) -> None:
    tokens = [take_fence(engine, SCOPE) for _ in range(3)]

    assert tokens == [1, 2, 3]
    assert take_fence(engine, "notifications") == 1


def test_the_holder_writes(engine: Engine) -> None:
    token = take_fence(engine, SCOPE)

    with fenced(engine, SCOPE, token) as connection:
        write_something(connection)

    assert written(engine) == 1


def test_an_overtaken_holder_is_told_and_writes_nothing(engine: Engine) -> None:
    overtaken = take_fence(engine, SCOPE)
    take_fence(engine, SCOPE)

    with pytest.raises(LeaseLost, match="congressional_sync has passed 1"), fenced(engine, SCOPE, overtaken):
        pytest.fail("the block must not begin")

    assert written(engine) == 0


def test_nobody_writes_for_a_scope_that_has_no_fence(engine: Engine) -> None:
    with pytest.raises(LeaseLost), fenced(engine, SCOPE, 1):
        pytest.fail("the block must not begin")


def test_work_that_fails_leaves_neither_rows_nor_checkpoint(engine: Engine) -> None:
    token = take_fence(engine, SCOPE)

    def fail() -> None:
        with fenced(engine, SCOPE, token) as connection:
            write_something(connection)
            save_checkpoint(connection, "run-1", "parse", {"done": 1}, NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert written(engine) == 0
    with read_transaction(engine) as connection:
        assert load_checkpoint(connection, "run-1", "parse") is None


def test_the_last_checkpoint_of_a_step_is_the_one_that_counts(engine: Engine) -> None:
    token = take_fence(engine, SCOPE)

    for done in (1, 2):
        with fenced(engine, SCOPE, token) as connection:
            save_checkpoint(connection, "run-1", "parse", {"done": done, "year": None}, NOW)

    with read_transaction(engine) as connection:
        assert load_checkpoint(connection, "run-1", "parse") == {"done": 2, "year": None}
        assert load_checkpoint(connection, "run-1", "fetch") is None
        assert load_checkpoint(connection, "run-2", "parse") is None


def test_the_next_holder_waits_for_a_write_that_has_begun(engine: Engine) -> None:
    token = take_fence(engine, SCOPE)
    began, may_end = Event(), Event()

    def write() -> None:
        with fenced(engine, SCOPE, token) as connection:
            write_something(connection)
            began.set()
            may_end.wait()

    with ThreadPoolExecutor(2) as threads:
        writing = threads.submit(write)
        began.wait()
        taking = threads.submit(take_fence, engine, SCOPE)
        time.sleep(0.2)
        waits = not taking.done()
        may_end.set()

    writing.result()
    assert waits
    assert taking.result() == token + 1
    assert written(engine) == 1


def test_tokens_rise_for_whoever_takes_them_at_once(engine: Engine) -> None:
    def take_some(_: int) -> list[int]:
        return [take_fence(engine, SCOPE) for _ in range(5)]

    with ThreadPoolExecutor(4) as threads:
        each = list(threads.map(take_some, range(4)))

    assert all(tokens == sorted(tokens) for tokens in each)
    assert sorted(chain.from_iterable(each)) == list(range(1, 21))


def test_among_competing_holders_each_row_is_written_by_the_newest(engine: Engine) -> None:
    """The rows carry the tokens that wrote them; in the order of their commits these never fall."""

    def hold(_: int) -> int:
        refused = 0
        for _ in range(5):
            token = take_fence(engine, SCOPE)
            try:
                for part in range(2):
                    with fenced(engine, SCOPE, token) as connection:
                        values = {"rule": str(token), "subject": str(part), "detail": ""}
                        connection.execute(insert(findings).values(**values, first_seen=NOW, last_seen=NOW))
                        current = connection.scalar(select(fences.c.token).where(fences.c.scope == SCOPE))
                        assert current == token
                    time.sleep(0.005)
            except LeaseLost:
                refused += 1
        return refused

    with ThreadPoolExecutor(4) as threads:
        refused = sum(threads.map(hold, range(4)))

    with read_transaction(engine) as connection:
        rows = list(connection.scalars(select(findings.c.rule).order_by(findings.c.id)))
    assert refused > 0
    assert len(rows) >= 2
    assert [int(token) for token in rows] == sorted(int(token) for token in rows)


@contextmanager
def stopped_process(url: str, token: int, deed: str) -> Iterator[subprocess.Popen[str]]:
    """Yield a run's process (SIGSTOP) that was stopped in the middle of DEED."""
    command = [sys.executable, "-m", fence_holder.__name__, url, SCOPE, str(token), deed]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "inside\n"
        psutil.Process(process.pid).suspend()
        try:
            yield process
        finally:
            process.kill()


def wake(process: subprocess.Popen[str]) -> list[str]:
    """Let the process go on (SIGCONT); return what it says about its first write and about its second."""
    psutil.Process(process.pid).resume()
    said, _ = process.communicate(timeout=20)
    return said.split()


def test_a_process_stopped_in_its_transaction_is_overtaken_within_8_s_and_writes_nothing_when_it_wakes(
    postgresql: Engine, postgresql_url: str
) -> None:
    token = take_fence(postgresql, SCOPE)

    with stopped_process(postgresql_url, token, "idle") as process:
        started = time.monotonic()
        taken = take_fence(postgresql, SCOPE)
        waited = time.monotonic() - started
        said = wake(process)

    assert taken == token + 1
    assert 4 < waited < 8
    assert said == ["DependencyDown", "LeaseLost"]
    assert written(postgresql) == 0


@pytest.mark.parametrize("deed", ["read", "take"])
def test_a_process_stopped_anywhere_else_in_its_transaction_is_overtaken_too(
    postgresql: Engine, postgresql_url: str, deed: str
) -> None:
    token = take_fence(postgresql, SCOPE)

    with stopped_process(postgresql_url, token, deed) as process:
        taken = take_fence(postgresql, SCOPE, patience=SOON)
        said = wake(process)

    assert taken == token + 1
    assert said == ["DependencyDown", "LeaseLost"]
    assert written(postgresql) == 0


def test_only_those_who_hold_up_the_scope_are_ended(postgresql: Engine) -> None:
    mine, theirs = take_fence(postgresql, SCOPE), take_fence(postgresql, "notifications")

    def be_overtaken() -> None:
        with fenced(postgresql, SCOPE, mine) as connection:
            write_something(connection)
            take_fence(postgresql, SCOPE, patience=SOON)

    with fenced(postgresql, "notifications", theirs) as neighbour:
        with pytest.raises(DependencyDown):
            be_overtaken()
        write_something(neighbour)

    assert written(postgresql) == 1


def test_a_fence_that_a_stranger_blocks_is_reported(postgresql: Engine) -> None:
    take_fence(postgresql, SCOPE)

    with write_transaction(postgresql) as stranger:
        stranger.execute(text("SELECT token FROM fences FOR UPDATE"))
        with pytest.raises(DependencyDown, match="issue a fence for"):
            take_fence(postgresql, SCOPE, patience=SOON)


def test_a_dead_database_issues_no_fence() -> None:
    engine = make_engine(some_settings())

    with pytest.raises(DependencyDown, match=r"^database: "):
        take_fence(engine, SCOPE)


def test_a_fault_of_ours_is_not_taken_for_a_dead_database(engine: Engine) -> None:
    with write_transaction(engine) as connection:
        connection.execute(text("DROP TABLE fences"))

    with pytest.raises(Exception, match="fences") as caught:
        take_fence(engine, SCOPE)

    assert not isinstance(caught.value, DependencyDown)
