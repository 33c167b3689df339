"""How many requests of this laptop's queue are with functions at once, and how fast they begin."""

import time
from collections.abc import Iterator

import httpx
import pytest

from common.runtime.trigger import RUN
from local.queue import Queue
from tests.support.crowd import PATIENCE, Crowd, Instance


@pytest.fixture
def crowd() -> Crowd:
    return Crowd()


@pytest.fixture
def function(crowd: Crowd) -> Iterator[Instance]:
    with crowd.start("steps")(1) as instance:
        yield instance


def dispatch(queue: Queue, count: int) -> None:
    """Hand COUNT runs to QUEUE."""
    for number in range(count):
        httpx.post(f"{queue.url}/steps", headers={RUN: f"steps-m-{number}"}, content=b"{}", trust_env=False)


def test_no_more_requests_are_with_functions_at_once_than_the_queue_allows(
    crowd: Crowd, function: Instance
) -> None:
    with Queue({"steps": lambda: function.url}, at_once=1) as queue:
        dispatch(queue, 2)
        time.sleep(0.1)
        at_once = len(crowd.asked)
        crowd.may_answer.set()
        queue.wait_until_idle(PATIENCE)

    assert (at_once, len(crowd.asked)) == (1, 2)


def test_requests_begin_no_faster_than_the_queues_rate(crowd: Crowd, function: Instance) -> None:
    crowd.may_answer.set()
    began = time.monotonic()

    with Queue({"steps": lambda: function.url}, rate=20) as queue:
        dispatch(queue, 3)
        queue.wait_until_idle(PATIENCE)

    assert time.monotonic() - began > 3 / 20
