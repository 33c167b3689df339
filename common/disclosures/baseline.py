"""The state of a chamber on the day its watch began: history, which nobody is mailed (protocols, section 2)."""

from datetime import date, datetime

from sqlalchemy import Connection, select, update

from common.db import tables as t
from common.db.dialect import insert_ignore


def begin_baseline(tx: Connection, chamber: str, now: datetime) -> None:
    """Start CHAMBER's baseline, or go on with it: what is listed from now on is history, until it is complete."""
    insert_ignore(tx, t.baselines, [{"chamber": chamber, "started_at": now}])


def complete_baseline(tx: Connection, chamber: str, now: datetime) -> None:
    """End CHAMBER's baseline: each document that is listed for the first time from now on is news."""
    b = t.baselines
    still_open = update(b).where(b.c.chamber == chamber, b.c.completed_at.is_(None))
    tx.execute(still_open.values(completed_at=now))


def has_baseline(connection: Connection, chamber: str) -> bool:
    """Whether CHAMBER's baseline is complete; until then a scheduled sync is skipped."""
    b = t.baselines.c
    return connection.scalar(select(b.completed_at).where(b.chamber == chamber)) is not None


def news_begins(connection: Connection, chamber: str, year: int) -> date:
    """Return the first filing date that is news in YEAR's index, seen for the first time.

    None is during the baseline, which pins all that is listed; later an index that the baseline left out is news from the
    day on which it began. Of the baseline's own year everything is, where it began in January: the index may not have been
    there yet.
    """
    b = t.baselines.c
    started, completed = connection.execute(
        select(b.started_at, b.completed_at).where(b.chamber == chamber)
    ).one()
    if completed is None:
        return date.max
    left_out = year < started.year or (year == started.year and started.month > 1)
    return started.date() if left_out else date.min
