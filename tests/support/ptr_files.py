"""Reports of our own as PDF files, in the House's two layouts."""

from datetime import date
from io import BytesIO

import pikepdf
import pytest
from pikepdf import Dictionary

from common.disclosures.house.ptr import parse_ptr
from common.errors import SourceChanged
from local.standins.drawing import Form, draw
from local.standins.filings import rows_of
from tests.support.old_form import OldRow

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
    """Return a report of TABLE's rows as the House draws it today."""
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
    """Return why PDF is refused."""
    with pytest.raises(SourceChanged) as refusal:
        parse_ptr(pdf, doc_id="20990001")
    return str(refusal.value)


def saved(pdf: pikepdf.Pdf, encryption: pikepdf.Encryption | None = None) -> bytes:
    """Return PDF as a file."""
    file = BytesIO()
    pdf.save(file, encryption=encryption or False)
    return file.getvalue()


def drawn(content: bytes, *, resources: Dictionary | None = None) -> bytes:
    """Return one page drawn with CONTENT."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(612, 792))
    page.Resources = resources or Dictionary()
    page.Contents = pdf.make_stream(content)
    return saved(pdf)


def saved_packed(pdf: bytes) -> bytes:
    """Return PDF with its streams packed."""
    file = BytesIO()
    document = pikepdf.open(BytesIO(pdf))
    document.save(
        file,
        compress_streams=True,
        recompress_flate=True,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
    )
    return file.getvalue()
