"""Which rules match which versions: one set-based statement for each set of criteria, on both databases.

One join of NULL-or-equal conditions over all criteria would take many times as long: the database could use no index.
`evidence` repeats these decisions for one rule and one row, in Python; a property test holds the two together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, select

from common.alerts.subscriptions.criteria import OF_A_FILING
from common.db.alert_tables import rule_members, rule_revisions, rule_tickers

Column = ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Where the rules stand: in their tables, or, for a rule not saved yet, in rows made up on the spot."""

    revisions: FromClause = rule_revisions
    members: FromClause = rule_members
    tickers: FromClause = rule_tickers


@dataclass(frozen=True, slots=True)
class Joined:
    """What one statement joins: `news` and `rows` as `disclosed` selects them, and the rules."""

    news: FromClause
    rows: FromClause
    asked: Asked

    @property
    def rule(self) -> Any:
        """The columns of a rule's revision."""
        return self.asked.revisions.c


def matching(shape: str, news: FromClause, rows: FromClause, asked: Asked) -> Select[Any]:
    """Return (version_id, subscriber_id, revision_id, frequency) of the rules of SHAPE that match, each once.

    The revision that was in force when the version was stored decides (protocols, section 2, Planning). All criteria
    of a trade must hold for one and the same row.
    """
    joined = Joined(news, rows, asked)
    names = shape.split("+")
    rule = joined.rule
    found = select(news.c.version_id, rule.subscriber_id, rule.id.label("revision_id"), rule.frequency).where(
        rule.shape == shape,
        rule.effective_from <= news.c.stored_at,
        rule.effective_until.is_(None) | (rule.effective_until > news.c.stored_at),
        *(condition for name in names for condition in HOLDS[name](joined)),
    )
    if OF_A_FILING.issuperset(names):
        return found.where(news.c.tells)
    return found.where(rows.c.version_id == news.c.version_id).distinct()


def _follows_member(joined: Joined) -> list[Column]:
    followed = joined.asked.members.c
    return [followed.bioguide == joined.news.c.bioguide, followed.revision_id == joined.rule.id]


def _follows_ticker(joined: Joined) -> list[Column]:
    followed = joined.asked.tickers.c
    return [followed.ticker == joined.rows.c.ticker, followed.revision_id == joined.rule.id]


def _filing_has(name: str) -> Callable[[Joined], list[Column]]:
    return lambda joined: [joined.rule[name] == joined.news.c[name]]


def _row_has(name: str) -> Callable[[Joined], list[Column]]:
    return lambda joined: [joined.rule[name] == joined.rows.c[name]]


def _surely_reaches(joined: Joined) -> list[Column]:
    return [joined.rows.c.amount_min >= joined.rule.amount]


def _may_reach(joined: Joined) -> list[Column]:
    low, high = joined.rows.c.amount_min, joined.rows.c.amount_max
    is_open = high.is_(None) & low.is_not(None)
    return [(high >= joined.rule.amount) | is_open]


def _is_late(joined: Joined) -> list[Column]:
    return [joined.rule.filed_late == joined.rows.c.is_late]


HOLDS: Mapping[str, Callable[[Joined], list[Column]]] = {
    "members": _follows_member,
    "tickers": _follows_ticker,
    "chamber": _filing_has("chamber"),
    "party": _filing_has("party"),
    "state": _filing_has("state"),
    "side": _row_has("side"),
    "owner": _row_has("owner"),
    "asset_type": _row_has("asset_type"),
    "at_least": _surely_reaches,
    "possibly": _may_reach,
    "filed_late": _is_late,
}
"""Criterion -> the conditions under which it holds; those of a rule stand side by side."""
