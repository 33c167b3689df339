"""Reports of our own, drawn as PDFs in the House's two layouts, and files that are none."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Dictionary, Name

from common.disclosures.house_ptr import drawings, pages, parse_ptr, soundness
from common.errors import NoTextLayer, SourceChanged
from local.standins.drawing import Form, draw
from local.standins.filings import SEVERAL_PAGES, rows_of
from local.standins.sheet import Sheet, scan_to_pdf, to_pdf
from tests.support.old_form import OldForm, OldRow

QUIRKS = """
 | NVIDIA Corporation - Common Stock (NVDA) [ST] | P | 3/12/2025 | 3/12/2025 | $1,001 - $15,000
SP | Four Oaks Vineyard LLC [OL] | S (partial) | 1/15/2025 | 1/15/2025 | Over $50,000,000 | gains | Location: St. Helena, CA, US
DC | Some Very Long Name of a Trust That Wraps Over Several Lines of Its Cell (SOME) [ST] | E | 1/2/3031 | 1/3/2025 | $50,001 - $100,000
JT | US Treasury Bill [GS] | P | 1/2/2025 | 1/3/2025 | Spouse/DC Over $1,000,000 | Comments: $350.78 each
"""
OLD = OldRow(
    owner="SP",
    asset="UBS Group AG/Ordinary Shares (UBS) [ST]",
    kind="S (partial)",
    amount="$.25",
    box=True,
)


def modern(table: str = QUIRKS) -> bytes:
    return draw(
        Form(
            doc_id="20990001",
            filer="Hon. Pat Example",
            state_district="GA14",
            signed=date(2025, 3, 17),
            rows=rows_of(table),
        )
    )


def refused(pdf: bytes) -> str:
    with pytest.raises(SourceChanged) as refusal:
        parse_ptr(pdf, doc_id="20990001")
    return str(refusal.value)


def saved(pdf: pikepdf.Pdf, encryption: pikepdf.Encryption | None = None) -> bytes:
    file = BytesIO()
    pdf.save(file, encryption=encryption or False)
    return file.getvalue()


def drawn(content: bytes, *, resources: Dictionary | None = None) -> bytes:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(612, 792))
    page.Resources = resources or Dictionary()
    page.Contents = pdf.make_stream(content)
    return saved(pdf)


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


def test_a_picture_of_paper_is_left_for_eyes() -> None:
    with pytest.raises(NoTextLayer, match=r"House document 8299001: 1 page\(s\) of pictures"):
        parse_ptr(scan_to_pdf(), doc_id="8299001")


@pytest.mark.parametrize(
    ("pdf", "reason"),
    [
        (b"", "which is no PDF"),
        (b"<!DOCTYPE html><html>", "begins b'<!DOCTYPE html>', which is no PDF"),
        (b"%PDF-1.4 and nothing else", "truncated or no PDF inside"),
        (modern()[:900], "truncated"),
        (drawn(b""), "not headed Periodic Transaction Report but ''"),
        (to_pdf([Sheet()]), "not headed Periodic Transaction Report but ''"),
    ],
)
def test_what_is_no_report_is_refused_by_name_and_reason(pdf: bytes, reason: str) -> None:
    message = refused(pdf)

    assert message.startswith("House document 20990001: ")
    assert reason in message


def test_an_encrypted_file_is_refused_and_one_with_an_empty_password_is_read() -> None:
    locked, open_to_all = (
        saved(pikepdf.open(BytesIO(modern())), pikepdf.Encryption(owner="owner", user=user))
        for user in ("secret", "")
    )

    assert "it is encrypted" in refused(locked)
    assert len(parse_ptr(open_to_all, doc_id="20990001").trades) == 4


def test_a_damaged_stream_is_refused() -> None:
    content = b"BT ET " * 999
    pdf = drawn(content)
    packed = saved_packed(pdf)
    middle = packed.index(b"stream") + 12

    damaged = packed[:middle] + b"\xff\xff" + packed[middle + 2 :]

    assert "a stream is damaged" in refused(damaged)


def test_a_truncated_stream_is_refused() -> None:
    packed = saved_packed(drawn(b"BT ET " * 999))
    start = packed.index(b"stream") + 8

    cut = packed[: start + 4] + b"\n" + packed[packed.index(b"endstream", start) :]

    assert "a stream is truncated" in refused(cut)


def saved_packed(pdf: bytes) -> bytes:
    file = BytesIO()
    document = pikepdf.open(BytesIO(pdf))
    document.save(
        file,
        compress_streams=True,
        recompress_flate=True,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
    )
    return file.getvalue()


def test_a_page_that_cannot_be_reached_is_refused() -> None:
    pdf = pikepdf.open(BytesIO(modern(SEVERAL_PAGES)))
    kids = pdf.Root.Pages.Kids
    pdf.Root.Pages.Kids = pikepdf.Array([kids[0], kids[2]])
    pdf.Root.Pages.Count = 2
    pdf.Root.Lost = kids[1]

    assert "it holds 3 pages, but only 2 can be reached" in refused(saved(pdf))


def test_a_page_that_is_none_is_refused() -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.Root.Pages.Kids[0] = pdf.make_indirect(Dictionary(Type=Name.Nothing))

    assert refused(saved(pdf))


def test_a_pdf_without_pages_is_refused() -> None:
    assert "0 pages, not 1 to" in refused(saved(pikepdf.new()))


@pytest.mark.parametrize(
    ("module", "bound", "most", "reason"),
    [
        (soundness, "MOST_BYTES", 1_000, "bytes are more than 1,000"),
        (soundness, "MOST_UNPACKED", 1_000, "a stream unpacks to more than 9"),
        (soundness, "MOST_STREAM", 500, "a stream unpacks to more than 500 bytes"),
        (pages, "MOST_PAGES", 2, "3 pages, not 1 to 2"),
        (pages, "MOST_CHARACTERS", 100, "characters, more than 100"),
        (drawings, "MOST_OBJECTS", 10, "objects in forms 1 deep, more than 10"),
        (drawings, "DEEPEST_FORM", 0, "objects in forms 1 deep"),
    ],
)
def test_what_would_take_too_long_is_refused(
    monkeypatch: pytest.MonkeyPatch, module: object, bound: str, most: int, reason: str
) -> None:
    pdf = saved_packed(modern(SEVERAL_PAGES))
    monkeypatch.setattr(module, bound, most)

    assert reason in refused(pdf)


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


def changed(pdf: bytes, edits: Sequence[tuple[float, int]], kept: float) -> bytes:
    content = bytearray(pdf)
    for place, value in edits:
        content[int(place * (len(content) - 1))] = value
    return bytes(content[: max(1, int(kept * len(content)))])


EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=60)
DRAWN = (modern(), OldForm().draw([OLD]), scan_to_pdf())


@settings(max_examples=150, deadline=2_000)
@given(st.sampled_from(DRAWN), EDITS, st.sampled_from([1.0, 1.0, 0.97, 0.5]))
def test_a_changed_file_is_read_or_refused_by_name(
    pdf: bytes, edits: list[tuple[float, int]], kept: float
) -> None:
    outcome = outcome_of(changed(pdf, edits, kept))

    assert outcome.startswith(("House document 20990001: ", "20990001 has"))


def outcome_of(pdf: bytes) -> str:
    try:
        filing = parse_ptr(pdf, doc_id="20990001")
    except (SourceChanged, NoTextLayer) as refusal:
        return str(refusal)
    return f"{filing.doc_id} has {len(filing.trades)} rows"


@settings(max_examples=100, deadline=2_000)
@given(st.binary(max_size=400))
def test_noise_is_refused_by_name(noise: bytes) -> None:
    assert refused(b"%PDF-1.7\n" + noise).startswith("House document 20990001: ")
