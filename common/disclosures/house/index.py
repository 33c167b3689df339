"""The Clerk's yearly index of financial disclosures: {YEAR}FD.zip in, rows out; pure.

The zip holds {YEAR}FD.xml and {YEAR}FD.txt with the same rows in the same order; the XML says what it is, so it alone is read.
"""

import re
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from common.disclosures.records import IndexRow
from common.errors import SourceChanged

# The largest index so far (2025: 2,631 rows) is a 93 kB zip of two members, its XML 714 kB at a ratio of 13.
MOST_ARCHIVE_BYTES = 1_000_000
MOST_XML_BYTES = 2_000_000
MOST_RATIO = 50
MOST_MEMBERS = 8
LONGEST_SEAT = 10  # characters; the Clerk writes four

FIELDS = ("Prefix", "Last", "First", "Suffix", "FilingType", "StateDst", "Year", "FilingDate", "DocID")
CODES = FIELDS[4:]
"""What is no name: blanks around it say nothing, nor does a letter's case."""
UNDATED_TYPE = "W"
PTR_TYPE = "P"
_DOC_ID = re.compile(r"[1-9][0-9]{3,8}")
_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_SCAN_NUMBER = re.compile(r"(82|91)[0-9]{5}")
_BROKEN_ZIP = (
    BadZipFile,
    EOFError,
    NotImplementedError,  # a compression or version that zipfile does not know
    OSError,
    OverflowError,
    RuntimeError,  # encrypted
    ValueError,
    struct.error,
    zlib.error,
)


def parse_index(archive: bytes, *, year: int) -> tuple[IndexRow, ...]:
    """Return the rows of YEAR's index in its order, each DocID once.

    Raises SourceChanged, naming the year and the fault, for anything that is not a whole, well-formed index of that year. Of
    rows that are no periodic transaction reports, those are left out that do not say what they should: nobody waits for them.
    """
    try:
        return _unique(_rows(_parsed(_xml(archive, f"{year}FD.xml")), str(year)))
    except _Fault as fault:
        raise SourceChanged(
            f"House index {year}: {fault}; nothing of it was used, open {year}FD.zip and compare"
        ) from fault


def is_ptr(row: IndexRow) -> bool:
    """Tell whether ROW is a Periodic Transaction Report."""
    return row.filing_type == PTR_TYPE


def is_scan_number(doc_id: str) -> bool:
    """Tell whether DOC_ID is one the Clerk gives to scanned paper."""
    return _SCAN_NUMBER.fullmatch(doc_id) is not None


def index_url(base_url: str, year: int) -> str:
    """Return the address of YEAR's index at the Clerk's site or a stand-in."""
    return f"{base_url.rstrip('/')}/public_disc/financial-pdfs/{year}FD.zip"


def document_url(base_url: str, year: int, doc_id: str) -> str:
    """Return the address of the report DOC_ID that YEAR's index lists."""
    return f"{base_url.rstrip('/')}/public_disc/ptr-pdfs/{year}/{doc_id}.pdf"


class _Fault(Exception):
    """What is wrong with an index, in words."""


def _xml(archive: bytes, name: str) -> bytes:
    if len(archive) > MOST_ARCHIVE_BYTES:
        raise _Fault(f"{len(archive)} bytes, more than {MOST_ARCHIVE_BYTES}")
    try:
        with ZipFile(BytesIO(archive)) as files, files.open(_member(files.infolist(), name)) as file:
            # A read with a bound unpacks no more than that even where the headers lie; one byte past the
            # longest allowed, it comes to the end and so to the checksum.
            return file.read(MOST_XML_BYTES + 1)
    except _BROKEN_ZIP as error:
        raise _Fault(f"no readable zip ({error})") from error


def _member(members: list[ZipInfo], name: str) -> ZipInfo:
    if len(members) > MOST_MEMBERS:
        raise _Fault(f"{len(members)} files in the zip, more than {MOST_MEMBERS}")
    named = [member for member in members if member.filename == name]
    if len(named) != 1:
        raise _Fault(f"{len(named)} files called {name} in the zip")
    (member,) = named
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise _Fault(f"{name} is packed by method {member.compress_type}")
    if member.file_size > MOST_XML_BYTES or member.file_size > MOST_RATIO * member.compress_size:
        raise _Fault(f"{name} would unpack from {member.compress_size} to {member.file_size} bytes")
    return member


