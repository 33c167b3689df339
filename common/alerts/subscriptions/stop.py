"""Stopping a rule: nothing more is planned for it, and what has not left goes without it (protocols, section 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from common.alerts.planning.contents import Contents, contents
from common.alerts.planning.disclosed import load
from common.alerts.planning.evidence import Revision
from common.alerts.planning.heard import Case, heard_before
from common.alerts.planning.known import Heard
from common.alerts.planning.unsent import lock_messages, settle
from common.alerts.subscriptions.criteria import SPEED
from common.alerts.subscriptions.rules import end, locked, revisions
from common.db.alert_tables import notices, rules
from common.db.dialect import database_now
from common.db.tables import versions


@dataclass(frozen=True, slots=True)
class Stopped:
    """What stopping a rule took back."""

    notices: int
    messages: int


def stop_rule(tx: Connection, rule_id: int) -> Stopped:
    """Stop a rule at once; its unsent mails lose what no other rule asks for, and are cancelled when nothing is left.

    A mail in `sending` may still leave. Raises InvalidRequest("rule") for one that was stopped before.
    """
    rule = locked(tx, rule_id)
    mine = notices.c.subscriber_id == rule.subscriber_id
    unsent = lock_messages(tx, where=mine)
    end(tx, rule_id, database_now(tx))
    held = and_(mine, or_(notices.c.message_id.is_(None), notices.c.message_id.in_(unsent)))
    goes_on = and_(rules.c.subscriber_id == rule.subscriber_id, rules.c.stopped_at.is_(None))
    before = revisions(tx, where=or_(goes_on, rules.c.id == rule_id))
    touched = [
        (row, _without(told, rule_id, heard)) for row, told, heard in _told_by(tx, held, before, rule_id)
    ]
    for row, left in touched:
        _change(tx, row, left)
    emptied = sum(left.kind is None for _, left in touched)
    affected = {row.message_id for row, _ in touched if row.message_id is not None}
    return Stopped(emptied, settle(tx, affected))


def _told_by(
    tx: Connection, held: ColumnElement[bool], before: Sequence[Revision], rule_id: int
) -> list[tuple[Any, Contents, Sequence[Heard]]]:
    """Return the notices for which HELD holds and for which the rule is a reason, with what they would have told."""
    of = versions
    found = tx.execute(
        select(notices, of.c.id.label("version_id"))
        .join(of, (of.c.filing_id == notices.c.filing_id) & (of.c.version == notices.c.version))
        .where(held)
    ).all()
    filings = load(tx, {row.version_id for row in found})
    cases = {row: Case.of(row.subscriber_id, filings[row.version_id]) for row in found}
    heard = heard_before(tx, cases.values())
    told = [
        (row, contents(filings[row.version_id], before, heard.get(case, ())), heard.get(case, ()))
        for row, case in cases.items()
    ]
    return [one for one in told if any(reason.rule_id == rule_id for reason in one[1].reasons)]


def _without(told: Contents, rule_id: int, heard: Sequence[Heard]) -> Contents:
    left = [reason for reason in told.reasons if reason.rule_id != rule_id]
    return contents(told.filing, left, heard)


def _change(tx: Connection, row: Any, left: Contents) -> None:
    """Remove a notice with nothing left to tell; one that a slower rule holds alone waits for that one's digest."""
    this = and_(*(column == getattr(row, column.name) for column in notices.primary_key))
    if left.kind is None:
        tx.execute(delete(notices).where(this))
    elif SPEED[left.frequency] > SPEED[row.frequency]:
        tx.execute(update(notices).where(this).values(frequency=left.frequency, message_id=None))
