"""The Clerk's index: read whole, or refused by name."""

from dataclasses import replace
from datetime import date
from zipfile import ZIP_BZIP2

import pytest

from common.disclosures.house.index import (
    document_url,
    index_url,
    is_ptr,
    is_scan_number,
    parse_index,
)
from common.disclosures.records import IndexRow
from common.errors import SourceChanged
from local.standins.shelf import drawn_index
from tests.support.indexes import GREENE, ROWS, YEAR, changed, unzipped, with_xml, zipped


def test_rows_come_back_in_order_with_every_field() -> None:
    rows = parse_index(drawn_index(YEAR, ROWS), year=YEAR)

    assert rows == ROWS


def test_the_wire_format_has_a_byte_order_mark_windows_lines_and_empty_tags() -> None:
    xml = unzipped(drawn_index(YEAR, ROWS))

    assert xml.startswith(
        '\ufeff<?xml version="1.0" encoding="utf-8"?>\r\n<FinancialDisclosure>\r\n  <Member>\r\n'
    )
    assert "    <Suffix />\r\n" in xml
    assert "<FilingDate>3/7/2025</FilingDate>" in xml


def test_a_file_without_byte_order_mark_or_windows_lines_reads_the_same() -> None:
    xml = unzipped(drawn_index(YEAR, ROWS)).lstrip("\ufeff").replace("\r\n", "\n")

    assert parse_index(with_xml(xml), year=YEAR) == ROWS


def test_a_row_listed_twice_is_one_row() -> None:
    rows = parse_index(drawn_index(YEAR, (*ROWS, GREENE, GREENE)), year=YEAR)

    assert rows == ROWS


def test_a_document_id_shared_by_different_rows_is_refused() -> None:
    twin = IndexRow("20990101", "Hon.", "Green", "Al", "", "P", "TX09", YEAR, date(2025, 3, 7))

    with pytest.raises(
        SourceChanged, match="20990101 is listed twice with different last, first, state_district"
    ):
        parse_index(drawn_index(YEAR, (*ROWS, twin)), year=YEAR)


REFUSED = {
    "no zip": (b"<html>Server Error</html>", "no readable zip"),
    "an empty file": (b"", "no readable zip"),
    "a zip without the XML": (zipped(("2025FD.txt", b"")), "0 files called 2025FD.xml"),
    "the XML of another year": (zipped(("2024FD.xml", b"")), "0 files called 2025FD.xml"),
    "the XML in a folder": (zipped(("a/2025FD.xml", b"")), "0 files called 2025FD.xml"),
    "too many files": (zipped(*((f"{n}", b"") for n in range(9))), "9 files in the zip"),
    "another compression": (
        zipped((f"{YEAR}FD.xml", b"<a/>"), compression=ZIP_BZIP2),
        "packed by method 12",
    ),
    "malformed XML": (changed("</Member>", ""), "malformed XML"),
    "an empty XML": (with_xml(""), "malformed XML"),
    "another encoding": (
        with_xml("<FinancialDisclosure>é</FinancialDisclosure>".encode("latin-1")),
        "not UTF-8",
    ),
    "a document type": (
        changed("<FinancialDisclosure>", "<!DOCTYPE x><FinancialDisclosure>"),
        "document type",
    ),
    "an external entity": (
        changed(
            "<FinancialDisclosure>",
            '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><FinancialDisclosure>&e;',
        ),
        "document type or entities",
    ),
    "another root": (with_xml("<html></html>"), "is a <html>"),
    "no rows": (with_xml("<FinancialDisclosure></FinancialDisclosure>"), "no rows at all"),
    "an unexpected field": (
        changed("<Last>Sample</Last>", "<Last>Sample</Last><Middle />"),
        "row 3 is <Member>",
    ),
    "a missing field": (changed("<Last>Sample</Last>", ""), "row 3 is <Member>"),
    "another order": (
        changed("<Last>Sample</Last>\r\n    <First>Robin</First>", "<First>Robin</First><Last>Sample</Last>"),
        "row 3 is <Member> with fields Prefix, First, Last",
    ),
    "markup in a field": (changed("Sample", "<b>Sample</b>"), "markup inside a field"),
    "a padded date of nowhere": (changed("3/7/2025", "13/7/2025"), "which no calendar has"),
    "an ISO date": (changed("3/7/2025", "2025-03-07"), "document 20990101 has the filing date '2025-03-07'"),
    "a date of other digits": (changed("3/7/2025", "٣/7/2025"), "has the filing date"),
    "no date on a report": (
        changed("<FilingDate>3/7/2025</FilingDate>", "<FilingDate />"),
        "document 20990101 has the filing date ''",
    ),
    "a document id with letters": (changed("20990101", "2099O101"), "row 1 has the odd DocID '2099O101'"),
    "a document id that is a path": (changed("20990101", "../20990101"), "row 1 has the odd DocID"),
    "no document id": (changed("<DocID>20990101</DocID>", "<DocID />"), "row 1 has the odd DocID ''"),
    "a document id of other digits": (changed("20990101", "٢٠٩٩٠١٠١"), "row 1 has the odd DocID"),
    "a seat as long as a sentence": (changed("GA14", "Georgia, the 14th"), "of the seat 'GEORGIA, THE 14TH'"),
    "a row of another year": (changed("<Year>2025</Year>", "<Year>2024</Year>"), "is of the year '2024'"),
}