def _parsed(xml: bytes) -> Element:
    try:
        # Text, not bytes: the encoding is the Clerk's UTF-8 whatever the declaration claims.
        root: Element = fromstring(xml.decode("utf-8-sig"), forbid_dtd=True)
    except UnicodeDecodeError as error:
        raise _Fault(f"the XML is not UTF-8 ({error.reason} at byte {error.start})") from error
    except DefusedXmlException as error:
        raise _Fault(f"the XML declares a document type or entities ({type(error).__name__})") from error
    except (ParseError, ValueError) as error:
        raise _Fault(f"malformed XML ({error})") from error
    if root.tag != "FinancialDisclosure":
        raise _Fault(f"the XML is a <{root.tag[:40]}>, not a <FinancialDisclosure>")
    return root


def _rows(root: Element, year: str) -> list[IndexRow]:
    rows = [_row(element, number, year) for number, element in enumerate(root, start=1)]
    if not rows:
        raise _Fault("no rows at all")
    return [row for row in rows if row]


def _row(element: Element, number: int, year: str) -> IndexRow | None:
    """Return what ELEMENT says; None for another kind of report that does not say what it should."""
    if element.tag != "Member" or tuple(field.tag for field in element) != FIELDS:
        seen = ", ".join(field.tag[:20] for field in element[: len(FIELDS) + 1])
        raise _Fault(f"row {number} is <{element.tag[:20]}> with fields {seen}, not {', '.join(FIELDS)}")
    if any(len(field) for field in element):
        raise _Fault(f"row {number} has markup inside a field")
    cells = dict(zip(FIELDS, (field.text or "" for field in element), strict=True))
    cells |= {name: cells[name].strip().upper() for name in CODES}
    try:
        return _read(cells, number, year)
    except _Fault:
        if cells["FilingType"] == PTR_TYPE:
            raise
        return None


def _read(cells: Mapping[str, str], number: int, year: str) -> IndexRow:
    if not _DOC_ID.fullmatch(cells["DocID"]):
        raise _Fault(f"row {number} has the odd DocID {cells['DocID'][:40]!r}")
    where = f"document {cells['DocID']}"
    if len(cells["StateDst"]) > LONGEST_SEAT:
        raise _Fault(f"{where} is of the seat {cells['StateDst'][:40]!r}")
    if cells["Year"] != year:
        raise _Fault(f"{where} is of the year {cells['Year'][:40]!r}")
    return IndexRow(
        doc_id=cells["DocID"],
        prefix=cells["Prefix"],
        last=cells["Last"],
        first=cells["First"],
        suffix=cells["Suffix"],
        filing_type=cells["FilingType"],
        state_district=cells["StateDst"],
        year=int(year),
        filed=_filed(cells["FilingDate"], cells["FilingType"], where),
    )


def _filed(text: str, filing_type: str, where: str) -> date | None:
    if not text and filing_type == UNDATED_TYPE:
        return None
    printed = _DATE.fullmatch(text)
    if printed is None:
        raise _Fault(f"{where} has the filing date {text[:40]!r}")
    month, day, year = map(int, printed.groups())
    try:
        return date(year, month, day)
    except ValueError as error:
        raise _Fault(f"{where} has the filing date {text!r}, which no calendar has") from error


def _unique(rows: Iterable[IndexRow]) -> tuple[IndexRow, ...]:
    """Keep one of equal rows; two that share a DocID and differ would leave it open who filed what, if one is a report."""
    kept: dict[str, IndexRow] = {}
    for row in rows:
        twin = kept.setdefault(row.doc_id, row)
        if twin != row and PTR_TYPE in {twin.filing_type, row.filing_type}:
            differing = [f.name for f in fields(row) if getattr(twin, f.name) != getattr(row, f.name)]
            raise _Fault(f"document {row.doc_id} is listed twice with different {', '.join(differing)}")
    return tuple(kept.values())
