"""A filing stored anew, after somebody heard of it: who must hear of it again, looked at one by one."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Connection, insert, select, union

from common.alerts.planning.batch import drafts, matched
from common.alerts.planning.contents import contents
from common.alerts.planning.disclosed import Disclosed, load
from common.alerts.planning.heard import Case, heard_before
from common.alerts.subscriptions.criteria import SPEED
from common.alerts.subscriptions.rules import revisions_of
from common.db.alert_tables import notices, subscribers

PORTION = 500  # subscribers at a time: what bounds the memory


def draft_again(tx: Connection, version_ids: Collection[int]) -> None:
    """Draft a notice of these versions for everybody to whom they say anything new, changed or withdrawn."""
    for version_id in version_ids:
        filing = load(tx, [version_id])[version_id]
        for subscriber_ids in _concerned(tx, filing):
            _draft(tx, filing, subscriber_ids)


def _concerned(tx: Connection, filing: Disclosed) -> Iterator[Sequence[int]]:
    """Yield, in portions, everybody whose rules match FILING, or who had a notice of an earlier version."""
    matching = select(matched.c.subscriber_id).where(matched.c.version_id == filing.version_id)
    noticed = (
        select(notices.c.subscriber_id)
        .join(subscribers, subscribers.c.id == notices.c.subscriber_id)
        .where(
            notices.c.filing_id == filing.filing_id,
            notices.c.version < filing.version,
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


def _draft(tx: Connection, filing: Disclosed, subscriber_ids: Sequence[int]) -> None:
    cases = [Case(who, filing.filing_id, filing.version) for who in subscriber_ids]
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
