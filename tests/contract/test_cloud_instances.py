"""The instances of a function: as many as requests need, none that nobody asks, none left in the end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import httpx
import pytest

from local.cloud.instances import Instances
from tests.support.crowd import PATIENCE, Crowd, Instance


@pytest.fixture
def crowd() -> Crowd:
    return Crowd()


def ask(instances: Instances) -> None:
    """Make one request, and wait for its answer."""
    with instances.lent() as url:
        httpx.post(url, trust_env=False)


def together(crowd: Crowd, instances: Instances, count: int, *, until: Callable[[], bool]) -> list[Thread]:
    """Ask COUNT times at once, and wait until UNTIL is so; nobody is answered yet."""
    threads = [Thread(target=ask, args=(instances,)) for _ in range(count)]
    for thread in threads:
        thread.start()
    while not until():
        crowd.is_asked.wait(0.01)
    return threads


def answer(crowd: Crowd, threads: list[Thread]) -> None:
    """Let everybody be answered, and wait until they are."""
    crowd.may_answer.set()
    for thread in threads:
        thread.join(PATIENCE)


def test_a_second_request_finds_an_instance_of_its_own_and_a_third_waits(crowd: Crowd) -> None:
    with Instances(crowd.start("task"), concurrency=1, most=2) as instances:
        threads = together(crowd, instances, 3, until=lambda: len(crowd.asked) >= 2)
        at_once = sorted(crowd.answered)
        answer(crowd, threads)

        assert (instances.started, instances.running) == (2, 2)

    assert at_once == [("task-1", "/"), ("task-2", "/")]
    assert len(crowd.asked) == 3


def test_a_service_answers_many_requests_in_one_instance(crowd: Crowd) -> None:
    with Instances(crowd.start("web"), concurrency=10, most=1) as instances:
        threads = together(crowd, instances, 5, until=lambda: len(crowd.asked) == 5)
        answer(crowd, threads)

    assert instances.started == 1


def test_what_is_idle_is_ended_and_what_is_at_work_is_not(crowd: Crowd) -> None:
    with Instances(crowd.start("task"), concurrency=1, most=2) as instances:
        working = together(crowd, instances, 1, until=lambda: len(crowd.asked) == 1)
        at_work = instances.end_idle(0.0)
        answer(crowd, working)

        assert (at_work, instances.end_idle(60.0), instances.end_idle(0.0)) == (0, 0, 1)

    assert crowd.ended == ["task-1"]


def test_an_instance_that_starts_while_all_are_ended_is_waited_for_and_ended_too(crowd: Crowd) -> None:
    started = Event()

    @contextmanager
    def slow(number: int) -> Iterator[Instance]:
        started.set()
        time.sleep(0.1)
        with crowd.start("slow")(number) as instance:
            yield instance

    instances = Instances(slow, concurrency=1, most=1)
    lent = instances.lent()
    request = Thread(target=lent.__enter__)
    with instances:
        request.start()
        assert started.wait(PATIENCE)

    assert (crowd.ended, instances.running) == (["slow-1"], 0)
    request.join(PATIENCE)


def test_who_waits_for_an_instance_while_all_are_ended_gets_none(crowd: Crowd) -> None:
    instances = Instances(crowd.start("busy"), concurrency=1, most=1)
    refusals: list[Exception] = []

    def wait() -> None:
        try:
            instances.lent().__enter__()
        except ConnectionAbortedError as refusal:
            refusals.append(refusal)

    waiting = Thread(target=wait)
    with instances:
        taken = instances.lent()
        taken.__enter__()
        waiting.start()
        time.sleep(0.02)
    waiting.join(PATIENCE)

    assert len(refusals) == 1
