"""What we hold about one subscriber: all of it to take away, and all of it to forget."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, delete, select, update

from common.alerts.subscriptions.stop import stop_rule
from common.alerts.subscriptions.suppressions import Reason, address_hash, suppress
from common.db.alert_tables import (
    consents,
    messages,
    notices,
    provider_events,
    rule_members,
    rule_revisions,
    rule_tickers,
    rules,
    subscribers,
    suppressions,
    told,
)
from common.db.dialect import database_now

FORGOTTEN = "alert"
"""What a deleted subscriber's alerts are called: people write about themselves in names."""


def export(connection: Connection, subscriber_id: int, address_key: str) -> dict[str, Any]:
    """Return every row about SUBSCRIBER_ID, by table, as JSON can hold it once dates are written out."""
    address = connection.scalar(select(subscribers.c.address).where(subscribers.c.id == subscriber_id)) or ""
    return {
        table.name: [dict(row) for row in connection.execute(query).mappings()]
        for table, query in _rows_about(subscriber_id, address_hash(address_key, address)).items()
    }


def _rows_about(subscriber_id: int, hashed: str) -> Mapping[Table, Select[Any]]:
    mine = rule_revisions.c.subscriber_id == subscriber_id
    of_my_rules = select(rule_revisions.c.id).where(mine)
    my_messages = select(messages.c.id).where(messages.c.subscriber_id == subscriber_id)
    return {
        subscribers: select(subscribers).where(subscribers.c.id == subscriber_id),
        consents: select(consents).where(consents.c.subscriber_id == subscriber_id),
        rules: select(rules).where(rules.c.subscriber_id == subscriber_id),
        rule_revisions: select(rule_revisions).where(mine),
        rule_members: select(rule_members).where(rule_members.c.revision_id.in_(of_my_rules)),
        rule_tickers: select(rule_tickers).where(rule_tickers.c.revision_id.in_(of_my_rules)),
        notices: select(notices).where(notices.c.subscriber_id == subscriber_id),
        messages: select(messages).where(messages.c.subscriber_id == subscriber_id),
        told: select(told).where(told.c.message_id.in_(my_messages)),
        provider_events: select(provider_events).where(provider_events.c.message_id.in_(my_messages)),
        suppressions: select(suppressions).where(suppressions.c.address_hash == hashed),
    }


def forget(tx: Connection, subscriber_id: int, address_key: str) -> None:
    """Delete who SUBSCRIBER_ID is: the address becomes a keyed hash among the suppressions, alerts lose their names.

    What was mailed when stays, about nobody. Forgetting twice changes nothing.
    """
    mine = subscribers.c.id == subscriber_id
    address = tx.scalar(select(subscribers.c.address).where(mine).with_for_update())
    if address is None:
        return
    _forget_who(tx, [subscriber_id])
    suppress(tx, address_hash(address_key, address), Reason.UNSUBSCRIBE, database_now(tx))


def forget_unconfirmed(tx: Connection, before: datetime, limit: int) -> int:
    """Delete who at most LIMIT of those are who were last asked to confirm BEFORE, and never did; return how many.

    Nothing of the address is kept: nobody agreed to that. The row stays, about nobody: a link with its id must never
    lead to somebody else.
    """
    s = subscribers.c
    waiting = (s.address.is_not(None), s.confirmed_at.is_(None), s.created_at < before)
    gone = tx.scalars(select(s.id).where(*waiting).order_by(s.id).limit(limit).with_for_update()).all()
    tx.execute(delete(consents).where(consents.c.subscriber_id.in_(gone)))
    _forget_who(tx, gone)
    return len(gone)


def _forget_who(tx: Connection, subscriber_ids: Sequence[int]) -> None:
    """Stop the alerts of SUBSCRIBER_IDS, and delete what says who they are and what they followed."""
    theirs = rules.c.subscriber_id.in_(subscriber_ids)
    going_on = select(rules.c.id).where(theirs, rules.c.stopped_at.is_(None)).order_by(rules.c.id)
    for rule_id in tx.scalars(going_on).all():
        stop_rule(tx, rule_id)
    tx.execute(update(rules).where(theirs).values(name=FORGOTTEN))
    _forget_interests(tx, subscriber_ids)
    who = subscribers.c.id.in_(subscriber_ids)
    tx.execute(update(subscribers).where(who).values(address=None, deleted_at=database_now(tx)))


def _forget_interests(tx: Connection, subscriber_ids: Sequence[int]) -> None:
    """Delete which members and tickers were followed."""
    of_mine = select(rule_revisions.c.id).where(rule_revisions.c.subscriber_id.in_(subscriber_ids))
    for table in (rule_members, rule_tickers):
        tx.execute(delete(table).where(table.c.revision_id.in_(of_mine)))
