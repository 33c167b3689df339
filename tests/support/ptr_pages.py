"""Pages of a transaction report without a PDF: words where the House's form has them, to move, change and leave out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from common.disclosures.house.ptr.boxes import Box
from common.disclosures.house.ptr.captions import CAPTIONS
from common.disclosures.house.ptr.drawings import Frame
from common.disclosures.house.ptr.filings import filing_of
from common.disclosures.house.ptr.lines import COLUMNS, lines_of
from common.disclosures.house.ptr.pages import Page
from common.disclosures.house.ptr.words import UNREAD, Word
from common.disclosures.records import Filing, Trade
from common.errors import SourceChanged

LEFTS = dict(zip(COLUMNS.values(), (25.3, 65.1, 104.1, 262.3, 326.8, 381.6, 446.1, 524.8), strict=True))
HEADINGS = ("ID", "Owner", "Asset", "Transaction", "Date", "Notification", "Amount", "Cap.")
CELL, CAPTION, HEADING = 9.0, 8.55, 9.45
TITLE = "P\ufffe\ufffe\ufffe\ufffe\ufffe\ufffe\ufffe T\ufffe\ufffe\ufffe\ufffe\ufffe\ufffe\ufffe\ufffe\ufffe\ufffe R\ufffe\ufffe\ufffe\ufffe\ufffe"
NOTE = "* For the complete list of asset type abbreviations, please visit"
CERTIFIED = "I CERTIFY that the statements I have made are true"
SIGNED = "Digitally Signed: Hon. Pat Example , 03/04/2025"
APPLE = {
    "asset": "Apple Inc. (AAPL) [ST]",
    "transaction_type": "P",
    "transaction_date": "02/03/2025",
    "notification_date": "02/04/2025",
    "amount_text": "$1,001 - $15,000",
}
"""The cells of a row as the form prints them."""


def unread(words: str) -> str:
    """Return WORDS in small capitals as PDFium reads them."""
    return " ".join(word[0] + UNREAD * (len(word) - 1) for word in words.split())


@dataclass
class Draft:
    """A page being written, from the top downwards."""

    number: int = 1
    y: float = 700.0
    words: list[Word] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)

    def line(self, x: float, text: str, *, size: float = CELL, down: float = 12.0) -> "Draft":
        """Write TEXT from X on, on a new line."""
        self.y -= down
        self.write(x, text, size=size)
        return self

    def write(self, x: float, text: str, *, size: float = CELL) -> None:
        """Write TEXT from X on, on the line where the page stands."""
        for number, word in enumerate(text.split()):
            self.words.append(Word(x + 9 * number / 10, self.y, size, word, UNREAD in word))

    def head(self) -> "Draft":
        """Write what stands above the table on page 1."""
        self.line(117.4, TITLE, size=21.0)
        for text in ("Name: Hon. Pat Example", "Status: Member", "State/District: GA14"):
            self.line(21.8, text, size=9.75)
        return self.line(21.8, unread("Transactions"), size=12.0)

    def header(self, *, columns: int = 8) -> "Draft":
        """Write the table's header."""
        self.y -= 20
        for left, heading in zip(LEFTS.values(), HEADINGS[:columns], strict=False):
            self.write(left, heading, size=HEADING)
        self.y -= 11
        self.write(LEFTS["transaction_type"], "Type", size=HEADING)
        self.y -= 18
        return self

    def row(self, cells: Mapping[str, str], *, box: bool | None = False) -> "Draft":
        """Write a row's first line, and its box unless BOX is None."""
        self.y -= 24
        for name, text in cells.items():
            self.write(LEFTS[name], text)
        if box is not None:
            self.boxes.append(Box(549.4, self.y + 1.2, box))
        return self

    def more(self, **cells: str) -> "Draft":
        """Write a further line of a row's cells."""
        self.y -= 10.4
        for name, text in cells.items():
            self.write(LEFTS[name], text)
        return self

    def caption(self, name: str, text: str) -> "Draft":
        """Write a caption of the row above."""
        words = next(words for words, known in CAPTIONS.items() if known == name)
        return self.line(103.8, f"{unread(words)}: {text}", size=CAPTION)

    def further(self, text: str) -> "Draft":
        """Write a further line of a caption's text."""
        return self.line(103.8, text, size=CAPTION)

    def end(self) -> "Draft":
        """Write what stands below the table."""
        self.line(25.0, NOTE, size=8.25, down=20)
        self.line(21.8, CERTIFIED)
        return self.line(21.8, SIGNED)

    def page(self, *, text: str | None = None) -> Page:
        """Return the page; TEXT stands for its running text."""
        lines = lines_of(self.words)
        running = "\r\n".join(line.text for line in lines) if text is None else text
        return Page(
            self.number,
            running,
            tuple(self.words),
            lines,
            tuple(self.boxes),
            tuple(self.frames),
            is_blank=False,
            is_picture=False,
        )


def one_page(*rows: dict[str, str]) -> Draft:
    """Write a whole report of ROWS, each new."""
    draft = Draft().head().header()
    for row in rows:
        draft.row(row).caption("filing_status", "New")
    return draft.end()


def pages_of(drafts: Iterable[Draft]) -> Sequence[Page]:
    """Return the pages of DRAFTS, numbered in their order."""
    pages = []
    for number, draft in enumerate(drafts, 1):
        draft.number = number
        pages.append(draft.page())
    return pages


def read(*drafts: Draft) -> Filing:
    """Read DRAFTS as the pages of one filing."""
    return filing_of(pages_of(drafts), doc_id="20990001")


def refused(*drafts: Draft) -> str:
    """Return why DRAFTS are refused."""
    with pytest.raises(SourceChanged) as refusal:
        read(*drafts)
    return str(refusal.value)


def only(filing: Filing) -> Trade:
    """Return the one row of FILING."""
    (trade,) = filing.trades
    return trade
