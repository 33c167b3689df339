"""A filing stored anew, or restating another, after somebody heard of it: who must hear again, looked at one by one."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, or_, select, union

from common.alerts.planning.batch import drafts, matched
from common.alerts.planning.contents import contents
from common.alerts.planning.disclosed import Disclosed, load
from common.alerts.planning.heard import Case, heard_before
from common.alerts.planning.unsent import lock_messages, settle
from common.alerts.subscriptions.criteria import SPEED
from common.alerts.subscriptions.rules import revisions_of
from common.db.alert_tables import notices, subscribers
from common.db.tables import versions

PORTION = 500  # subscribers at a time: what bounds the memory


def draft_again(tx: Connection, version_ids: Collection[int]) -> None:
    """Draft a notice of these versions for everybody to whom they say anything new, changed or withdrawn."""
    for version_id in version_ids:
        filing = load(tx, [version_id])[version_id]
        for subscriber_ids in _concerned(tx, filing):
            _draft(tx, filing, subscriber_ids)


def _concerned(tx: Connection, filing: Disclosed) -> Iterator[Sequence[int]]:
    """Yield, in portions, everybody whose rules match FILING, or who had a notice of what it says anew."""
    matching = select(matched.c.subscriber_id).where(matched.c.version_id == filing.version_id)
    noticed = (
        select(notices.c.subscriber_id)
        .join(subscribers, subscribers.c.id == notices.c.subscriber_id)
        .where(
            or_(
                and_(notices.c.filing_id == filing.filing_id, notices.c.version < filing.version),
                notices.c.filing_id.in_(filing.amends),
            ),
            subscribers.c.deleted_at.is_(None),
        )
    )
    everybody = union(matching, noticed).subquery().c.subscriber_id
    last = 0
    while portion := tx.scalars(
        select(everybody).where(everybody > last).order_by(everybody).limit(PORTION)
    ).all():
        yield portion
        last = portion[-1]


def withhold(tx: Connection, filing_ids: Collection[int]) -> int:
    """Take the notices of these filings that have not left, and have nothing to tell but what other filings restate.

    Whatever is left is rendered again. Returns how many messages that cancelled.
    """
    unsent = lock_messages(tx, where=notices.c.filing_id.in_(filing_ids))
    to_come = or_(notices.c.message_id.is_(None), notices.c.message_id.in_(unsent))
    held = tx.execute(
        select(notices, versions.c.id.label("version_id"))
        .join(
            versions,
            and_(versions.c.filing_id == notices.c.filing_id, versions.c.version == notices.c.version),
        )
        .where(notices.c.filing_id.in_(filing_ids), to_come)
        .order_by(notices.c.subscriber_id)
    ).all()
    filings = load(tx, {row.version_id for row in held})
    for start in range(0, len(held), PORTION):
        for row in _with_nothing_left(tx, filings, held[start : start + PORTION]):
            this = and_(*(column == getattr(row, column.name) for column in notices.primary_key))
            tx.execute(delete(notices).where(this))
    return settle(tx, unsent)


def _with_nothing_left(
    tx: Connection, filings: Mapping[int, Disclosed], held: Collection[Any]
) -> Iterator[Any]:
    cases = {row: Case.of(row.subscriber_id, filings[row.version_id]) for row in held}
    heard = heard_before(tx, cases.values())
    rules = revisions_of(tx, {row.subscriber_id for row in held})
    for row, case in cases.items():
        told = contents(filings[row.version_id], rules.get(row.subscriber_id, ()), heard.get(case, ()))
        if told.kind is None:
            yield row


def _draft(tx: Connection, filing: Disclosed, subscriber_ids: Sequence[int]) -> None:
    cases = [Case.of(who, filing) for who in subscriber_ids]
    heard = heard_before(tx, cases)
    rules = revisions_of(tx, subscriber_ids)
    drafted = []
    for case in cases:
        told = contents(filing, rules.get(case.subscriber_id, ()), heard.get(case, ()))
        if told.kind:
            drafted.append(
                {
                    "version_id": filing.version_id,
                    "subscriber_id": case.subscriber_id,
                    "speed": SPEED[told.frequency],
                    "kind": told.kind,
                }
            )
    if drafted:
        tx.execute(insert(drafts), drafted)
