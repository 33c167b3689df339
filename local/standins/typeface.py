"""The House's typeface as a PDF names it: Georgia by its widths, with small capitals that have no Unicode.

Nothing is embedded: a viewer takes whatever serif it has, and the widths keep every word where the House would put it.
"""

from collections.abc import Iterator

import pikepdf
from pikepdf import Array, Dictionary, Name

BODY, BOLD, SMALL_CAPS, BOLD_SMALL_CAPS = "/F6", "/F5", "/S6", "/S5"
_FIRST, _LAST = 32, 255
_OTHER_WIDTH = 600
_HEAVIER = 1.13  # Georgia Bold against Georgia
_SMALLER = 0.81  # Georgia's small capitals against its capitals
_WIDTHS = (  # each character and its width in thousandths of the font size
    "!331 #643 $610 %817 &710 '215 (375 )375 *472 +643 ,270 -374 .270 /469 0614 1430 2559 3552 4565 5528 6566 7502 "
    "8596 9566 :312 ;312 >643 ?479 A671 B654 C642 D749 E653 F599 G725 H815 I390 J518 K694 L604 M927 N767 O744 P610 "
    "Q744 R702 S561 T619 U756 V667 W976 X710 Y615 Z602 [375 ]375 a504 b560 c454 d574 e483 f325 g509 h582 i293 j292 "
    "k536 l286 m881 n591 o539 p571 q560 r410 s432 t345 u575 v497 w737 x505 y492 z444"
)
_WIDTH_OF = {" ": 241, "\u2022": 393} | {token[0]: int(token[1:]) for token in _WIDTHS.split()}


def width(text: str, size: float, font: str = BODY) -> float:
    """Return how wide TEXT is set, in the unit of SIZE."""
    return sum(_width(character, font) for character in text) * size / 1000


def encoded(text: str) -> bytes:
    """Return TEXT as the operand of a PDF's Tj. Raises UnicodeEncodeError for what the House's form cannot hold."""
    return b"<" + text.encode("cp1252").hex().encode() + b">"


def wrapped(text: str, room: float, size: float, *, indent: float = 0) -> list[str]:
    """Break TEXT at spaces into lines no wider than ROOM, the first less INDENT; a longer word stands alone."""
    return list(_lines(text.split(), room, size, indent))


def fonts(pdf: pikepdf.Pdf) -> Dictionary:
    """Add the typefaces to PDF and return them as a page's font resources."""
    return Dictionary({font: _font(pdf, font) for font in (BODY, BOLD, SMALL_CAPS, BOLD_SMALL_CAPS)})


def _lines(words: list[str], room: float, size: float, indent: float) -> Iterator[str]:
    line, taken = "", indent
    for word in words:
        longer = f"{line} {word}".lstrip()
        if line and width(longer, size) > room - taken:
            yield line
            longer, taken = word, 0.0
        line = longer
    yield line


def _width(character: str, font: str) -> float:
    units: float = _WIDTH_OF.get(character, _OTHER_WIDTH)
    if font in (SMALL_CAPS, BOLD_SMALL_CAPS) and character.islower():
        units = _WIDTH_OF.get(character.upper(), _OTHER_WIDTH) * _SMALLER
    return units * (_HEAVIER if font in (BOLD, BOLD_SMALL_CAPS) else 1)


def _font(pdf: pikepdf.Pdf, font: str) -> pikepdf.Object:
    name = Name("/Georgia-Bold" if font in (BOLD, BOLD_SMALL_CAPS) else "/Georgia")
    codes = range(_FIRST, _LAST + 1)
    made = Dictionary(
        Type=Name.Font,
        Subtype=Name.TrueType,
        BaseFont=name,
        FirstChar=_FIRST,
        LastChar=_LAST,
        Widths=Array([round(_width(bytes([code]).decode("cp1252", "replace"), font)) for code in codes]),
        Encoding=Name.WinAnsiEncoding,
        FontDescriptor=pdf.make_indirect(_descriptor(name)),
    )
    if font in (SMALL_CAPS, BOLD_SMALL_CAPS):
        made.Encoding = _small_capitals()
        made.ToUnicode = pdf.make_stream(_without_unicode())
    return pdf.make_indirect(made)


def _descriptor(name: Name) -> Dictionary:
    return Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        Flags=34,  # serif, not symbolic
        ItalicAngle=0,
        Ascent=917,
        Descent=-219,
        CapHeight=692,
        StemV=80,
        FontBBox=Array([-174, -219, 1181, 917]),
    )


def _small_capitals() -> Dictionary:
    capitals = [Name(f"/{chr(code)}") for code in range(ord("A"), ord("Z") + 1)]
    return Dictionary(
        Type=Name.Encoding,
        BaseEncoding=Name.WinAnsiEncoding,
        Differences=Array([ord("a"), *capitals]),
    )


def _without_unicode() -> bytes:
    """Map each small capital to U+0000, which PDFium reads as U+FFFE, as in the House's files."""
    codes = ((code, 0 if chr(code).islower() else code) for code in range(_FIRST, 127))
    pairs = [f"<{code:02X}> <{unicode:04X}>" for code, unicode in codes]
    lines = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /SmallCaps def /CMapType 2 def",
        "1 begincodespacerange <00> <FF> endcodespacerange",
        f"{len(pairs)} beginbfchar",
        *pairs,
        "endbfchar endcmap CMapName currentdict /CMap defineresource pop end end",
    )
    return "\n".join(lines).encode()
