"""Letters of a small Congress's watchers, written and sent."""

from datetime import UTC, datetime

from common.alerts.sending.claims import Letter
from common.alerts.sending.compose import Writer
from common.db.alert_tables import messages
from common.mail.render import Letterhead
from tests.support.alerts import Watch

NOW = datetime(2025, 3, 6, 16, 0, tzinfo=UTC)
BASE = "https://alerts.example.org"
LETTERHEAD = Letterhead(
    sender="CapitolScope <alerts@example.org>",
    postal_address="CapitolScope, 12 Example Street, Springfield",
    public_base_url=BASE,
)


class SomeWays:
    """Links that show what they are for."""

    def manage(self, subscriber_id: int) -> str:
        return f"{BASE}/manage?t={subscriber_id}"

    def unsubscribe(self, subscriber_id: int) -> str:
        return f"{BASE}/unsubscribe?t={subscriber_id}"

    def stop(self, subscriber_id: int, rule_id: int) -> str:
        return f"{BASE}/stop?t={subscriber_id}.{rule_id}"

    def everything(self, message_id: int) -> str:
        return f"{BASE}/mail?t={message_id}"


def letters(watch: Watch) -> dict[int, Letter]:
    """Write every message's letter."""
    deliveries = {row.id: f"{row.id}.1" for row in watch.rows(messages)}
    with watch.engine.connect() as connection:
        return Writer(SomeWays(), LETTERHEAD).letters(connection, deliveries, NOW)


def last(watch: Watch) -> Letter:
    return list(letters(watch).values())[-1]


def tell(watch: Watch) -> Letter:
    """Plan, write and send what is new; return the last letter."""
    watch.plan()
    letter = last(watch)
    watch.send(watch.rows(messages)[-1].id, *letter.said.items())
    return letter
