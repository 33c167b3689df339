"""Our own filings look to PDFium as the House's do, and the parser reads back what was drawn."""

import json
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.disclosures.house.ptr import parse_ptr
from common.disclosures.records import Trade
from common.errors import NoTextLayer
from local.standins.drawing import Form, Row, draw
from local.standins.filings import own_shelf, rows_of
from local.standins.sheet import scan_to_pdf

DAY = date(2025, 3, 12)
UNREAD = "\ufffe"


def form(*rows: Row, vehicles: tuple[str, ...] = ()) -> Form:
    return Form(
        doc_id="20990999",
        filer="Hon. Marjorie Taylor Greene",
        state_district="GA14",
        signed=date(2025, 3, 17),
        rows=rows,
        vehicles=vehicles,
    )


def row(**changes: Any) -> Row:
    plain: dict[str, Any] = {
        "asset": "NVIDIA Corporation - Common Stock (NVDA) [ST]",
        "kind": "P",
        "traded": DAY,
        "notified": DAY,
        "amount": "$1,001 - $15,000",
    }
    return Row(**(plain | changes))


def texts(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range() for page in document]


def as_drawn(trade: Trade) -> Row:
    """Return what was read as the row that would be drawn for it."""
    assert trade.transaction_date
    assert trade.notification_date
    return Row(
        asset=trade.asset,
        kind=trade.transaction_type,
        traded=trade.transaction_date,
        notified=trade.notification_date,
        amount=trade.amount_text,
        owner=trade.owner,
        transaction_id=trade.transaction_id or "",
        gains=bool(trade.cap_gains_over_200),
        status=trade.filing_status or "",
        subholding=trade.subholding_of,
        description=trade.description,
        location=trade.location,
        comments=trade.comments,
    )


def test_small_capitals_have_no_unicode() -> None:
    (text,) = texts(draw(form(row())))

    lines = text.split("\r\n")
    assert lines[0] == f"P{UNREAD * 7} T{UNREAD * 10} R{UNREAD * 5}"
    assert f"F{UNREAD * 5} S{UNREAD * 5}: New" in lines


def test_the_asset_comes_first_then_type_dates_and_amount() -> None:
    (text,) = texts(draw(form(row(owner="SP", amount="$1,000,001 - $5,000,000"))))

    table = text.partition("$200?\r\n")[2]
    assert table.split("\r\n")[:4] == [
        "SP NVIDIA Corporation - Common",
        "Stock (NVDA) [ST]",
        "P 03/12/2025 03/12/2025 $1,000,001 -",
        "$5,000,000",
    ]


def test_the_number_of_the_filing_comes_last_on_the_first_page() -> None:
    pages = texts(draw(form(*[row()] * 12)))

    assert len(pages) == 2
    assert pages[0].endswith("Filing ID #20990999")
    assert "Filing ID" not in pages[1]


def test_the_header_is_repeated_on_every_page_with_rows() -> None:
    pages = texts(draw(form(*[row()] * 30)))

    assert [page.count("Notification") for page in pages] == [1] * len(pages)


def test_the_same_form_gives_the_same_bytes() -> None:
    assert draw(form(row())) == draw(form(row()))


def test_a_text_that_the_form_cannot_hold_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        draw(form(row(asset="日本")))


def test_a_scan_has_no_text_and_is_unread() -> None:
    pdf = scan_to_pdf()

    assert texts(pdf) == [""]
    with pytest.raises(NoTextLayer, match="8299001"):
        parse_ptr(pdf, doc_id="8299001")


def test_every_filing_of_our_own_is_read_without_a_doubt() -> None:
    scans = []
    for entry in own_shelf().entries:
        if entry.pdf is None:
            continue
        try:
            filing = parse_ptr(entry.pdf, doc_id=entry.row.doc_id)
        except NoTextLayer:
            scans.append(entry.row.doc_id)
        else:
            assert filing.trades
            assert [trade.quarantine for trade in filing.trades] == [()] * len(filing.trades)
            assert filing.filer_name.endswith(entry.row.last)

    assert scans == ["8299001"]


