"""Draws a filing of our own as the House's form of 2022 and later prints it.

Measured on the Clerk's own files: positions, sizes, the order in which things are drawn, where lines wrap, and how a row that
does not fit on a page goes on under the next page's header.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from local.standins.sheet import BOTTOM, Sheet, to_pdf
from local.standins.typeface import BOLD, BOLD_SMALL_CAPS, SMALL_CAPS, width, wrapped

HEADINGS = (
    ("ID",),
    ("Owner",),
    ("Asset",),
    ("Transaction", "Type"),
    ("Date",),
    ("Notification", "Date"),
    ("Amount",),
    ("Cap.", "Gains >", "$200?"),
)
WITHOUT_IDS = (0, 54, 106, 315, 401, 474, 560, 667, 738)  # left edges of the columns, and the right edge
WITH_IDS = (0, 74, 126, 322, 408, 481, 567, 669, 738)
HEADER_HEIGHT, HEADING_LINE, HEADING_TOP = 58, 15, 19
CELL_LINE, CELL_TOP, CELL_BELOW = 14, 20, 10
CAPTION_LINE, CAPTION_ABOVE, CAPTION_BELOW = 17, -4, 15
PADDING = 3.5
CELL, CAPTION, NOTE = 12, 11.4, 11  # font sizes
NOTE_TEXT = (
    "* For the complete list of asset type abbreviations, please visit "
    "https://fd.house.gov/reference/asset-type-codes.aspx."
)
CERTIFIED = (
    "I CERTIFY that the statements I have made on the attached Periodic Transaction Report are true, complete, and "
    "correct to the best of"
)
CERTIFIED_TOO = "my knowledge and belief. Further, I CERTIFY that I have disclosed all transactions as required by the STOCK Act."
ADDRESS = (
    "Clerk of the House of Representatives \u2022 Legislative Resource Center \u2022 B81 Cannon Building \u2022 "
    "Washington, DC 20515"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A transaction as it is to be printed."""

    asset: str
    """With its ticker and type: `Apple Inc. - Common Stock (AAPL) [ST]`."""
    kind: str
    """`P`, `S`, `S (partial)` or `E`."""
    traded: date
    notified: date
    amount: str
    owner: str = ""
    transaction_id: str = ""
    gains: bool = False
    status: str = "New"
    subholding: str | None = None
    description: str | None = None
    location: str | None = None
    comments: str | None = None

    def captions(self) -> Iterator[tuple[str, str]]:
        """Yield the captions under the row with their texts, in the form's order."""
        yield "Filing Status", self.status
        for caption, text in (
            ("Subholding Of", self.subholding),
            ("Location", self.location),
            ("Description", self.description),
            ("Comments", self.comments),
        ):
            if text is not None:
                yield caption, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A filing as it is to be printed."""

    doc_id: str
    filer: str
    state_district: str
    signed: date
    rows: tuple[Row, ...]
    vehicles: tuple[str, ...] = ()
    """Accounts that rows are subholdings of, each as one line: `Brokerage Account (Owner: SP)`."""


def draw(form: Form) -> bytes:
    """Return FORM as a PDF. Raises UnicodeEncodeError for a text beyond Windows-1252."""
    press = _Press(WITH_IDS if any(row.transaction_id for row in form.rows) else WITHOUT_IDS)
    press.title(form)
    press.header()
    for row in form.rows:
        press.row(row)
    press.closing(form)
    return to_pdf(press.sheets)


class _Press:
    """Prints from top to bottom; `_y` is the lower edge of what stands on the last sheet."""

    def __init__(self, columns: Sequence[float]) -> None:
        self.sheets = [Sheet()]
        self._columns = columns
        self._y = 0.0

    @property
    def _sheet(self) -> Sheet:
        return self.sheets[-1]

    def title(self, form: Form) -> None:
        self._heading(127.5, 46, "Periodic Transaction Report", size=28)
        for rule in (81, 104):
            self._sheet.shade(0, rule, self._columns[-1], 1, grey=0.502)
        self._sheet.write(63.3, 97, ADDRESS)
        self._heading(0, 144, "Filer Information")
        lines = (("Name:", form.filer), ("Status:", "Member"), ("State/District:", form.state_district))
        for number, (name, value) in enumerate(lines):
            self._sheet.write(0, 168 + 21 * number, f"{name} ", size=13, font=BOLD)
            self._sheet.write(103, 168 + 21 * number, value, size=13)
        self._heading(0, 258, "Transactions")
        self._y = 270

    def header(self) -> None:
        """Print the table's header, as on every page that has rows."""
        top = self._y
        self._sheet.shade(0, top, self._columns[-1], HEADER_HEIGHT, grey=0.9333)
        for left, lines in zip(self._columns, HEADINGS, strict=False):
            for number, line in enumerate(lines):
                baseline = top + HEADING_TOP + HEADING_LINE * number
                self._sheet.write(left + 4.7, baseline, line, size=12.6, font=BOLD)
        self._y = top + HEADER_HEIGHT

    def row(self, row: Row) -> None:
        """Print ROW; what does not fit goes on under the next page's header."""
        names, values = self._cells(row)
        self._make_room(CELL_TOP)
        self._sheet.check_box(self._columns[-2] + 36.5, self._y + CELL_TOP - 1.5, ticked=row.gains)
        left = max(map(len, (*names, *values)))
        while left:
            fitting = min(left, 1 + int((BOTTOM - self._y - CELL_TOP) // CELL_LINE))
            self._print_lines(names, fitting, self._columns)
            self._print_lines(values, fitting, self._columns[len(names) :])
            self._y += CELL_TOP + CELL_LINE * (fitting - 1) + CELL_BELOW
            left -= fitting
            if left:
                self._next_page()
        self._captions(row)

    def closing(self, form: Form) -> None:
        """Print what stands below the table, and the number of the filing, which comes last in every file."""
        self._make_room(15 + 31 * bool(form.vehicles) + 28 * len(form.vehicles), header=False)
        self._sheet.write(5, self._y + 15, NOTE_TEXT, size=NOTE)
        self._y += 15
        if form.vehicles:
            self._vehicles(form.vehicles)
        self._make_room(190, header=False)
        self._heading(0, self._y + 41, "Initial Public Offerings")
        self._sheet.write(21, self._y + 69, "Yes")
        self._sheet.write(66, self._y + 69, "No")
        self._sheet.check_box(11.5, self._y + 65, ticked=False)
        self._sheet.check_box(56.5, self._y + 65, ticked=False)
        self._heading(0, self._y + 111, "Certification and Signature")
        self._sheet.check_box(10.5, self._y + 135, ticked=True)
        self._sheet.write(20, self._y + 139, CERTIFIED)
        self._sheet.write(0, self._y + 153, CERTIFIED_TOO)
        self._sheet.write(0, self._y + 178, "Digitally Signed: ", font=BOLD)
        self._sheet.write(105, self._y + 178, f"{form.filer} , {form.signed:%m/%d/%Y}")
        self.sheets[0].write(615.5, 11, f"Filing ID #{form.doc_id}")

    def _cells(self, row: Row) -> tuple[list[list[str]], list[list[str]]]:
        """Return the lines of the cells that name the row, and of those that say what was done."""
        names = (row.transaction_id, row.owner, row.asset)
        values = (row.kind, f"{row.traded:%m/%d/%Y}", f"{row.notified:%m/%d/%Y}", row.amount)
        rooms = (right - left - 2 * PADDING for left, right in pairwise(self._columns))
        lines = [wrapped(text, room, CELL) for text, room in zip((*names, *values), rooms, strict=False)]
        return lines[: len(names)], lines[len(names) :]

    def _print_lines(self, cells: Sequence[list[str]], count: int, lefts: Sequence[float]) -> None:
        """Print the first COUNT lines of CELLS, line by line, and take them away."""
        for number in range(count):
            for cell, left in zip(cells, lefts, strict=False):
                if cell and (line := cell.pop(0)):
                    self._sheet.write(
                        left + PADDING, self._y + CELL_TOP + CELL_LINE * number, line, size=CELL
                    )

    def _captions(self, row: Row) -> None:
        self._y += CAPTION_ABOVE
        for caption, text in row.captions():
            self._caption(caption, text)
        self._y += CAPTION_BELOW

    def _caption(self, caption: str, text: str) -> None:
        left = self._columns[2] + PADDING
        indent = width(caption, CAPTION, SMALL_CAPS)
        room = self._columns[-1] - left - 3 * PADDING
        lines = wrapped(text, room, CAPTION, indent=indent + width(": ", CAPTION))
        for number, line in enumerate(lines):
            self._make_room(CAPTION_LINE)
            self._y += CAPTION_LINE
            if number == 0:
                self._sheet.write(left, self._y, caption, size=CAPTION, font=SMALL_CAPS)
                self._sheet.write(left + indent, self._y, f": {line}", size=CAPTION)
            else:
                self._sheet.write(left, self._y, line, size=CAPTION)

    def _vehicles(self, vehicles: Sequence[str]) -> None:
        self._heading(0, self._y + 41, "Investment Vehicle Details")
        self._y += 45
        for vehicle in vehicles:
            self._sheet.write(29, self._y + 28, vehicle)
            self._sheet.write(29, self._y + 42, "Location", font=SMALL_CAPS)
            self._sheet.write(29 + width("Location", CELL, SMALL_CAPS), self._y + 42, ": US")
            self._y += 28

    def _heading(self, x: float, y: float, text: str, *, size: float = 16) -> None:
        self._sheet.write(x, y, text, size=size, font=BOLD_SMALL_CAPS)

    def _make_room(self, height: float, *, header: bool = True) -> None:
        if self._y + height > BOTTOM:
            self._next_page(header=header)

    def _next_page(self, *, header: bool = True) -> None:
        self.sheets.append(Sheet())
        self._y = 0
        if header:
            self.header()
