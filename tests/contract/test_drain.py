"""A drain on real databases and a real Redis: everything due is sent once, whatever fails beside it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from common.alerts.sending import deliver, ledger
from common.alerts.sending.claims import Letter
from common.alerts.sending.deliver import WAVE, drain
from common.errors import DependencyDown
from common.mail.events import EventKind
from common.mail.port import Accepted, Outcome, Outgoing, SurelyNotSent, Then, Unknown
from local.mail_load import compose
from tests.support.drains import LATER, NOTHING, NOW, House, accept, an_event

LOST = Unknown("the answer was lost")
BUSY = SurelyNotSent(Then.RETRY, "too many requests", timedelta(minutes=3))


@pytest.fixture
def house(engine: Engine, redis_url: str) -> House:
    return House(engine, redis_url)


def test_a_drain_of_several_waves_says_how_far_it_is(house: House) -> None:
    seen: list[tuple[int, int]] = []
    watched = replace(house.context(), report=lambda done, total: seen.append((done, total)))
    house.plan(2 * WAVE)

    drain(watched, house.post())
    house.plan(WAVE)
    drain(watched, house.post())

    assert seen[-1] == (2 * WAVE, 2 * WAVE)
    assert all(0 < done < 2 * WAVE for done, _ in seen[:-1])


def test_what_is_due_is_sent_once_and_counted(house: House) -> None:
    ids = house.plan(2 * WAVE + 1)

    first, second = house.drain(), house.drain()

    assert first == replace(NOTHING, queued=len(ids), accepted=len(ids))
    assert second == NOTHING
    assert sorted(house.mailbox.sent) == sorted(f"{id_}.1" for id_ in ids)
    assert {(row.status, row.attempt, row.accepted_at) for row in house.rows()} == {("accepted", 1, NOW)}
    assert house.row(ids[0]).provider_id == f"provider-{ids[0]}.1"
    assert house.told() == set(ids)


def test_more_than_one_batch_of_entries_is_queued(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliver, "ENTRIES", 2)
    house.plan(5)

    assert house.drain().accepted == 5


def test_what_is_not_due_yet_stays(house: House) -> None:
    (message,) = house.plan(1)
    house.change(message, next_attempt_at=NOW + LATER)

    assert house.drain() == NOTHING
    house.wait()
    assert house.drain().accepted == 1


def test_a_correction_waits_until_the_mail_before_it_has_left(house: House) -> None:
    earlier, correction = house.plan(2)
    house.change(earlier, status="sending", claim_token="another", lease_until=NOW + LATER)
    house.change(correction, waits_for=earlier)

    assert house.drain() == NOTHING
    house.change(earlier, status="accepted")
    assert house.drain().accepted == 1


def test_a_refusal_that_may_pass_is_tried_again_when_the_provider_asks(house: House) -> None:
    (message,) = house.plan(1)
    house.mailbox.answer = lambda _: BUSY

    counts = house.drain()

    assert counts.retried == 1
    assert (house.row(message).status, house.row(message).next_attempt_at) == (
        "planned",
        NOW + timedelta(minutes=3),
    )
    assert house.row(message).detail == "too many requests"
    house.wait()
    house.mailbox.answer = lambda _: Accepted("taken")
    assert house.drain().accepted == 1
    assert house.mailbox.sent == [f"{message}.1", f"{message}.2"]


def test_what_was_told_by_the_last_attempt_counts(house: House) -> None:
    (message,) = house.plan(1)
    house.mailbox.answer = lambda _: BUSY
    house.drain()

    house.wait()
    house.drain()

    assert house.told() == {message}


def test_a_mail_that_can_never_be_sent_fails_alone(house: House) -> None:
    hopeless, *others = house.plan(2 * ledger.MOST_TROUBLE)
    never = SurelyNotSent(Then.GIVE_UP, "400")
    house.mailbox.answer = lambda mail: (
        never if mail.delivery_id == f"{hopeless}.1" else Accepted(mail.delivery_id)
    )

    counts = house.drain()

    assert (counts.failed, counts.accepted) == (1, len(others))
    assert house.row(hopeless).status == "failed"


def test_an_answer_that_was_lost_is_unknown_and_never_sent_again(house: House) -> None:
    (message,) = house.plan(1)
    house.mailbox.answer = lambda _: LOST

    assert house.drain().unknown == 1
    house.wait(timedelta(days=30))
    house.drain()
    assert house.mailbox.sent == [f"{message}.1"]


@pytest.mark.parametrize("outcome", [LOST, BUSY])
def test_five_sends_in_a_row_that_did_not_go_through_stop_the_drain(house: House, outcome: Outcome) -> None:
    house.plan(3 * WAVE)
    house.mailbox.answer = lambda _: outcome

    with pytest.raises(DependencyDown, match="mail provider"):
        house.drain()

    assert len(house.mailbox.sent) == ledger.MOST_TROUBLE
    assert house.statuses().count("planned") >= 3 * WAVE - ledger.MOST_TROUBLE


def test_while_a_provider_may_have_broken_down_only_as_many_leave_as_may_be_in_doubt(house: House) -> None:
    ids = house.plan(5 * WAVE)
    taken = {
        f"{id_}.1" for id_ in ids[: ledger.MOST_TROUBLE + WAVE - 2]
    }  # all but the last two of the second wave
    house.mailbox.answer = lambda mail: accept(mail) if mail.delivery_id in taken else LOST

    with pytest.raises(DependencyDown, match="mail provider"):
        house.drain()

    assert house.statuses().count("accepted") == len(taken)
    assert house.statuses().count("unknown") == ledger.MOST_TROUBLE


def test_a_configuration_that_sends_nothing_stops_the_drain_at_once_and_costs_no_mail(house: House) -> None:
    ids = house.plan(3 * WAVE)
    house.mailbox.answer = lambda _: SurelyNotSent(Then.STOP, "401")

    with pytest.raises(DependencyDown):
        house.drain()

    assert len(house.mailbox.sent) == ledger.MOST_TROUBLE
    house.wait(timedelta(hours=1))
    house.mailbox.answer = lambda _: Accepted("taken")
    assert house.drain().accepted == len(ids)


def test_suppression_beats_a_queued_mail(house: House) -> None:
    first, second = house.plan(2)
    house.tell(an_event(None, EventKind.SPAM_REPORT, address="READER1@example.com"))

    counts = house.drain()

    assert (counts.accepted, counts.suppressed) == (1, 1)
    assert house.mailbox.sent == [f"{first}.1"]
    assert house.row(second).status == "suppressed"
    assert house.told() == {first}


@pytest.mark.parametrize("gone", [{"address": None}, {"deleted_at": NOW}], ids=["address", "subscription"])
def test_a_subscriber_who_left_is_not_mailed(house: House, gone: dict[str, Any]) -> None:
    (message,) = house.plan(1)
    house.forget(message, **gone)

    house.drain()

    assert house.mailbox.sent == []
    assert house.row(message).status == "suppressed"


def test_a_message_without_a_notice_is_cancelled(house: House) -> None:
    (message,) = house.plan(1)
    house.lose_notices(message)

    assert house.drain() == replace(NOTHING, queued=1, cancelled=1)
    assert house.mailbox.sent == []


def test_a_message_with_nothing_to_say_is_cancelled(house: House) -> None:
    house.plan(1)

    counts = drain(house.context(), house.post(compose=lambda *_: {}))

    assert counts == replace(NOTHING, queued=1, cancelled=1)


def test_a_mail_whose_message_was_taken_back_while_it_was_written_does_not_leave(house: House) -> None:
    (message,) = house.plan(1)

    def write(connection: Connection, deliveries: Mapping[int, str], now: datetime) -> Mapping[int, Letter]:
        house.change(message, **ledger.taken_back(has_notices=True))
        return compose(connection, deliveries, now)

    drain(house.context(), house.post(compose=write))

    assert house.mailbox.sent == []
    assert (house.row(message).status, house.row(message).claim_token) == ("planned", None)


def test_a_refused_mail_that_an_amendment_overtook_is_not_tried_again(house: House) -> None:
    overtaken, other = house.plan(2)

    def amend_and_refuse(mail: Outgoing) -> Outcome:
        if mail.delivery_id == f"{overtaken}.1":
            house.amend(overtaken)
        return BUSY

    house.mailbox.answer = amend_and_refuse
    house.drain()
    house.mailbox.answer = accept
    house.wait()
    house.drain()

    assert house.row(overtaken).status == "cancelled"
    assert house.row(other).status == "accepted"


def test_a_mail_that_cannot_be_written_holds_up_no_other_and_fails_the_run(house: House) -> None:
    broken, *others = house.plan(2 * WAVE)

    def stumble(connection: Connection, deliveries: Mapping[int, str], now: datetime) -> Mapping[int, Letter]:
        if broken in deliveries:
            raise KeyError(broken)
        return compose(connection, deliveries, now)

    with pytest.raises(KeyError):
        drain(house.context(), house.post(compose=stumble))

    assert {house.row(other).status for other in others} == {"accepted"}
    assert house.row(broken).status == "claimed"
    assert any("mail.not_written" in line for line in house.lines)
    house.wait()
    assert house.drain().accepted == 1
