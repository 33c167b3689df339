"""The queue on a real Redis server: entries may be lost or doubled, and whoever waits for it waits 5 s at most."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from redis import Redis, ResponseError

from common.alerts.sending.queue import GROUP, STREAM, Entry, RedisQueue
from common.errors import DependencyDown
from tests.support.silent import silent_server


@pytest.fixture
def queue(redis_url: str) -> RedisQueue:
    return RedisQueue.at(redis_url)


def ids(entries: list[Entry]) -> list[int]:
    return [entry.message_id for entry in entries]


def test_entries_are_handed_out_in_order_each_to_one_consumer(queue: RedisQueue) -> None:
    queue.put([1, 2, 3])

    first, second = queue.take("one", 2), queue.take("two", 2)

    assert (ids(first), ids(second)) == ([1, 2], [3])


def test_a_new_group_begins_with_what_was_put_before_it(queue: RedisQueue, redis_url: str) -> None:
    queue.take("one", 1)
    with Redis.from_url(redis_url) as client:
        client.flushdb()
    queue.put([7])

    assert ids(queue.take("one", 1)) == [7]


def test_an_empty_queue_hands_out_nothing(queue: RedisQueue) -> None:
    assert queue.take("one", 5) == []
    assert queue.take("one", 5) == []


def test_what_a_consumer_did_not_finish_is_handed_to_its_successor_first(queue: RedisQueue) -> None:
    queue.put([1, 2])
    queue.take("one", 1)

    assert ids(queue.take("one", 5)) == [1]


def test_what_is_done_is_forgotten(queue: RedisQueue, redis_url: str) -> None:
    queue.put([1, 2])

    queue.done(queue.take("one", 5))

    assert queue.take("one", 5) == []
    with Redis.from_url(redis_url) as client:
        assert client.xlen(STREAM) == 0
        assert client.xpending(STREAM, GROUP)["pending"] == 0


def test_an_entry_deleted_by_hand_is_passed_over(queue: RedisQueue, redis_url: str) -> None:
    queue.put([1, 2])
    taken = queue.take("one", 1)
    with Redis.from_url(redis_url) as client:
        client.xdel(STREAM, taken[0].key)

    assert ids(queue.take("one", 1)) == [2]


def test_a_group_that_another_drain_makes_meanwhile_is_as_good(queue: RedisQueue, redis_url: str) -> None:
    queue.put([1])
    with Redis.from_url(redis_url) as client:
        client.xgroup_create(STREAM, GROUP, "0")

    queue._make_group()

    assert ids(queue.take("one", 1)) == [1]


def test_a_key_of_another_kind_is_a_queue_that_is_away(queue: RedisQueue, redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        client.set(STREAM, "no stream")

    with pytest.raises(DependencyDown, match="did not hand out entries"):
        queue.take("one", 1)
    with pytest.raises(DependencyDown, match="did not take entries"):
        queue.put([1])


def test_a_group_that_cannot_be_made_says_why(queue: RedisQueue, redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        client.set(STREAM, "no stream")

    with pytest.raises(ResponseError, match="WRONGTYPE"):
        queue._make_group()


ASK: dict[str, Callable[[RedisQueue], object]] = {
    "put": lambda queue: queue.put([1]),
    "take": lambda queue: queue.take("one", 1),
    "done": lambda queue: queue.done([Entry("1-1", 1)]),
}


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
def test_a_server_that_is_silent_is_given_up_within_5_s(ask: Callable[[RedisQueue], object]) -> None:
    with silent_server() as port:
        queue = RedisQueue.at(f"redis://127.0.0.1:{port}/1")
        began = time.monotonic()

        with pytest.raises(DependencyDown, match="redis"):
            ask(queue)

        assert time.monotonic() - began < 5


def test_what_a_consumer_left_is_forgotten_and_what_one_has_just_taken_is_not(queue: RedisQueue) -> None:
    queue.put([1, 2, 3])
    queue.take("the one that died", 2)

    early = queue.drop_orphans(timedelta(minutes=10))
    orphans = queue.drop_orphans(timedelta(0))

    assert (early, orphans, queue.depth()) == (0, 2, 1)
    assert ids(queue.take("another", 5)) == [3]


def test_a_queue_that_nobody_ever_drained_has_no_orphans(queue: RedisQueue) -> None:
    queue.put([1])

    assert (queue.drop_orphans(timedelta(0)), queue.depth()) == (0, 1)
