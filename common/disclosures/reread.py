"""Reads again what the archive keeps, asking no source: what today's parser makes of the documents of yesterday's."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Select, func, select

from common.db import tables as t
from common.db.findings import note_findings
from common.disclosures.archive import Archive
from common.disclosures.catalogue import Document, named
from common.disclosures.chamber import Chamber
from common.disclosures.chamber_sync import ChamberSynced, Part, latest_years
from common.disclosures.fetched import FetchedDocument
from common.disclosures.parameters import SyncParameters
from common.disclosures.reading import keep_reading, reading_of
from common.disclosures.standing import standing
from common.disclosures.store import leave_due
from common.errors import DocumentNotKept
from common.runtime.context import RunContext
from common.tasks import NOTIFICATIONS

PORTION = 500  # filings at a time: what bounds the memory


@dataclass(frozen=True, slots=True)
class Archived:
    """A filing that was read before, and which document it was read from."""

    document: Document
    sha256: str
    posted: datetime | None
    due: datetime | None
    """When it is to be fetched anew; None = it is not."""


@dataclass(slots=True)
class Progress:
    """What a chain of runs read again in one chamber so far: its checkpoint, saved with each filing."""

    step: str
    after: int = 0
    """The filing that came last, by id; they come in this order."""
    read: int = 0
    stored: int = 0
    not_archived: int = 0

    @classmethod
    def resumed(cls, ctx: RunContext, chamber: str) -> Self:
        """Return the chain's progress in CHAMBER; zeros at its beginning."""
        step = f"{chamber}/reread"
        return cls(step, **(ctx.resume(step) or {}))

    def save(self, ctx: RunContext, tx: Connection, after: int) -> None:
        """Note, in the transaction of its work, that the filing AFTER is done."""
        self.after = after
        state = asdict(self)
        ctx.checkpoint(tx, state.pop("step"), state)


def reread_chamber(
    ctx: RunContext, part: Part, years: Sequence[int], asked: SyncParameters
) -> tuple[ChamberSynced, None]:
    """Read again what is archived of PART's chamber, and return what came of it; nothing of that can be a source's fault.

    Facts that stayed the same make no version, and nobody is told. A document that the archive does not hold, or holds
    damaged, is counted and becomes a finding; what is stored of it stays.
    """
    progress = Progress.resumed(ctx, part.chamber)
    archive = Archive.at(ctx.settings)
    with part.open(ctx) as chamber:
        waiting = _waiting(chamber, years, _asked_for(asked, chamber.parser, latest_years(ctx)))
        total = _count(ctx, waiting, progress)
        for done, one in enumerate(_each(ctx, waiting, asked, progress), start=1):
            ctx.breathe()
            _read_again(ctx, chamber, archive, one, progress)
            ctx.progress(done, total)
    if progress.stored:
        ctx.hand_over(NOTIFICATIONS)
    with ctx.reading() as connection:
        books = standing(connection, part.chamber, years)
    did = ChamberSynced(
        read=progress.read, stored=progress.stored, not_archived=progress.not_archived, **asdict(books)
    )
    return did, None


def _waiting(chamber: Chamber, years: Sequence[int], which: ColumnElement[bool]) -> Select[Any]:
    """Return how to ask for the filings of YEARS that were read, and of which WHICH holds."""
    f, v = t.filings.c, t.versions.c
    return (
        select(f.id, f.doc_id, f.year, f.url, f.listing, f.attempts, v.sha256, v.posted, f.next_attempt_at)
        .join(t.versions, (v.filing_id == f.id) & (v.version == f.version))
        .where(f.chamber == chamber.name, f.year.in_(years), v.sha256.is_not(None), which)
    )


def _count(ctx: RunContext, waiting: Select[Any], progress: Progress) -> int:
    left = waiting.where(t.filings.c.id > progress.after)
    with ctx.reading() as connection:
        return connection.execute(left.with_only_columns(func.count())).scalar_one()


def _each(
    ctx: RunContext, waiting: Select[Any], asked: SyncParameters, progress: Progress
) -> Iterator[Archived]:
    """Yield what is WAITING behind the last one that was read, as far as the limit goes; a portion is held at a time."""
    f = t.filings.c
    while True:
        most = PORTION if asked.limit is None else max(0, min(PORTION, asked.limit - progress.read))
        with ctx.reading() as connection:
            portion = connection.execute(
                waiting.where(f.id > progress.after).order_by(f.id).limit(most)
            ).all()
        if not portion:
            return
        yield from (Archived(Document(*row[:6]), *row[6:]) for row in portion)


def _asked_for(asked: SyncParameters, parser: str, synced: Collection[int]) -> ColumnElement[bool]:
    """Return which filings are ASKED for; what is to be fetched anew, in the years that every sync looks at, is not."""
    f, v = t.filings.c, t.versions.c
    if asked.doc_ids:
        return named(asked.doc_ids)
    fetched_anyway = f.next_attempt_at.is_not(None) & f.year.in_(synced)
    return ~fetched_anyway if asked.reread == "all" else ~fetched_anyway & v.parser.is_distinct_from(parser)


def _read_again(
    ctx: RunContext, chamber: Chamber, archive: Archive, one: Archived, progress: Progress
) -> None:
    document = one.document
    try:
        body = archive.get(one.sha256)
    except DocumentNotKept as lost:
        _note_lost(ctx, document, lost, progress)
        return
    fetched = FetchedDocument(body, one.sha256, one.posted, document.url)
    reading = reading_of(ctx, chamber, document, fetched)
    with ctx.transaction() as tx:
        progress.read += 1
        progress.stored += keep_reading(tx, chamber, document, reading, ctx.clock())
        if one.due:
            leave_due(tx, document.filing_id, one.due)
        progress.save(ctx, tx, document.filing_id)


def _note_lost(ctx: RunContext, document: Document, lost: DocumentNotKept, progress: Progress) -> None:
    ctx.log.warning("document.not_archived", doc_id=document.doc_id, reason=str(lost))
    with ctx.transaction() as tx:
        note_findings(tx, "not_archived", {document.doc_id: f"{lost}; ask for it by doc_ids"}, ctx.clock())
        progress.not_archived += 1
        progress.save(ctx, tx, document.filing_id)
