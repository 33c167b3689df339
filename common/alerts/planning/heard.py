"""What subscribers were told of a filing before: mails that have left, or may have."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import gt, lt
from typing import Any

from sqlalchemy import Connection, select

from common.alerts.planning.contents import Heard, Said
from common.alerts.planning.disclosed import Disclosed, load
from common.alerts.sending.ledger import TOLD
from common.db.alert_tables import messages, notices, told
from common.db.tables import trades, versions


@dataclass(frozen=True, slots=True)
class Case:
    """A subscriber and a version of a filing, of which they are to be told."""

    subscriber_id: int
    filing_id: int
    version: int


@dataclass(frozen=True, slots=True)
class Mailed:
    """An earlier mail about a filing."""

    case: Case
    message_id: int


def heard_before(connection: Connection, cases: Collection[Case]) -> Mapping[Case, Sequence[Heard]]:
    """Return, for each of CASES, what its subscriber was told of earlier versions, oldest first; no entry = nothing."""
    return _heard(connection, [case for case in cases if case.version > 1], gt)


def heard_since(connection: Connection, cases: Collection[Case]) -> Mapping[Case, Sequence[Heard]]:
    """Return the same of later versions: a mail about them may have left while an earlier one waited."""
    return _heard(connection, cases, lt)


def _heard(
    connection: Connection, cases: Collection[Case], compare: Callable[[int, int], bool]
) -> Mapping[Case, Sequence[Heard]]:
    """Return what was told of the versions whose numbers COMPARE as wanted with the case's."""
    if not cases:
        return {}
    mailed = _mailed(connection, cases)
    known = _versions(connection, {mail.case.filing_id for mail in mailed})
    said = _said(connection, mailed)
    heard: dict[tuple[int, int], list[tuple[int, Heard]]] = defaultdict(list)
    for mail in mailed:
        case = mail.case
        of = known[case.filing_id, case.version]
        entry = Heard(of, said.get((mail.message_id, case.filing_id), {}))
        heard[case.subscriber_id, case.filing_id].append((case.version, entry))
    return {
        case: [
            entry
            for version, entry in heard[case.subscriber_id, case.filing_id]
            if compare(case.version, version)
        ]
        for case in cases
    }


def _mailed(connection: Connection, cases: Collection[Case]) -> list[Mailed]:
    found = (
        select(notices.c.subscriber_id, notices.c.filing_id, notices.c.version, messages.c.id)
        .join(messages, messages.c.id == notices.c.message_id)
        .where(
            notices.c.subscriber_id.in_({case.subscriber_id for case in cases}),
            notices.c.filing_id.in_({case.filing_id for case in cases}),
            messages.c.status.in_(TOLD),
        )
        .order_by(notices.c.version)
    )
    return [Mailed(Case(*row[:3]), row.id) for row in connection.execute(found)]


def _versions(connection: Connection, filing_ids: Collection[int]) -> dict[tuple[int, int], Disclosed]:
    ids = connection.scalars(select(versions.c.id).where(versions.c.filing_id.in_(filing_ids))).all()
    return {(of.filing_id, of.version): of for of in load(connection, ids).values()}


def _said(connection: Connection, mailed: Collection[Mailed]) -> dict[tuple[int, int], dict[int, Said]]:
    found = (
        select(told.c.message_id, versions.c.filing_id, told.c.trade_id, told.c.said)
        .join(trades, trades.c.id == told.c.trade_id)
        .join(versions, versions.c.id == trades.c.version_id)
        .where(told.c.message_id.in_({mail.message_id for mail in mailed}))
    )
    said: dict[tuple[int, int], dict[int, Any]] = defaultdict(dict)
    for row in connection.execute(found):
        said[row.message_id, row.filing_id][row.trade_id] = row.said
    return said
