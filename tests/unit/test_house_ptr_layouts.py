"""Layouts that are refused, because rows may be missing, and some that only look like it."""

from dataclasses import replace

import pytest

from common.disclosures.house.ptr.boxes import Box
from common.disclosures.house.ptr.drawings import Frame
from common.disclosures.house.ptr.filings import filing_of
from common.errors import SourceChanged
from tests.support.ptr_pages import APPLE, CAPTION, LEFTS, Draft, one_page, only, pages_of, read, refused


def test_a_report_without_rows_is_refused() -> None:
    assert "no transaction" in refused(Draft().head().header().end())


@pytest.mark.parametrize(
    ("drafts", "reason"),
    [
        (
            (Draft().line(21.8, "F\ufffe D\ufffe R\ufffe"), Draft()),
            "not headed Periodic Transaction Report but 'F? D? R?'",
        ),
        ((Draft().head().header().row(APPLE),), "ends before its certification"),
        ((one_page(APPLE), Draft()), "page 2 of 2 has no text"),
    ],
)
def test_another_document_or_half_of_one_is_refused(drafts: tuple[Draft, ...], reason: str) -> None:
    assert reason in refused(*drafts)


def test_a_report_that_names_no_filer_is_refused() -> None:
    draft = one_page(APPLE)
    draft.words = [word for word in draft.words if word.text != "Status:"]

    assert "names no filer" in refused(draft)


def test_a_page_that_lost_its_header_is_refused() -> None:
    first = Draft().head().header().row(APPLE).caption("filing_status", "New")
    second = Draft().row(APPLE).caption("filing_status", "New").end()

    assert "page 2 goes on without the table's header" in refused(first, second)


def test_a_first_page_that_lost_its_header_is_refused() -> None:
    second = Draft().header().row(APPLE).caption("filing_status", "New").end()

    assert "page 1 lacks the table's header, which page 2 has" in refused(Draft().head(), second)


def test_a_page_of_nothing_but_a_box_amid_the_table_is_refused() -> None:
    first = Draft().head().header().row(APPLE).caption("filing_status", "New")
    second = Draft().line(300, "gfedc")
    third = Draft().header().row(APPLE).caption("filing_status", "New").end()

    pages = list(pages_of([first, second, third]))
    pages[1] = replace(pages[1], text="gfedc")
    with pytest.raises(SourceChanged, match="page 2 goes on without"):
        filing_of(pages, doc_id="20990001")


def test_a_second_table_is_refused() -> None:
    again = Draft().header().row(APPLE).caption("filing_status", "New").end()

    assert "page 2 has a table below the table's end" in refused(one_page(APPLE), again)


def test_a_box_beside_no_row_is_refused() -> None:
    draft = Draft().head().header().row(APPLE).caption("filing_status", "New")
    draft.boxes.append(Box(549.4, draft.y - 30, ticked=False))
    draft.y -= 50

    assert "page 1 has a check box beside no row" in refused(draft.end())


def test_a_box_below_the_rows_of_a_further_page_is_refused() -> None:
    first = Draft().head().header().row(APPLE).caption("filing_status", "New")
    second = Draft().header().row(APPLE).caption("filing_status", "New")
    second.boxes.append(Box(549.4, second.y - 30, ticked=False))
    second.y -= 50

    assert "page 2 has a check box beside no row" in refused(first, second.end())


def test_boxes_without_the_heading_of_their_column_are_refused() -> None:
    draft = Draft().head().header(columns=7).row(APPLE).row(APPLE).caption("filing_status", "New").end()

    assert refused(draft).count("page 1 has check boxes, but lacks the heading of their column") == 1


def test_a_refusal_names_only_the_first_faults() -> None:
    draft = Draft().head().header().row(APPLE).caption("filing_status", "New")
    draft.boxes += [Box(549.4, draft.y - down, ticked=False) for down in range(30, 60, 5)]
    draft.y -= 80

    assert refused(draft.end()).count("beside no row") == 3


def test_a_framed_row_that_is_not_printed_is_refused() -> None:
    draft = one_page(APPLE)
    draft.frames = [Frame(21.8, top - 24, top) for top in (200.0, 176.0)]

    assert "page 1 frames a row that it does not print" in refused(draft)


def test_a_status_or_dates_that_no_row_took_are_refused() -> None:
    draft = one_page(APPLE)
    draft.line(29, "F\ufffe\ufffe\ufffe\ufffe\ufffe S\ufffe\ufffe\ufffe\ufffe\ufffe: New")
    for _ in range(2):
        draft.row(APPLE)

    reason = refused(draft)

    assert "2 filing statuses are printed, but 1 rows were read" in reason
    assert "3 pairs of dates are printed, but 1 rows were read" in reason


def test_dates_in_what_a_filer_writes_are_no_rows() -> None:
    asset = "Lots of 01/02/2025 01/03/2025 $1,001 - $15,000 (AAPL) [ST]"
    draft = Draft().head().header().row({**APPLE, "asset": "Lots of"}).more(asset=asset[8:])
    draft.caption("filing_status", "New").further("Sold 01/02/2025 01/03/2025 $1,001 - $15,000")
    draft.write(LEFTS["transaction_date"], "01/02/2025", size=CAPTION)
    draft.write(LEFTS["notification_date"], "01/02/2025", size=CAPTION)
    draft.end().line(21.8, "Comments: two lots, 01/02/2025 01/03/2025 $1,001 and 01/02/2025 01/03/2025 $500")

    assert only(read(draft)).asset == asset


def test_a_blank_page_matters_only_amid_the_table() -> None:
    row = Draft().head().header().row(APPLE).caption("filing_status", "New")
    again = Draft().header().row(APPLE).caption("filing_status", "New").end()
    whole, first, second, blank = pages_of([one_page(APPLE), row, again, Draft()])
    blank = replace(blank, is_blank=True)

    assert len(filing_of([whole, replace(blank, number=2)], doc_id="1").trades) == 1
    with pytest.raises(SourceChanged, match="page 4 goes on without the table's header"):
        filing_of([first, blank, second], doc_id="1")
