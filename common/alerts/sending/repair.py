"""Messages whose process died, or whose provider never spoke: each becomes what can honestly be said of it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import ColumnElement, Connection

from common.alerts.sending import ledger
from common.alerts.sending.ledger import Evidence, Message, Status
from common.alerts.sending.messages import drop_overtaken, heard_at, keep, stored_evidence, unlocked_batch
from common.db.alert_tables import messages

BATCH = 500  # messages per transaction

Transaction = Callable[[], AbstractContextManager[Connection]]
Judge = Callable[[Message, Sequence[Evidence]], Message | None]
Judging = Callable[[Connection], Judge]
"""Reads what all messages of a batch are judged by."""


def repair(transaction: Transaction, now: datetime, *, resend: bool) -> Mapping[str, int]:
    """Put right whatever is overdue; return how many messages lapsed, are presumed lost, are sent again.

    RESEND = a message that is presumed lost is sent once more.
    """
    return {
        "lapsed": _each(transaction, _has_lapsed(now), _lapse(now)),
        "presumed_lost": _each(transaction, _is_old(now), _presume(now)),
        "resent": _each(transaction, _IS_LOST, _resend(now)) if resend else 0,
    }


def _has_lapsed(now: datetime) -> ColumnElement[bool]:
    return (messages.c.status == Status.SENDING) & (messages.c.lease_until <= now)


def _lapse(now: datetime) -> Judging:
    return lambda _: lambda message, evidence: ledger.lapsed(message, evidence, now)


def _is_old(now: datetime) -> ColumnElement[bool]:
    return (messages.c.status == Status.UNKNOWN) & (messages.c.sending_at <= now - ledger.HEARD_PATIENCE)


def _presume(now: datetime) -> Judging:
    def judging(tx: Connection) -> Judge:
        heard = heard_at(tx)
        return lambda message, evidence: ledger.presumed_lost(message, evidence, heard, now)

    return judging


_IS_LOST = (messages.c.status == Status.PRESUMED_LOST) & messages.c.resent_at.is_(None)


def _resend(now: datetime) -> Judging:
    return lambda _: lambda message, evidence: ledger.resent(message, evidence, now)


def _each(transaction: Transaction, where: ColumnElement[bool], judging: Judging) -> int:
    """Have it said what becomes of every message for which WHERE holds; return how many changed."""
    return sum(_batches(transaction, where, judging))


def _batches(transaction: Transaction, where: ColumnElement[bool], judging: Judging) -> Iterator[int]:
    after = 0
    while True:
        with transaction() as tx:
            found = unlocked_batch(tx, where=where, after=after, limit=BATCH)
            evidence, judge = stored_evidence(tx, _ids(found)), judging(tx)
            changed = keep(tx, [(one, judge(one, evidence.get(one.id, ()))) for one in found])
            drop_overtaken(tx, changed)
        yield len(changed)
        if len(found) < BATCH:
            return
        after = found[-1].id


def _ids(found: Collection[Message]) -> list[int]:
    return [message.id for message in found]
