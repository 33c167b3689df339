"""The life of mails, put through everything that can happen in a small world; and the same with a safeguard missing."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from common.alerts.sending import ledger
from common.alerts.sending.ledger import ANSWERABLE, CERTAINTY, Evidence, Grounds, Message, Status
from tests.support.model.explore import Explored, explore
from tests.support.model.mail_state import State, a_message, message
from tests.support.model.mail_world import MailRules
from tests.support.model.restating_world import RestatingRules

pytestmark = pytest.mark.no_cover  # the same lines over and over


def a_world(*people: str, faults: int) -> State:
    return State((a_message(1),), faults, frozenset(people))


WORLDS = {
    "a mail and two faults": (MailRules(), a_world(faults=2)),
    "a mail that may be sent again, and two faults": (MailRules(resend=True), a_world(faults=2)),
    "an unsubscribe, a stopped rule and a fault": (MailRules(), a_world("suppress", "stop", faults=1)),
    "an amendment and a fault": (MailRules(), a_world("amend", faults=1)),
    "an amendment of a mail that may be sent again": (MailRules(resend=True), a_world("amend", faults=0)),
    "a filing that restates it, and a fault": (RestatingRules(same=False), a_world("amend", faults=1)),
    "one that says the same, and a fault": (RestatingRules(same=True), a_world("amend", faults=1)),
    "a digest that corrects it, and a fault": (
        RestatingRules(same=False, patient=False),
        a_world("amend", faults=1),
    ),
    "a digest that says the same, and a fault": (
        RestatingRules(same=True, patient=False),
        a_world("amend", faults=1),
    ),
}


@pytest.mark.parametrize(("rules", "world"), WORLDS.values(), ids=WORLDS)
def test_no_history_sends_twice_or_loses(
    rules: MailRules, world: State, record_property: Callable[[str, object], None]
) -> None:
    explored = explore(rules, world)

    record_property("states", explored.states)
    assert explored.broken is None, str(explored)
    assert explored.states > 500


def assert_breaks(explored: Explored, promise: str) -> None:
    assert explored.broken is not None, f"not found in {explored.states} states"
    assert promise in explored.broken, str(explored)


def test_a_claim_whose_token_nobody_compares_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = ledger.begun

    def by_anybody(message: Message, _: str, grounds: Grounds, now: datetime) -> Message | None:
        return begun(replace(message, status=Status.CLAIMED), message.claim_token or "", grounds, now)

    monkeypatch.setattr(ledger, "begun", by_anybody)

    assert_breaks(explore(MailRules(), a_world(faults=1)), "was accepted after")


def test_a_send_that_is_repeated_because_nobody_answered_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    lapsed = ledger.lapsed

    def again(message: Message, evidence: Iterable[Evidence], now: datetime) -> Message | None:
        after = lapsed(message, evidence, now)
        return after and replace(after, status=Status.PLANNED)

    monkeypatch.setattr(ledger, "lapsed", again)

    assert_breaks(explore(MailRules(), a_world(faults=1)), "was accepted after")


def test_an_answer_that_takes_back_what_an_event_proved_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "ANSWERABLE", ANSWERABLE | {Status.DELIVERED})

    assert_breaks(explore(MailRules(), a_world(faults=1)), "is taken back to")


def test_events_that_settle_only_what_was_accepted_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    open_ones = {Status.UNKNOWN, Status.PRESUMED_LOST, Status.SENDING}
    fewer = {status: certainty for status, certainty in CERTAINTY.items() if status not in open_ones}
    monkeypatch.setattr(ledger, "CERTAINTY", fewer)

    assert_breaks(explore(MailRules(), a_world(faults=1)), "and the provider took")


def test_a_second_send_that_reads_no_stored_events_is_found() -> None:
    class Forgetful(MailRules):
        def evidence(self, s: State, number: int) -> tuple[Evidence, ...]:
            return ()

    assert_breaks(
        explore(Forgetful(resend=True), a_world(faults=1)), "though an event says that it was taken"
    )


def test_a_suppression_that_is_read_at_the_claim_alone_is_found() -> None:
    class Hasty(MailRules):
        def is_suppressed(self, s: State) -> bool:
            return False

    assert_breaks(explore(Hasty(), a_world("suppress", faults=0)), "to a suppressed address")


def test_entries_that_are_given_once_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        ledger, "lacks_entry", lambda message, now: ledger.is_due(message, now) and not message.enqueued_at
    )

    assert_breaks(explore(MailRules(), a_world(faults=1)), "1 was lost: it is planned for ever")


def test_a_stopped_rule_that_leaves_the_claim_and_is_not_read_again_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = ledger.begun

    def unread(message: Message, token: str, grounds: Grounds, now: datetime) -> Message | None:
        return begun(message, token, replace(grounds, has_news=True), now)

    def leave(*, has_notices: bool) -> dict[str, Any]:
        return {}

    monkeypatch.setattr(ledger, "begun", unread)
    monkeypatch.setattr(ledger, "taken_back", leave)

    assert_breaks(explore(MailRules(), a_world("stop", faults=0)), "though its rule was stopped")


def test_an_old_version_that_is_told_when_its_send_was_refused_after_the_amendment_is_found() -> None:
    class OldNews(MailRules):
        def without_overtaken(self, s: State) -> State:
            return s

    assert_breaks(explore(OldNews(), a_world("amend", faults=1)), "tells as new what was told")


def test_a_restated_trade_that_its_first_mail_leaves_to_nobody_is_found() -> None:
    class Silent(RestatingRules):
        def speaks_again(self, s: State) -> bool:
            return False

    assert_breaks(explore(Silent(same=True), a_world("amend", faults=1)), "nobody was told")


def test_a_restated_trade_that_both_mails_tell_is_found() -> None:
    class Chatty(RestatingRules):
        def speaks_again(self, s: State) -> bool:
            return True

    assert_breaks(explore(Chatty(same=False), a_world("amend", faults=1)), "tells as new what was told")


def test_a_correction_for_nobody_who_may_have_been_told_is_found() -> None:
    class Forgetful(RestatingRules):
        def says(self, s: State, number: int) -> str | None:
            certain = message(s, 1).status in {Status.ACCEPTED, Status.DELIVERED}
            return "new" if number == 2 and not certain else super().says(s, number)

    assert_breaks(explore(Forgetful(same=False), a_world("amend", faults=1)), "tells as new what was told")
