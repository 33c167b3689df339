"""The Senate as a sync asks it: a search over the days of a year in place of an index, and reports as pages."""

from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from urllib.parse import urljoin, urlsplit

from sqlalchemy import Connection

from common.disclosures.archive import Kind
from common.disclosures.catalogue import Document, Report, Snapshot
from common.disclosures.chamber import Index
from common.disclosures.fetched import Outcome
from common.disclosures.forms import date_of
from common.disclosures.parameters import ChamberName
from common.disclosures.records import Filing
from common.disclosures.senate.client import MOST_REQUESTS, SenateClient, pace_at
from common.disclosures.senate.listing import YearListing
from common.disclosures.senate.ptr import PARSER, parse_ptr
from common.disclosures.senate.search import COLUMNS, SearchRow
from common.download import Pace, Patience
from common.errors import SourceChanged, SourceUnavailable
from common.members.identity import Printed
from common.members.settle import Filer, settle_senator
from common.members.store import RosterOnce
from common.runtime.context import RunContext
from common.settings import Settings

PATIENCE = Patience()
FIRST_FULL_YEAR = 2014
"""The oldest electronic reports known are of this year; a search of an earlier one may rightly find none."""


def pace_of_a_run(settings: Settings) -> Pace:
    """Return how a run asks the Senate, however often it opens its site."""
    return pace_at(settings.senate_url, settings.senate_pace, MOST_REQUESTS)


@contextmanager
def open_senate(ctx: RunContext, pace: Pace | None = None) -> Iterator["Senate"]:
    """Lend the Senate's site; a session there begins with the first request. PACE = the run's, where it asks repeatedly."""
    settings = ctx.settings
    with SenateClient(
        settings.senate_url,
        settings.contact,
        pace=pace or settings.senate_pace,
        patience=PATIENCE,
        breathe=ctx.breathe,
        most_requests=MOST_REQUESTS,
    ) as client:
        yield Senate(client, settings.senate_url, RosterOnce())


@dataclass(frozen=True, slots=True)
class SenatorListed:
    """A row of the search, as far as it says who filed."""

    first: str
    last: str
    office: str
    filed: date | None


@dataclass(frozen=True, slots=True)
class Senate:
    """The Senate's site, or its stand-in at BASE_URL."""

    client: SenateClient
    base_url: str
    roster: RosterOnce
    name: ChamberName = "senate"
    parser: str = PARSER
    index_kind: Kind = Kind.SEARCH
    document_kind: Kind = Kind.PAGE
    indexes_in_vain: int = 1
    """It costs a minute and a half, and a second year would be asked of the same search."""
    documents_in_vain: int = 3
    """Each costs as much."""
    lists_once: bool = True
    """A year costs several of the 200 requests that a run may make."""

    def index(self, year: int, last: Snapshot | None, now: datetime) -> Index | None:  # noqa: ARG002  # the search has no mark to ask again by
        """Return the reports listed for YEAR, to the hour the site counts by; None where January has brought none yet."""
        listing = YearListing(lambda form: self.client.search(form, what=f"Senate search {year}"), year)
        rows = listing.rows()
        if not rows and (now.year, now.month) == (year, 1):
            return None
        if not rows and year >= FIRST_FULL_YEAR:
            raise SourceChanged(f"Senate search {year}: finds no report at all; nothing of it was used")
        uuids = "\n".join(row.uuid for row in rows)
        snapshot = Snapshot(self.name, year, sha256(uuids.encode()).hexdigest())
        reports = tuple(self._report(row, year) for row in rows)
        return Index(snapshot, reports, tuple(listing.answers))

    def _report(self, row: SearchRow, year: int) -> Report:
        return Report(
            doc_id=row.uuid,
            year=year,
            url=self.base_url.rstrip("/") + row.path,
            filed=row.received,
            filer_name=f"{row.first} {row.last}".strip(),
            state_district="",
            listing=dict(zip(COLUMNS, row.cells, strict=True)),
        )

    def fetch(self, documents: Collection[Document]) -> Generator[tuple[Document, Outcome], None, None]:
        """Yield each of DOCUMENTS in turn, one request at a time."""
        for document in documents:
            yield document, self._fetched(document)

    def _fetched(self, document: Document) -> Outcome:
        try:
            url = urljoin(self.base_url, urlsplit(document.url).path)
            return self.client.report(url, what=f"Senate document {document.doc_id}")
        except (SourceUnavailable, SourceChanged) as error:
            return error

    def parse(self, document: bytes, doc_id: str) -> Filing:
        """Return what the page DOCUMENT says."""
        return parse_ptr(document, doc_id=doc_id)

    def settle(self, tx: Connection, document: Document, now: datetime, *, read: Filing | None) -> Filer:
        """Return which senator filed DOCUMENT."""
        printed = Printed(read.filer_name, read.filer_status) if read else None
        return settle_senator(tx, _listed(document.listing), now, roster=self.roster.of(tx), printed=printed)


def _listed(row: Mapping[str, str]) -> SenatorListed:
    """Read ROW, of the search, as the catalogue kept it."""
    first, last, office = (" ".join(row[name].split()) for name in ("first", "last", "office"))
    return SenatorListed(first, last, office, date_of(row["received"]))
