"""The House as a sync asks it: yearly indexes with a mark to ask again by, and reports as PDF files."""

from collections.abc import Collection, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from common.disclosures.archive import Kind
from common.disclosures.catalogue import Document, Report, Snapshot
from common.disclosures.chamber import Index
from common.disclosures.fetched import Outcome
from common.disclosures.house.client import HouseClient, NotModified, Wanted
from common.disclosures.house.index import document_url, is_ptr, parse_index
from common.disclosures.house.ptr import PARSER, parse_ptr
from common.disclosures.parameters import ChamberName
from common.disclosures.records import Filing, IndexRow
from common.errors import DocumentMissing, DocumentTorn
from common.members.identity import Printed
from common.members.settle import Filer, settle_filer
from common.members.store import RosterOnce
from common.runtime.context import RunContext


@contextmanager
def open_house(ctx: RunContext) -> Iterator["House"]:
    """Lend the Clerk's site."""
    settings = ctx.settings
    client = HouseClient(settings.house_url, settings.contact, pace=settings.house_pace, breathe=ctx.breathe)
    yield House(client, settings.house_url, RosterOnce())


@dataclass(frozen=True, slots=True)
class House:
    """The Clerk's site, or its stand-in at BASE_URL."""

    client: HouseClient
    base_url: str
    roster: RosterOnce
    name: ChamberName = "house"
    parser: str = PARSER
    index_kind: Kind = Kind.INDEX
    document_kind: Kind = Kind.REPORT
    indexes_in_vain: int = 2
    """Each costs a minute; fourteen would outlast a run, and hand over for ever."""
    documents_in_vain: int = 8
    """Each costs 10 s."""
    lists_once: bool = False
    """An index that did not change costs one request without an answer to read."""

    def index(self, year: int, last: Snapshot | None, now: datetime) -> Index | None:
        """Return the reports that YEAR's index lists; None where it did not change, or has not begun in January."""
        try:
            index = self.client.index(
                year, etag=last.etag if last else None, last_modified=last.last_modified if last else None
            )
        except DocumentMissing:
            if (now.year, now.month) == (year, 1):
                return None
            raise
        if isinstance(index, NotModified):
            return None
        rows = filter(is_ptr, parse_index(index.archive, year=year))
        snapshot = Snapshot(self.name, year, index.sha256, index.etag, index.last_modified)
        return Index(snapshot, tuple(map(self._report, rows)), (index.archive,))

    def _report(self, row: IndexRow) -> Report:
        return Report(
            doc_id=row.doc_id,
            year=row.year,
            url=document_url(self.base_url, row.year, row.doc_id),
            filed=row.filed,
            filer_name=" ".join(filter(None, (row.prefix, row.first, row.last, row.suffix))),
            state_district=row.state_district,
            listing=asdict(row) | {"filed": row.filed and row.filed.isoformat()},
        )

    def fetch(self, documents: Collection[Document]) -> Generator[tuple[Document, Outcome], None, None]:
        """Yield each of DOCUMENTS as it arrives, a few at once."""
        wanted = {Wanted(document.year, document.doc_id): document for document in documents}
        with closing(self.client.fetch_all(wanted)) as fetched:
            for one, outcome in fetched:
                yield wanted[one], outcome

    def parse(self, document: bytes, doc_id: str) -> Filing:
        """Return what the PDF file DOCUMENT says. Raises DocumentTorn where it bears the number of another, too."""
        filing = parse_ptr(document, doc_id=doc_id)
        if filing.printed_id not in {None, doc_id}:
            raise DocumentTorn(
                f"House document {doc_id}: filing {filing.printed_id} came in its place; fetch it again, then look at it by hand"
            )
        return filing

    def settle(self, tx: Connection, document: Document, now: datetime, *, read: Filing | None) -> Filer:
        """Return who filed DOCUMENT."""
        printed = Printed(read.filer_name, read.filer_status) if read else None
        return settle_filer(tx, _row(document), now, roster=self.roster.of(tx), printed=printed)


def _row(document: Document) -> IndexRow:
    filed = document.listing["filed"]
    return IndexRow(**{**document.listing, "filed": filed and date.fromisoformat(filed)})
