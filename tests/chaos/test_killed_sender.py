"""Senders killed with SIGKILL at each step of a send: what the provider took and what the ledger says must agree."""

import time
from collections.abc import Iterator
from random import Random

import pytest

from common.alerts.sending.deliver import WAVE
from local.chaos.house import House
from local.chaos.sender import Death, Step, start
from local.services import Redis
from local.standins.sendgrid import SendGridStandin

pytestmark = pytest.mark.no_cover  # the same lines over and over

SENDERS = {"sqlite": 1, "postgresql": 2}
KILLS = {1: len(Step), 2: 20}
"""By the number of senders."""
SCOPES = ("notifications/drain-1", "notifications/drain-2")


@pytest.fixture(params=SENDERS)
def house(request: pytest.FixtureRequest, redis_url: str) -> Iterator[House]:
    with SendGridStandin(keep=False) as standin:
        given = {
            "database_url": request.getfixturevalue(f"{request.param}_url"),
            "redis_url": redis_url,
            "sendgrid_url": standin.url,
            "contact": "chaos@example.org",
        }
        built = House(given, standin, SENDERS[request.param], Random(1))
        yield built
        built.close()


def test_killed_senders_leave_no_mail_sent_twice_and_none_unaccounted_for(house: House) -> None:
    kills = KILLS[house.senders]
    house.kill(kills)

    books = house.settle_and_balance()
    house.drain(resend=True)
    house.tell()
    after = house.books()

    assert sum(house.kills.values()) == kills
    assert set(house.kills) == set(Step)
    assert books.faults == []
    assert 0 < len(books.planned) - len(books.taken) <= kills * WAVE, "only what was under way may be lost"
    assert after.faults == []
    assert {after.taken[message] for message in after.planned} == {1}


def test_a_flush_in_mid_drain_loses_and_doubles_nothing_and_the_next_fence_is_higher(
    own_redis: Redis, postgresql_url: str
) -> None:
    with SendGridStandin(keep=False) as standin:
        given = {
            "database_url": postgresql_url,
            "redis_url": own_redis.url,
            "sendgrid_url": standin.url,
            "contact": "chaos@example.org",
        }
        house = House(given, standin, 2, Random(1))
        house.plan(200)
        working = [start(given, scope, house.ahead, Death()) for scope in SCOPES]
        while not standin.taken:
            time.sleep(0.005)

        own_redis.flush()
        for process in working:
            process.join()
        before = house.fences()
        books, after = house.settle_and_balance(), house.fences()
        house.close()

    assert [process.exitcode for process in working] == [0, 0]
    assert books.faults == []
    assert len(books.taken) == len(books.planned) == 200
    assert after[SCOPES[0]] > before[SCOPES[0]] == 1