def test_rows_are_written_one_a_line_with_what_only_some_have() -> None:
    plain, full = rows_of(
        """
 | Apple Inc. (AAPL) [ST] | P | 3/12/2025 | 3/12/2025 | $1,001 - $15,000
SP | Bitcoin [CT] | S | 3/12/2025 | 3/12/2025 | $1,001 - $15,000 | gains | ID: 2000990001 | Location: Rome, GA: US
"""
    )

    assert plain == row(asset="Apple Inc. (AAPL) [ST]")
    assert full == row(
        owner="SP",
        asset="Bitcoin [CT]",
        kind="S",
        gains=True,
        transaction_id="2000990001",
        location="Rome, GA: US",
    )


WORDS = st.lists(
    st.sampled_from(
        ["Alpha", "of", "the", "2039", "Holdings,", "L.P.", "5.25%", "Trust", "&", "Extraordinarily"]
    ),
    min_size=1,
    max_size=25,
).map(" ".join)
MARKS = st.sampled_from([("New", ""), ("Amended", "2000990001"), ("Deleted", "2000990002")])
ROWS = st.builds(
    lambda mark, **changes: row(status=mark[0], transaction_id=mark[1], **changes),
    mark=MARKS,
    asset=WORDS.map(lambda words: f"Fund {words} (ABC) [ST]"),
    owner=st.sampled_from(["", "SP", "JT", "DC"]),
    kind=st.sampled_from(["P", "S", "S (partial)", "E"]),
    amount=st.sampled_from(
        ["$1,001 - $15,000", "$15,001 - $50,000", "$5,000,001 - $25,000,000", "Over $50,000,000", "$350.78"]
    ),
    gains=st.booleans(),
    subholding=st.none() | WORDS,
    location=st.none() | WORDS,
    description=st.none() | WORDS,
    comments=st.none() | WORDS,
)


@given(st.lists(ROWS, min_size=1, max_size=12))
@settings(max_examples=30, deadline=2000)
def test_what_is_drawn_is_read_back_wherever_the_pages_break(rows: list[Row]) -> None:
    filing = parse_ptr(draw(form(*rows, vehicles=("Family Trust (Owner: SP)",))), doc_id="20990999")

    assert [as_drawn(trade) for trade in filing.trades] == rows
    assert [trade.quarantine for trade in filing.trades] == [()] * len(rows)


def one_page_filings(corpus: Path) -> Iterator[dict[str, Any]]:
    for file in sorted((corpus / "truth").glob("*.json")):
        truth = json.loads(file.read_text())
        if truth["pages"] == 1:
            yield truth


def redrawn(truth: dict[str, Any]) -> bytes:
    rows = (
        Row(
            asset=trade["asset"],
            kind=trade["transaction_type"],
            traded=date.fromisoformat(trade["transaction_date"]),
            notified=date.fromisoformat(trade["notification_date"]),
            amount=trade["amount_text"],
            owner=trade["owner"],
            transaction_id=trade["transaction_id"] or "",
            gains=bool(trade["cap_gains_over_200"]),
            status=trade["filing_status"],
            subholding=trade["subholding_of"],
            description=trade["description"],
            location=trade["location"],
            comments=trade["comments"],
        )
        for trade in truth["transactions"]
    )
    filer = truth["filer"]
    return draw(
        Form(
            doc_id=truth["doc_id"],
            filer=filer["name"],
            state_district=filer["state_district"],
            signed=date.fromisoformat(truth["signed_date"]),
            rows=tuple(rows),
        )
    )


def table_words(page: str) -> list[str]:
    """Return the words from the filer's name to the end of the table, in the order in which they are read."""
    return page.partition("Name:")[2].partition("* For the complete list")[0].split()


def test_a_real_page_drawn_again_reads_word_for_word_the_same(corpus: Path) -> None:
    differing = [
        truth["doc_id"]
        for truth in islice(one_page_filings(corpus), 0, None, 3)
        if [table_words(page) for page in texts(redrawn(truth))]
        != [table_words(page) for page in texts((corpus / "pdf" / f"{truth['doc_id']}.pdf").read_bytes())]
    ]

    assert differing == []
