"""Drains beside one another, and drains that must stop: on real databases and a real Redis."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from redis import Redis
from sqlalchemy import Engine

from common.alerts.sending.deliver import WAVE, drain
from common.alerts.sending.ledger import MOST_TROUBLE
from common.errors import LeaseLost
from common.mail.port import Outcome, Outgoing, SurelyNotSent, Then, Unknown
from common.runtime.stops import OutOfTime, Terminated
from tests.support.drains import NOW, House, accept

LOST = Unknown("the answer was lost")
BUSY = SurelyNotSent(Then.RETRY, "too many requests", timedelta(minutes=3))

FIRST_WAVE = MOST_TROUBLE


@pytest.fixture
def house(engine: Engine, redis_url: str) -> House:
    return House(engine, redis_url)


def test_two_drains_at_once_share_the_work(house: House) -> None:
    ids = house.plan(10 * WAVE)

    with ThreadPoolExecutor(2) as both:
        contexts = [house.context(f"notifications/drain-{n}") for n in (1, 2)]
        counts = list(both.map(lambda context: drain(context, house.post()), contexts))

    assert sum(count.accepted for count in counts) == len(ids)
    assert sorted(house.mailbox.sent) == sorted(f"{id_}.1" for id_ in ids)


def test_a_flush_in_mid_drain_costs_time_and_no_mail(house: House, redis_url: str) -> None:
    ids = house.plan(3 * WAVE)

    def flush_and_accept(mail: Outgoing) -> Outcome:
        with Redis.from_url(redis_url) as client:
            client.flushdb()
        return accept(mail)

    house.mailbox.answer = flush_and_accept
    before = house.drain()
    house.mailbox.answer = accept
    house.wait()
    after = house.drain()

    assert before.accepted == FIRST_WAVE
    assert after.accepted == len(ids) - FIRST_WAVE
    assert len(set(house.mailbox.sent)) == len(house.mailbox.sent) == len(ids)


def test_a_run_whose_time_is_used_up_stops_between_two_waves_and_the_next_goes_on(house: House) -> None:
    ids = house.plan(2 * WAVE)

    def take_long(mail: Outgoing) -> Outcome:
        house.now = NOW + timedelta(hours=2)
        return accept(mail)

    house.mailbox.answer = take_long
    with pytest.raises(OutOfTime):
        house.drain()

    assert house.statuses().count("accepted") == FIRST_WAVE
    assert house.drain().accepted == len(ids) - FIRST_WAVE


def test_a_run_that_must_stop_at_once_still_records_the_answers_that_are_there(house: House) -> None:
    house.plan(1)

    def terminated_once() -> datetime:
        if house.mailbox.sent and not house.lines:
            house.lines.append("told to stop")
            raise Terminated
        return house.now

    with pytest.raises(Terminated):
        drain(replace(house.context(), clock=terminated_once), house.post())

    assert house.statuses() == ["accepted"]


def test_an_answer_is_recorded_though_the_fence_was_lost_meanwhile(house: House) -> None:
    house.plan(2 * WAVE)

    def overtake(mail: Outgoing) -> Outcome:
        house.context()
        return accept(mail)

    house.mailbox.answer = overtake
    with pytest.raises(LeaseLost):
        house.drain()

    assert house.statuses().count("accepted") == FIRST_WAVE
    assert house.statuses().count("sending") == 0
