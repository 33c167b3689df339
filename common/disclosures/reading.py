"""List what a chamber's indexes hold, then read what waits; the same for both chambers."""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from common.disclosures import catalogue
from common.disclosures.archive import Archive
from common.disclosures.catalogue import Document
from common.disclosures.chamber import Chamber, Index
from common.disclosures.fetched import FetchedDocument, Outcome, SourceFault
from common.disclosures.losses import missing_reports
from common.disclosures.store import Failed, Read, Reading, Source, Unread, begin_reading, store
from common.disclosures.tally import Tally
from common.errors import (
    DocumentMissing,
    DocumentTooLarge,
    DocumentTorn,
    NoTextLayer,
    SourceChanged,
    SourceRefused,
    SourceUnavailable,
)
from common.runtime.context import RunContext

MOST_CUT_SHORT = 3  # runs of a chain that end in the midst of one index; a fourth would fare no better
DEADLY_AFTER = 3  # runs that ended in the midst of one document; it is not read again before somebody looked


def refresh_indexes(
    ctx: RunContext, chamber: Chamber, archive: Archive, years: Sequence[int], tally: Tally
) -> list[SourceFault]:
    """Keep the indexes of YEARS, list what they hold, and return the faults of those that could not be read.

    Raises SourceRefused when the source refuses one, and SourceUnavailable when it counts as down: then nothing more is
    asked for.
    """
    faults: list[SourceFault] = []
    for done, year in enumerate(years, start=1):
        if chamber.lists_once and year in tally.listed:
            continue
        fault = _refresh_index(ctx, chamber, archive, year, tally)
        faults += [fault] if fault else []
        down = [fault for fault in faults if is_down(fault)]
        if isinstance(fault, SourceRefused) or len(down) == chamber.indexes_in_vain:
            raise faults[-1]
        ctx.progress(done, len(years))
    return faults


def _refresh_index(
    ctx: RunContext, chamber: Chamber, archive: Archive, year: int, tally: Tally
) -> SourceFault | None:
    """List what YEAR's index holds; return the source's fault, so that the other years go on."""
    ctx.breathe()
    with ctx.reading() as connection:
        last = catalogue.last_snapshot(connection, chamber.name, year)
    try:
        _begin(ctx, chamber, year, tally)
        index = chamber.index(year, last, ctx.clock().astimezone(ZoneInfo(ctx.task.zone)))
        if index is None:
            with ctx.transaction() as tx:
                catalogue.note_unchanged(tx, chamber.name, year, ctx.clock())
                tally.add_index(ctx, tx, year, new=0)
        else:
            for answer in index.answers:
                archive.put(chamber.index_kind, answer)
            _list(ctx, index, tally)
    except (SourceUnavailable, SourceChanged) as fault:
        ctx.log.warning("index.failed", chamber=chamber.name, year=year, reason=str(fault))
        tally.begun = [begun for begun in tally.begun if begun != year]  # it was answered, not cut short
        return fault
    return None


def _begin(ctx: RunContext, chamber: Chamber, year: int, tally: Tally) -> None:
    """Raise SourceUnavailable where run after run of the chain ended in the midst of YEAR's index: it would go on for ever."""
    if chamber.lists_once and tally.begin_index(ctx, year) == MOST_CUT_SHORT:
        raise SourceUnavailable(
            f"{chamber.name.title()} index {year}: {MOST_CUT_SHORT} runs ended before it was read to its end, for want of time, "
            "of requests or of the archive; nothing of it was used, the next sync asks again"
        )


def _list(ctx: RunContext, index: Index, tally: Tally) -> None:
    chamber, year = index.snapshot.chamber, index.snapshot.year
    with ctx.transaction() as tx:
        known = catalogue.listed(tx, chamber, year)
        reports = catalogue.as_known(tx, chamber, index.reports)
        ids = [report.doc_id for report in reports]
        missing = missing_reports(known, ids, index=f"{chamber.title()} index {year}")
        new = catalogue.list_filings(tx, index.snapshot, reports, missing=missing, now=ctx.clock())
        tally.add_index(ctx, tx, year, new)


