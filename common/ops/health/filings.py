"""Whether the sources answer, and whether what they list is here and readable."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, select

from common.db.sources import SourceState, source_state
from common.db.tables import baselines, filings, index_snapshots
from common.ops.health.look import Look
from common.ops.health.ticks import missed_ticks
from common.ops.health.verdict import Color, Verdict, judged
from common.tasks import CONGRESSIONAL_SYNC

CHAMBERS = ("house", "senate")
TICKS_LATE = 2  # a source may fail a tick, and may be asked a little late at the next
STALE_AFTER = {"roster": timedelta(days=3), "prices": timedelta(days=4)}  # a long weekend has no prices
RECENT, WEEK = timedelta(days=1), timedelta(days=7)
FEW_FAILURES = 3  # fewer prove nothing
USUAL_RATE = 0.05  # of documents that cannot be had or read, where no week was counted yet


def sources(look: Look) -> Iterator[Verdict]:
    """Judge each source that is asked: when it last answered in full."""
    with look.database.reading() as connection:
        for chamber in CHAMBERS:
            yield _chamber(look, connection, chamber)
        for source, longest in STALE_AFTER.items():
            if state := source_state(connection, source):
                since = state.succeeded_at or look.watched[CONGRESSIONAL_SYNC.name]
                yield _source(state, stale=look.now - since > longest)


def _chamber(look: Look, connection: Connection, chamber: str) -> Verdict:
    complete = select(baselines.c.completed_at).where(baselines.c.chamber == chamber)
    if connection.scalar(complete) is None:
        what = "deploy.sh run congressional_sync --param baseline=true"
        return Verdict(f"source {chamber}", Color.RED, "no baseline", what)
    state = source_state(connection, chamber)
    if state is None:
        return Verdict(f"source {chamber}", Color.UNSEEN, "never asked", "deploy.sh run congressional_sync")
    since = state.succeeded_at or state.fault_since or state.checked_at
    return _source(state, stale=len(missed_ticks(CONGRESSIONAL_SYNC, since, look.now)) > TICKS_LATE)


def _source(state: SourceState, *, stale: bool) -> Verdict:
    answered = f"answered {_moment(state.succeeded_at)}" if state.succeeded_at else "never answered in full"
    number = f"{answered}; since {_moment(state.fault_since)}: {state.fault}" if state.fault else answered
    next_step = "open the source in a browser; deploy.sh logs congressional_sync"
    return judged(f"source {state.source}", number, next_step, red=stale, yellow=bool(state.fault))


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "unknown"


def parsing(look: Look) -> Iterator[Verdict]:
    """Judge the share of new documents that failed, beside that of the week before."""
    f = filings.c
    yesterday, week_ago = look.now - RECENT, look.now - RECENT - WEEK
    with look.database.reading() as connection:
        failed, seen = _failures(connection, f.first_seen > yesterday)
        before, all_before = _failures(connection, and_(f.first_seen > week_ago, f.first_seen <= yesterday))
    usual = before / all_before if all_before else USUAL_RATE
    red = failed >= FEW_FAILURES and failed / seen > max(2 * usual, USUAL_RATE)
    number = f"{failed} of {seen} failed in a day, {before} of {all_before} in the week before"
    figures = {"failed": failed, "seen": seen, "rate": failed / seen if seen else 0.0}
    next_step = "deploy.sh logs congressional_sync; then the review queue"
    yield judged("parsing", number, next_step, red=red, figures=figures)


def _failures(connection: Connection, which: ColumnElement[bool]) -> tuple[int, int]:
    failed = func.count().filter(filings.c.state == "failed")
    ended = which & (filings.c.state != "listed")
    found = connection.execute(select(failed, func.count()).where(ended)).one()
    return found[0], found[1]


def books(look: Look) -> Iterator[Verdict]:
    """Judge whether every document that an index lists is here, and none waits to be read for long."""
    f, s = filings.c, index_snapshots.c
    waiting = and_(f.state == "listed", f.first_seen < look.now - RECENT)
    with look.database.reading() as connection:
        listed = connection.scalar(select(func.coalesce(func.sum(s.rows), 0))) or 0
        here = select(func.count()).select_from(filings).where(f.missing_since.is_(None))
        kept = connection.scalar(here) or 0
        waits = connection.scalar(here.where(waiting)) or 0
    number = f"{listed} listed, {kept} here, {waits} waiting for more than a day"
    figures = {"listed": listed, "kept": kept, "gap": abs(listed - kept), "waiting": waits}
    red = listed != kept or waits > 0
    yield judged("books", number, "deploy.sh run congressional_sync", red=red, figures=figures)
