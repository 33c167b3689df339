"""Transactions keep their promises on SQLite and on PostgreSQL alike."""

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from common.db.engine import make_engine, read_transaction, write_transaction
from common.db.tables import fences
from common.errors import Overtaken
from tests.support.settings import some_settings


class Terminated(BaseException):
    """What a signal handler raises, wherever the program happens to be."""


def tokens(engine: Engine) -> dict[str, int]:
    with read_transaction(engine) as connection:
        return {row.scope: row.token for row in connection.execute(select(fences))}


def add(connection: Connection, scope: str, token: int = 1) -> None:
    connection.execute(insert(fences).values(scope=scope, token=token))


@contextmanager
def signal_after(seconds: float, error: BaseException) -> Iterator[None]:
    def strike(number: int, frame: object) -> None:
        raise error

    previous = signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def test_what_a_transaction_wrote_is_seen_after_it(engine: Engine) -> None:
    with write_transaction(engine) as connection:
        add(connection, "a")

    assert tokens(engine) == {"a": 1}


@pytest.mark.parametrize("error", [ValueError("a bug"), Terminated(), KeyboardInterrupt(), SystemExit()])
def test_an_exception_leaves_nothing_of_a_transaction(engine: Engine, error: BaseException) -> None:
    with pytest.raises(type(error)), write_transaction(engine) as connection:  # noqa: PT012 - the block is the subject
        add(connection, "a")
        raise error

    assert tokens(engine) == {}


def test_a_reading_transaction_cannot_write(engine: Engine) -> None:
    with pytest.raises(DBAPIError), read_transaction(engine) as connection:
        add(connection, "a")

    assert tokens(engine) == {}


def test_a_connection_that_only_read_can_write_the_next_time(engine: Engine) -> None:
    tokens(engine)

    with write_transaction(engine) as connection:
        add(connection, "a")

    assert tokens(engine) == {"a": 1}


def test_a_reader_does_not_wait_for_a_writer_and_sees_none_of_its_work(engine: Engine) -> None:
    with write_transaction(engine) as connection:
        add(connection, "a")

        assert tokens(engine) == {}


def test_many_writers_at_once_lose_no_update_and_none_is_refused(engine: Engine) -> None:
    with write_transaction(engine) as connection:
        add(connection, "a", 0)

    def count_up(_: int) -> None:
        with write_transaction(engine) as connection:
            connection.execute(update(fences).values(token=fences.c.token + 1))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count_up, range(60)))

    assert tokens(engine) == {"a": 60}


def test_a_second_sqlite_writer_waits_before_it_reads(sqlite_url: str) -> None:
    engines = [make_engine(some_settings(database_url=sqlite_url)) for _ in range(2)]
    first_began, seen = threading.Event(), list[int]()

    def first() -> None:
        with write_transaction(engines[0]) as connection:
            first_began.set()
            time.sleep(0.2)
            add(connection, "a")

    def second() -> None:
        first_began.wait()
        with write_transaction(engines[1]) as connection:
            seen.append(connection.scalars(select(func.count()).select_from(fences)).one())

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(first), threads.submit(second)]:
            done.result()

    assert seen == [1]
    for engine in engines:
        engine.dispose()


def test_a_new_sqlite_file_is_opened_by_many_at_once(tmp_path: Path) -> None:
    settings = some_settings(database_url=f"sqlite:///{tmp_path / 'new.db'}")
    start = threading.Barrier(8)

    def open_and_write(number: int) -> None:
        engine = make_engine(settings)
        start.wait()
        with write_transaction(engine) as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS numbers (number INTEGER)"))
            connection.execute(text("INSERT INTO numbers VALUES (:number)"), {"number": number})
        engine.dispose()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(open_and_write, range(8)))

    engine = make_engine(settings)
    with read_transaction(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM numbers")) == 8
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(text("PRAGMA busy_timeout")) == 10_000
    engine.dispose()


def test_a_signal_in_the_middle_of_an_answer_does_not_leave_it_to_the_next_transaction(
    postgresql_url: str,
) -> None:
    engine = make_engine(some_settings(database_url=postgresql_url))
    with (
        suppress(Terminated),
        signal_after(0.1, Terminated()),
        write_transaction(engine) as connection,
    ):
        add(connection, "a")
        connection.execute(text("SELECT 'old' FROM pg_sleep(0.3)"))

    with read_transaction(engine) as connection:
        answer = connection.scalar(text("SELECT 'new'"))

    assert answer == "new"
    assert tokens(engine) == {}
    engine.dispose()


def test_failing_transactions_give_their_connections_back(engine: Engine) -> None:
    for number in range(20):
        with suppress(ZeroDivisionError), write_transaction(engine) as connection:
            add(connection, str(number), 1 // 0)
        with suppress(DBAPIError), read_transaction(engine) as connection:
            connection.execute(text("SELECT nonsense"))

    with ExitStack() as stack:
        for _ in range(5):  # as many as the pool lends at most
            stack.enter_context(read_transaction(engine))


def test_a_repeatable_transaction_sees_one_state_and_is_told_when_it_was_overtaken(
    postgresql_url: str,
) -> None:
    engine = make_engine(some_settings(database_url=postgresql_url))
    with write_transaction(engine) as connection:
        add(connection, "a")
    change = update(fences).values(token=fences.c.token + 1)

    with pytest.raises(Overtaken), write_transaction(engine, repeatable=True) as connection:  # noqa: PT012 - the block is the subject
        before = connection.scalar(select(fences.c.token))
        with write_transaction(engine) as another:
            another.execute(change)
        assert connection.scalar(select(fences.c.token)) == before
        connection.execute(change)

    assert tokens(engine) == {"a": 2}
    engine.dispose()


def test_of_two_transactions_that_wait_for_one_another_one_is_told_to_come_again(postgresql_url: str) -> None:
    engine = make_engine(some_settings(database_url=postgresql_url))
    with write_transaction(engine) as connection:
        add(connection, "a")
        add(connection, "b")
    both_began = threading.Barrier(2, timeout=10)

    def raise_both(*scopes: str) -> None:
        with write_transaction(engine) as connection:
            connection.exec_driver_sql("SET LOCAL deadlock_timeout = '20ms'")
            for scope in scopes:
                connection.execute(update(fences).where(fences.c.scope == scope).values(token=2))
                if scope == scopes[0]:
                    both_began.wait()

    with ThreadPoolExecutor(2) as pool:
        there, back = pool.submit(raise_both, "a", "b"), pool.submit(raise_both, "b", "a")

    assert {type(there.exception()), type(back.exception())} == {type(None), Overtaken}
    assert tokens(engine) == {"a": 2, "b": 2}
    engine.dispose()


def test_a_repeatable_transaction_writes_like_any_other(engine: Engine) -> None:
    with write_transaction(engine, repeatable=True) as connection:
        add(connection, "a")

    assert tokens(engine) == {"a": 1}
