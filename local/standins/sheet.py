"""A sheet of the House's paper: its units, its two check boxes, and how its pages become a PDF.

Lengths are the form's own: 3/4 point each, from the upper left corner of the text area downwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name

from local.standins.typeface import BODY, encoded, fonts

BOTTOM = 860.0
"""Where a page's text ends."""
PAPER = Array([0, 0, 612, 792])
_FRAME = b"q .75 0 0 -.75 21.75 720 cm"
_HALF_BOX = 6.3
_GREY, _WHITE = ".4627 .4627 .4627", "1 1 1"


@dataclass(slots=True)
class Sheet:
    """One page; what is drawn first is read first."""

    marks: list[bytes] = field(default_factory=list)

    def write(self, x: float, y: float, text: str, *, size: float = 12, font: str = BODY) -> None:
        """Set TEXT with its baseline at Y."""
        place = f"BT 0 g {font} {size:g} Tf 1 0 0 -1 {x:.3f} {y:.3f} Tm ".encode()
        self.marks.append(place + encoded(text) + b" Tj ET")

    def shade(self, left: float, top: float, width: float, height: float, *, grey: float) -> None:
        """Fill a rectangle; GREY is 0 for black, 1 for white."""
        self._draw(f"{grey:g} g {left:g} {top:g} {width:g} {height:g} re f")

    def check_box(self, x: float, y: float, *, ticked: bool) -> None:
        """Draw a box around its middle: stroked grey, or filled and crossed by a white stroke."""
        side = 2 * _HALF_BOX
        square = f"{x - _HALF_BOX:g} {y - _HALF_BOX:g} {side:g} {side:g} re"
        self._draw(f"{_WHITE} rg {square} f")
        if not ticked:
            self._draw(f"1 w {_GREY} RG {square} S")
            return
        self._draw(f"{_GREY} rg {square} f")
        tick = f"{x - 3.9:g} {y:g} m {x - 1:g} {y + 3.3:g} l {x + 3.9:g} {y - 3.3:g} l"
        self._draw(f"2.08 w {_WHITE} RG {tick} S")

    def _draw(self, operators: str) -> None:
        self.marks.append(operators.encode())


def to_pdf(sheets: Sequence[Sheet]) -> bytes:
    """Return SHEETS as a PDF, byte for byte the same for the same marks; each page is one form, as the House's are."""
    pdf = pikepdf.new()
    typefaces = fonts(pdf)
    for sheet in sheets:
        form = pdf.make_stream(
            b"\n".join([_FRAME, *sheet.marks, b"Q"]),
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=PAPER,
            Resources=Dictionary(Font=typefaces),
        )
        page = pdf.add_blank_page(page_size=(612, 792))
        page.Resources = Dictionary(XObject=Dictionary(XOBJ0=form))
        page.Contents = pdf.make_stream(b"q /XOBJ0 Do Q")
    return _saved(pdf)


def scan_to_pdf(rows: int = 170, columns: int = 220) -> bytes:
    """Return a page without text: a grey picture of ruled paper, put in sideways as scanners do."""
    line, space = b"\x30" * columns, b"\xf0" * columns
    picture = b"".join(space if row % 12 else line for row in range(rows))
    pdf = pikepdf.new()
    image = pdf.make_stream(
        picture,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=columns,
        Height=rows,
        ColorSpace=Name.DeviceGray,
        BitsPerComponent=8,
    )
    page = pdf.add_blank_page(page_size=(792, 612))
    page.Rotate = 90
    page.Resources = Dictionary(XObject=Dictionary(Im0=image))
    page.Contents = pdf.make_stream(b"q 792 0 0 612 0 0 cm /Im0 Do Q")
    return _saved(pdf)


def _saved(pdf: pikepdf.Pdf) -> bytes:
    pdf.docinfo.Title = "A sample with invented transactions, filed by nobody"
    file = BytesIO()
    pdf.save(file, deterministic_id=True)
    return file.getvalue()
