"""How many mails a rule would have sent in the last year, by the very statements that match."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, FromClause, literal, select

from common.alerts.planning.disclosed import news, sure_rows
from common.alerts.planning.match import Asked, matching
from common.alerts.subscriptions.criteria import Criteria, Frequency
from common.alerts.subscriptions.rules import COLUMNS
from common.db.alert_tables import rule_revisions
from common.db.tables import filings, members, versions

YEAR = timedelta(days=365)
BEFORE_EVERYTHING = datetime(1970, 1, 1, tzinfo=UTC)
DRAFT = literal(0).label("revision_id")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would have meant since a year ago; a digest tells several filings in one mail."""

    filings: int
    mails: int


def preview(connection: Connection, criteria: Criteria, frequency: Frequency, *, today: date) -> Preview:
    """Return what a rule of CRITERIA would have sent in the year before TODAY.

    Each filing counts once, as it stands now, on the day it was filed; those whose source gives no day do not count.
    """
    this_year = filings.c.filed.between(today - YEAR, today) & (versions.c.version == filings.c.version)
    rows = sure_rows(where=this_year).subquery()
    asked = _made_up(criteria, frequency, rows)
    found = matching(criteria.shape, news(where=this_year).subquery(), rows, asked).subquery()
    filed = (
        select(filings.c.filed)
        .select_from(versions.join(filings))
        .where(versions.c.id.in_(select(found.c.version_id)))
    )
    days = connection.scalars(filed).all()
    mails = {
        Frequency.IMMEDIATE: len(days),
        Frequency.DAILY: len(set(days)),
        Frequency.WEEKLY: len({day.isocalendar()[:2] for day in days}),
    }
    return Preview(len(days), mails[frequency])


def _made_up(criteria: Criteria, frequency: Frequency, rows: FromClause) -> Asked:
    """Return rows that look like a saved rule's, in force since ever."""
    said: dict[str, Any] = {name: getattr(criteria, name) for name in COLUMNS} | {
        "id": 0,
        "subscriber_id": 0,
        "shape": criteria.shape,
        "frequency": frequency,
        "filed_late": criteria.filed_late,
        "effective_from": BEFORE_EVERYTHING,
        "effective_until": None,
    }
    types = rule_revisions.c
    revision = select(*(literal(value, types[name].type).label(name) for name, value in said.items()))
    followed = select(members.c.bioguide, DRAFT).where(members.c.bioguide.in_(criteria.members))
    tickers = select(rows.c.ticker, DRAFT).where(rows.c.ticker.in_(criteria.tickers)).distinct()
    return Asked(revision.subquery(), followed.subquery(), tickers.subquery())