@pytest.mark.parametrize(("archive", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_an_index_is_refused_by_year_and_reason_for(archive: bytes, reason: str) -> None:
    with pytest.raises(SourceChanged) as refused:
        parse_index(archive, year=YEAR)

    message = str(refused.value)
    assert message.startswith("House index 2025: ")
    assert reason in message
    assert "open 2025FD.zip and compare" in message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<DocID>9901</DocID>", "<DocID>99O1</DocID>"),
        ("<FilingType>W</FilingType>", "<FilingType>O</FilingType>"),  # that would need a date
        ("<DocID>9901</DocID>", "<DocID />"),
    ],
)
def test_a_row_of_another_kind_that_is_not_as_it_should_be_is_left_out(old: str, new: str) -> None:
    assert parse_index(changed(old, new), year=YEAR) == ROWS[:2]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<FilingType>P</FilingType>", "<FilingType>p</FilingType>"),
        ("<FilingType>P</FilingType>", "<FilingType>P\r\n</FilingType>"),
        ("<FilingDate>3/7/2025</FilingDate>", "<FilingDate> 3/7/2025 </FilingDate>"),
        ("<DocID>20990101</DocID>", "<DocID>20990101 </DocID>"),
        ("GA14", "ga14"),
    ],
)
def test_blanks_and_letter_case_make_no_row_another(old: str, new: str) -> None:
    assert parse_index(changed(old, new), year=YEAR) == ROWS


def test_of_rows_of_other_kinds_with_one_id_the_first_is_kept() -> None:
    twin = replace(ROWS[2], last="Another")

    assert parse_index(drawn_index(YEAR, (*ROWS, twin)), year=YEAR) == ROWS


def test_an_index_with_a_foreign_row_is_refused() -> None:
    xml = unzipped(drawn_index(YEAR, ROWS)).replace("Member>", "Filer>")

    with pytest.raises(SourceChanged, match="row 1 is <Filer>"):
        parse_index(with_xml(xml), year=YEAR)


def test_reports_and_scans_are_told_by_type_and_number() -> None:
    assert [is_ptr(row) for row in ROWS] == [True, True, False]
    assert [is_scan_number(number) for number in ("8299001", "9115661", "20990101", "8001", "82990011")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_addresses_are_the_clerks() -> None:
    base = "https://disclosures-clerk.house.gov/"

    assert index_url(base, 2025) == f"{base}public_disc/financial-pdfs/2025FD.zip"
    assert document_url(base, 2025, "20990101") == f"{base}public_disc/ptr-pdfs/2025/20990101.pdf"
