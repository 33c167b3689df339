"""The House's part of a sync: list what the Clerk's indexes hold, then read what waits."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Self

from sqlalchemy import Connection

from common.disclosures import catalogue
from common.disclosures.archive import Archive, Kind
from common.disclosures.catalogue import Document, Snapshot
from common.disclosures.house_client import (
    FetchedDocument,
    FetchedIndex,
    HouseClient,
    NotModified,
    Outcome,
    Wanted,
)
from common.disclosures.house_index import document_url, is_ptr, missing_rows, parse_index
from common.disclosures.house_ptr import PARSER, parse_ptr
from common.disclosures.store import Failed, Read, Reading, Source, Unread, begin_reading, store
from common.errors import (
    DocumentMissing,
    DocumentTooLarge,
    NoTextLayer,
    SourceChanged,
    SourceRefused,
    SourceUnavailable,
)
from common.members.identity import Printed
from common.members.settle import settle_filer
from common.runtime.context import RunContext

STEP = "house"
DOWN_AFTER = (
    8  # documents in a row that cost every retry; the Clerk's site is down, and each would cost 10 s more
)
INDEXES_IN_VAIN = (
    2  # that cost every retry: a minute each; fourteen would outlast a run, and hand over for ever
)
DEADLY_AFTER = 3  # runs that ended in the midst of one document; it is not read again before somebody looked
SourceFault = SourceUnavailable | SourceChanged


@dataclass(slots=True)
class Tally:
    """What a chain of runs did so far: its checkpoint, saved in the transaction of each piece of work."""

    since: str
    """When the chain began: a failure after that is not tried again by the same chain."""
    by_name: bool = False
    new: int = 0
    read: int = 0
    stored: int = 0
    named: list[str] = field(default_factory=list)
    """BY_NAME: what was read so far; nothing else would tell the chain's next run that it is done."""

    @classmethod
    def resumed(cls, ctx: RunContext, *, by_name: bool) -> Self:
        """Return the chain's tally; zeros at its beginning."""
        return cls(**(ctx.resume(STEP) or {"since": ctx.clock().isoformat(), "by_name": by_name}))

    def add_new(self, ctx: RunContext, tx: Connection, new: int) -> None:
        """Count documents listed for the first time, within their own transaction."""
        self.new += new
        ctx.checkpoint(tx, STEP, asdict(self))

    def add_read(self, ctx: RunContext, tx: Connection, doc_id: str, *, stored: bool) -> None:
        """Count a document within its own transaction."""
        self.read, self.stored = self.read + 1, self.stored + stored
        self.named += [doc_id] if self.by_name else []
        ctx.checkpoint(tx, STEP, asdict(self))


def refresh_indexes(
    ctx: RunContext, house: HouseClient, archive: Archive, years: Iterable[int], tally: Tally
) -> list[SourceFault]:
    """Keep the indexes of YEARS, list what they hold, and return the faults of those that could not be read.

    Raises SourceRefused when the Clerk refuses one, and SourceUnavailable when a second one could not be had: then
    nothing more is asked for.
    """
    faults = []
    for year in years:
        fault = _refresh_index(ctx, house, archive, year, tally)
        faults += [fault] if fault else []
        down = [fault for fault in faults if _is_down(fault)]
        if isinstance(fault, SourceRefused) or len(down) == INDEXES_IN_VAIN:
            raise faults[-1]
    return faults


def _refresh_index(
    ctx: RunContext, house: HouseClient, archive: Archive, year: int, tally: Tally
) -> SourceFault | None:
    """List what YEAR's index holds; return the source's fault, so that the other years go on."""
    ctx.breathe()
    with ctx.reading() as connection:
        last = catalogue.last_snapshot(connection, year)
        known = catalogue.listed(connection, year)
    try:
        index = house.index(
            year, etag=last.etag if last else None, last_modified=last.last_modified if last else None
        )
        if isinstance(index, NotModified):
            with ctx.transaction() as tx:
                catalogue.note_unchanged(tx, year, ctx.clock())
        else:
            archive.put(Kind.INDEX, index.archive)
            _list(ctx, year, index, known, tally)
    except (SourceUnavailable, SourceChanged) as fault:
        if isinstance(fault, DocumentMissing) and _is_young(year, ctx.clock()):
            return None
        ctx.log.warning("index.failed", year=year, reason=str(fault))
        return fault
    return None


