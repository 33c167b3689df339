"""Draws a report of our own as the House's generator did until spring 2022.

Georgia throughout, with a character map that gives every capital the small letter; small capitals are capitals set
smaller; the check box is Marlett, which reads as `gfedc`. One page; rows as `tests.support.ptr_pages` has them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name

from local.standins.typeface import width

UNITS = 128 / 3
"""Font sizes count in 3/128 point."""
LEFTS = (25.5, 61.5, 100.5, 245.25, 310.5, 366.75, 432.0, 505.5)
CELL, CAPTION, SMALL, MARLETT = 384, 352, 256, 13
HEADINGS = ("ID", "Owner", "Asset", "Transaction", "Date", "Notification", "Amount", "Cap.")
CODES = range(32, 127)


@dataclass(frozen=True, kw_only=True)
class OldRow:
    """A transaction as it is to be printed."""

    asset: str
    """Its lines parted by slashes."""
    owner: str = ""
    kind: str = "P"
    traded: str = "04/9/2020"
    notified: str = "05/08/2020"
    amount: str = "$1,001 - $15,000"
    box: bool | None = False
    """None = the form has no such box."""
    description: str = "MMM"


class OldForm:
    """One page, written from the top downwards."""

    def __init__(self) -> None:
        self._marks: list[str] = []
        self._y = 680.0

    def draw(self, rows: Sequence[OldRow], *, gains: bool = True) -> bytes:
        """Return a report of ROWS as a PDF; without GAINS as before spring 2018."""
        self._line(116.0, "PERIODIC TRANSACTION REPORT", 640)
        for text in ("Name: Hon. Pat Example", "Status: Member", "State/District: OH10"):
            self._line(22.5, text, 416)
        self._line(22.5, "TRANSACTIONS", 512)
        for left, heading in zip(LEFTS, HEADINGS[: 7 + gains], strict=False):
            self._write(left, heading, 416)
        self._y -= 34
        for row in rows:
            self._row(row)
        self._line(22.5, "CERTIFICATION AND SIGNATURE", 512)
        self._line(22.5, "I CERTIFY that the statements I have made are true", CELL)
        self._line(22.5, "Digitally Signed: Hon. Pat Example , 05/13/2020", CELL)
        return _pdf(self._marks)

    def _row(self, row: OldRow) -> None:
        self._y -= 14
        self._write(LEFTS[1], row.owner, CELL)
        baseline = self._y
        for text in row.asset.split("/"):
            self._write(LEFTS[2], text, CELL)
            self._y -= 10.5
        below, self._y = self._y, baseline
        for left, text in zip(LEFTS[3:], (row.kind, row.traded, row.notified, row.amount), strict=False):
            self._write(left, text, CELL)
        if row.box is not None:
            self._y -= 4
            self._write(LEFTS[-1] + 18, "gfedcb" if row.box else "gfedc", MARLETT, font="/Marlett")
        self._y = below
        self._caption(("F", "ILING"), ("S", "TATUS"), ": New")
        self._caption(("D", "ESCRIPTION"), f": {row.description}")

    def _caption(self, *parts: tuple[str, str] | str) -> None:
        self._y -= 13
        x = LEFTS[2]
        for part in parts:
            for text, size in (
                ((part, CAPTION),) if isinstance(part, str) else zip(part, (CAPTION, SMALL), strict=True)
            ):
                self._write(x, text, size)
                x += width(text, size / UNITS)
            x += 0 if part in parts[-2:] else width(" ", CAPTION / UNITS)

    def _line(self, x: float, text: str, size: int, *, down: float = 16) -> None:
        self._y -= down
        self._write(x, text, size)

    def _write(self, x: float, text: str, size: int, *, font: str = "/Georgia") -> None:
        if text:
            shown = text.encode("cp1252").hex()
            scale = 1.0 if size == MARLETT else 1 / UNITS
            self._marks.append(
                f"q {scale:.7f} 0 0 {scale:.7f} {x} {self._y} cm BT {font} {size} Tf <{shown}> Tj ET Q"
            )


def _pdf(marks: Sequence[str]) -> bytes:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(612, 792))
    georgia, marlett = _font(pdf, scrambled=True), _font(pdf, scrambled=False)
    page.Resources = Dictionary(Font=Dictionary(Georgia=georgia, Marlett=marlett))
    page.Contents = pdf.make_stream("\n".join(marks).encode())
    file = BytesIO()
    pdf.save(file)
    return file.getvalue()


def _font(pdf: pikepdf.Pdf, *, scrambled: bool) -> pikepdf.Object:
    """Make a font of narrow bars with Georgia's advances: nothing is left to a viewer's own Georgia."""
    glyphs = [f"/g{code}" for code in CODES]
    glyph = pdf.make_stream(b"200 0 0 0 200 700 d1 0 0 200 700 re f")
    font = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type3,
        FontBBox=Array([0, -219, 1000, 917]),
        FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]),
        CharProcs=Dictionary(dict.fromkeys(glyphs, glyph)),
        Encoding=Dictionary(Type=Name.Encoding, Differences=Array([CODES[0], *map(Name, glyphs)])),
        FirstChar=CODES[0],
        LastChar=CODES[-1],
        Widths=Array([round(width(chr(code), 1000)) for code in CODES]),
        ToUnicode=pdf.make_stream(_character_map(scrambled=scrambled)),
    )
    return pdf.make_indirect(font)


def _character_map(*, scrambled: bool) -> bytes:
    characters = (chr(code).lower() if scrambled else chr(code) for code in CODES)
    pairs = [
        f"<{code:02X}> <{ord(character):04X}>" for code, character in zip(CODES, characters, strict=True)
    ]
    lines = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Scrambled def /CMapType 2 def",
        "1 begincodespacerange <00> <FF> endcodespacerange",
        f"{len(pairs)} beginbfchar",
        *pairs,
        "endbfchar endcmap CMapName currentdict /CMap defineresource pop end end",
    )
    return "\n".join(lines).encode()
