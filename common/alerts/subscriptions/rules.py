"""Rules in the database: saved, edited by a new revision, and read back.

When a revision takes effect is the database's clock; what is stored from then on is matched by it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update

from common.alerts.planning.evidence import Revision
from common.alerts.subscriptions.criteria import Criteria, Frequency
from common.alerts.subscriptions.effect import takes_effect
from common.db.alert_tables import rule_members, rule_revisions, rule_tickers, rules
from common.db.dialect import database_now
from common.db.tables import members, terms
from common.errors import InvalidRequest
from common.mail import words

LONGEST_NAME = 80  # characters
COLUMNS = ("chamber", "party", "state", "side", "owner", "asset_type", "amount_mode", "amount")


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as somebody wrote it."""

    name: str
    criteria: Criteria
    frequency: Frequency


@dataclass(frozen=True, slots=True)
class Saved:
    """A rule as it is kept; `remarks` are for the one who wrote it, such as that a member has left office."""

    rule_id: int
    revision: int
    remarks: tuple[str, ...]


def save_rule(tx: Connection, subscriber_id: int, draft: Draft) -> Saved:
    """Keep a new rule; it matches what is stored from now on. Raises InvalidRequest naming the field."""
    name = _name(draft)
    remarks = check(tx, draft.criteria)
    now = takes_effect(tx)
    values = {"subscriber_id": subscriber_id, "name": name, "created_at": now}
    rule_id: int = tx.execute(insert(rules).values(values).returning(rules.c.id)).scalar_one()
    _add_revision(tx, rule_id, 1, subscriber_id, draft=draft, now=now)
    return Saved(rule_id, 1, remarks)


def edit_rule(tx: Connection, rule_id: int, draft: Draft) -> Saved:
    """Give a rule its next revision; what is planned already stays as it is.

    Raises InvalidRequest naming the field, or "rule" for one that was stopped.
    """
    name = _name(draft)
    remarks = check(tx, draft.criteria)
    rule = locked(tx, rule_id)
    now = takes_effect(tx)
    number = _end_revision(tx, rule_id, now) + 1
    tx.execute(update(rules).where(rules.c.id == rule_id).values(name=name))
    _add_revision(tx, rule_id, number, rule.subscriber_id, draft=draft, now=now)
    return Saved(rule_id, number, remarks)


def locked(tx: Connection, rule_id: int) -> Any:
    """Return the rule's row, kept from others until the commit. Raises InvalidRequest("rule") when it was stopped."""
    found = tx.execute(select(rules).where(rules.c.id == rule_id).with_for_update()).one_or_none()
    if found is None or found.stopped_at is not None:
        raise InvalidRequest("rule", "this rule was stopped; make a new one")
    return found


def end(tx: Connection, rule_id: int, now: datetime) -> None:
    """Let the rule match nothing that is stored from NOW on."""
    _end_revision(tx, rule_id, now)
    tx.execute(update(rules).where(rules.c.id == rule_id).values(stopped_at=now))


def check(connection: Connection, criteria: Criteria) -> tuple[str, ...]:
    """Return what the one who wrote CRITERIA should know. Raises InvalidRequest("members" or "party") for unknown ones."""
    known = names_of(connection, criteria.members)
    if unknown := sorted(criteria.members - known.keys()):
        raise InvalidRequest("members", f"nobody in our roster has the id {', '.join(unknown)}")
    parties = set(connection.scalars(select(terms.c.party).distinct()))
    if criteria.party is not None and criteria.party not in parties:
        raise InvalidRequest("party", f"choose {', '.join(sorted(parties))}")
    return _who_left(connection, known)


def names_of(connection: Connection, bioguides: Collection[str]) -> dict[str, str]:
    """Return the official names of those members that are known."""
    found = select(members.c.bioguide, members.c.official_name).where(members.c.bioguide.in_(bioguides))
    return dict(tuple(row) for row in connection.execute(found))


