"""An office under test: a sync that hands over to notifications, and the provider that takes the mail."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from common.alerts.subscriptions.criteria import Frequency, parse_criteria
from common.alerts.subscriptions.rules import Draft, save_rule
from common.alerts.subscriptions.subscribers import confirm, subscribe
from common.clock import utc_now
from common.db.engine import write_transaction
from local.standins.sendgrid import KEY, SendGridStandin, Taken
from tests.support.served import Answered, ask
from tests.support.syncing import Sync, an_entry, syncing

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

    def notify(self, *, shard: str | None = None) -> Answered:
        """Have notifications run, or one shard of it."""
        asked = {"CapitolScope-Shard": shard} if shard else {}
        return ask(self.sync.port, headers=asked, path="/notifications", timeout=60)

    def subjects(self) -> list[tuple[str, str]]:
        return sorted((mail.to, mail.subject) for mail in self.provider.taken)

    @staticmethod
    def text(mail: Taken) -> str:
        """Return a mail's text part."""
        assert mail.request is not None
        return str(mail.request["content"][0]["value"])


@contextmanager
def an_office(database_url: str, redis_url: str, **settings: str) -> Iterator[Office]:
    """Lend an office whose baseline is complete."""
    with (
        SendGridStandin() as provider,
        syncing(database_url, redis_url, sendgrid_url=provider.url, **SENDING, **settings) as sync,
    ):
        sync.now = utc_now()  # rules are in force by the database's clock
        assert sync.baseline().status == 200
        yield Office(sync, provider)
