"""A whole filing: whether it is one and complete, who filed it, and its rows, counted twice."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from common.disclosures.forms import date_of
from common.disclosures.house.ptr.captions import count_rows, small_capitals
from common.disclosures.house.ptr.fields import Form, trade_of
from common.disclosures.house.ptr.lines import columns_in
from common.disclosures.house.ptr.pages import Page, read_pages
from common.disclosures.house.ptr.rows import Table, table_of
from common.disclosures.house.ptr.words import UNREAD
from common.disclosures.records import Filing
from common.errors import DocumentTorn, NoTextLayer, SourceChanged

MOST_FAULTS = 3  # of a filing whose rows do not add up, named in the error

_TITLE = re.compile(
    rf"^[^\w\n{UNREAD}]*{small_capitals('Periodic Transaction Report')}\W*?$", re.IGNORECASE | re.MULTILINE
)
_NUMBER = re.compile(
    r"[^\n]*\bFiling ID\s*#\s*(\d+)", re.IGNORECASE
)  # filers name other filings further down
_CERTIFICATION = re.compile(r"\bI\s+CERTIFY\s+that\b", re.IGNORECASE)
_TAGS_EXPLAINED = "complete list of asset type abbreviations"
_NOTHING = re.compile(r"\bnone disclosed\b", re.IGNORECASE)
_SIGNATURE = re.compile(
    r"^Digitally Signed:\s*(.{0,200}?,\s*(\d{1,2}/\d{1,2}/\d{4}))", re.DOTALL | re.IGNORECASE | re.MULTILINE
)
_DATE = re.compile(r"\d{1,2}/\d{1,2}/\d{4}")
_DATES = ("transaction_date", "notification_date")
_FILER = re.compile(
    r"^Name:(?P<name>.{0,200}?)^Status:(?P<status>.{0,200}?)^State/District:(?P<district>[^\n]*)",
    re.DOTALL | re.IGNORECASE | re.MULTILINE,
)


def parse_ptr(pdf: bytes, *, doc_id: str) -> Filing:
    """Read an electronic periodic transaction report; every row is kept, uncertain ones with their `quarantine`.

    Raises NoTextLayer for a picture of paper, DocumentTorn for one that is damaged or breaks off, and SourceChanged for
    anything else that is no complete report: another document, no PDF, an encrypted one, one whose rows do not add up.
    """
    return filing_of(read_pages(pdf, _name(doc_id)), doc_id=doc_id)


def filing_of(pages: Sequence[Page], *, doc_id: str) -> Filing:
    """Read PAGES as `parse_ptr` does."""
    name = _name(doc_id)
    _check_kind(pages, name)
    table = table_of(pages)
    _check_rows(table, pages, name)
    signature = _signature(pages)
    form = Form(table.has_gains, any(_TAGS_EXPLAINED in page.text for page in pages), signature.day)
    filer = _filer(pages[0], name)
    number = _NUMBER.match(_lines(pages[0]))
    return Filing(
        doc_id=doc_id,
        filer_name=filer["name"],
        filer_status=filer["status"],
        state_district=filer["district"],
        signed_date=signature.day,
        signed_text=signature.text,
        pages=len(pages),
        generation=_generation(pages[0], table),
        trades=tuple(trade_of(row, place, form) for place, row in enumerate(table.rows, 1)),
        printed_id=number[1] if number else None,
    )


def _name(doc_id: str) -> str:
    return f"House document {doc_id}"


def _check_kind(pages: Sequence[Page], name: str) -> None:
    """Refuse what is no electronic report, or not all of one."""
    if any(page.is_picture for page in pages) and all(page.is_picture or page.is_blank for page in pages):
        raise NoTextLayer(
            f"{name}: {len(pages)} page(s) of pictures and no text to tell what it is; read it by eye"
        )
    if not _TITLE.search(pages[0].text):
        raise SourceChanged(
            f"{name}: it is not headed Periodic Transaction Report but {_heading(pages[0])!r}; look at it by hand"
        )
    for page in pages:
        if not page.text.strip() and not page.is_blank:
            raise SourceChanged(f"{name}: page {page.number} of {len(pages)} has no text; look at it by hand")
    if not any(_CERTIFICATION.search(page.text) for page in pages):
        raise DocumentTorn(
            f"{name}: it ends before its certification; fetch it again, then look at it by hand"
        )


def _heading(page: Page) -> str:
    """Return what PAGE begins with, each unreadable letter as a question mark."""
    return page.text.strip().partition("\r\n")[0][:60].replace(UNREAD, "?")


def _check_rows(table: Table, pages: Sequence[Page], name: str) -> None:
    """Compare the rows found with what the running text shows of them, without regard to lines and columns."""
    rows = len(table.rows)
    faults = list(table.faults)
    for seen, what in (
        (sum(count_rows(page.words) for page in pages), "filing statuses"),
        (sum(map(_count_date_pairs, pages)), "pairs of dates"),
    ):
        if seen > rows:
            faults.append(f"{seen} {what} are printed, but {rows} rows were read")
    if faults:
        raise SourceChanged(
            f"{name}: {'; '.join(faults[:MOST_FAULTS])}; fetch it again, then look at its layout"
        )
    if not rows and not any(_NOTHING.search(page.text) for page in pages):
        raise SourceChanged(
            f"{name}: it has no transaction, and does not say that there is none; look at its layout"
        )


def _count_date_pairs(page: Page) -> int:
    """Count the pairs of dates in the table's columns, without regard to lines; filers write dates elsewhere too."""
    columns = columns_in(page.lines)
    if columns is None:
        return 0
    names = [
        columns.name_at(word.x) if _DATE.fullmatch(word.text) and not columns.is_small(word) else None
        for word in page.words
    ]
    return sum(pair == _DATES for pair in pairwise(names))


@dataclass(frozen=True, slots=True)
class _Signature:
    text: str | None = None
    day: date | None = None


def _signature(pages: Sequence[Page]) -> _Signature:
    for page in reversed(pages):
        match = _SIGNATURE.search(_lines(page))
        if match:
            return _Signature(" ".join(match[1].split()), date_of(match[2]))
    return _Signature()


def _filer(page: Page, name: str) -> dict[str, str]:
    match = _FILER.search(_lines(page))
    if match is None:
        raise SourceChanged(f"{name}: it names no filer on page 1; look at the layout")
    return {key: " ".join(value.split()) for key, value in match.groupdict().items()}


def _lines(page: Page) -> str:
    return "\n".join(line.text for line in page.lines)


def _generation(page: Page, table: Table) -> str:
    title = _TITLE.search(page.text)
    if title and UNREAD in title[0]:
        return "G3"
    return "G1b" if table.has_gains else "G1a"
