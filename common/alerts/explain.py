"""Why somebody did or did not get a mail about a filing: decided again, from the rules of then and the rows (product, promise 11)."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from common.alerts.planning.disclosed import Disclosed, StoredTrade, load
from common.alerts.planning.evidence import Miss, Revision, matched_rows, matches, misses, told_rows
from common.alerts.planning.heirs import last_words
from common.alerts.planning.plan_all import NOT_PLANNED
from common.alerts.subscriptions.rules import revisions
from common.db.alert_tables import messages, notices, rules, subscribers, told
from common.db.tables import filings, findings, to_match, versions
from common.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A row, None = a filing that could not be read, and what it lacked."""

    row: StoredTrade | None
    misses: tuple[Miss, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one rule had to do with one version. `revision` None = none was in force when the version was stored."""

    rule: Revision
    revision: Revision | None
    matched: bool
    rows: tuple[StoredTrade, ...]
    """The rows that it matched."""
    near_misses: tuple[NearMiss, ...]
    """The rows that lacked the least, where nothing matched."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of one version for one subscriber, in a sentence, and what each of their rules said."""

    filing: Disclosed
    verdict: str
    answers: tuple[Answer, ...]
    restated: tuple[str, ...] = ()
    """Which of its rows restate others or are restated, a sentence for each."""


def explain(connection: Connection, subscriber_id: int, doc_id: str) -> tuple[Decision, ...]:
    """Return the decision about each version of the filing DOC_ID, oldest first.

    Raises InvalidRequest naming "subscriber" or "doc_id" for what is not in our records.
    """
    who = connection.execute(select(subscribers).where(subscribers.c.id == subscriber_id)).one_or_none()
    if who is None:
        raise InvalidRequest("subscriber", f"there is no subscriber {subscriber_id}")
    of = select(versions.c.id).join(filings).where(_is_called(doc_id))
    stored = load(connection, connection.scalars(of).all())
    if not stored:
        raise InvalidRequest("doc_id", _why_not_stored(connection, doc_id))
    asked = revisions(connection, where=rules.c.subscriber_id == subscriber_id)
    return tuple(_decision(connection, who, filing, asked) for filing in stored.values())


def _is_called(doc_id: str) -> ColumnElement[bool]:
    """Whether a filing has this id; the Senate's links may write it in other letter case than its list did."""
    return func.lower(filings.c.doc_id) == doc_id.lower()


def _why_not_stored(connection: Connection, doc_id: str) -> str:
    listed = connection.execute(
        select(filings.c.first_seen, filings.c.reason).where(_is_called(doc_id))
    ).first()
    if listed is None:
        return f"no filing {doc_id} is in our records"
    since = f"{doc_id} is listed since {listed.first_seen:%Y-%m-%d %H:%M:%S} UTC and was not read yet"
    return f"{since}: {listed.reason}" if listed.reason else since


def _decision(connection: Connection, who: Any, filing: Disclosed, asked: Sequence[Revision]) -> Decision:
    notice = _notice(connection, who.id, filing)
    answers = tuple(_answers(filing, asked, _spoken(connection, notice)))
    verdict = _told(notice) if notice else _why_not(connection, who, filing, answers)
    return Decision(filing, verdict, answers, tuple(_restated(connection, filing)))


def _restated(connection: Connection, filing: Disclosed) -> Iterator[str]:
    last = last_words(connection, filing)
    for row in filing.rows:
        if row.origin:
            yield f"row {row.trade.row} restates row {row.origin.row.trade.row} of {row.origin.of.doc_id}"
        elif row.amends and row.is_sure:
            yield f"row {row.trade.row} restates a row that is not in our records"
        if now := last.get(row.id):
            verb = "is taken back by" if now.row.is_deleted else "stands as"
            yield f"row {row.trade.row} {verb} row {now.row.trade.row} of {now.of.doc_id}"


def _spoken(connection: Connection, notice: Any) -> frozenset[int]:
    """Return the rows that the mail of NOTICE spoke of: they count, also where a later filing has restated them since."""
    if notice is None:
        return frozenset()
    return frozenset(
        connection.scalars(select(told.c.trade_id).where(told.c.message_id == notice.message_id))
    )


def _answers(filing: Disclosed, asked: Sequence[Revision], spoken: Container[int]) -> Iterator[Answer]:
    for rule in {revision.rule_id: revision for revision in asked}.values():
        own = (revision for revision in asked if revision.rule_id == rule.rule_id)
        revision = next((one for one in own if one.in_force(filing.stored_at)), None)
        if revision is None:
            yield Answer(rule, None, matched=False, rows=(), near_misses=())
        else:
            yield _answer(filing, rule, revision, spoken)


def _answer(filing: Disclosed, rule: Revision, revision: Revision, spoken: Container[int]) -> Answer:
    if matches(revision.criteria, filing, spoken):
        rows = matched_rows(revision.criteria, filing, spoken)
        return Answer(rule, revision, matched=True, rows=rows, near_misses=())
    tried = [
        NearMiss(row, misses(revision.criteria, filing, row))
        for row in (told_rows(filing, spoken) if filing.readable else (None,))
    ]
    least = min((len(one.misses) for one in tried), default=0)
    nearest = tuple(one for one in tried if len(one.misses) == least)
    return Answer(rule, revision, matched=False, rows=(), near_misses=nearest)


def _notice(connection: Connection, subscriber_id: int, filing: Disclosed) -> Any:
    found = (
        select(notices, messages.c.key, messages.c.status, messages.c.sending_at, messages.c.detail)
        .outerjoin(messages, messages.c.id == notices.c.message_id)
        .where(
            notices.c.subscriber_id == subscriber_id,
            notices.c.filing_id == filing.filing_id,
            notices.c.version == filing.version,
        )
    )
    return connection.execute(found).one_or_none()


def _told(notice: Any) -> str:
    if notice.message_id is None:
        until = (
            "the digest of this hour" if notice.frequency == "immediate" else f"the {notice.frequency} digest"
        )
        return f"planned at {notice.planned_at:%Y-%m-%d %H:%M} UTC; it waits for {until}"
    detail = f" ({notice.detail})" if notice.detail else ""
    return f"in message {notice.message_id} ({notice.key}), which is {notice.status}{detail}"


def _why_not(connection: Connection, who: Any, filing: Disclosed, answers: Sequence[Answer]) -> str:
    """Return the first reason that holds, the farthest from the rules first."""
    reasons = (
        (not filing.alertable, "not planned: the filing was there before the watch began"),
        (_waits(connection, filing), _why_it_waits(connection, filing)),
        (filing.planned_at is None, "not planned: a newer version came before its turn"),
        (
            _not_confirmed(who, filing.stored_at),
            "not planned: the address was not confirmed when it was stored",
        ),
        (
            _was_restated(filing, answers),
            "not told: what matched is restated by a later filing, or takes a row back",
        ),
        (not any(answer.matched for answer in answers), "not planned: no rule matched"),
        (
            all(answer.rule.stopped_at for answer in answers if answer.matched),
            "not sent: every rule that matched was stopped",
        ),
    )
    return next(
        (reason for holds, reason in reasons if holds),
        "not planned: it said nothing that they had not been told, a newer version replaced it unsent, "
        "or its rule was still being saved when it was planned",
    )


def _was_restated(filing: Disclosed, answers: Sequence[Answer]) -> bool:
    """Whether no rule matched, but one would have if FILING told all of its rows."""
    asked = [answer.revision.criteria for answer in answers if answer.revision]
    matched = any(answer.matched for answer in answers)
    return not matched and any(matches(criteria, filing, filing.by_id) for criteria in asked)


def _waits(connection: Connection, filing: Disclosed) -> bool:
    waiting = select(to_match).where(
        to_match.c.filing_id == filing.filing_id, to_match.c.version == filing.version
    )
    return connection.execute(waiting).first() is not None


def _why_it_waits(connection: Connection, filing: Disclosed) -> str:
    noted = select(findings.c.detail).where(
        findings.c.rule == NOT_PLANNED, findings.c.subject == filing.doc_id
    )
    return f"not planned yet: {connection.scalar(noted) or 'it waits to be matched'}"


def _not_confirmed(who: Any, moment: datetime) -> bool:
    return who.confirmed_at is None or who.confirmed_at > moment
