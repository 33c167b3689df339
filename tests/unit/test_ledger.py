"""Each step of a message's life, and what may not happen to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.alerts.sending import ledger
from common.alerts.sending.ledger import CERTAINTY, DUE, Evidence, Grounds, Message, Status
from common.mail.port import Accepted, Outcome, SurelyNotSent, Then, Unknown

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ALL_WELL = Grounds(is_suppressed=False, has_news=True)
DELIVERED = Evidence(Status.DELIVERED, NOW, "p")
ACCEPTED = Evidence(Status.ACCEPTED, NOW, "p")
RETRY = SurelyNotSent(Then.RETRY, "busy")
LOST = Unknown("lost")


def a_message(status: Status = Status.PLANNED, **given: Any) -> Message:
    usual: dict[str, Any] = {"id": 1, "attempt": 0, "planned_at": NOW, "next_attempt_at": NOW}
    return Message(status=status, **usual | given)


def a_claimed_one(**given: Any) -> Message:
    return a_message(Status.CLAIMED, claim_token="mine", lease_until=NOW + ledger.LEASE, **given)


def one_under_way(status: Status = Status.SENDING, **given: Any) -> Message:
    usual = {"claim_token": "mine", "attempt": 1, "sending_at": NOW, "lease_until": NOW + ledger.LEASE}
    return a_message(status, **usual | given)


def status_of(message: Message | None) -> Status | None:
    return message.status if message else None


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("moment", [NOW - SECOND, NOW, NOW + SECOND])
def test_only_what_is_planned_or_left_by_its_claimant_is_due(status: Status, moment: datetime) -> None:
    message = a_message(status, next_attempt_at=moment, lease_until=moment)

    assert ledger.is_due(message, NOW) == (status in DUE and moment <= NOW)


@pytest.mark.parametrize(
    ("before", "lacks"),
    [(None, True), (NOW - ledger.ENQUEUE_AGAIN, False), (NOW - ledger.ENQUEUE_AGAIN - SECOND, True)],
)
def test_an_entry_is_given_again_when_the_last_is_old(before: datetime | None, lacks: bool) -> None:  # noqa: FBT001 - what is expected
    assert ledger.lacks_entry(a_message(enqueued_at=before), NOW) == lacks
    assert not ledger.lacks_entry(a_message(Status.ACCEPTED, enqueued_at=before), NOW)


@pytest.mark.parametrize(
    ("message", "token"),
    [
        (a_claimed_one(), "another"),
        (replace(a_claimed_one(), claim_token=None), "mine"),
        (one_under_way(), "mine"),
        (replace(a_claimed_one(), status=Status.CANCELLED), "mine"),
    ],
)
def test_only_the_claimant_begins_to_send(message: Message, token: str) -> None:
    assert ledger.begun(message, token, ALL_WELL, NOW) is None


@pytest.mark.parametrize(
    ("grounds", "status"),
    [
        (ALL_WELL, Status.SENDING),
        (Grounds(is_suppressed=True, has_news=True), Status.SUPPRESSED),
        (Grounds(is_suppressed=False, has_news=False), Status.CANCELLED),
        (Grounds(is_suppressed=True, has_news=True, evidence=(ACCEPTED, DELIVERED)), Status.DELIVERED),
    ],
)
def test_what_is_read_right_before_the_bytes_leave_decides(grounds: Grounds, status: Status) -> None:
    begun = ledger.begun(a_claimed_one(attempt=2), "mine", grounds, NOW)

    assert status_of(begun) is status
    assert begun is not None
    assert begun.attempt == (3 if status is Status.SENDING else 2)


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.SENDING, Status.UNKNOWN}))
def test_an_answer_changes_only_what_is_open(status: Status) -> None:
    assert ledger.answered(one_under_way(status), "mine", Accepted("p"), (), NOW) is None


def test_an_answer_to_a_send_that_was_given_up_and_sent_again_changes_nothing() -> None:
    assert ledger.answered(one_under_way(claim_token="next"), "mine", RETRY, (), NOW) is None


@pytest.mark.parametrize("status", [Status.SENDING, Status.UNKNOWN])
@pytest.mark.parametrize(
    ("outcome", "becomes"),
    [
        (Accepted("p"), Status.ACCEPTED),
        (LOST, Status.UNKNOWN),
        (RETRY, Status.PLANNED),
        (SurelyNotSent(Then.STOP, "401"), Status.PLANNED),
        (SurelyNotSent(Then.GIVE_UP, "400"), Status.FAILED),
    ],
)
def test_each_outcome_leads_somewhere(status: Status, outcome: Outcome, becomes: Status) -> None:
    assert status_of(ledger.answered(one_under_way(status), "mine", outcome, (), NOW)) is becomes


def test_a_mail_was_unknown_since_it_first_was() -> None:
    unknown = one_under_way(Status.UNKNOWN, unknown_at=NOW - SECOND)

    answered = ledger.answered(unknown, "mine", LOST, (), NOW)

    assert answered is not None
    assert answered.unknown_at == NOW - SECOND


def test_an_answer_that_was_lost_is_not_missed_where_an_event_came_first() -> None:
    assert status_of(ledger.answered(one_under_way(), "mine", LOST, [DELIVERED], NOW)) is Status.DELIVERED


@pytest.mark.parametrize(
    ("attempt", "outcome", "minutes"),
    [
        (1, RETRY, 1),
        (2, RETRY, 5),
        (5, RETRY, 240),
        (9, RETRY, 240),
        (1, SurelyNotSent(Then.RETRY, "429", timedelta(minutes=7)), 7),
        (3, SurelyNotSent(Then.RETRY, "429", timedelta(minutes=7)), 15),
        (9, SurelyNotSent(Then.STOP, "401"), 15),
    ],
)
def test_a_mail_that_surely_was_not_sent_waits_longer_each_time(
    attempt: int, outcome: Outcome, minutes: int
) -> None:
    answered = ledger.answered(one_under_way(attempt=attempt), "mine", outcome, (), NOW)

    assert answered is not None
    assert answered.next_attempt_at - NOW == timedelta(minutes=minutes)
    assert answered.claim_token is None


@pytest.mark.parametrize(
    ("attempt", "age", "then", "status"),
    [
        (ledger.MOST_ATTEMPTS, ledger.LONGEST_TRY + SECOND, Then.RETRY, Status.FAILED),
        (ledger.MOST_ATTEMPTS, ledger.LONGEST_TRY, Then.RETRY, Status.PLANNED),
        (ledger.MOST_ATTEMPTS - 1, ledger.LONGEST_TRY + SECOND, Then.RETRY, Status.PLANNED),
        (ledger.MOST_ATTEMPTS, ledger.LONGEST_TRY + SECOND, Then.STOP, Status.PLANNED),
    ],
)
def test_a_mail_is_given_up_after_many_attempts_and_days_but_never_for_our_configuration(
    attempt: int, age: timedelta, then: Then, status: Status
) -> None:
    message = one_under_way(attempt=attempt, planned_at=NOW - age)

    assert status_of(ledger.answered(message, "mine", SurelyNotSent(then, "no"), (), NOW)) is status


@pytest.mark.parametrize(
    ("outcomes", "trouble"),
    [
        ([LOST] * 4, 4),
        ([LOST, RETRY, LOST, RETRY, LOST], 5),
        ([LOST] * 4 + [Accepted("p"), LOST], 1),
        ([LOST, SurelyNotSent(Then.GIVE_UP, "400"), LOST], 2),
        ([SurelyNotSent(Then.STOP, "401")], ledger.MOST_TROUBLE),
    ],
)
def test_trouble_is_what_happens_in_a_row(outcomes: list[Outcome], trouble: int) -> None:
    so_far = 0
    for outcome in outcomes:
        so_far = ledger.trouble(so_far, outcome)

    assert so_far == trouble


@pytest.mark.parametrize(
    ("trouble", "accepted", "room"), [(0, True, 16), (0, False, 5), (1, True, 4), (4, False, 1), (4, True, 1)]
)
def test_while_it_is_in_doubt_that_the_provider_takes_mail_only_as_many_leave_as_may_fail(
    *, trouble: int, accepted: bool, room: int
) -> None:
    assert ledger.room(trouble, accepted=accepted, most=16) == room


@pytest.mark.parametrize("status", Status)
def test_only_an_open_send_lapses_and_only_at_the_end_of_its_lease(status: Status) -> None:
    ended, lasting = one_under_way(status, lease_until=NOW), one_under_way(status)

    assert status_of(ledger.lapsed(ended, (), NOW)) is (Status.UNKNOWN if status is Status.SENDING else None)
    assert ledger.lapsed(lasting, (), NOW) is None


def test_what_lapses_is_not_unknown_where_an_event_came_first() -> None:
    assert (
        status_of(ledger.lapsed(one_under_way(lease_until=NOW), [ACCEPTED, DELIVERED], NOW))
        is Status.DELIVERED
    )


@pytest.mark.parametrize("status", Status)
def test_only_an_unknown_mail_is_presumed_lost_and_only_that_one_sent_again(status: Status) -> None:
    message = one_under_way(status)

    lost = ledger.presumed_lost(message, (), None, NOW + ledger.UNHEARD_PATIENCE)
    again = ledger.resent(message, (), NOW)

    assert status_of(lost) is (Status.PRESUMED_LOST if status is Status.UNKNOWN else None)
    assert status_of(again) is (Status.PLANNED if status is Status.PRESUMED_LOST else None)


def test_a_second_send_begins_with_a_clean_sheet_and_happens_once() -> None:
    again = ledger.resent(one_under_way(Status.PRESUMED_LOST, enqueued_at=NOW), (), NOW)

    assert again is not None
    assert (again.claim_token, again.enqueued_at, again.resent_at) == (None, None, NOW)
    assert ledger.resent(replace(again, status=Status.PRESUMED_LOST), (), NOW) is None


def test_an_event_beats_giving_up_and_sending_again() -> None:
    unknown, lost = one_under_way(Status.UNKNOWN), one_under_way(Status.PRESUMED_LOST)

    assert status_of(ledger.presumed_lost(unknown, [DELIVERED], None, NOW)) is Status.DELIVERED
    assert status_of(ledger.resent(lost, [DELIVERED], NOW)) is Status.DELIVERED


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("proven", [status for status, certainty in CERTAINTY.items() if certainty])
def test_events_lead_forward_only(status: Status, proven: Status) -> None:
    settled = ledger.settled(one_under_way(status), Evidence(proven, NOW))

    moves = status in CERTAINTY and CERTAINTY[status] < CERTAINTY[proven]
    assert status_of(settled) is (proven if moves else None)


def test_the_first_acceptance_and_the_delivery_keep_their_times() -> None:
    accepted = ledger.settled(one_under_way(), ACCEPTED)
    assert accepted is not None
    delivered = ledger.settled(accepted, Evidence(Status.DELIVERED, NOW + SECOND, "other"))

    assert delivered is not None
    assert (delivered.accepted_at, delivered.delivered_at) == (NOW, NOW + SECOND)
    assert delivered.provider_id == "p"
