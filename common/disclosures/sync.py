"""congressional_sync: discover, fetch, read, identify, store; the database, not a clock, knows what is new."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from common.disclosures.archive import Archive
from common.disclosures.baseline import begin_baseline, complete_baseline, has_baseline
from common.disclosures.catalogue import CHAMBER, due_documents
from common.disclosures.house_client import HouseClient
from common.disclosures.house_sync import SourceFault, Tally, read_documents, refresh_indexes
from common.disclosures.standing import Standing, standing
from common.errors import Incomplete, SourceUnavailable
from common.members.settle import ensure_roster
from common.runtime.context import RunContext, Skip
from common.tasks import NOTIFICATIONS

FIRST_YEAR = 2012
"""The STOCK Act (Pub. L. 112-105) made periodic transaction reports due from July 2012."""
Year = Annotated[int, Field(ge=FIRST_YEAR, le=2100)]


class SyncParameters(BaseModel):
    """What a caller may ask of a sync; without any, it reads this and last year's index."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    years: Annotated[tuple[Year, ...], Field(min_length=1)] | None = None
    doc_ids: tuple[Annotated[str, Field(pattern=r"^\d{4,12}$")], ...] = ()
    """Read exactly these again, whatever their state, as far as the indexes of `years` list them."""
    baseline: bool = False
    """Take what is listed now as history that nobody is mailed; by default that of every year."""
    limit: Annotated[int, Field(gt=0)] | None = None
    """At most so many documents; the rest waits."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did (`new` listed, `read` documents, `stored` versions), and how the filings of its years stand afterwards."""

    years: tuple[int, ...]
    new: int
    read: int
    stored: int
    indexed: int
    parsed: int
    quarantined_rows: int
    unread: int
    failed: int
    waiting: int
    members_unresolved: int


def sync_disclosures(ctx: RunContext) -> Synced:
    """Bring the database level with the House: every listed report read, unread or failed with its reason.

    Raises Skip while there is no baseline, DependencyDown when a document cannot be kept (nothing is stored of it then),
    SourceUnavailable or SourceChanged when an index could not be read (once the rest is done), and Incomplete when the
    counts do not add up.
    """
    asked = SyncParameters.model_validate(ctx.params)
    years = tuple(sorted(set(asked.years or _default_years(ctx, baseline=asked.baseline))))
    _begin(ctx, baseline=asked.baseline)
    tally = Tally.resumed(ctx, by_name=bool(asked.doc_ids))
    faults = _sync_house(ctx, years, asked, tally)
    if tally.stored and not asked.baseline:
        ctx.hand_over(NOTIFICATIONS)
    if faults:
        raise faults[0]
    return _close_books(ctx, years, asked, tally)


def _default_years(ctx: RunContext, *, baseline: bool) -> tuple[int, ...]:
    this = ctx.clock().astimezone(ZoneInfo(ctx.task.zone)).year
    return tuple(range(FIRST_YEAR if baseline else this - 1, this + 1))


def _begin(ctx: RunContext, *, baseline: bool) -> None:
    with ctx.transaction() as tx:
        if baseline:
            begin_baseline(tx, CHAMBER, ctx.clock())
        elif not has_baseline(tx, CHAMBER):
            raise Skip("no baseline")
        ensure_roster(tx)


def _sync_house(
    ctx: RunContext, years: Sequence[int], asked: SyncParameters, tally: Tally
) -> list[SourceFault]:
    settings = ctx.settings
    house = HouseClient(settings.house_url, settings.contact, pace=settings.house_pace, breathe=ctx.breathe)
    archive = Archive.at(settings)
    faults = refresh_indexes(ctx, house, archive, years, tally)
    with ctx.reading() as connection:
        since = datetime.fromisoformat(tally.since)
        due = due_documents(connection, years, due=since, doc_ids=asked.doc_ids)
    waiting = [document for document in due if document.row.doc_id not in tally.named]
    left = len(waiting) if asked.limit is None else max(0, asked.limit - tally.read)
    try:
        read_documents(ctx, house, archive, waiting[:left], tally)
    except SourceUnavailable as fault:
        faults.append(fault)
    return faults


def _close_books(ctx: RunContext, years: Sequence[int], asked: SyncParameters, tally: Tally) -> Synced:
    with ctx.reading() as connection:
        books = standing(connection, years)
    check_books(books, partial=bool(asked.limit or asked.doc_ids))
    if asked.baseline and not books.waiting:
        with ctx.transaction() as tx:
            complete_baseline(tx, CHAMBER, ctx.clock())
    return Synced(years=tuple(years), new=tally.new, read=tally.read, stored=tally.stored, **asdict(books))


def check_books(books: Standing, *, partial: bool) -> None:
    """Raise Incomplete unless every listed document is parsed, unread or failed (or, when PARTIAL, waits its turn)."""
    accounted = books.parsed + books.unread + books.failed + books.waiting
    if accounted != books.indexed or (books.waiting and not partial):
        raise Incomplete(
            f"the House's indexes list {books.indexed} reports, but {books.parsed} are parsed, {books.unread} unread, "
            f"{books.failed} failed and {books.waiting} wait; look for doc ids that two indexes share"
        )