def _who_left(connection: Connection, known: Mapping[str, str]) -> tuple[str, ...]:
    last_day = func.max(terms.c.end).label("last_day")
    ended = select(terms.c.bioguide, last_day).where(terms.c.bioguide.in_(known)).group_by(terms.c.bioguide)
    today: date = database_now(connection).date()
    left = [row for row in connection.execute(ended.order_by(terms.c.bioguide)) if row.last_day < today]
    return tuple(
        f"{known[row.bioguide]} has left office: the last term we know of ended on {words.day(row.last_day)}. "
        "The alert stays; it can only match reports that are still filed for that time."
        for row in left
    )


def _name(draft: Draft) -> str:
    name = " ".join(draft.name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidRequest("name", f"write 1 to {LONGEST_NAME} characters")
    return name


def _end_revision(tx: Connection, rule_id: int, now: datetime) -> int:
    r = rule_revisions
    current = update(r).where(r.c.rule_id == rule_id, r.c.effective_until.is_(None))
    ended: int = tx.execute(current.values(effective_until=now).returning(r.c.revision)).scalar_one()
    return ended


def _add_revision(
    tx: Connection, rule_id: int, number: int, subscriber_id: int, *, draft: Draft, now: datetime
) -> None:
    criteria = draft.criteria
    said = {name: getattr(criteria, name) for name in COLUMNS} | {
        "rule_id": rule_id,
        "revision": number,
        "subscriber_id": subscriber_id,
        "effective_from": now,
        "frequency": draft.frequency,
        "shape": criteria.shape,
        "filed_late": criteria.filed_late or None,
    }
    revision = tx.execute(insert(rule_revisions).values(said).returning(rule_revisions.c.id)).scalar_one()
    for table, column, wanted in (
        (rule_members, "bioguide", criteria.members),
        (rule_tickers, "ticker", criteria.tickers),
    ):
        if wanted:
            tx.execute(insert(table), [{"revision_id": revision, column: one} for one in sorted(wanted)])


def revisions(connection: Connection, *, where: ColumnElement[bool]) -> list[Revision]:
    """Return the revisions, of rules that go on and of those that were stopped, for which WHERE holds; oldest first.

    WHERE speaks of `rules` and `rule_revisions`.
    """
    found = connection.execute(_REVISIONS.where(where)).all()
    ids = [row.id for row in found]
    followed = _by_revision(connection, rule_members, "bioguide", ids)
    tickers = _by_revision(connection, rule_tickers, "ticker", ids)
    none: frozenset[str] = frozenset()
    return [_revision(row, followed.get(row.id, none), tickers.get(row.id, none)) for row in found]


def revisions_of(connection: Connection, subscriber_ids: Collection[int]) -> dict[int, list[Revision]]:
    """Return all revisions of these subscribers' rules that go on, oldest first; no entry = none."""
    found: dict[int, list[Revision]] = {}
    theirs = rule_revisions.c.subscriber_id.in_(subscriber_ids) & rules.c.stopped_at.is_(None)
    for revision in revisions(connection, where=theirs):
        found.setdefault(revision.subscriber_id, []).append(revision)
    return found


def _revision(row: Any, followed: frozenset[str], tickers: frozenset[str]) -> Revision:
    said = {name: getattr(row, name) for name in COLUMNS}
    late = bool(row.filed_late)
    return Revision(
        id=row.id,
        rule_id=row.rule_id,
        number=row.revision,
        name=row.name,
        subscriber_id=row.subscriber_id,
        criteria=Criteria.model_construct(members=followed, tickers=tickers, filed_late=late, **said),
        frequency=Frequency(row.frequency),
        effective_from=row.effective_from,
        effective_until=row.effective_until,
        stopped_at=row.stopped_at,
    )


def _by_revision(
    connection: Connection, table: Any, column: str, ids: Iterable[int]
) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    wanted = select(table.c.revision_id, table.c[column]).where(table.c.revision_id.in_(ids))
    for revision_id, value in connection.execute(wanted):
        found.setdefault(revision_id, set()).add(value)
    return {revision_id: frozenset(values) for revision_id, values in found.items()}


_REVISIONS: Select[Any] = (
    select(rule_revisions, rules.c.name, rules.c.stopped_at)
    .join(rules, rules.c.id == rule_revisions.c.rule_id)
    .order_by(rule_revisions.c.rule_id, rule_revisions.c.revision)
)
