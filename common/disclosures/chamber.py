"""What a sync asks of a chamber's source; the two differ here and nowhere else."""

from collections.abc import Collection, Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from common.disclosures.archive import Kind
from common.disclosures.catalogue import Document, Report, Snapshot
from common.disclosures.fetched import Outcome
from common.disclosures.parameters import ChamberName
from common.disclosures.records import Filing
from common.members.settle import Filer


@dataclass(frozen=True, slots=True)
class Index:
    """What a source lists for a year."""

    snapshot: Snapshot
    reports: tuple[Report, ...]
    answers: tuple[bytes, ...]
    """The source's own, as they came."""


class Chamber(Protocol):
    """A chamber's source, while it is asked."""

    @property
    def name(self) -> ChamberName: ...

    @property
    def parser(self) -> str:
        """The parser's version."""
        ...

    @property
    def index_kind(self) -> Kind: ...

    @property
    def document_kind(self) -> Kind: ...

    @property
    def indexes_in_vain(self) -> int:
        """How many indexes may cost every retry before the source counts as down."""
        ...

    @property
    def documents_in_vain(self) -> int:
        """How many documents in a row may do so."""
        ...

    @property
    def lists_once(self) -> bool:
        """Whether an index is read once in a chain of runs, not by each of them: it costs many requests."""
        ...

    def index(self, year: int, last: Snapshot | None, now: datetime) -> Index | None:
        """Return what YEAR's index lists; None where it still says what LAST did, or has not begun yet.

        NOW is told in the zone in which the chambers count their days. Raises SourceRefused, SourceUnavailable, SourceChanged or EnoughAsked.
        """
        ...

    def fetch(self, documents: Collection[Document]) -> Generator[tuple[Document, Outcome], None, None]:
        """Yield each document as it was sent, or the error that stands for it.

        Raises EnoughAsked. Closing the iterator cancels what is under way.
        """
        ...

    def parse(self, document: bytes, doc_id: str) -> Filing:
        """Return what DOCUMENT says. Raises NoTextLayer or SourceChanged."""
        ...

    def settle(self, tx: Connection, document: Document, now: datetime, *, read: Filing | None) -> Filer:
        """Return who filed DOCUMENT, by its row in the index and by what was READ of it."""
        ...
