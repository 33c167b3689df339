"""Files that are no report, damaged ones, and ones that would take too long."""

from collections.abc import Sequence
from io import BytesIO

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Dictionary, Name

from common.disclosures.house.ptr import drawings, pages, parse_ptr, soundness
from common.errors import NoTextLayer, SourceChanged
from local.standins.filings import SEVERAL_PAGES
from local.standins.sheet import Sheet, scan_to_pdf, to_pdf
from tests.support.old_form import OldForm
from tests.support.ptr_files import OLD, drawn, modern, refused, saved, saved_packed


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
