"""Reports of our own, drawn as PDFs in the House's two layouts."""

from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest
from pikepdf import Dictionary, Name

from common.disclosures.house.ptr import parse_ptr
from common.errors import NoTextLayer
from local.standins.filings import SEVERAL_PAGES, rows_of
from local.standins.sheet import scan_to_pdf
from tests.support.old_form import OldForm, OldRow
from tests.support.ptr_files import OLD, modern, refused, saved


def test_a_report_of_today_reads_back_as_it_was_drawn() -> None:
    filing = parse_ptr(modern(), doc_id="20990001")

    assert [trade.ticker for trade in filing.trades] == ["NVDA", None, "SOME", None]
    assert [trade.amount_min for trade in filing.trades] == [1001, 50_000_001, 50_001, 1_000_001]
    assert [trade.amount_max for trade in filing.trades] == [15_000, None, 100_000, None]
    assert [trade.cap_gains_over_200 for trade in filing.trades] == [False, True, False, False]
    assert [trade.location for trade in filing.trades] == [None, "St. Helena, CA, US", None, None]
    assert [trade.comments for trade in filing.trades] == [None, None, None, "$350.78 each"]
    assert [trade.quarantine for trade in filing.trades if trade.row != 3] == [(), (), ()]
    assert filing.trades[2].quarantine == ("transaction_date: '01/02/3031' cannot be",)
    assert filing.generation == "G3"


def test_a_long_report_reads_back_row_for_row() -> None:
    filing = parse_ptr(modern(SEVERAL_PAGES), doc_id="20990001")

    wanted = [(row.asset, row.amount, row.gains, row.description) for row in rows_of(SEVERAL_PAGES)]
    assert [(t.asset, t.amount_text, t.cap_gains_over_200, t.description) for t in filing.trades] == wanted
    assert filing.pages == 3
    assert not any(trade.quarantine for trade in filing.trades)


def test_a_report_of_old_shows_its_true_capitals() -> None:
    filing = parse_ptr(OldForm().draw([OLD, OLD]), doc_id="20990001")

    first, second = filing.trades
    assert (first.asset, first.ticker, first.asset_type) == (
        "UBS Group AG Ordinary Shares (UBS) [ST]",
        "UBS",
        "ST",
    )
    assert (first.owner, first.transaction_type, str(first.transaction_date)) == (
        "SP",
        "S (partial)",
        "2020-04-09",
    )
    assert (first.amount_min, first.amount_max, first.cap_gains_over_200) == (0, 1, True)
    assert (first.filing_status, first.description, first.quarantine) == ("New", "MMM", ())
    assert (second.asset, second.row) == (first.asset, 2)
    assert (filing.filer_name, filing.state_district) == ("Hon. Pat Example", "OH10")
    assert (str(filing.signed_date), filing.generation) == ("2020-05-13", "G1b")


def test_a_report_from_before_the_box_has_none() -> None:
    filing = parse_ptr(OldForm().draw([replace(OLD, box=None)], gains=False), doc_id="20990001")

    assert (filing.generation, filing.trades[0].cap_gains_over_200) == ("G1a", None)
    assert filing.trades[0].quarantine == ()


def test_a_hyphen_at_the_end_of_a_line_is_kept() -> None:
    filing = parse_ptr(OldForm().draw([OldRow(asset="STATE LN-/FIRST (LNF) [ST]")]), doc_id="20990001")

    assert filing.trades[0].asset == "STATE LN- FIRST (LNF) [ST]"


@pytest.mark.parametrize("text", ["Bought pre-", "pre-A-", "T-"])
def test_a_caption_below_a_hyphen_is_a_caption(text: str) -> None:
    row = " | Apple Inc. (AAPL) [ST] | P | 3/12/2025 | 3/12/2025 | $1,001 - $15,000"

    filing = parse_ptr(modern(f"{row} | Description: {text} | Comments: None."), doc_id="20990001")

    (trade,) = filing.trades
    assert (trade.description, trade.comments, trade.quarantine) == (text, "None.", ())


def test_a_picture_of_paper_is_left_for_eyes() -> None:
    with pytest.raises(NoTextLayer, match=r"House document 8299001: 1 page\(s\) of pictures"):
        parse_ptr(scan_to_pdf(), doc_id="8299001")


def test_an_encrypted_file_is_refused_and_one_with_an_empty_password_is_read() -> None:
    locked, open_to_all = (
        saved(pikepdf.open(BytesIO(modern())), pikepdf.Encryption(owner="owner", user=user))
        for user in ("secret", "")
    )

    assert "it is encrypted" in refused(locked)
    assert len(parse_ptr(open_to_all, doc_id="20990001").trades) == 4


def test_boxes_in_a_form_within_a_form_lie_beside_their_rows() -> None:
    pdf = pikepdf.open(BytesIO(modern()))
    page = pdf.pages[0]
    inner = page.Resources.XObject.XOBJ0
    outer = pdf.make_stream(
        b"q 2 0 0 2 40 60 cm /Inner Do Q",
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=inner.BBox,
        Matrix=pikepdf.Array([0.5, 0, 0, 0.5, -20, -30]),
        Resources=Dictionary(XObject=Dictionary(Inner=inner)),
    )
    page.Resources = Dictionary(XObject=Dictionary(XOBJ0=outer))
    page.Contents = pdf.make_stream(b"q 1 0 0 1 3 -25 cm /XOBJ0 Do Q")

    filing = parse_ptr(saved(pdf), doc_id="20990001")

    assert [trade.cap_gains_over_200 for trade in filing.trades] == [False, True, False, False]


def test_the_empty_edge_of_a_row_that_a_page_break_cut_is_no_row() -> None:
    pdf = pikepdf.open(BytesIO(modern()))
    pdf.pages[0].contents_add(b"21.8 730 .75 9 re f 21.8 40 .75 20 re f")

    assert len(parse_ptr(saved(pdf), doc_id="20990001").trades) == 4


def test_a_row_that_is_framed_and_not_printed_is_refused() -> None:
    pdf = pikepdf.open(BytesIO(modern()))
    pdf.pages[0].contents_add(b"21.8 730 .75 20 re f 21.8 40 .75 20 re f")

    assert "page 1 frames a row that it does not print" in refused(saved(pdf))


def test_a_text_beyond_the_basic_plane_moves_nothing() -> None:
    pdf = pikepdf.open(BytesIO(modern()))
    fonts = pdf.pages[0].Resources.XObject.XOBJ0.Resources.Font
    fonts["/F6"].ToUnicode = pdf.make_stream(
        b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfchar <5B> <D83DDE00> endbfchar endcmap"
    )

    filing = parse_ptr(saved(pdf), doc_id="20990001")

    assert [trade.page for trade in filing.trades] == [1] * len(filing.trades)
    assert all(trade.quarantine for trade in filing.trades)
