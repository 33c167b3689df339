"""From a filing at the House to a mail at the provider: both functions over real HTTP, real Redis, both databases."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from common.alerts.criteria import Frequency, parse_criteria
from common.alerts.rules import Draft, save_rule
from common.alerts.subscribers import confirm, subscribe
from common.clock import utc_now
from common.db import alert_tables as a
from common.db.engine import write_transaction
from local.standins.sendgrid import KEY, SendGridStandin
from tests.support.served import Answered, ask
from tests.support.syncing import FIRST, OLD, SECOND, Sync, an_entry, syncing

GREENE = "G000596"
GREENE_FILES = an_entry(31, first="Marjorie Taylor", last="Greene", district="GA14")
MRS_GREENE_FILES = an_entry(32, first="Marjorie Taylor Mrs", last="Greene", district="GA14")
MARK_GREEN_FILES = an_entry(33, first="Mark Dr", last="Green", district="TN07")
SENDING = {
    "mail": "sendgrid",
    "mail_from": "alerts@example.org",
    "postal_address": "1 Example Street, Atlanta, GA 30303",
    "public_base_url": "https://example.org",
    "sendgrid_api_key": KEY,
    "link_keys": "k" * 32,
    "address_key": "a" * 32,
}


@dataclass
class Office:
    """A sync that hands over to notifications, and the provider that takes the mail."""

    sync: Sync
    provider: SendGridStandin

    def follow(
        self, address: str, *names: str, frequency: Frequency = Frequency.IMMEDIATE, **asked: Any
    ) -> None:
        """Let ADDRESS confirm, with a rule of each name."""
        with write_transaction(self.sync.engine) as tx:
            subscriber = subscribe(tx, address, "America/New_York")
            confirm(tx, subscriber.id, wording="Send me what I ask for.")
            for name in names:
                save_rule(tx, subscriber.id, Draft(name, parse_criteria(asked), frequency))

    def notify(self) -> Answered:
        """Answer the half hour's tick of notifications."""
        return ask(self.sync.port, path="/notifications", timeout=60)

    def subjects(self) -> list[tuple[str, str]]:
        return sorted((mail.to, mail.subject) for mail in self.provider.taken)


@pytest.fixture
def office(database_url: str, redis_url: str) -> Iterator[Office]:
    with (
        SendGridStandin() as provider,
        syncing(database_url, redis_url, sendgrid_url=provider.url, **SENDING) as sync,
    ):
        sync.now = utc_now()  # rules are in force by the database's clock
        assert sync.baseline().status == 200
        yield Office(sync, provider)


def test_kyle_hears_of_greene_and_of_nobody_who_is_called_like_her(office: Office) -> None:
    office.follow("kyle@example.org", "Greene", members=[GREENE])
    office.sync.serve(OLD, FIRST, SECOND, GREENE_FILES, MRS_GREENE_FILES, MARK_GREEN_FILES)

    office.sync.tick()

    assert office.subjects() == [("kyle@example.org", "Greene (R-GA) bought NVDA, $1,001-$15,000")] * 2


def test_a_sync_that_stored_nothing_new_tells_nobody_again(office: Office) -> None:
    office.follow("kyle@example.org", "Greene", members=[GREENE])
    office.sync.serve(OLD, FIRST, GREENE_FILES)

    office.sync.tick()
    office.sync.tick()
    answer = office.notify()

    assert answer.status == 200
    assert len(office.provider.taken) == 1


def test_three_rules_that_match_one_trade_are_three_reasons_in_one_mail(office: Office) -> None:
    office.follow("kyle@example.org", "her", "again", "once more", members=[GREENE])
    office.sync.serve(OLD, FIRST, GREENE_FILES)

    office.sync.tick()

    (mail,) = office.provider.taken
    assert mail.request is not None
    text = mail.request["content"][0]["value"]
    assert all(name in text for name in ("her", "again", "once more"))


def test_an_immediate_and_a_daily_rule_on_one_filing_are_one_immediate_mail(office: Office) -> None:
    office.follow("kyle@example.org", "now", members=[GREENE])
    office.follow("kyle@example.org", "later", members=[GREENE], frequency=Frequency.DAILY)
    office.sync.serve(OLD, FIRST, GREENE_FILES)

    office.sync.tick()

    assert len(office.subjects()) == 1
    assert [row.message_id is not None for row in office.sync.rows(a.notices)] == [True]


def test_without_a_postal_address_nothing_is_planned_and_the_run_says_what_to_set(
    sqlite_url: str, redis_url: str
) -> None:
    lacking = {name: value for name, value in SENDING.items() if name != "postal_address"}
    with syncing(sqlite_url, redis_url, **lacking) as sync:
        answer = ask(sync.port, path="/notifications")

        assert answer.status == 500
        assert "POSTAL_ADDRESS" in answer.body["error"]
