"""Lines of words, and the columns that a page's own header names."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from common.disclosures.house.ptr.words import MARLETT_BOXES, Word

SAME_LINE = 3.0  # points between baselines of one line; two lines are 10 apart
# In em of the headings: from the header's first baseline to below its third (2.4) and below what a page break leaves of
# a box above (2.74), yet above the first row and its box (3.0 and 3.15).
HEADER_HEIGHT = 2.9
CELL_SIZE = 0.914  # em of the headings; cells are set in 0.923 or 0.952, captions and notes in 0.905 or less
_LEFT_OF_HEADING = 1.5  # points that a cell may begin left of its heading; the House's begin 0.3 left of it

COLUMNS = {
    "id": "transaction_id",
    "owner": "owner",
    "asset": "asset",
    "transaction": "transaction_type",
    "date": "transaction_date",
    "notification": "notification_date",
    "amount": "amount_text",
    "cap.": "cap_gains_over_200",
}
"""First word of each heading, in small letters -> the cell's name, left to right."""
_LAST_COLUMN = "cap."  # not on forms before spring 2018
_HEADING_TAILS = {"type", "date", "gains", ">", "$200?"}


@dataclass(frozen=True, slots=True)
class Line:
    """The words on one baseline, left to right."""

    words: tuple[Word, ...]

    @property
    def x(self) -> float:
        return self.words[0].x

    @property
    def y(self) -> float:
        return self.words[0].y

    @property
    def size(self) -> float:
        return self.words[0].size

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each column of a page's table begins, and the baseline and font size of its header."""

    lefts: tuple[float, ...]
    names: tuple[str, ...]
    y: float
    size: float

    @property
    def has_gains(self) -> bool:
        return COLUMNS[_LAST_COLUMN] in self.names

    @property
    def bottom(self) -> float:
        """What is below this is no longer the header."""
        return self.y - HEADER_HEIGHT * self.size

    def name_at(self, x: float) -> str | None:
        """Return the name of the column at X; None left of the table."""
        index = bisect_right(self.lefts, x + _LEFT_OF_HEADING) - 1
        return self.names[index] if index >= 0 else None

    def left_of(self, name: str) -> float:
        return self.lefts[self.names.index(name)] - _LEFT_OF_HEADING

    def is_heading(self, line: Line) -> bool:
        """Tell whether LINE is part of the header."""
        if line.y >= self.y - SAME_LINE:
            return True
        return line.y > self.bottom and all(word.text.casefold() in _HEADING_TAILS for word in line.words)

    def is_small(self, text: Line | Word) -> bool:
        """Tell whether TEXT is set as small as captions and notes are, and cells are not."""
        return text.size < CELL_SIZE * self.size

    def cells(self, line: Line) -> Iterator[tuple[str, str]]:
        """Yield the name and text of each cell that LINE has words in."""
        for name, words in groupby(line.words, key=lambda word: self.name_at(word.x) or self.names[0]):
            yield name, " ".join(word.text for word in words)


def lines_of(words: Iterable[Word]) -> tuple[Line, ...]:
    """Put words on one baseline together, top to bottom."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: -word.y):
        if word.text in MARLETT_BOXES:
            continue
        if lines and lines[-1][0].y - word.y < SAME_LINE:
            lines[-1].append(word)
        else:
            lines.append([word])
    return tuple(Line(tuple(sorted(line, key=lambda word: word.x))) for line in lines)


def columns_in(lines: Sequence[Line]) -> Columns | None:
    """Find the header among LINES and read where its columns begin; None where there is none."""
    return next(filter(None, map(_columns, lines)), None)


def _columns(line: Line) -> Columns | None:
    found = {word.text.casefold(): word for word in reversed(line.words)}
    headings = [heading for heading in COLUMNS if heading in found]
    missing = [heading for heading in COLUMNS if heading not in found and heading != _LAST_COLUMN]
    lefts = tuple(found[heading].x for heading in headings)
    if missing or any(left >= right for left, right in pairwise(lefts)):
        return None
    return Columns(lefts, tuple(COLUMNS[heading] for heading in headings), line.y, found["owner"].size)
