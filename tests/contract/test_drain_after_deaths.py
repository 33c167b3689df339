"""What a drain makes of messages whose process died, or of which the provider never spoke."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine, true

from common.alerts.sending import claims, ledger, messages, repair
from common.alerts.sending.deliver import WAVE
from common.alerts.sending.ledger import Status
from common.mail.port import Unknown
from tests.support.drains import LATER, NOTHING, NOW, House, an_event

AFTER, BEFORE = timedelta(seconds=1), timedelta(seconds=-1)  # when an event was signed, seen from the send
LOST = Unknown("the answer was lost")


@pytest.fixture
def house(engine: Engine, redis_url: str) -> House:
    return House(engine, redis_url)


def sent_by_the_dead() -> dict[str, Any]:
    return {"status": "sending", "claim_token": "dead", "attempt": 1, "sending_at": NOW}


def test_the_claims_of_a_drain_that_died_are_free_when_their_lease_ends(house: House) -> None:
    (message,) = house.plan(1)
    house.change(message, status="claimed", claim_token="dead", lease_until=NOW + LATER)

    assert house.drain() == NOTHING
    house.wait()
    assert house.drain().accepted == 1
    assert house.mailbox.sent == [f"{message}.1"]


def test_entries_that_a_drain_took_and_never_claimed_are_taken_by_its_successor(house: House) -> None:
    house.plan(WAVE)
    with house.context().transaction() as tx:
        house.queue.put(claims.enqueue(tx, NOW, WAVE))
    house.queue.take("notifications/drain-1", WAVE)

    assert house.drain().accepted == WAVE


def test_a_doubled_entry_claims_nothing_and_is_forgotten(house: House) -> None:
    ids = house.plan(2)
    house.drain()
    house.queue.put([*ids, *ids])

    assert house.drain() == NOTHING
    assert house.queue.take("notifications/drain-1", 9) == []
    assert len(house.mailbox.sent) == 2


def test_what_was_being_sent_by_a_drain_that_died_is_unknown(house: House) -> None:
    (message,) = house.plan(1)
    house.change(message, **sent_by_the_dead(), lease_until=NOW)

    assert house.drain() == replace(NOTHING, lapsed=1)
    assert (house.row(message).status, house.row(message).unknown_at) == ("unknown", NOW)
    assert house.mailbox.sent == []


def test_what_is_being_sent_by_a_drain_that_lives_is_left_alone(house: House) -> None:
    (message,) = house.plan(1)
    house.change(message, **sent_by_the_dead(), lease_until=NOW + LATER)

    assert house.drain() == NOTHING
    assert house.statuses() == ["sending"]


@pytest.mark.parametrize(
    ("heard", "hours", "status"),
    [
        (AFTER, 23, "unknown"),
        (AFTER, 24, "presumed_lost"),
        (BEFORE, 71, "unknown"),
        (BEFORE, 72, "presumed_lost"),
    ],
)
def test_an_unknown_mail_is_presumed_lost_when_events_had_their_time(
    house: House, heard: timedelta, hours: int, status: str
) -> None:
    (message,) = house.plan(1)
    house.change(message, **sent_by_the_dead() | {"status": "unknown"})
    house.tell(an_event(None), signed_at=NOW + heard)

    house.wait(timedelta(hours=hours))
    counts = house.drain()

    assert house.row(message).status == status
    assert counts.presumed_lost == (status == "presumed_lost")


def test_a_mail_that_is_presumed_lost_is_sent_again_once_where_that_is_wanted(house: House) -> None:
    (message,) = house.plan(1)
    house.change(message, **sent_by_the_dead() | {"status": "presumed_lost"})
    house.mailbox.answer = lambda _: LOST

    assert house.drain(resend=False) == NOTHING
    assert house.drain(resend=True) == replace(NOTHING, resent=1, queued=1, unknown=1)
    house.wait(timedelta(hours=72))
    assert house.drain(resend=True) == replace(NOTHING, presumed_lost=1)
    assert house.mailbox.sent == [f"{message}.2"]


def test_an_event_that_comes_before_the_second_send_makes_it_needless(house: House) -> None:
    (message,) = house.plan(1)
    house.change(message, status="planned", attempt=1, resent_at=NOW)
    house.tell(an_event(f"{message}.1"))

    house.drain()

    assert house.mailbox.sent == []
    assert house.row(message).status == "delivered"


def test_more_dead_than_one_batch_are_all_put_right(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair, "BATCH", 2)
    ids = house.plan(4)
    house.change(*ids, **sent_by_the_dead(), lease_until=NOW)

    assert house.drain().lapsed == 4


def test_the_database_says_of_every_message_what_the_ledger_says(house: House) -> None:
    moments = [NOW + timedelta(seconds=seconds) for seconds in (-121, -120, -1, 0, 1)]
    cases = list(product(Status, moments, [None, *moments]))
    for message, (status, moment, queued) in zip(house.plan(len(cases)), cases, strict=True):
        house.change(message, status=status, next_attempt_at=moment, lease_until=moment, enqueued_at=queued)

    with house.context().transaction() as tx:
        before = messages.locked(tx, where=true())
        in_sql = set(claims.enqueue(tx, NOW, len(cases)))

    assert in_sql == {message.id for message in before if ledger.lacks_entry(message, NOW)}
