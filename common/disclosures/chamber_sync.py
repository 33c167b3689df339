"""A chamber's part of a sync, from its indexes to balanced books; the same for both chambers."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from common.db.sources import note_fault, note_success
from common.disclosures.archive import Archive
from common.disclosures.baseline import complete_baseline
from common.disclosures.catalogue import Document, due_documents, forget_marks
from common.disclosures.chamber import Chamber
from common.disclosures.fetched import SourceFault
from common.disclosures.parameters import ChamberName, SyncParameters
from common.disclosures.reading import read_documents, refresh_indexes
from common.disclosures.standing import Standing, standing
from common.disclosures.tally import Tally
from common.errors import EnoughAsked, Incomplete, SourceChanged, SourceUnavailable
from common.runtime.context import OutOfTime, RunContext
from common.tasks import NOTIFICATIONS

Fault = SourceFault | Incomplete


@dataclass(frozen=True, slots=True)
class Part:
    """What a sync has to do in one chamber."""

    chamber: ChamberName
    open: Callable[[RunContext], AbstractContextManager[Chamber]]
    fails_the_run: bool
    """Whether a fault of its source does; else it is recorded and shown, and the next tick asks again."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Which of its work a sync does."""

    lists: bool = True
    """Whether the indexes are read."""
    failed: bool | None = None
    """Of the documents that wait: True = those alone that failed and may pass, False = all but those, None = all."""


ALL_OF_IT = Errand()


@dataclass(frozen=True, slots=True)
class ChamberSynced:
    """What a sync did in a chamber (`new` listed, `read` documents, `stored` versions), and how the filings of its years stand afterwards."""

    new: int = 0
    read: int = 0
    stored: int = 0
    indexed: int = 0
    parsed: int = 0
    quarantined_rows: int = 0
    unread: int = 0
    failed: int = 0
    waiting: int = 0
    members_unresolved: int = 0
    not_archived: int = 0
    """Documents that were to be read again and that the archive does not hold, or holds damaged."""
    fault: str | None = None
    """Why its source could not be asked for everything, or its books do not balance."""
    skipped: str | None = None
    """Why it was not asked at all."""


def sync_chamber(
    ctx: RunContext, part: Part, years: Sequence[int], asked: SyncParameters, errand: Errand = ALL_OF_IT
) -> tuple[ChamberSynced, Fault | None]:
    """Do PART to its end, as far as ERRAND goes; return what was done, and the fault for which the run must fail.

    Once a source whose faults do not fail the run had one, the whole chain of runs asks it nothing more.
    """
    tally = Tally.resumed(ctx, part.chamber, by_name=bool(asked.doc_ids))
    work = _Work(ctx, part, years, asked, errand, tally)
    fault = None
    if tally.fault is None:
        try:
            fault = work.do()
        except OutOfTime:
            work.hand_over()  # the chain may go on for an hour
            raise
        work.conclude(fault)
    work.hand_over()
    with ctx.reading() as connection:
        books = asdict(work.books(connection))
    did = ChamberSynced(new=tally.new, read=tally.read, stored=tally.stored, **books, fault=tally.fault)
    return did, fault if part.fails_the_run else None


@dataclass(frozen=True, slots=True)
class _Work:
    """What a run is asked to do in one chamber, and how far its chain is."""

    ctx: RunContext
    part: Part
    years: Sequence[int]
    asked: SyncParameters
    errand: Errand
    tally: Tally

    def do(self) -> Fault | None:
        """List and read what there is, and check the books; return the first fault."""
        archive = Archive.at(self.ctx.settings)
        faults: list[Fault] = []
        try:
            with self.part.open(self.ctx) as chamber:
                if self.errand.lists:
                    faults += refresh_indexes(self.ctx, chamber, archive, self.years, self.tally)
                read_documents(self.ctx, chamber, archive, self._waiting(), self.tally)
            if self.errand.lists and not faults:
                self._check_books()
        except (SourceUnavailable, SourceChanged, Incomplete) as fault:
            faults.append(fault)
        except EnoughAsked as enough:
            raise OutOfTime(str(enough)) from enough
        return faults[0] if faults else None

    def _waiting(self) -> list[Document]:
        """Return the documents that the chain has not tried yet, as far as its limit goes."""
        asked, tally = self.asked, self.tally
        with self.ctx.reading() as connection:
            since = datetime.fromisoformat(tally.since)
            due = due_documents(
                connection,
                self.part.chamber,
                self.years,
                due=since,
                doc_ids=asked.doc_ids,
                failed=self.errand.failed,
            )
        waiting = [document for document in due if document.doc_id not in tally.named]
        left = len(waiting) if asked.limit is None else max(0, asked.limit - tally.read)
        return waiting[:left]

    def books(self, connection: Connection) -> Standing:
        """Return how the filings stand."""
        return standing(connection, self.part.chamber, self.years)

    def _check_books(self) -> None:
        with self.ctx.reading() as connection:
            check_books(self.part.chamber, self.books(connection), partial=self.asked.is_partial)

    def hand_over(self) -> None:
        """Have what the chain stored told, unless it is history."""
        if self.tally.stored and not self.asked.baseline:
            self.ctx.hand_over(NOTIFICATIONS)

    def conclude(self, fault: Fault | None) -> None:
        """Record how the source answered, and that the baseline is complete where it is."""
        chamber, now = self.part.chamber, self.ctx.clock()
        with self.ctx.transaction() as tx:
            if fault:
                note_fault(tx, chamber, str(fault), now)
                if isinstance(fault, Incomplete):
                    forget_marks(tx, chamber)
                if not self.part.fails_the_run:
                    self.tally.end(self.ctx, tx, str(fault))
            elif self._asks_for_all():
                note_success(tx, chamber, now)
            if self.asked.baseline and self._is_all_known(tx) and not isinstance(fault, Incomplete):
                complete_baseline(tx, chamber, now)

    def _is_all_known(self, tx: Connection) -> bool:
        """Whether every year is listed and no report waits: those that could not be had are tried again without a baseline."""
        return set(self.years) <= set(self.tally.listed) and not self.books(tx).waiting

    def _asks_for_all(self) -> bool:
        """Whether the source is asked for as much as the schedule's own syncs ask; less says nothing of a fault of theirs."""
        return (
            self.errand.lists and not self.asked.is_partial and set(latest_years(self.ctx)) <= set(self.years)
        )


def latest_years(ctx: RunContext) -> tuple[int, int]:
    """Return last year and this, as the chambers count their days: those that the schedule's own syncs look at."""
    this = ctx.clock().astimezone(ZoneInfo(ctx.task.zone)).year
    return this - 1, this


def check_books(chamber: str, books: Standing, *, partial: bool) -> None:
    """Raise Incomplete unless every listed document is parsed, unread or failed (or, when PARTIAL, waits its turn)."""
    accounted = books.parsed + books.unread + books.failed + books.waiting
    if accounted != books.indexed or (books.waiting and not partial):
        raise Incomplete(
            f"the {chamber.title()}'s indexes list {books.indexed} reports, but {books.parsed} are parsed, {books.unread} unread, "
            f"{books.failed} failed and {books.waiting} wait; the next sync reads every index whole"
        )
