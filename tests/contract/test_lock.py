"""The lock, on a real Redis server: nothing less keeps this promise."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from common.errors import DependencyDown
from common.runtime.lock import RedisLock
from local.services import Redis
from tests.support.silent import silent_server

SCOPE = "congressional_sync"
KEY = f"lock:{SCOPE}"
TTL = 60.0
DEADLINE = 5.0  # seconds, the port's promise
ASK: dict[str, Callable[[RedisLock], object]] = {
    "acquire": lambda lock: lock.acquire(SCOPE, "run-1:a", TTL),
    "renew": lambda lock: lock.renew(SCOPE, "run-1:a", TTL),
    "release": lambda lock: lock.release(SCOPE, "run-1:a"),
    "holder": lambda lock: lock.holder(SCOPE),
    "held": lambda lock: lock.held(),
}


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture
def lock(redis_url: str) -> RedisLock:
    return RedisLock.at(redis_url)


def test_the_first_value_takes_a_free_scope(lock: RedisLock) -> None:
    busy = lock.acquire(SCOPE, "run-1:a", TTL)

    assert busy is None
    assert lock.holder(SCOPE) == "run-1:a"


def test_a_second_value_is_told_who_holds_the_scope(lock: RedisLock) -> None:
    lock.acquire(SCOPE, "run-1:a", TTL)

    busy = lock.acquire(SCOPE, "run-2:b", TTL)

    assert busy == "run-1:a"
    assert lock.holder(SCOPE) == "run-1:a"


def test_every_scope_that_is_held_is_listed_with_its_value(lock: RedisLock, client: redis.Redis) -> None:
    client.set("queue:other", "no lock")
    lock.acquire(SCOPE, "run-1:a", TTL)
    lock.acquire("notifications/drain-1", "run-2:b", TTL)
    lock.acquire("stock_prices", "run-3:c", TTL)
    lock.release("stock_prices", "run-3:c")

    assert lock.held() == {SCOPE: "run-1:a", "notifications/drain-1": "run-2:b"}


def test_without_a_holder_nothing_is_held(lock: RedisLock) -> None:
    assert lock.held() == {}


def test_an_acquire_whose_answer_was_lost_may_be_asked_again(lock: RedisLock) -> None:
    lock.acquire(SCOPE, "run-1:a", TTL)

    assert lock.acquire(SCOPE, "run-1:a", TTL) is None


def test_two_scopes_know_nothing_of_each_other(lock: RedisLock) -> None:
    lock.acquire(SCOPE, "run-1:a", TTL)

    assert lock.acquire(f"{SCOPE}/shard-2", "run-2:b", TTL) is None


def test_a_lease_ends_when_nobody_renews_it(lock: RedisLock) -> None:
    lock.acquire(SCOPE, "run-1:a", 0.05)

    time.sleep(0.1)

    assert lock.holder(SCOPE) is None
    assert lock.renew(SCOPE, "run-1:a", TTL) is False
    assert lock.acquire(SCOPE, "run-2:b", TTL) is None


def test_acquiring_and_renewing_set_the_time_that_is_left(lock: RedisLock, client: redis.Redis) -> None:
    lock.acquire(SCOPE, "run-1:a", 60)
    assert 59_000 < client.pttl(KEY) <= 60_000

    lock.renew(SCOPE, "run-1:a", 120)

    assert 119_000 < client.pttl(KEY) <= 120_000


def test_a_stranger_can_neither_renew_nor_release(lock: RedisLock, client: redis.Redis) -> None:
    lock.acquire(SCOPE, "run-1:a", TTL)

    assert lock.renew(SCOPE, "run-2:b", 600) is False
    assert lock.release(SCOPE, "run-2:b") is False
    assert lock.holder(SCOPE) == "run-1:a"
    assert client.pttl(KEY) <= TTL * 1000


def test_a_released_scope_is_free(lock: RedisLock) -> None:
    lock.acquire(SCOPE, "run-1:a", TTL)

    assert lock.release(SCOPE, "run-1:a") is True
    assert lock.holder(SCOPE) is None
    assert lock.release(SCOPE, "run-1:a") is False


def test_of_many_threads_one_at_a_time_is_inside(lock: RedisLock) -> None:
    inside: list[str] = []
    crowds: list[list[str]] = []

    def compete(value: str) -> None:
        for _ in range(10):
            while lock.acquire(SCOPE, value, TTL) is not None:
                pass
            inside.append(value)
            crowds.append(list(inside))
            inside.remove(value)
            lock.release(SCOPE, value)

    threads = [threading.Thread(target=compete, args=(f"run-{n}:x",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(crowds) == 40
    assert all(len(crowd) == 1 for crowd in crowds)


class LockMachine(RuleBasedStateMachine):
    """Any interleaving of several values, expiry and flush, against the one holder that there must be."""

    lock: RedisLock
    client: redis.Redis
    values = st.sampled_from(["run-1:a", "run-1:b", "run-2:c", "run-2.c1:d"])

    def __init__(self) -> None:
        super().__init__()
        self.client.flushdb()
        self.expected: str | None = None

    @rule(value=values)
    def acquire(self, value: str) -> None:
        free = self.expected in (None, value)
        assert self.lock.acquire(SCOPE, value, TTL) == (None if free else self.expected)
        self.expected = value if free else self.expected

    @rule(value=values)
    def renew(self, value: str) -> None:
        assert self.lock.renew(SCOPE, value, TTL) is (self.expected == value)

    @rule(value=values)
    def release(self, value: str) -> None:
        assert self.lock.release(SCOPE, value) is (self.expected == value)
        self.expected = None if self.expected == value else self.expected

    @rule()
    def expire(self) -> None:
        self.client.pexpire(KEY, 0)
        self.expected = None

    @rule()
    def flush(self) -> None:
        self.client.flushdb()
        self.client.script_flush()
        self.expected = None

    @invariant()
    def one_holder(self) -> None:
        assert self.lock.holder(SCOPE) == self.expected

    @invariant()
    def no_lease_is_for_ever(self) -> None:
        assert self.client.pttl(KEY) != -1  # Redis: -1 = a key without an end


def test_any_interleaving_keeps_one_holder(lock: RedisLock, client: redis.Redis) -> None:
    machine = type("Machine", (LockMachine,), {"lock": lock, "client": client})

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


def test_a_restarted_server_has_forgotten_the_holder_and_elects_again(own_redis: Redis) -> None:
    lock = RedisLock.at(own_redis.url)
    lock.acquire(SCOPE, "run-1:a", TTL)

    assert own_redis.server
    own_redis.server.restart()

    assert lock.renew(SCOPE, "run-1:a", TTL) is False
    assert lock.acquire(SCOPE, "run-2:b", TTL) is None


def test_a_server_that_stops_in_its_tracks_is_given_up_and_used_again_when_it_wakes(own_redis: Redis) -> None:
    lock = RedisLock.at(own_redis.url)
    lock.acquire(SCOPE, "run-1:a", TTL)
    assert own_redis.server

    own_redis.server.pause()
    started = time.monotonic()
    with pytest.raises(DependencyDown, match=r"^redis: "):
        lock.renew(SCOPE, "run-1:a", TTL)
    waited = time.monotonic() - started
    own_redis.server.resume()

    assert waited < DEADLINE
    assert lock.holder(SCOPE) == "run-1:a"


def test_a_connection_that_broke_is_replaced_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up_then_answer() -> None:
            for answer in (b"", b"$7\r\nrun-1:a\r\n"):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(answer)

        thread = threading.Thread(target=hang_up_then_answer)
        thread.start()
        lock = RedisLock.at(f"redis://127.0.0.1:{listener.getsockname()[1]}/0")

        assert lock.holder(SCOPE) == "run-1:a"
        thread.join()


@pytest.mark.parametrize("question", ASK)
def test_a_dead_server_is_reported_at_once(question: str) -> None:
    lock = RedisLock.at("redis://127.0.0.1:9/0")
    started = time.monotonic()

    with pytest.raises(
        DependencyDown, match=r"^redis: no answer about the lock of (congressional_sync|any scope)"
    ):
        ASK[question](lock)

    assert time.monotonic() - started < DEADLINE


@pytest.mark.parametrize("login", ["", ":password@"])
def test_a_silent_server_is_given_up_in_time(login: str) -> None:
    started = time.monotonic()

    with silent_server() as port, pytest.raises(DependencyDown, match=r"^redis: "):
        RedisLock.at(f"redis://{login}127.0.0.1:{port}/1").acquire(SCOPE, "run-1:a", TTL)

    assert time.monotonic() - started < DEADLINE


def test_a_server_that_refuses_counts_as_down(lock: RedisLock, client: redis.Redis) -> None:
    client.rpush(KEY, "not a lock")

    with pytest.raises(DependencyDown, match="WRONGTYPE"):
        lock.acquire(SCOPE, "run-1:a", TTL)
