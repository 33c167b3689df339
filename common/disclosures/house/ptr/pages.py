"""The pages of a PDF: their text, words, check boxes and pictures.

PDFium is not thread-safe: `read_pages` holds one lock over every call into it. This module, `words` and `drawings` use
its raw API, because the Python helpers' loops cost more than the extraction itself.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

import pypdfium2.raw as pdfium

from common.disclosures.house.ptr.boxes import Box, boxes_from
from common.disclosures.house.ptr.drawings import Frame, drawings_of
from common.disclosures.house.ptr.lines import Line, lines_of
from common.disclosures.house.ptr.soundness import check_soundness, count_pages
from common.disclosures.house.ptr.words import MARLETT_BOXES, Word, text_of, words_of
from common.errors import DocumentTorn, SourceChanged

MOST_PAGES = 250  # the largest filing seen has 62
MOST_CHARACTERS = 20_000  # on one page; the fullest page seen has 3,000
PICTURE = 0.5  # share of a page that a picture covers, from which on it is a scan; electronic filings have no picture

_LOCK = Lock()
_READABLE_TITLE = re.compile(r"^[^\w\n]*periodic +transaction +report[^\w\n]*$", re.IGNORECASE | re.MULTILINE)
_LOCKED = {
    pdfium.FPDF_ERR_PASSWORD: "it is encrypted",
    pdfium.FPDF_ERR_SECURITY: "it is encrypted in a way that PDFium does not know",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `text` and `words` are in PDFium's reading order."""

    number: int
    text: str
    words: tuple[Word, ...]
    lines: tuple[Line, ...]
    boxes: tuple[Box, ...]
    frames: tuple[Frame, ...]
    is_blank: bool
    """Nothing at all is drawn on it."""
    is_picture: bool
    """A picture covers most of it, whatever text lies on that."""


def read_pages(pdf: bytes, name: str) -> tuple[Page, ...]:
    """Read every page of PDF.

    Raises SourceChanged, beginning with NAME, for what is no readable PDF within bounds; DocumentTorn where it may have been one.
    """
    check_soundness(pdf, name)
    pages: list[Page] = []
    with _LOCK, _document(pdf, name) as document:
        for number in range(1, _page_count(document, pdf, name) + 1):
            # Where small capitals read as letters, the other letters' case is not to be trusted.
            scrambled = bool(_READABLE_TITLE.search(pages[0].text)) if pages else None
            pages.append(_read(document, number, name, scrambled=scrambled))
    return tuple(pages)


@contextmanager
def _document(pdf: bytes, name: str) -> Iterator[pdfium.FPDF_DOCUMENT]:
    document = pdfium.FPDF_LoadMemDocument64(pdf, len(pdf), None)
    if not document:
        if locked := _LOCKED.get(pdfium.FPDF_GetLastError()):
            raise SourceChanged(f"{name}: {locked}; look at it by hand")
        raise DocumentTorn(
            f"{name}: it is truncated or no PDF inside; fetch it again, then look at it by hand"
        )
    try:
        yield document
    finally:
        pdfium.FPDF_CloseDocument(document)


def _page_count(document: pdfium.FPDF_DOCUMENT, pdf: bytes, name: str) -> int:
    count: int = pdfium.FPDF_GetPageCount(document)
    if not 1 <= count <= MOST_PAGES:
        raise SourceChanged(f"{name}: {count} pages, not 1 to {MOST_PAGES}; look at it by hand")
    if count_pages(pdf) > count:
        raise DocumentTorn(
            f"{name}: it holds {count_pages(pdf)} pages, but only {count} can be reached; fetch it again"
        )
    return count


def _read(document: pdfium.FPDF_DOCUMENT, number: int, name: str, *, scrambled: bool | None) -> Page:
    place = f"{name}: page {number}"
    page = pdfium.FPDF_LoadPage(document, number - 1)
    if not page:
        raise DocumentTorn(f"{place} cannot be read; fetch it again, then look at it by hand")
    try:
        drawings = drawings_of(page, place)
        text, words = _text(page, place, scrambled=scrambled)
    finally:
        pdfium.FPDF_ClosePage(page)
    boxes = boxes_from(drawings.squares) + tuple(
        Box(word.x, word.y, MARLETT_BOXES[word.text]) for word in words if word.text in MARLETT_BOXES
    )
    return Page(
        number,
        text,
        tuple(words),
        lines_of(words),
        boxes,
        drawings.frames,
        is_blank=not drawings.objects,
        is_picture=drawings.pictured > PICTURE,
    )


def _text(page: pdfium.FPDF_PAGE, place: str, *, scrambled: bool | None) -> tuple[str, list[Word]]:
    text_page = pdfium.FPDFText_LoadPage(page)
    try:
        count = pdfium.FPDFText_CountChars(text_page)
        if count > MOST_CHARACTERS:
            raise SourceChanged(
                f"{place} has {count:,} characters, more than {MOST_CHARACTERS:,}; look at it by hand"
            )
        text = text_of(text_page, max(count, 0))
        if scrambled is None:
            scrambled = bool(_READABLE_TITLE.search(text))
        return text, list(words_of(text_page, text, doubtful_case=scrambled))
    finally:
        pdfium.FPDFText_ClosePage(text_page)
