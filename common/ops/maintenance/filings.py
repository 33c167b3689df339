"""Maintenance's steps among filings; each works as congressional_sync would, and never beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial

from sqlalchemy import Connection, select

from common.db import tables as t
from common.disclosures.baseline import has_baseline
from common.disclosures.chamber_sync import (
    ChamberSynced,
    Errand,
    Fault,
    Part,
    latest_years,
    sync_chamber,
)
from common.disclosures.parameters import ChamberName, SyncParameters
from common.disclosures.reread import reread_chamber
from common.disclosures.senate.sync import open_senate, pace_of_a_run
from common.disclosures.sync import NO_BASELINE, PARTS
from common.errors import SourceUnavailable
from common.members.refresh import Refreshed, refresh_roster
from common.members.settle import OPERATOR, ensure_roster
from common.runtime.context import DoneInPart, RunContext, Skip
from common.settings import Settings
from common.tasks import CONGRESSIONAL_SYNC

RECONCILE = Errand(failed=False)
RETRY = Errand(lists=False, failed=True)
EVERYTHING = SyncParameters()
OUTDATED = SyncParameters(reread="outdated")

Work = Callable[[RunContext, Part, Sequence[int]], tuple[ChamberSynced, Fault | None]]


@dataclass(frozen=True, slots=True)
class Chambers:
    """What was done in each chamber; None = it has no baseline."""

    house: ChamberSynced | None
    senate: ChamberSynced | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the roster, and of the filings whose filer was nobody yet."""

    roster: Refreshed
    chambers: Chambers


class Sources:
    """The chambers' sites, as the steps of one run ask them.

    One that failed is asked nothing more by the run, and the Senate's counts the requests of all steps together.
    """

    def __init__(self, settings: Settings) -> None:
        pace = pace_of_a_run(settings)
        self._opened = {"senate": partial(open_senate, pace=pace)}
        self._failed: dict[ChamberName, tuple[str, Fault | None]] = {}

    def reconcile(self, ctx: RunContext) -> Chambers:
        """Bring the database level with every index that was ever read, and with those of this year and the last.

        What is found is read at once, and news as in any sync (protocols, section 2).
        """
        return _in_each_chamber(ctx, partial(self._sync, errand=RECONCILE))

    def retry(self, ctx: RunContext) -> Chambers:
        """Ask again for what failed and may pass, whatever its year."""
        return _in_each_chamber(ctx, partial(self._sync, errand=RETRY))

    def _sync(
        self, ctx: RunContext, part: Part, years: Sequence[int], errand: Errand
    ) -> tuple[ChamberSynced, Fault | None]:
        if part.chamber in self._failed:
            reason, fault = self._failed[part.chamber]
            return ChamberSynced(skipped=reason), fault
        asking = replace(part, open=self._opened.get(part.chamber, part.open))
        did, fault = sync_chamber(ctx, asking, years, EVERYTHING, errand)
        if did.fault or fault:
            self._failed[part.chamber] = (did.fault or str(fault), fault)
        return did, fault


def reread(ctx: RunContext) -> Chambers:
    """Read from the archive what another parser than today's has read; asks no source."""
    return _in_each_chamber(ctx, lambda of, part, years: reread_chamber(of, part, years, OUTDATED))


def renew_roster(ctx: RunContext) -> Settled:
    """Refresh the roster, whenever that was done last, and settle again whose filer is nobody yet.

    Raises DoneInPart when the roster's source failed: the filers are settled by the roster that there is.
    """
    with ctx.borrow(CONGRESSIONAL_SYNC) as sync:
        with sync.transaction() as tx:
            ensure_roster(tx)
        refreshed = refresh_roster(sync, forced=True)
    # What was read again by the stored roster is to be read once more by the newer one that this step's next try may get.
    by_stored = replace(ctx, root=f"{ctx.root}/stored")
    settled = Settled(refreshed, _settle_again(by_stored if refreshed.fault else ctx))
    if refreshed.fault:
        raise DoneInPart(asdict(settled), SourceUnavailable(refreshed.fault))
    return settled


def _settle_again(ctx: RunContext) -> Chambers:
    def again(of: RunContext, part: Part, years: Sequence[int]) -> tuple[ChamberSynced, None]:
        with of.reading() as connection:
            asked = SyncParameters.model_construct(doc_ids=_undecided(connection, part.chamber))
        return reread_chamber(of, part, years, asked) if asked.doc_ids else (ChamberSynced(), None)

    try:
        return _in_each_chamber(ctx, again)
    except Skip:
        return Chambers(None, None)


def _undecided(connection: Connection, chamber: str) -> tuple[str, ...]:
    """Return the documents whose filer is nobody, by the word of no operator."""
    f, v = t.filings.c, t.versions.c
    current = (v.filing_id == f.id) & (v.version == f.version)
    undecided = (
        select(f.doc_id)
        .select_from(t.filings.join(t.filers).join(t.versions, current))
        .where(f.chamber == chamber, t.filers.c.method != OPERATOR, v.bioguide.is_(None))
    )
    return tuple(connection.scalars(undecided))


def _in_each_chamber(ctx: RunContext, work: Work) -> Chambers:
    """Do WORK in each chamber that has a baseline, under congressional_sync's lock.

    Raises Skip where none has, and DoneInPart when one had a fault for which the run must fail: after the other.
    """
    did: dict[str, ChamberSynced | None] = {}
    faults: list[Fault] = []
    with ctx.borrow(CONGRESSIONAL_SYNC) as sync:
        watched = _watched(sync)
        for part in PARTS:
            did[part.chamber] = None
            if part.chamber in watched:
                did[part.chamber], fault = work(sync, part, watched[part.chamber])
                faults += [fault] if fault else []
    chambers = Chambers(**did)
    if faults:
        raise DoneInPart(asdict(chambers), faults[0])
    return chambers


def _watched(ctx: RunContext) -> Mapping[str, Sequence[int]]:
    """Return each chamber that has a baseline, and its years. Raises Skip where none has."""
    s = t.index_snapshots.c
    watched: dict[str, Sequence[int]] = {}
    with ctx.reading() as connection:
        for part in PARTS:
            if has_baseline(connection, part.chamber):
                known = connection.scalars(select(s.year).where(s.chamber == part.chamber))
                watched[part.chamber] = sorted({*known, *latest_years(ctx)})
    if not watched:
        raise Skip(NO_BASELINE)
    return watched
