"""congressional_sync: discover, fetch, read, identify, store; the database, not a clock, knows what is new."""

from dataclasses import dataclass

from common.disclosures.baseline import begin_baseline, has_baseline
from common.disclosures.catalogue import not_listed
from common.disclosures.chamber_sync import ChamberSynced, Fault, Part, latest_years, sync_chamber
from common.disclosures.house.sync import open_house
from common.disclosures.parameters import FIRST_YEAR, ChamberName, SyncParameters
from common.disclosures.reread import reread_chamber
from common.disclosures.senate.sync import open_senate
from common.members.refresh import Refreshed, refresh_roster
from common.members.settle import ensure_roster, reopen_undecided
from common.runtime.context import RunContext, Skip

NO_BASELINE = "no baseline"
PARTS = (
    Part("house", open_house, fails_the_run=True),
    Part("senate", open_senate, fails_the_run=False),
)
"""In their order: the House never waits for the Senate."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did for the roster and in each chamber; None = it was not told to look there."""

    years: tuple[int, ...]
    roster: Refreshed
    house: ChamberSynced | None
    senate: ChamberSynced | None
    not_listed: tuple[str, ...]
    """Those of the `doc_ids` asked for that no index of these years and chambers lists: nothing was read of them."""


def sync_disclosures(ctx: RunContext) -> Synced:
    """Bring the database level with both chambers: every listed report read, unread or failed with its reason.

    The roster comes first, so that whoever was sworn in since is known. Then the House: what it had is stored and handed
    over before the Senate is asked. Raises Skip where no chamber that was asked for has a baseline, and DependencyDown when
    a document cannot be kept (nothing is stored of it then); once all the rest is done, SourceUnavailable or SourceChanged
    when an index of the House's could not be read, and Incomplete when its counts do not add up.
    """
    asked = SyncParameters.model_validate(ctx.params)
    years = tuple(sorted(set(asked.years or _default_years(ctx, asked))))
    work = reread_chamber if asked.reread else sync_chamber
    watched = _begin(ctx, asked)
    roster = Refreshed() if asked.reread else refresh_roster(ctx)
    did: dict[ChamberName, ChamberSynced] = {}
    faults: list[Fault] = []
    for part in PARTS:
        if part.chamber in watched:
            did[part.chamber], fault = work(ctx, part, years, asked)
            faults += [fault] if fault else []
        elif part.chamber in asked.chambers:
            did[part.chamber] = ChamberSynced(skipped=NO_BASELINE)
    if faults:
        raise faults[0]
    with ctx.reading() as connection:
        strangers = not_listed(connection, asked.chambers, years, asked.doc_ids)
    return Synced(years, roster, house=did.get("house"), senate=did.get("senate"), not_listed=strangers)


def _default_years(ctx: RunContext, asked: SyncParameters) -> tuple[int, ...]:
    last, this = latest_years(ctx)
    return tuple(range(FIRST_YEAR if asked.baseline or asked.reread else last, this + 1))


def _begin(ctx: RunContext, asked: SyncParameters) -> set[ChamberName]:
    """Return those of the chambers ASKED for that have a baseline, or whose baseline this is. Raises Skip."""
    with ctx.transaction() as tx:
        if asked.baseline:
            for name in asked.chambers:
                begin_baseline(tx, name, ctx.clock())
        watched = {name for name in asked.chambers if asked.baseline or has_baseline(tx, name)}
        if not watched:
            raise Skip(NO_BASELINE)
        if ensure_roster(tx):
            reopen_undecided(tx)
    return watched
