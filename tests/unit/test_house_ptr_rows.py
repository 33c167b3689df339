"""Rows, captions and boxes from words at their places, without a PDF."""

from dataclasses import replace

import pytest

from common.disclosures.house.ptr.boxes import Box
from common.disclosures.house.ptr.drawings import Frame
from common.disclosures.house.ptr.filings import filing_of
from common.disclosures.house.ptr.lines import lines_of
from common.disclosures.house.ptr.pages import Page
from tests.support.ptr_pages import APPLE, Draft, one_page, only, pages_of, read


def test_a_row_keeps_what_is_printed_beside_what_it_means() -> None:
    trade = only(read(one_page(APPLE)))

    assert trade.quarantine == ()
    assert (trade.row, trade.page, trade.ticker, trade.asset_type) == (1, 1, "AAPL", "ST")
    assert (trade.amount_min, trade.amount_max, trade.cap_gains_over_200) == (1001, 15000, False)
    assert trade.raw == {**APPLE, "filing_status": "New"}


def test_a_filing_names_its_filer_and_its_signature() -> None:
    filing = read(one_page(APPLE))

    assert (filing.filer_name, filing.filer_status, filing.state_district) == (
        "Hon. Pat Example",
        "Member",
        "GA14",
    )
    assert (filing.signed_text, str(filing.signed_date)) == ("Hon. Pat Example , 03/04/2025", "2025-03-04")
    assert (filing.pages, filing.generation) == (1, "G3")


def test_an_unsigned_filing_is_read_without_a_date() -> None:
    draft = one_page(APPLE)
    draft.words = [word for word in draft.words if word.y > draft.y]

    filing = read(draft)

    assert (filing.signed_text, filing.signed_date) == (None, None)
    assert only(filing).quarantine == ()


def test_wrapped_cells_and_captions_are_put_together_again() -> None:
    draft = Draft().head().header()
    draft.row({**APPLE, "asset": "Apple Inc.", "amount_text": "$50,001 -", "transaction_type": "S"})
    draft.more(asset="(AAPL) [ST]", amount_text="$100,000", transaction_type="(partial)")
    draft.caption("filing_status", "New").caption("description", "Sold by").further("the trustee.").end()

    trade = only(read(draft))

    assert (trade.asset, trade.amount_text) == ("Apple Inc. (AAPL) [ST]", "$50,001 - $100,000")
    assert (trade.transaction_type, trade.description) == ("S (partial)", "Sold by the trustee.")
    assert trade.raw["amount_text"] == "$50,001 -\n$100,000"
    assert trade.quarantine == ()


def test_a_row_cut_by_a_page_break_goes_on_under_the_next_header() -> None:
    first = Draft().head().header().row({**APPLE, "asset": "Apple Inc."}, box=True)
    second = Draft().header().more(asset="(AAPL) [ST]")
    second.boxes.append(Box(549.4, second.y + 9, ticked=True))
    second.caption("filing_status", "New").row(APPLE).caption("filing_status", "New").end()

    cut, whole = read(first, second).trades

    assert (cut.asset, cut.page, cut.cap_gains_over_200) == ("Apple Inc. (AAPL) [ST]", 1, True)
    assert (whole.page, whole.cap_gains_over_200) == (2, False)
    assert cut.quarantine == whole.quarantine == ()


def test_the_rest_of_a_box_that_a_page_break_cut_is_not_the_next_rows() -> None:
    first = Draft().head().header().row(APPLE, box=True).caption("filing_status", "New")
    second = Draft().header()
    second.boxes.append(Box(549.4, second.y + 29 - 25.9, ticked=True))
    second.y += 20
    second.row(APPLE).caption("filing_status", "New").end()

    assert [trade.cap_gains_over_200 for trade in read(first, second).trades] == [True, False]


def test_captions_of_a_row_may_stand_on_the_next_page() -> None:
    first = Draft().head().header().row(APPLE).caption("filing_status", "New").caption("comments", "See")
    second = Draft().header().further("the letter.").caption("location", "US").end()

    trade = only(read(first, second))

    assert (trade.comments, trade.location, trade.quarantine) == ("See the letter.", "US", ())