def _list(ctx: RunContext, year: int, index: FetchedIndex, known: Collection[str], tally: Tally) -> None:
    reports = [row for row in parse_index(index.archive, year=year) if is_ptr(row)]
    missing = missing_rows(known, reports, year=year)
    urls = {row.doc_id: document_url(ctx.settings.house_url, year, row.doc_id) for row in reports}
    snapshot = Snapshot(year, index.sha256, index.etag, index.last_modified)
    with ctx.transaction() as tx:
        new = catalogue.list_filings(tx, snapshot, reports, urls=urls, missing=missing, now=ctx.clock())
        tally.add_new(ctx, tx, new)


def _is_young(year: int, now: datetime) -> bool:
    """Whether YEAR has just begun, and the Clerk may not have started its index yet."""
    return (now.year, now.month) == (year, 1)


def read_documents(
    ctx: RunContext, house: HouseClient, archive: Archive, waiting: Sequence[Document], tally: Tally
) -> None:
    """Fetch, keep, read and store each WAITING document, one transaction each; stop between any two when told to.

    Raises SourceRefused when the Clerk refuses one, and SourceUnavailable when none of several in a row could be had:
    then the others are not asked for.
    """
    in_vain = 0
    documents = {Wanted(document.row.year, document.row.doc_id): document for document in waiting}
    with closing(house.fetch_all(documents)) as fetched:
        for done, (wanted, answer) in enumerate(fetched, start=1):
            document, outcome = documents[wanted], _kept(archive, answer)
            _store(ctx, document, _reading(ctx, document, outcome), tally)
            in_vain = in_vain + 1 if _is_down(outcome) else 0
            if isinstance(outcome, SourceRefused):
                raise outcome
            if in_vain == DOWN_AFTER:
                raise SourceUnavailable(
                    f"House: {in_vain} documents in a row could not be had; last: {outcome}"
                )
            ctx.progress(done, len(documents))
            ctx.breathe()


def _kept(archive: Archive, outcome: Outcome) -> Outcome:
    """Keep what was fetched before anything of it is stored; what is too large to keep is a document that failed."""
    try:
        if isinstance(outcome, FetchedDocument):
            archive.put(Kind.REPORT, outcome.pdf)
    except DocumentTooLarge as refusal:
        return refusal
    return outcome


def _is_down(outcome: Outcome | SourceFault) -> bool:
    """Whether OUTCOME says that the Clerk did not answer; that a document is missing is an answer."""
    return isinstance(outcome, SourceUnavailable) and not isinstance(outcome, DocumentMissing)


def _reading(ctx: RunContext, document: Document, outcome: Outcome) -> Reading:
    """Return what DOCUMENT says; one of which run after run died is failed unread, so that the others go on."""
    doc_id = document.row.doc_id
    if isinstance(outcome, FetchedDocument):
        if document.deaths >= DEADLY_AFTER:
            reason = f"{document.deaths} runs ended while they read it; see task.bug in the log, then ask for it by doc_ids"
            return Failed(f"House document {doc_id}: {reason}", source=_source(outcome), parser=PARSER)
        with ctx.transaction() as tx:
            begin_reading(tx, document.filing_id)
    return read_document(doc_id, outcome)


def _store(ctx: RunContext, document: Document, reading: Reading, tally: Tally) -> None:
    now = ctx.clock()
    with ctx.transaction() as tx:
        filer = settle_filer(tx, document.row, now, printed=_printed(reading))
        stored = store(tx, document.filing_id, reading, filer=filer, now=now)
        tally.add_read(ctx, tx, document.row.doc_id, stored=stored)


def _printed(reading: Reading) -> Printed | None:
    return (
        Printed(reading.filing.filer_name, reading.filing.filer_status) if isinstance(reading, Read) else None
    )


def read_document(doc_id: str, outcome: Outcome) -> Reading:
    """Return what DOC_ID says, or why nothing could be read from it."""
    match outcome:
        case SourceUnavailable():
            return Failed(str(outcome), transient=True)
        case SourceChanged():
            return Failed(str(outcome))
    source = _source(outcome)
    try:
        return Read(parse_ptr(outcome.pdf, doc_id=doc_id), source, PARSER)
    except NoTextLayer as scan:
        return Unread(str(scan), source, PARSER)
    except SourceChanged as change:
        return Failed(str(change), source=source, parser=PARSER)


def _source(document: FetchedDocument) -> Source:
    return Source(document.sha256, document.last_modified)
