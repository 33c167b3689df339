"""What the House stand-in serves: filings of our own, or the files of a corpus folder."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Protocol
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from common.disclosures.house.index import FIELDS
from common.disclosures.records import IndexRow


@dataclass(frozen=True, slots=True)
class Page:
    """A file as the site has it."""

    body: bytes
    posted: datetime


class Shelf(Protocol):
    """What a stand-in serves."""

    def index(self, year: int) -> Page | None:
        """Return YEAR's index, or None where there is none."""
        ...

    def document(self, year: int, doc_id: str) -> Page | None:
        """Return a report, or None where it is missing."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the index, and the report behind it; None = the Clerk lists it and does not serve it."""

    row: IndexRow
    pdf: bytes | None = None


@dataclass(frozen=True, slots=True)
class OwnShelf:
    """Filings of our own. A year without any has no index."""

    entries: tuple[Entry, ...]

    def index(self, year: int) -> Page | None:
        """Return the index that lists YEAR's entries, posted when the last of them was filed."""
        rows = [entry.row for entry in self.entries if entry.row.year == year]
        if not rows:
            return None
        return Page(drawn_index(year, rows), _posted(max(row.filed or date(year, 1, 1) for row in rows)))

    def document(self, year: int, doc_id: str) -> Page | None:
        """Return the report as posted on the day it was filed."""
        for entry in self.entries:
            if (entry.row.year, entry.row.doc_id) == (year, doc_id) and entry.pdf and entry.row.filed:
                return Page(entry.pdf, _posted(entry.row.filed))
        return None


@dataclass(frozen=True, slots=True)
class CorpusShelf:
    """The files of a folder: index/*.zip, pdf/*.pdf, scanned/pdf/*.pdf."""

    folder: Path
    editions: Mapping[int, str] = field(default_factory=dict)
    """Year -> file name of the index where it is not {YEAR}FD.zip."""

    def index(self, year: int) -> Page | None:
        """Return YEAR's index in the chosen edition."""
        return _file(self.folder / "index" / self.editions.get(year, f"{year}FD.zip"))

    def document(self, year: int, doc_id: str) -> Page | None:  # noqa: ARG002  # a corpus is not sorted by years
        """Return the report DOC_ID, whatever the year in its address."""
        folders = (self.folder / "pdf", self.folder / "scanned" / "pdf")
        return next(filter(None, (_file(folder / f"{doc_id}.pdf") for folder in folders)), None)


def drawn_index(year: int, rows: Iterable[IndexRow]) -> bytes:
    """Return {YEAR}FD.zip as the Clerk would make it of ROWS; the same rows give the same bytes."""
    cells = [_cells(row) for row in rows]
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        for name, text in ((f"{year}FD.txt", _as_text(cells)), (f"{year}FD.xml", _as_xml(cells))):
            member = ZipInfo(name, (year, 1, 1, 9, 0, 0))
            archive.writestr(member, text.encode(), compress_type=ZIP_DEFLATED)
    return file.getvalue()


def _cells(row: IndexRow) -> tuple[str, ...]:
    filed = f"{row.filed.month}/{row.filed.day}/{row.filed.year}" if row.filed else ""
    names = (row.prefix, row.last, row.first, row.suffix)
    return (*names, row.filing_type, row.state_district, str(row.year), filed, row.doc_id)


def _as_text(rows: Iterable[tuple[str, ...]]) -> str:
    return "".join("\t".join(row) + "\r\n" for row in (FIELDS, *rows))


def _as_xml(rows: Iterable[tuple[str, ...]]) -> str:
    lines = ['\ufeff<?xml version="1.0" encoding="utf-8"?>', "<FinancialDisclosure>"]
    for row in rows:
        lines.append("  <Member>")
        lines += (
            f"    <{name}>{escape(cell)}</{name}>" if cell else f"    <{name} />"
            for name, cell in zip(FIELDS, row, strict=True)
        )
        lines.append("  </Member>")
    return "\r\n".join([*lines, "</FinancialDisclosure>"])


def _posted(day: date) -> datetime:
    return datetime.combine(day, time(20, 15), UTC)


def _file(path: Path) -> Page | None:
    if not path.is_file():
        return None
    return Page(path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0))