def test_the_table_may_end_with_the_last_line_of_its_page() -> None:
    first = Draft().head().header().row(APPLE).caption("filing_status", "New")
    second = Draft(y=760).line(484, "Filing ID #20990001").end()

    assert only(read(first, second)).quarantine == ()


def test_equal_rows_are_lots_and_stay_two() -> None:
    assert len(read(one_page(APPLE, APPLE)).trades) == 2


def test_what_a_filer_types_like_a_caption_is_text() -> None:
    draft = Draft().head().header().row(APPLE).caption("filing_status", "New")
    draft.caption("description", "Two sales.").further("Location: the same broker.").end()

    trade = only(read(draft))

    assert (trade.description, trade.location) == ("Two sales. Location: the same broker.", None)


def test_a_form_without_the_box_has_no_answer_and_no_doubt() -> None:
    draft = Draft().head().header(columns=7).row(APPLE, box=None).caption("filing_status", "New").end()

    trade = only(read(draft))

    assert (trade.cap_gains_over_200, trade.quarantine) == (None, ())


def test_what_stands_below_the_table_belongs_to_no_row() -> None:
    draft = one_page(APPLE)
    draft.line(29, "Brokerage (Owner: SP)").line(29, "L\ufffe\ufffe\ufffe\ufffe\ufffe\ufffe\ufffe: US")
    draft.boxes.append(Box(549.4, draft.y, ticked=True))

    trade = only(read(draft))

    assert (trade.owner, trade.location, trade.cap_gains_over_200, trade.quarantine) == ("", None, False, ())


def test_a_filing_number_between_the_captions_is_no_caption() -> None:
    draft = Draft().head().header().row(APPLE).caption("filing_status", "New")
    draft.line(484, "Filing ID #20990001").caption("comments", "none").end()

    trade = only(read(draft))

    assert (trade.filing_status, trade.comments, trade.quarantine) == ("New", "none", ())


def test_a_report_that_says_it_has_no_transactions_has_none() -> None:
    assert read(Draft().head().line(22, "None disclosed.").end()).trades == ()


def test_the_lowest_frame_may_be_empty() -> None:
    draft = Draft().head().header().row(APPLE)
    draft.frames = [Frame(21.8, draft.y - 5, draft.y + 20), Frame(21.8, draft.y - 300, draft.y - 250)]
    draft.caption("filing_status", "New").end()

    assert len(read(draft).trades) == 1


def test_a_filing_number_that_the_filer_types_is_text() -> None:
    draft = Draft().head().header().row(APPLE).caption("filing_status", "New")
    draft.caption("comments", "See").further("Filing ID #20990000").end()

    trade = only(read(draft))

    assert (trade.comments, trade.quarantine) == ("See Filing ID #20990000", ())


@pytest.mark.parametrize("scale", [0.8, 0.9, 0.97, 1.05, 1.1])
def test_a_form_of_another_scale_reads_the_same(scale: float) -> None:
    first = Draft().head().header().row({**APPLE, "asset": "Apple Inc."}, box=True)
    second = Draft().header().more(asset="(AAPL) [ST]").caption("filing_status", "New")
    second.further("Still new.").row(APPLE).caption("filing_status", "New").end()

    filing = filing_of([scaled(page, scale) for page in pages_of([first, second])], doc_id="20990001")

    assert [trade.asset for trade in filing.trades] == [APPLE["asset"]] * 2
    assert [trade.cap_gains_over_200 for trade in filing.trades] == [True, False]
    assert [trade.filing_status for trade in filing.trades] == ["New Still new.", "New"]


def scaled(page: Page, scale: float) -> Page:
    words = tuple(
        word._replace(x=word.x * scale, y=word.y * scale, size=word.size * scale) for word in page.words
    )
    boxes = tuple(box._replace(x=box.x * scale, y=box.y * scale) for box in page.boxes)
    return replace(page, words=words, lines=lines_of(words), boxes=boxes)
