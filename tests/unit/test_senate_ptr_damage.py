"""Damaged pages of the Senate's: read whole or refused by name, and in bounded time."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.disclosures.senate.ptr.documents import MOST_BYTES, MOST_TAGS
from local.standins.senate_pages import landing_page, paper_page
from local.standins.senate_rows import company_detail, option_detail, senate_row
from tests.support.senate_reading import outcome_of, page_with, read, report_of

PAGE = page_with(
    senate_row("07/20/2026", "Self", "T", "AT&T", received="Warner", received_ticker="WBD", kind="Exchange"),
    senate_row("07/20/2026", "Joint", "NVDA", "NVIDIA", detail=option_detail("Call", "$75.00", "08/21/2026")),
    senate_row("07/20/2026", "Child", asset="Acme", detail=company_detail("Acme", "Dover, DE", "Land")),
)
PAGES = (PAGE, landing_page("token"), paper_page(report_of((), paper_pages=2)))
PIECES = [
    *(f"<{name}>" for name in ("td", "tr", "table", "tbody", "caption", "th", "br", "a", "em", "h1", "title")),
    *(f"</{name}>" for name in ("td", "tr", "table", "tbody", "a", "em", "div", "html")),
    *("<script>", "<select>", "<template>", "<svg>", "<!--", "-->", "<", "&nbsp;", "&#0;", "&#xD800;", "\ufffd", "\0"),
    *('<div class="text-muted">', '<li class="list-inline-item">'),
]  # fmt: skip
NESTED = ("div", "table", "td", "a", "b", "em", "h1", "li", "caption", "svg", "template", "select", "title")
SECONDS = 3.0


@settings(max_examples=200)
@given(st.data())
def test_a_page_with_a_piece_lost_moved_or_put_in_is_read_or_refused_by_name(data: st.DataObject) -> None:
    page = data.draw(st.sampled_from(PAGES))
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(page))] * 2)))
    pieces = data.draw(st.lists(st.sampled_from(PIECES), max_size=4))
    kept = data.draw(st.sampled_from((page[end:], page[start:])))

    outcome = outcome_of(page[:start] + "".join(pieces).encode() + kept)

    assert outcome in {"read", "SourceChanged", "SessionExpired", "NoTextLayer"}


@settings(max_examples=60)
@given(st.integers(0, len(PAGE) - 1), st.binary(min_size=1, max_size=1))
def test_a_byte_changed_loses_no_row_in_silence(place: int, byte: bytes) -> None:
    page = PAGE[:place] + byte + PAGE[place + 1 :]

    if outcome_of(page) == "read":
        assert len(read(page).trades) == 3


@given(st.integers(0, PAGE.rindex(b"</html>")))
def test_a_page_that_breaks_off_is_refused(length: int) -> None:
    assert outcome_of(PAGE[:length]) == "SourceChanged"


@pytest.mark.parametrize("tag", NESTED)
def test_tags_nested_as_deep_as_can_be_are_judged_within_seconds(tag: str) -> None:
    start = time.monotonic()

    deep = f"<{tag}>" * 6_000
    outcome = outcome_of(PAGE.replace(b"<td>Joint</td>", f"<td>{deep}Joint</td>".encode()))

    assert outcome in {"read", "SourceChanged"}
    assert time.monotonic() - start < SECONDS


@pytest.mark.parametrize(
    "page",
    [
        b"<div>" * 4_000_000,
        b"<div " + b"a=1 " * 200_000 + b">",
        b"<a " * (MOST_TAGS + 1),
        PAGE + b" " * (20_000_000 - len(PAGE)),
    ],
    ids=["20 MB of nested tags", "a tag of 200,000 attributes", "a tag for each tag", "20 MB with a report"],
)
def test_a_page_beyond_all_bounds_is_refused_at_once(page: bytes) -> None:
    start = time.monotonic()

    outcome = outcome_of(page)

    assert outcome == "SourceChanged"
    assert time.monotonic() - start < 0.5


@pytest.mark.parametrize(
    "filling",
    ["\xa0(" * 100_000, " " * 500_000, "(Exchanged) " * 50_000, "<!---->a" * 8_000, "<br>a" * 8_000, "spouse " * 50_000],
    ids=["brackets", "blanks", "marks", "remarks", "lines", "words"],
)  # fmt: skip
def test_a_cell_as_long_as_can_be_is_judged_within_seconds(filling: str) -> None:
    cells = [
        list(senate_row("07/20/2026", asset="Acme", detail=company_detail("Acme", "Dover, DE")))
        for _ in range(8)
    ]
    for place, row in enumerate(cells):
        row[place] = filling + row[place].replace("Acme", filling, 1) + filling if place == 3 else filling
    start = time.monotonic()

    outcomes = [outcome_of(page_with(tuple(row))) for row in cells]

    assert set(outcomes) <= {"read", "SourceChanged"}
    assert time.monotonic() - start < SECONDS


def test_the_bounds_leave_room_for_reports_ten_times_as_long_as_any_yet() -> None:
    rows = [senate_row("07/20/2026", "Joint", "NVDA", f"NVIDIA {number}") for number in range(1_400)]

    page = page_with(*rows)

    assert len(page) < MOST_BYTES
    assert len(read(page).trades) == 1_400
