"""The roster, brought up to date once a day by the sync that needs it; it blocks nothing that fails here."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from common.db import tables as t
from common.db.dialect import upsert
from common.db.findings import note_findings
from common.db.sources import SourceState, note_fault, note_success, source_state
from common.errors import SourceChanged, SourceUnavailable
from common.members.congress_gov import fetch_seats
from common.members.crosscheck import differences
from common.members.legislators import FetchedFile, fetch_legislators
from common.members.roster import Roster, parse_legislators
from common.members.settle import ROSTER, reopen_undecided
from common.members.store import load_roster, store_roster
from common.runtime.context import RunContext

CONGRESS_GOV = "congress.gov"
DUE_AFTER = timedelta(hours=23)  # a day, less an hour: a sync at the same hour finds it due
AGAIN_AFTER = timedelta(hours=1)  # after a failure; the continuations of one sync do not each try
STOCK_ACT = date(2012, 7, 1)
"""The STOCK Act (Pub. L. 112-105) made periodic transaction reports due from July 2012; nobody who left before filed one."""
MOST_LOST = 0.05  # of the members known, and of their terms; a roster that lacks more is not taken over


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of the roster: rows `changed`, filings `reopened` as their filers may be known now."""

    asked: bool = False
    """False = it was asked lately, or only the shipped roster is wanted."""
    changed: int = 0
    reopened: int = 0
    fault: str | None = None
    """Why there is none newer than the stored one."""
    differences: int | None = None
    """From Congress.gov; None = not compared."""
    congress_gov_fault: str | None = None


def refresh_roster(ctx: RunContext, *, forced: bool = False) -> Refreshed:
    """Bring the stored roster level with congress-legislators where that is due, and compare it with Congress.gov.

    FORCED = it is due, whenever it was asked last. What fails is logged, noted in `sources` and returned, never raised: filings go on with the roster that there is.
    """
    url = ctx.settings.roster_url
    with ctx.reading() as connection:
        state = source_state(connection, ROSTER)
    if url is None:
        return Refreshed()
    if state is not None and not (forced or is_due(state, ctx.clock())):
        return Refreshed(fault=state.fault)
    try:
        refreshed = _refresh(ctx, url)
    except (SourceUnavailable, SourceChanged) as fault:
        return Refreshed(asked=True, fault=_noted(ctx, ROSTER, fault))
    return _compare(ctx, refreshed)


def is_due(state: SourceState, now: datetime) -> bool:
    """Tell whether a source that answered last as STATE says is to be asked once more."""
    stale = state.succeeded_at is None or now - state.succeeded_at >= DUE_AFTER
    return stale and now - state.checked_at >= AGAIN_AFTER


def _refresh(ctx: RunContext, url: str) -> Refreshed:
    with ctx.reading() as connection:
        etags = {file.name: file.etag for file in connection.execute(select(t.roster_files)) if file.etag}
    files = fetch_legislators(url, ctx.settings.contact, etags=etags, breathe=ctx.breathe)
    roster = parse_legislators(*(file.body for file in files), served_since=STOCK_ACT)
    now = ctx.clock()
    with ctx.transaction() as tx:
        changed = _take_over(tx, roster, files, now) if files else 0
        reopened = reopen_undecided(tx) if changed else 0
        note_success(tx, ROSTER, now)
    return Refreshed(asked=True, changed=changed, reopened=reopened)


def _take_over(tx: Connection, roster: Roster, files: list[FetchedFile], now: datetime) -> int:
    """Store ROSTER, unless it lost too many of the members known; return how many rows changed."""
    known = set(tx.scalars(select(t.members.c.bioguide)))
    lost = known - roster.members.keys()
    _refuse_losses("members", len(lost), len(known))
    terms = {
        (who, start)
        for who, start in tx.execute(select(t.terms.c.bioguide, t.terms.c.start))
        if who not in lost
    }
    given = {(member.bioguide, term.start) for member in roster.members.values() for term in member.terms}
    _refuse_losses("terms", len(terms - given), len(terms))
    note_findings(
        tx, "roster_lost_member", dict.fromkeys(lost, "congress-legislators lists them no more; kept"), now
    )
    rows = [{"name": file.name, "etag": file.etag, "fetched_at": now} for file in files]
    upsert(tx, t.roster_files, rows, key=("name",), change=("etag", "fetched_at"))
    return store_roster(tx, roster)


def _refuse_losses(what: str, lost: int, known: int) -> None:
    """Raise SourceChanged where too many are gone: a file cut short, or one of years ago, undoes nothing newer."""
    if lost > MOST_LOST * known:
        raise SourceChanged(
            f"roster: {lost} of {known} {what} known are in it no more; the stored one is kept"
        )


def _compare(ctx: RunContext, refreshed: Refreshed) -> Refreshed:
    """Note where Congress.gov says otherwise than the stored roster, if a key for it is set."""
    settings, now = ctx.settings, ctx.clock()
    if settings.congress_gov_api_key is None:
        return refreshed
    try:
        seats = fetch_seats(
            settings.congress_gov_url, settings.contact, settings.congress_gov_api_key, breathe=ctx.breathe
        )
    except (SourceUnavailable, SourceChanged) as fault:
        return replace(refreshed, congress_gov_fault=_noted(ctx, CONGRESS_GOV, fault))
    with ctx.transaction() as tx:
        found = differences(load_roster(tx), seats, now.date())
        note_findings(tx, "roster_differs", found, now)
        note_success(tx, CONGRESS_GOV, now)
    return replace(refreshed, differences=len(found))


def _noted(ctx: RunContext, source: str, fault: Exception) -> str:
    ctx.log.warning("source.failed", source=source, reason=str(fault))
    with ctx.transaction() as tx:
        note_fault(tx, source, str(fault), ctx.clock())
    return str(fault)
