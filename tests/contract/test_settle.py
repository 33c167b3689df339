"""What the mail provider's events change, on both databases."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import Engine, select

from common.alerts.sending.ledger import PROOFS
from common.alerts.sending.settle import Settled
from common.db.alert_tables import provider_events, suppressions
from common.mail.events import EventKind
from common.mail.port import Accepted, Outcome, Outgoing, Unknown
from tests.support.drains import NOW, House, accept, an_event


@pytest.fixture
def house(engine: Engine, redis_url: str) -> House:
    return House(engine, redis_url)


def kept(house: House) -> list[Any]:
    with house.engine.connect() as connection:
        return list(connection.execute(select(provider_events)))


def reasons(house: House) -> list[str]:
    with house.engine.connect() as connection:
        return sorted(connection.scalars(select(suppressions.c.reason)))


def test_every_kind_that_proves_more_than_acceptance_is_one_that_the_provider_tells() -> None:
    assert set(PROOFS) <= set(EventKind)


def test_a_delivery_settles_what_was_accepted(house: House) -> None:
    (message,) = house.plan(1)
    house.drain()

    told = house.tell(an_event(f"{message}.1", at=NOW + timedelta(seconds=2)))

    row = house.row(message)
    assert told == Settled(kept=1, settled=1)
    assert (row.status, row.delivered_at) == ("delivered", NOW + timedelta(seconds=2))
    assert row.provider_id == f"provider-{message}.1"


@pytest.mark.parametrize("status", ["sending", "unknown", "presumed_lost", "accepted"])
def test_an_event_settles_whatever_left_and_is_not_certain(house: House, status: str) -> None:
    (message,) = house.plan(1)
    house.change(message, status=status, attempt=1, sending_at=NOW)

    house.tell(an_event(f"{message}.1", EventKind.PROCESSED))

    assert house.row(message).status == "accepted"
    assert house.row(message).provider_id == (None if status == "accepted" else f"provider-{message}.1")


@pytest.mark.parametrize("status", ["planned", "claimed", "suppressed", "cancelled", "failed"])
def test_an_event_changes_nothing_about_a_message_that_is_not_out(house: House, status: str) -> None:
    (message,) = house.plan(1)
    house.change(message, status=status)

    assert house.tell(an_event(f"{message}.1")) == Settled(kept=1, settled=0)
    assert house.row(message).status == status


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ((EventKind.PROCESSED, EventKind.DEFERRED, EventKind.DELIVERED), "delivered"),
        ((EventKind.PROCESSED, EventKind.DELIVERED, EventKind.BOUNCED), "bounced"),
        ((EventKind.PROCESSED, EventKind.DROPPED), "dropped"),
        ((EventKind.PROCESSED, EventKind.BLOCKED), "bounced"),
    ],
)
def test_events_lead_to_the_same_end_in_whatever_order_they_come(
    house: House, kinds: tuple[EventKind, ...], status: str
) -> None:
    orders = list(permutations(kinds))
    ids = house.plan(len(orders))
    house.change(*ids, status="sending", attempt=1, sending_at=NOW)

    for message, order in zip(ids, orders, strict=True):
        for kind in order:
            house.tell(an_event(f"{message}.1", kind))

    assert set(house.statuses()) == {status}


def test_the_same_event_counts_once(house: House) -> None:
    (message,) = house.plan(1)
    house.drain()
    event = an_event(f"{message}.1")

    assert house.tell(event, event) == Settled(kept=1, settled=1)
    assert house.tell(event) == Settled(kept=0, settled=0)
    assert len(kept(house)) == 1


def test_an_event_that_is_quicker_than_the_answer_is_not_taken_back_by_it(house: House) -> None:
    (message,) = house.plan(1)

    def deliver_first(mail: Outgoing) -> Outcome:
        house.tell(an_event(mail.delivery_id))
        return Accepted("late")

    house.mailbox.answer = deliver_first
    house.drain()

    assert house.row(message).status == "delivered"
    assert house.row(message).provider_id == f"provider-{message}.1"


def test_the_process_that_sent_settles_what_was_taken_for_unknown_meanwhile(house: House) -> None:
    (message,) = house.plan(1)

    def be_slow(mail: Outgoing) -> Outcome:
        house.change(message, status="unknown", unknown_at=NOW)
        return accept(mail)

    house.mailbox.answer = be_slow
    house.drain()

    assert house.row(message).status == "accepted"


def test_a_lost_answer_is_not_unknown_where_an_event_is_kept(house: House) -> None:
    (message,) = house.plan(1)

    def lose(mail: Outgoing) -> Outcome:
        house.change(message, status="claimed")
        house.tell(an_event(mail.delivery_id))
        house.change(message, status="sending")
        return Unknown("lost")

    house.mailbox.answer = lose
    house.drain()

    assert house.row(message).status == "delivered"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (EventKind.BOUNCED, ["bounce"]),
        (EventKind.SPAM_REPORT, ["spam"]),
        (EventKind.UNSUBSCRIBED, ["unsubscribe"]),
        (EventKind.BLOCKED, []),
        (EventKind.DEFERRED, []),
        (EventKind.DROPPED, []),
    ],
)
def test_only_a_word_about_the_address_suppresses_it(
    house: House, kind: EventKind, reason: list[str]
) -> None:
    (message,) = house.plan(1)

    house.tell(an_event(f"{message}.1", kind))

    assert reasons(house) == reason


@pytest.mark.parametrize("delivery_id", [None, "confirm-7", "7", "999999.1", "9" * 30 + ".1"])
def test_an_event_about_other_mail_is_kept_without_a_message(house: House, delivery_id: str | None) -> None:
    house.plan(1)

    assert house.tell(an_event(delivery_id)) == Settled(kept=1, settled=0)
    assert [(row.message_id, row.attempt) for row in kept(house)] == [(None, None)]


def test_what_is_kept_of_an_event_names_no_address(house: House) -> None:
    (message,) = house.plan(1)

    house.tell(an_event(f"{message}.1", EventKind.BOUNCED))

    assert not any("@" in str(value) for row in kept(house) for value in row)
    assert kept(house)[0].signed_at == kept(house)[0].received_at == NOW
