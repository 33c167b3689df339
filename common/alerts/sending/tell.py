"""What messages have to tell, decided again right before they leave: others may have left meanwhile."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from common.alerts.planning.contents import Contents, contents, untold
from common.alerts.planning.disclosed import Disclosed, load
from common.alerts.planning.heard import Case, heard_before, heard_since
from common.alerts.planning.heirs import last_words
from common.alerts.planning.unsent import STILL_TO_COME
from common.alerts.sending.ledger import UNSENT
from common.alerts.subscriptions.rules import revisions_of
from common.db.alert_tables import messages, notices, told
from common.db.tables import filings, versions
from common.disclosures.amendments.chains import restated_among


def tell(connection: Connection, message_ids: Collection[int]) -> dict[int, list[Contents]]:
    """Return what each of these messages has to tell now, a filing at a time; one with nothing left is not there."""
    found = _notices(connection, message_ids)
    disclosed = load(connection, {row.version_id for row in found})
    rules = revisions_of(connection, {row.subscriber_id for row in found})
    tasks = _tasks(connection, found, disclosed)
    heard = heard_before(connection, [task.case for task in tasks])
    since = heard_since(connection, [task.case for task in tasks if task.waits_again])
    tellings: dict[int, list[Contents]] = defaultdict(list)
    for task in tasks:
        asked = rules.get(task.case.subscriber_id, ())
        says = contents(task.filing, asked, heard.get(task.case, ()), task.spoken)
        says = untold(says, since.get(task.case, ()))
        if says.kind:
            tellings[task.message_id].append(says)
    return tellings


@dataclass(frozen=True, slots=True)
class _Task:
    """A notice to be told."""

    message_id: int
    filing: Disclosed
    case: Case
    waits_again: bool
    """It was begun before, and surely not sent; one that never was is taken back when something newer is planned."""
    spoken: frozenset[int]
    """Rows that it tells, though another filing restates them: those that it told, and, when it is sent again, those of
    which that filing says the same, so that its own mail need not have told them."""


def _notices(connection: Connection, message_ids: Collection[int]) -> Sequence[Row[Any]]:
    left_at = func.coalesce(messages.c.sending_at, messages.c.planned_at)
    found = (
        select(notices, versions.c.id.label("version_id"), left_at.label("left_at"))
        .add_columns(
            messages.c.status, messages.c.attempt, (filings.c.version > versions.c.version).label("is_old")
        )
        .join(filings, filings.c.id == notices.c.filing_id)
        .join(versions, (versions.c.filing_id == filings.c.id) & (versions.c.version == notices.c.version))
        .join(messages, messages.c.id == notices.c.message_id)
        .where(notices.c.message_id.in_(message_ids))
        .order_by(filings.c.first_seen, filings.c.id)
    )
    return connection.execute(found).all()


def _tasks(
    connection: Connection, found: Sequence[Row[Any]], disclosed: Mapping[int, Disclosed]
) -> list[_Task]:
    old = {row.filing_id for row in found if row.is_old and row.status in UNSENT}
    overtaken = restated_among(connection, old)
    said = _said(connection, [row.message_id for row in found if row.status not in UNSENT])
    return [
        _task(connection, row, disclosed[row.version_id], said)
        for row in found
        # Which of its rows others restate is known of the newer version, which is about to be planned.
        if not (row.is_old and row.status in UNSENT and row.filing_id in overtaken)
    ]


def _task(
    connection: Connection, row: Row[Any], filing: Disclosed, said: Mapping[int, Collection[int]]
) -> _Task:
    if row.status not in UNSENT:
        case = Case.of(row.subscriber_id, filing, left=(row.left_at, row.message_id))
        spoken = frozenset(said.get(row.message_id, ()))
        return _Task(row.message_id, filing, case, waits_again=False, spoken=spoken)
    if row.attempt == 0:
        case = Case.of(row.subscriber_id, filing)
        return _Task(row.message_id, filing, case, waits_again=False, spoken=frozenset())
    last = last_words(connection, filing)
    heirs = frozenset[int]().union(*(one.filing_ids for one in last.values()))
    to_come = _to_come(connection, row.subscriber_id, heirs)
    same = (
        row_id
        for row_id, one in last.items()
        if one.says_the_same_as(filing.by_id[row_id]) and to_come.isdisjoint(one.filing_ids)
    )
    case = Case.of(row.subscriber_id, filing, heirs=tuple(sorted(heirs)), planned=row.planned_at)
    return _Task(row.message_id, filing, case, waits_again=True, spoken=frozenset(same))


def _to_come(connection: Connection, subscriber_id: int, filing_ids: Collection[int]) -> frozenset[int]:
    """Return those of these filings of which a mail to the subscriber has not left yet."""
    mine = (notices.c.subscriber_id == subscriber_id, notices.c.filing_id.in_(filing_ids))
    found = select(notices.c.filing_id).where(*mine, STILL_TO_COME)
    return frozenset(connection.scalars(found)) if filing_ids else frozenset()


def _said(connection: Connection, message_ids: Collection[int]) -> Mapping[int, Collection[int]]:
    """Return the rows of which messages that have left spoke."""
    said: dict[int, set[int]] = defaultdict(set)
    for row in connection.execute(select(told).where(told.c.message_id.in_(message_ids))):
        said[row.message_id].add(row.trade_id)
    return said
