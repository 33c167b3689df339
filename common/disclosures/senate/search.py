"""The Senate's search for reports: the form that asks for them, and its JSON answer read; pure."""

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeGuard

from selectolax.lexbor import LexborHTMLParser

from common.disclosures.forms import date_of
from common.errors import SessionExpired, SourceChanged

Kind = Literal["ptr", "paper"]
PAGE_LENGTH = 100  # the most that the site gives at once
MOST_ANSWER_BYTES = 1_000_000  # a full answer has 30 kB
LONGEST_CELL = 2_000  # characters; a link has 150
PERIODIC_TRANSACTION_REPORT = 11
TITLE = "Periodic Transaction Report"
COLUMNS = ("first", "last", "office", "link", "received")

_AGREEMENT = b'id="agreement_form"'
_ADDRESS = re.compile(r"/search/view/(ptr|paper)/([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})/")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")  # what no database keeps


@dataclass(frozen=True, slots=True)
class SearchRow:
    """One report as the search lists it; texts have single blanks, and otherwise what is printed, commas included."""

    uuid: str
    """In the case in which the site writes it: old paper has capitals."""
    kind: Kind
    first: str
    last: str
    office: str
    """`Last, First (Senator)`, `Senator`, `Former Senator (Former Senator)` ..."""
    title: str
    """`Periodic Transaction Report for 12/08/2025 (Amendment 1)`: of an amendment, the original's date. The page says it better."""
    received: date
    path: str
    cells: tuple[str, ...]
    """The row verbatim."""


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """One page of the list; rows may be repeated between pages, and others never served, as ties have no order."""

    rows: tuple[SearchRow, ...]
    total: int
    """How many reports match, on all pages."""


def search_form(
    first: date,
    last: date,
    *,
    start: int = 0,
    draw: int = 1,
    column: str = "received",
    descending: bool = True,
) -> dict[str, str]:
    """Return the fields that ask for reports received from FIRST to LAST, both included, from the START-th on.

    COLUMN is what they are ordered by, one of COLUMNS.
    """
    return {
        "draw": str(draw),
        "start": str(start),
        "length": str(PAGE_LENGTH),
        "report_types": f"[{PERIODIC_TRANSACTION_REPORT}]",
        "filer_types": "[]",
        "submitted_start_date": f"{first:%m/%d/%Y} 00:00:00",
        "submitted_end_date": f"{last:%m/%d/%Y} 23:59:59",
        "candidate_state": "",
        "senator_state": "",
        "office_id": "",
        "first_name": "",
        "last_name": "",
        "order[0][column]": str(COLUMNS.index(column)),
        "order[0][dir]": "desc" if descending else "asc",
    }


def parse_search(answer: bytes) -> SearchAnswer:
    """Read the search's ANSWER.

    Raises SessionExpired for the agreement form, and SourceChanged, naming the row and the fault, for anything else that
    is no whole and well-formed answer.
    """
    try:
        return _answer(_fields(answer))
    except _Fault as fault:
        raise SourceChanged(
            f"Senate search: {fault}; nothing of it was used, compare the answer with what is expected"
        ) from fault


class _Fault(Exception):
    """What is wrong with an answer, in words."""


def _fields(answer: bytes) -> dict[str, object]:
    if len(answer) > MOST_ANSWER_BYTES:
        raise _Fault(f"{len(answer)} bytes, more than {MOST_ANSWER_BYTES}")
    if answer.lstrip()[:1] == b"<":
        raise _page_instead(answer)
    try:
        fields = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise _Fault(f"it is no JSON ({error})") from error
    if not isinstance(fields, dict) or fields.get("result", "ok") != "ok":
        raise _Fault("it does not say that it is ok")
    return fields


def _page_instead(page: bytes) -> Exception:
    if _AGREEMENT in page:
        return SessionExpired(
            "Senate search: it asks to agree to its terms again; agree once more, then stop"
        )
    title = re.search(rb"<title>([^<]{0,80})", page)
    return _Fault(
        f"a page came in place of JSON, titled {title[1].decode(errors='replace') if title else ''!r}"
    )


def _answer(fields: dict[str, object]) -> SearchAnswer:
    total, listed = _total(fields), fields.get("data")
    if not isinstance(listed, list) or len(listed) > total:
        raise _Fault(f"its `data` is no list of at most {total} rows")
    return SearchAnswer(tuple(_row(number, row) for number, row in enumerate(listed, start=1)), total)


def _total(fields: dict[str, object]) -> int:
    total, filtered = fields.get("recordsTotal"), fields.get("recordsFiltered")
    if type(total) is not int or total != filtered or total < 0:
        raise _Fault(f"it counts {_said(total)} records, {_said(filtered)} of them filtered")
    return total


def _row(number: int, cells: object) -> SearchRow:
    if not _is_row(cells):
        raise _Fault(f"row {number} is not {len(COLUMNS)} texts but {_said(cells)}")
    first, last, office, link, received = cells
    path, title = _link(number, link)
    address = _ADDRESS.fullmatch(path)
    if address is None:
        raise _Fault(f"row {number} links to {path[:80]!r}, which is no periodic transaction report")
    if not title.startswith(TITLE):
        raise _Fault(f"row {number} is titled {title[:80]!r}")
    return SearchRow(
        uuid=address[2],
        kind="paper" if address[1] == "paper" else "ptr",
        first=_squeezed(first),
        last=_squeezed(last),
        office=_squeezed(office),
        title=title,
        received=_day(number, received),
        path=path,
        cells=tuple(cells),
    )


def _is_row(cells: object) -> TypeGuard[list[str]]:
    return isinstance(cells, list) and len(cells) == len(COLUMNS) and all(map(_is_text, cells))


def _is_text(cell: object) -> bool:
    return isinstance(cell, str) and len(cell) <= LONGEST_CELL and not _UNSTORABLE.search(cell)


def _link(number: int, link: str) -> tuple[str, str]:
    """Return where LINK leads and what it says."""
    anchors = LexborHTMLParser(link).css("a")
    if len(anchors) != 1:
        raise _Fault(f"row {number} has {len(anchors)} links: {link[:80]!r}")
    return anchors[0].attributes.get("href") or "", _squeezed(anchors[0].text())


def _day(number: int, text: str) -> date:
    day = date_of(text)
    if day is None:
        raise _Fault(f"row {number} has the date {text[:40]!r}")
    return day


def _said(value: object) -> str:
    return type(value).__name__ if isinstance(value, list | dict) else repr(value)[:80]


def _squeezed(text: str) -> str:
    return " ".join(text.split())
