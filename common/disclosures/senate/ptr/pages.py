"""The page of an electronic report: its heading and its table, checked against what the page itself counts."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from selectolax.lexbor import LexborHTMLParser, LexborNode

from common.disclosures.forms import date_of
from common.disclosures.senate.ptr.cells import Cell, cell_of
from common.disclosures.senate.ptr.documents import document_of, squeezed
from common.errors import SourceChanged

EASTERN = ZoneInfo("America/New_York")
CAPTION = "List of transactions added to this report"
COLUMNS = {
    "#": "number",
    "Transaction Date": "transaction_date",
    "Owner": "owner",
    "Ticker": "ticker",
    "Asset Name": "asset",
    "Asset Type": "asset_type",
    "Type": "transaction_type",
    "Amount": "amount_text",
    "Comment": "comments",
}
"""The header of each column, in order -> its name here."""
COUNTED_OWNERS = {"Self": "Self", "Joint": "Joint", "Spouse": "Spouse", "Dependent Child": "Child"}
"""What the counts above the table call an owner -> what its rows do."""

_HEADING = re.compile(
    r"Periodic Transaction Report for (\d\d/\d\d/\d{4})(?: \(Amendment ([1-9][0-9]{0,2})\))?"
)
_FILED = re.compile(r"Filed (\d\d/\d\d/\d{4}) @ (1[0-2]|[1-9])(?::([0-5]\d))? ([AP])M")
_TOTAL = re.compile(r"\(([0-9]{1,6}) transactions? total\)")
_BRACKETED = re.compile(r"\(.*\)")
_COUNT = re.compile(r"([0-9]{1,6}) (.+)")

Row = Mapping[str, Cell]
"""A row of the table, by the names of its columns."""


@dataclass(frozen=True, slots=True)
class Page:
    """A report as its page shows it."""

    heading: str
    titled: date
    """The date in the heading: of an amendment, the original's."""
    amendment: int
    """0 = an original."""
    filer: tuple[str, ...]
    """Lines: prefix and first name, last name, suffix or nothing, `(Last, First)` or `(Former Senator)`."""
    filed_text: str
    filed: datetime
    """To the minute, in Washington's time."""
    counts: Mapping[str, int]
    """How many rows each kind of owner has, as the page says."""
    rows: tuple[Row, ...]

    @property
    def filer_name(self) -> str:
        """The filer as the heading names them, without the line in brackets, which changes when they leave office."""
        return squeezed(" ".join(line for line in self.filer if not _BRACKETED.fullmatch(line)))


def page_of(page: bytes, *, uuid: str) -> Page:
    """Read the electronic report UUID.

    Raises SessionExpired for the form of agreement, NoTextLayer for a report on paper, and SourceChanged for anything else
    that is no complete report.
    """
    name = f"Senate report {uuid}"
    document = document_of(page, uuid=uuid, name=name)
    try:
        return _page(document)
    except _Fault as fault:
        raise SourceChanged(f"{name}: {fault}; open it and look") from fault


class _Fault(Exception):
    """What is wrong with a page, in words."""


def _page(document: LexborHTMLParser) -> Page:
    heading = squeezed(_only(document, "h1").text())
    title = _match("its heading", _HEADING, heading)
    filed_text = squeezed(_only(document, "strong.noWrap").text())
    rows = _rows(document)
    total, counts = _counts(document)
    _check_counts(rows, total, counts)
    return Page(
        heading=heading,
        titled=_day(title[1]),
        amendment=int(title[2] or 0),
        filer=_filer(document),
        filed_text=filed_text.removeprefix("Filed "),
        filed=_moment(_match("its time of filing", _FILED, filed_text)),
        counts=counts,
        rows=rows,
    )


def _only(document: LexborHTMLParser, selector: str) -> LexborNode:
    found = document.css(selector)
    if len(found) != 1:
        raise _Fault(f"{len(found)} times {selector} instead of once")
    return found[0]


def _match(what: str, pattern: re.Pattern[str], text: str) -> re.Match[str]:
    match = pattern.fullmatch(text)
    if match is None:
        raise _Fault(f"{what} is {text[:80]!r}")
    return match


def _day(text: str) -> date:
    day = date_of(text)
    if day is None:
        raise _Fault(f"{text!r} is no date")
    return day


def _moment(filed: re.Match[str]) -> datetime:
    """Read a time of Django's `f A`: on the hour it has no minutes."""
    day, hour = _day(filed[1]), int(filed[2]) % 12 + 12 * (filed[4] == "P")
    return datetime(day.year, day.month, day.day, hour, int(filed[3] or 0), tzinfo=EASTERN)


def _filer(document: LexborHTMLParser) -> tuple[str, ...]:
    lines = tuple(map(squeezed, _only(document, "h2.filedReport").text().strip().splitlines()))
    if all(map(_BRACKETED.fullmatch, lines)):
        raise _Fault("it names no filer")
    return lines


def _counts(document: LexborHTMLParser) -> tuple[int, dict[str, int]]:
    """Return how many rows the page says that it has, and how many of each owner."""
    total, *owners = [squeezed(item.text()) for item in document.css("li.list-inline-item")] or [""]
    matches = [_match("a count", _COUNT, text) for text in owners]
    if [match[2] for match in matches] != list(COUNTED_OWNERS):
        raise _Fault(f"it counts {', '.join(owners)[:80]!r}, not {', '.join(COUNTED_OWNERS)}")
    return int(_match("its total", _TOTAL, total)[1]), {match[2]: int(match[1]) for match in matches}


def _check_counts(rows: Sequence[Row], total: int, counts: Mapping[str, int]) -> None:
    """Check that ROWS are as many as the page says; an owner that it does not count may make the difference."""
    if not rows or len(rows) != total:
        raise _Fault(f"{len(rows)} row(s), and {total} by its own count")
    found = Counter(" ".join(row["owner"].lines) for row in rows)
    missing = {owner: counts[owner] - found[inside] for owner, inside in COUNTED_OWNERS.items()}
    unknown = total - sum(found[inside] for inside in COUNTED_OWNERS.values())
    if min(missing.values()) < 0 or sum(missing.values()) > unknown:
        raise _Fault(f"by its own count, so many rows of each owner are missing: {missing}")


def _rows(document: LexborHTMLParser) -> tuple[Row, ...]:
    tables = [table for table in document.css("table") if CAPTION in _captions(table)]
    if len(tables) != 1:
        raise _Fault(f"{len(tables)} tables with the caption {CAPTION!r}")
    (table,) = tables
    headers = tuple(squeezed(header.text()) for header in table.css("th"))
    if headers != tuple(COLUMNS):
        raise _Fault(f"its columns are {', '.join(headers)[:200]!r}")
    rows = (row for part in table.iter() if part.tag == "tbody" for row in part.iter())
    return tuple(_row(number, row) for number, row in enumerate(rows, start=1))


def _captions(table: LexborNode) -> list[str]:
    return [squeezed(child.text()) for child in table.iter() if child.tag == "caption"]


def _row(number: int, row: LexborNode) -> Row:
    cells = list(row.iter())
    if len(cells) != len(COLUMNS) or any(cell.tag != "td" for cell in cells):
        raise _Fault(f"row {number} has {len(cells)} cells, not {len(COLUMNS)}")
    return dict(zip(COLUMNS.values(), map(cell_of, cells), strict=True))
