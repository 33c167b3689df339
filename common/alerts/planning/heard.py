"""What subscribers were told of a filing, of those that it restates and that restate it: mails that have left, or may have."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Connection, func, select

from common.alerts.planning.disclosed import Disclosed, load
from common.alerts.planning.known import Heard, Said
from common.alerts.sending.ledger import TOLD
from common.db.alert_tables import messages, notices, told
from common.db.tables import trades, versions
from common.disclosures.amendments.chains import restated_among

Moment = tuple[datetime, int]
"""When a message left, and its id: an order of all messages."""


@dataclass(frozen=True, slots=True)
class Case:
    """A subscriber and a version of a filing, of which they are to be told."""

    subscriber_id: int
    filing_id: int
    version: int
    amends: tuple[int, ...] = ()
    """The filings that it restates, the first disclosure first."""
    heirs: tuple[int, ...] = ()
    """The filings that restate it."""
    left: Moment | None = None
    """When it was told; None = it is yet to be."""
    planned: datetime | None = None
    """When it was, knowing what had left by then; asked of what has heirs."""

    @classmethod
    def of(cls, subscriber_id: int, filing: Disclosed, **more: Any) -> Self:
        """Return the case of FILING for a subscriber, with MORE that is known of it."""
        return cls(subscriber_id, filing.filing_id, filing.version, filing.amends, **more)


@dataclass(frozen=True, slots=True)
class Mailed:
    """An earlier mail that spoke of rows of a filing, up to a version of it."""

    subscriber_id: int
    filing_id: int
    version: int
    left: Moment
    is_aside: bool = False
    """Whether it was about another filing, and corrected or withdrew rows of this one."""


def heard_before(connection: Connection, cases: Collection[Case]) -> Mapping[Case, Sequence[Heard]]:
    """Return, for each of CASES, what its subscriber was told of the filings that it restates, and then of earlier versions.

    Oldest first; no entry = nothing.
    """
    return _heard(connection, [case for case in cases if case.version > 1 or case.amends], _before)


def heard_since(connection: Connection, cases: Collection[Case]) -> Mapping[Case, Sequence[Heard]]:
    """Return the same of later versions, and of filings that restate it: a mail about them may have left while this waited."""
    return _heard(connection, cases, _since)


def _before(case: Case, mail: Mailed) -> bool:
    if mail.filing_id == case.filing_id:
        return mail.version < case.version
    return mail.filing_id in case.amends and (case.left is None or mail.left < case.left)


def _since(case: Case, mail: Mailed) -> bool:
    if mail.filing_id in case.heirs:
        return case.planned is None or mail.left[0] >= case.planned
    return mail.filing_id == case.filing_id and mail.version > case.version


def _heard(
    connection: Connection, cases: Collection[Case], concerns: Callable[[Case, Mailed], bool]
) -> Mapping[Case, Sequence[Heard]]:
    """Return the mails that CONCERN each case."""
    if not cases:
        return {}
    mailed = _mailed(connection, cases)
    known = _versions(connection, {mail.filing_id for mail in mailed})
    said = _said(connection, mailed)
    entries: dict[tuple[int, int], list[tuple[Mailed, Heard]]] = defaultdict(list)
    for mail in mailed:
        words = said.get((mail.left[1], mail.filing_id), {})
        entry = mail, Heard(known[mail.filing_id, mail.version], words)
        entries[mail.subscriber_id, mail.filing_id].append(entry)
    return {
        case: [
            heard
            for filing_id in (*case.amends, case.filing_id, *case.heirs)
            for mail, heard in entries[case.subscriber_id, filing_id]
            if concerns(case, mail)
        ]
        for case in cases
    }


def _mailed(connection: Connection, cases: Collection[Case]) -> list[Mailed]:
    """Return all mails to these subscribers that spoke of these filings, versions in their order."""
    filing_ids = {filing_id for case in cases for filing_id in (case.filing_id, *case.amends, *case.heirs)}
    subscriber_ids = {case.subscriber_id for case in cases}
    own = list(_about(connection, subscriber_ids, filing_ids))
    noticed = {(mail.left[1], mail.filing_id) for mail in own}
    aside = [
        mail
        for mail in _aside(connection, subscriber_ids, filing_ids)
        if (mail.left[1], mail.filing_id) not in noticed
    ]
    return sorted((*own, *aside), key=lambda mail: (mail.version, mail.is_aside, mail.left))


_LEFT_AT = func.coalesce(messages.c.sending_at, messages.c.planned_at).label("left_at")


def _about(
    connection: Connection, subscriber_ids: Collection[int], filing_ids: Collection[int]
) -> Iterator[Mailed]:
    """Yield the mails with a notice of these filings."""
    found = (
        select(notices.c.subscriber_id, notices.c.filing_id, notices.c.version, _LEFT_AT, messages.c.id)
        .join(messages, messages.c.id == notices.c.message_id)
        .where(
            notices.c.subscriber_id.in_(subscriber_ids),
            notices.c.filing_id.in_(filing_ids),
            messages.c.status.in_(TOLD),
        )
    )
    for row in connection.execute(found):
        yield Mailed(row.subscriber_id, row.filing_id, row.version, (row.left_at, row.id))


def _aside(
    connection: Connection, subscriber_ids: Collection[int], filing_ids: Collection[int]
) -> Iterator[Mailed]:
    """Yield the mails about filings that restate these, in as far as they corrected or withdrew rows of these."""
    of_these = trades.join(versions, versions.c.id == trades.c.version_id)
    found = restated_among(connection, filing_ids)
    if not found:
        return
    spoken = (
        select(
            messages.c.subscriber_id,
            versions.c.filing_id,
            func.max(versions.c.version).label("version"),
            _LEFT_AT,
            messages.c.id,
        )
        .select_from(of_these.join(told, told.c.trade_id == trades.c.id).join(messages))
        .where(
            versions.c.filing_id.in_(found),
            told.c.said.in_(("replaced", "withdrawn")),
            messages.c.subscriber_id.in_(subscriber_ids),
            messages.c.status.in_(TOLD),
        )
        .group_by(messages.c.id, versions.c.filing_id)
    )
    for row in connection.execute(spoken):
        yield Mailed(row.subscriber_id, row.filing_id, row.version, (row.left_at, row.id), is_aside=True)


def _versions(connection: Connection, filing_ids: Collection[int]) -> dict[tuple[int, int], Disclosed]:
    ids = connection.scalars(select(versions.c.id).where(versions.c.filing_id.in_(filing_ids))).all()
    return {(of.filing_id, of.version): of for of in load(connection, ids).values()}


def _said(connection: Connection, mailed: Collection[Mailed]) -> dict[tuple[int, int], dict[int, Said]]:
    """Return what each message said of each filing's rows."""
    found = (
        select(told.c.message_id, versions.c.filing_id, told.c.trade_id, told.c.said)
        .join(trades, trades.c.id == told.c.trade_id)
        .join(versions, versions.c.id == trades.c.version_id)
        .where(told.c.message_id.in_({mail.left[1] for mail in mailed}))
    )
    said: dict[tuple[int, int], dict[int, Any]] = defaultdict(dict)
    for row in connection.execute(found):
        said[row.message_id, row.filing_id][row.trade_id] = row.said
    return said
