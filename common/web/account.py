"""A subscriber as the pages show one: who, what they asked for, and whether mail reaches them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from common.alerts.planning.evidence import Revision
from common.alerts.subscriptions.rules import revisions
from common.alerts.subscriptions.suppressions import Reason, address_hash, reasons
from common.db.alert_tables import rule_revisions, rules, subscribers
from common.errors import CapitolScopeError


class Gone(CapitolScopeError):
    """What a link leads to was deleted or stopped; answered 410."""


@dataclass(frozen=True, slots=True)
class Account:
    """One subscriber who has not deleted their data."""

    id: int
    address: str
    zone: str
    confirmed_at: datetime | None
    hashed: str
    """The address's keyed hash."""

    @property
    def hint(self) -> str:
        """Enough of the address for its owner to know it."""
        name, _, host = self.address.rpartition("@")
        return f"{name[:1]}\N{HORIZONTAL ELLIPSIS}@{host}"


def account(connection: Connection, subscriber_id: int, address_key: str) -> Account:
    """Return the subscriber. Raises Gone when there is none with this id any more."""
    s = subscribers.c
    found = connection.execute(
        select(s.id, s.address, s.zone, s.confirmed_at).where(s.id == subscriber_id, s.address.is_not(None))
    ).one_or_none()
    if found is None:
        raise Gone("this subscription was deleted")
    return Account(*found, address_hash(address_key, found.address))


def silenced(connection: Connection, who: Account) -> frozenset[Reason]:
    """Return why WHO gets no mail; empty = they do."""
    return reasons(connection, who.hashed)


def rules_of(connection: Connection, subscriber_id: int) -> list[Revision]:
    """Return the rules that go on, oldest first, as they are now."""
    current = rule_revisions.c.effective_until.is_(None) & rules.c.stopped_at.is_(None)
    return revisions(connection, where=current & (rules.c.subscriber_id == subscriber_id))


def rule_of(connection: Connection, subscriber_id: int, rule_id: int) -> Revision:
    """Return one of them. Raises Gone when the subscriber has none of this id that goes on."""
    for rule in rules_of(connection, subscriber_id):
        if rule.rule_id == rule_id:
            return rule
    raise Gone("this alert was stopped")