def read_documents(
    ctx: RunContext, chamber: Chamber, archive: Archive, waiting: Sequence[Document], tally: Tally
) -> None:
    """Fetch, keep, read and store each WAITING document, one transaction each; stop between any two when told to.

    Raises SourceRefused when the source refuses one, and SourceUnavailable when none of several in a row could be had:
    then the others are not asked for.
    """
    in_vain = 0
    if waiting:
        ctx.progress(0, len(waiting))
    with closing(chamber.fetch(waiting)) as fetched:
        for done, (document, answer) in enumerate(fetched, start=1):
            outcome = _kept(archive, chamber, answer)
            _store(ctx, chamber, document, reading_of(ctx, chamber, document, outcome), tally)
            in_vain = in_vain + 1 if is_down(outcome) else 0
            if isinstance(outcome, SourceRefused):
                raise outcome
            if in_vain == chamber.documents_in_vain:
                raise SourceUnavailable(
                    f"{chamber.name.title()}: {in_vain} documents in a row could not be had; last: {outcome}"
                )
            ctx.progress(done, len(waiting))
            ctx.breathe()


def _kept(archive: Archive, chamber: Chamber, outcome: Outcome) -> Outcome:
    """Keep what was fetched before anything of it is stored; what is too large to keep is a document that failed."""
    try:
        if isinstance(outcome, FetchedDocument):
            archive.put(chamber.document_kind, outcome.body)
    except DocumentTooLarge as refusal:
        return refusal
    return outcome


def is_down(outcome: Outcome) -> bool:
    """Whether OUTCOME says that the source did not answer; that a document is missing is an answer."""
    return isinstance(outcome, SourceUnavailable) and not isinstance(outcome, DocumentMissing)


def reading_of(ctx: RunContext, chamber: Chamber, document: Document, outcome: Outcome) -> Reading:
    """Return what DOCUMENT says; one of which run after run died is failed unread, so that the others go on."""
    if isinstance(outcome, FetchedDocument):
        if document.deaths >= DEADLY_AFTER:
            reason = f"{document.deaths} runs ended while they read it; see task.bug in the log, then ask for it by doc_ids"
            reason = f"{chamber.name.title()} document {document.doc_id}: {reason}"
            return Failed(reason, source=_source(outcome), parser=chamber.parser)
        with ctx.transaction() as tx:
            begin_reading(tx, document.filing_id)
    return read_document(chamber, document.doc_id, outcome)


def _store(ctx: RunContext, chamber: Chamber, document: Document, reading: Reading, tally: Tally) -> None:
    with ctx.transaction() as tx:
        stored = keep_reading(tx, chamber, document, reading, ctx.clock())
        tally.add_read(ctx, tx, document.doc_id, stored=stored)


def keep_reading(
    tx: Connection, chamber: Chamber, document: Document, reading: Reading, now: datetime
) -> bool:
    """Settle who filed DOCUMENT and store READING; return whether that made a new version."""
    read = reading.filing if isinstance(reading, Read) else None
    filer = chamber.settle(tx, document, now, read=read)
    return store(tx, document.filing_id, reading, filer=filer, now=now)


def read_document(chamber: Chamber, doc_id: str, outcome: Outcome) -> Reading:
    """Return what DOC_ID says, or why nothing could be read from it."""
    match outcome:
        case SourceUnavailable():
            return Failed(str(outcome), transient=True)
        case SourceChanged():
            return Failed(str(outcome))
    source = _source(outcome)
    try:
        return Read(chamber.parse(outcome.body, doc_id), source, chamber.parser)
    except NoTextLayer as scan:
        return Unread(str(scan), source, chamber.parser)
    except SourceChanged as change:
        torn = isinstance(change, DocumentTorn)
        return Failed(str(change), transient=torn, source=source, parser=chamber.parser)


def _source(document: FetchedDocument) -> Source:
    return Source(document.sha256, document.last_modified)
