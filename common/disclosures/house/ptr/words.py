"""The words of a page with their places, in the order in which PDFium reads them."""

import ctypes
import re
from collections.abc import Iterator
from typing import NamedTuple

import pypdfium2.raw as pdfium

from common.disclosures.house.ptr.letter_case import is_doubtful, true_case

UNREAD = "\ufffe"
"""What PDFium reads for a small capital without Unicode, and for a hyphen at the end of a wrapped line."""

MARLETT_BOXES = {"gfedc": False, "gfedcb": True}
"""What Marlett's glyphs for an empty and a ticked box read as."""

_WORD = re.compile(r"\S+")
_SMALL_CAPITALS = re.compile(rf"[^\w{UNREAD}]*[A-Z]?{UNREAD}+[^\w{UNREAD}]*")
_PART = re.compile(rf"(?P<small_capitals>[A-Z]{UNREAD}+[^\w{UNREAD}]*$)|[^{UNREAD}]*{UNREAD}?")
_LAST_CODE = 0x10FFFF


class Word(NamedTuple):
    """Characters without a space between them; `x`, `y` (the baseline) and `size` are in points, from the lower left."""

    x: float
    y: float
    size: float
    text: str
    small_capitals: bool = False
    """Its second letter is a capital set smaller than the first, or one without Unicode."""


def text_of(text_page: pdfium.FPDF_TEXTPAGE, count: int) -> str:
    """Return the text of a page of COUNT characters, one character of text for each of the page's."""
    buffer = (ctypes.c_ushort * (count + 1))()
    length = pdfium.FPDFText_GetText(text_page, 0, count, buffer)
    text = bytes(buffer)[: 2 * (length - 1)].decode("utf-16-le", "replace")
    if len(text) == count:
        return text
    # A character without text would shift the place of every one behind it.
    codes = (pdfium.FPDFText_GetUnicode(text_page, index) for index in range(count))
    return "".join(chr(code) if 0 < code <= _LAST_CODE else UNREAD for code in codes)


def words_of(text_page: pdfium.FPDF_TEXTPAGE, text: str, *, doubtful_case: bool) -> Iterator[Word]:
    """Yield the words of TEXT with their places; with DOUBTFUL_CASE each letter's case is measured."""
    ruler = _Ruler(text_page, doubtful_case=doubtful_case)
    for match in _WORD.finditer(text):
        word, start = match[0], match.start()
        if UNREAD in word and not _SMALL_CAPITALS.fullmatch(word):
            yield from _parted(ruler, word, start)
        else:
            yield ruler.word(word, start)


def _parted(ruler: "_Ruler", word: str, start: int) -> Iterator[Word]:
    """Part a word at the hyphens that ended its lines; a caption may be what follows the last one."""
    for part in filter(lambda part: part[0], _PART.finditer(word)):
        text = part[0] if part["small_capitals"] else part[0].replace(UNREAD, "-")
        yield ruler.word(text, start + part.start())


class _Ruler:
    """Measures the characters of one page; its variables serve every call, since making them costs more."""

    def __init__(self, text_page: pdfium.FPDF_TEXTPAGE, *, doubtful_case: bool) -> None:
        self._page = text_page
        self._doubtful_case = doubtful_case
        self._x, self._y, self._box = ctypes.c_double(), ctypes.c_double(), pdfium.FS_RECTF()
        self._to_x, self._to_y, self._to_box = map(ctypes.byref, (self._x, self._y, self._box))
        self._sizes: dict[float, float] = {}

    def _size(self, start: int) -> float:
        """Return the font size at START in points; PDFium counts it in the units of the text's own matrix."""
        units: float = pdfium.FPDFText_GetFontSize(self._page, start)
        if units not in self._sizes:
            matrix = pdfium.FS_MATRIX()
            pdfium.FPDFText_GetMatrix(self._page, start, ctypes.byref(matrix))
            self._sizes[units] = units * abs(matrix.d)
        return self._sizes[units]

    def word(self, text: str, start: int) -> Word:
        pdfium.FPDFText_GetCharOrigin(self._page, start, self._to_x, self._to_y)
        size = self._size(start)
        if not self._doubtful_case or size <= 0 or text in MARLETT_BOXES:
            return Word(self._x.value, self._y.value, size, text, UNREAD in text)
        small_capitals = len(text) > 1 and self._size(start + 1) < size
        text = "".join(self._true_cases(text, start, size))
        return Word(self._x.value, self._y.value, size, text, small_capitals)

    def _true_cases(self, text: str, start: int, size: float) -> Iterator[str]:
        for index, character in enumerate(text, start):
            if is_doubtful(character):
                pdfium.FPDFText_GetLooseCharBox(self._page, index, self._to_box)
                yield true_case(character, (self._box.right - self._box.left) / size)
            else:
                yield character
