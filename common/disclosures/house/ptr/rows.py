"""From lines to rows: which cell, caption and check box belongs to which transaction.

A row begins where the type or a date is printed. What follows up to its first caption belongs to its cells, what
follows that to its captions, over page breaks too. A row that is cut by a page break goes on below the next page's
header.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from common.disclosures.house.ptr.boxes import Box
from common.disclosures.house.ptr.captions import caption_of, holds_caption
from common.disclosures.house.ptr.lines import Columns, Line, columns_in
from common.disclosures.house.ptr.pages import Page

FRAME_REACH = 6.0  # points between the frame of the table and its first heading; the House's are 3 apart
BOX_REACH = 8.0  # points between a row's first baseline and the middle of its box; the House's are 4 apart

_FILING_ID = re.compile(r"filing id #\s*\d+", re.IGNORECASE)
_ROW_MARKS = ("transaction_date", "notification_date")
_SECOND_HALF_OF_TYPE = "("


@dataclass(slots=True)
class Row:
    """A transaction as printed: the lines of each cell and caption."""

    page: int
    y: float
    cells: dict[str, list[str]] = field(default_factory=dict)
    captions: dict[str, list[str]] = field(default_factory=dict)
    boxes: list[bool | None] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    last_caption: str | None = None

    def add_cells(self, cells: Iterable[tuple[str, str]]) -> None:
        for name, text in cells:
            self.cells.setdefault(name, []).append(text)

    def begin_caption(self, name: str, text: str) -> None:
        if name in self.captions:
            self.doubts.append(f"{name}: printed twice in one row")
        self.last_caption = name
        self.captions.setdefault(name, []).append(text)

    def go_on(self, text: str) -> None:
        """Add a further line to the caption that came last."""
        if self.last_caption is None:
            self.doubts.append(f"caption: {text!r} belongs to none")
        else:
            self.captions[self.last_caption].append(text)


@dataclass(slots=True)
class Table:
    """What was found of the table of transactions over all pages."""

    rows: list[Row] = field(default_factory=list)
    columns: Columns | None = None
    """Those of the last page that has the table's header."""
    is_over: bool = False
    """Something that stands below the table was seen."""
    faults: list[str] = field(default_factory=list)
    """Why rows may be missing."""

    @property
    def has_gains(self) -> bool:
        return self.columns is not None and self.columns.has_gains


def table_of(pages: Sequence[Page]) -> Table:
    """Read the table of transactions."""
    table = Table()
    for page in pages:
        columns = columns_in(page.lines)
        if columns is not None:
            _read_page(table, page, columns)
        elif table.columns is not None and not table.is_over:
            # The table ended with the last page, if this one begins with what stands below it.
            table.is_over = any(_is_end(line, table.columns) for line in _body(page, table.columns)[:1])
            if not table.is_over:
                table.faults.append(f"page {page.number} goes on without the table's header")
    return table


def _read_page(table: Table, page: Page, columns: Columns) -> None:
    if table.is_over:
        table.faults.append(f"page {page.number} has a table below the table's end")
    if table.columns is None and page.number > 1:
        table.faults.append(f"page 1 lacks the table's header, which page {page.number} has")
    table.columns = columns
    first = len(table.rows)
    end = _read_lines(table, page, columns)
    _give_boxes(table, page, columns, first, end)
    if _has_empty_frame(page, columns):
        table.faults.append(f"page {page.number} frames a row that it does not print")


def _body(page: Page, columns: Columns) -> list[Line]:
    """Return the lines of PAGE without the filing's number in its right corner; filers mention others, further left."""
    right = columns.left_of("amount_text")
    return [line for line in page.lines if line.x < right or not _FILING_ID.fullmatch(line.text)]


def _read_lines(table: Table, page: Page, columns: Columns) -> float:
    """Read the table's lines of PAGE; return the baseline of what ends it, or 0 where the page's end does."""
    for line in _body(page, columns):
        if columns.is_heading(line):
            continue
        if _is_end(line, columns):
            table.is_over = True
            return line.y
        if columns.is_small(line):
            _read_caption(table, page.number, line)
        else:
            _read_cells(table, page.number, columns, line)
    return 0.0


def _is_end(line: Line, columns: Columns) -> bool:
    """Tell whether LINE stands below the table: left of it, or a note that begins left of the captions."""
    if columns.name_at(line.x) is None:
        return True
    return columns.is_small(line) and line.x < columns.left_of("asset")


def _read_caption(table: Table, page: int, line: Line) -> None:
    row = _open_row(table, page, line)
    caption = caption_of(line)
    if caption is None:
        row.go_on(line.text)
    else:
        row.begin_caption(caption.name, caption.text)
    if holds_caption(line):
        row.doubts.append(f"caption: {line.text!r} may hold another one")


def _read_cells(table: Table, page: int, columns: Columns, line: Line) -> None:
    cells = list(columns.cells(line))
    if not table.rows or _begins_row(dict(cells)) or table.rows[-1].captions:
        table.rows.append(Row(page, line.y))
    table.rows[-1].add_cells(cells)


def _begins_row(cells: dict[str, str]) -> bool:
    kind = cells.get("transaction_type", _SECOND_HALF_OF_TYPE)
    return any(name in cells for name in _ROW_MARKS) or not kind.startswith(_SECOND_HALF_OF_TYPE)


def _open_row(table: Table, page: int, line: Line) -> Row:
    """Return the row that a caption on LINE belongs to."""
    if not table.rows:
        table.rows.append(Row(page, line.y))
    return table.rows[-1]


def _give_boxes(table: Table, page: Page, columns: Columns, first: int, end: float) -> None:
    """Give each check box to the row beside it; one beside none belongs to the row that the page break cut."""
    here = table.rows[first:]
    cut = table.rows[first - 1] if first else None
    for box in _boxes_beside(page, columns, end):
        if not columns.has_gains:
            table.faults.append(f"page {page.number} has check boxes, but lacks the heading of their column")
            return
        row = _row_beside(box, here)
        if row is None and (not here or box.y > here[0].y):
            row = cut
        if row is None:
            table.faults.append(f"page {page.number} has a check box beside no row")
        else:
            row.boxes.append(box.ticked)


def _row_beside(box: Box, rows: Sequence[Row]) -> Row | None:
    """Return the row of ROWS, top to bottom, whose first baseline is nearest to BOX and within its reach."""
    below = bisect_left(rows, -box.y, key=lambda row: -row.y)
    nearest = min(rows[max(0, below - 1) : below + 1], key=lambda row: abs(row.y - box.y), default=None)
    return nearest if nearest is not None and abs(nearest.y - box.y) < BOX_REACH else None


def _boxes_beside(page: Page, columns: Columns, end: float) -> Iterator[Box]:
    """Yield the boxes in the last column, between the header and END."""
    left = columns.left_of(columns.names[-1])
    yield from (box for box in page.boxes if box.x > left and end < box.y < columns.bottom)


def _has_empty_frame(page: Page, columns: Columns) -> bool:
    """Tell whether a row's frame has no text; the lowest may, where its row goes on on the next page."""
    edge = columns.lefts[0]
    frames = sorted(frame for frame in page.frames if edge - FRAME_REACH < frame.x < edge)
    lowest = min((frame.bottom for frame in frames), default=0.0)
    baselines = sorted(line.y for line in page.lines)
    return any(
        bisect_left(baselines, frame.bottom - 1) == bisect_right(baselines, frame.top)
        for frame in frames
        if frame.bottom > lowest
    )
