"""The command behind `./dev.sh parse`."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from local.parse import doc_id_of, document_of, parse
from local.standins.filings import own_shelf
from local.standins.senate_pages import landing_page, paper_page
from local.standins.senate_rows import (
    Cells,
    bond_detail,
    company_detail,
    option_detail,
    platform_detail,
    senate_row,
)
from local.standins.sheet import scan_to_pdf
from tests.support.senate_reading import UUID, page_with, report_of


@pytest.fixture
def filing(tmp_path: Path) -> Path:
    path = tmp_path / "20990104.pdf"
    page = own_shelf().document(2025, "20990104")
    assert page is not None
    path.write_bytes(page.body)
    return path


def test_a_filing_is_printed_as_one_line_of_json(filing: Path) -> None:
    result = CliRunner().invoke(parse, [str(filing)])

    (line,) = result.stdout.splitlines()
    document = json.loads(line)
    (trade,) = document["transactions"]
    assert result.exit_code == 0
    assert (document["doc_id"], document["chamber"], document["state"]) == ("20990104", "house", "parsed")
    assert document["filer"]["state_district"] == "TX09"
    assert (trade["amount_exact"], trade["transaction_date"], trade["quarantine"]) == (
        350.78,
        "2025-05-01",
        [],
    )
    assert trade["raw"]["transaction_date"] == "05/01/2025"


def test_a_refused_file_is_printed_with_its_error_and_fails_the_command(filing: Path, tmp_path: Path) -> None:
    page, scan = tmp_path / "page_20990301.pdf", tmp_path / "8299001.pdf"
    page.write_text("<!DOCTYPE html>")
    scan.write_bytes(scan_to_pdf())

    result = CliRunner().invoke(parse, [str(page), str(scan), str(filing)])

    documents = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [(d["doc_id"], d["state"]) for d in documents] == [
        ("20990301", "failed"),
        ("8299001", "unread"),
        ("20990104", "parsed"),
    ]
    assert documents[0]["error"].startswith("House document 20990301: ")


def test_documents_can_be_written_into_a_folder(filing: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(parse, ["--into", str(tmp_path / "out"), str(filing)])

    assert result.exit_code == 0
    assert json.loads((tmp_path / "out" / "20990104.json").read_text())["doc_id"] == "20990104"


def test_a_file_without_digits_is_named_by_its_stem() -> None:
    assert doc_id_of(Path("sample.pdf")) == "sample"


def test_a_page_of_the_senate_is_printed_alike_and_with_its_rows_in_its_own_words(tmp_path: Path) -> None:
    path = tmp_path / f"{UUID}.html"
    path.write_bytes(
        page_with(senate_row("07/20/2026", "Spouse", "NVDA", "NVIDIA", kind="Sale (Full)"), amendment=2)
    )

    result = CliRunner().invoke(parse, [str(path)])

    document = json.loads(result.stdout)
    (trade,), (row,) = document["transactions"], document["rows"]
    assert (document["doc_id"], document["chamber"], document["state"]) == (UUID, "senate", "parsed")
    assert (document["amendment"], document["title_date"], document["filed_local"]) == (
        2,
        "2026-08-03",
        "2026-08-03T15:00",
    )
    assert (trade["owner"], trade["transaction_type"], trade["ticker"]) == ("SP", "S", "NVDA")
    assert (row["number"], row["owner"], row["type"], row["ticker"]) == (1, "Spouse", "Sale (Full)", "NVDA")


def test_a_page_of_the_senate_that_is_no_electronic_report_is_refused_under_its_uuid(tmp_path: Path) -> None:
    pages = {"landing.html": landing_page("token"), "paper.htm": paper_page(report_of((), paper_pages=2))}
    for name, page in pages.items():
        (tmp_path / name).write_bytes(page)

    documents = [document_of(tmp_path / name) for name in pages]

    assert [(d["doc_id"], d["chamber"], d["state"]) for d in documents] == [
        ("landing", "senate", "failed"),
        (UUID, "senate", "unread"),
    ]


def test_a_page_saved_under_its_address_has_its_uuid(tmp_path: Path) -> None:
    folder = tmp_path / "search/view/ptr" / UUID
    folder.mkdir(parents=True)
    (folder / "index.html").write_bytes(page_with())

    assert document_of(folder / "index.html")["uuid"] == UUID


@pytest.mark.parametrize(
    ("printed", "iso"),
    [
        ("08/21/2026", "2026-08-21"),
        ("8/1/27", "2027-08-01"),
        ("2026-08-21", "2026-08-21"),
        ("07/30/219", None),
        ("02/30/2026", None),
    ],
)
def test_dates_of_bonds_are_told_apart_from_what_is_none(
    tmp_path: Path, printed: str, iso: str | None
) -> None:
    row = only_row(tmp_path, senate_row("07/20/2026", asset="Acme", detail=bond_detail("4.55%", printed)))

    assert row["bond"] == {"rate": "4.55%", "matures": printed, "matures_iso": iso}


def test_what_some_rows_only_say_stands_under_its_own_name(tmp_path: Path) -> None:
    option = only_row(
        tmp_path, senate_row("07/20/2026", asset="Acme", detail=option_detail("Put", "$1,075.50", "soon"))
    )
    company = only_row(
        tmp_path, senate_row("07/20/2026", asset="Acme", detail=company_detail("Acme", "Dover", "Land"))
    )
    crypto = only_row(tmp_path, senate_row("07/20/2026", asset="Coin", detail=platform_detail("River")))

    assert option["option"] == {
        "type": "Put",
        "strike": "$1,075.50",
        "expires": "soon",
        "strike_number": "1075.50",
        "expires_iso": None,
    }
    assert (company["company"], company["description"]) == ({"name": "Acme", "location": "Dover"}, "Land")
    assert (crypto["platform"], crypto["option"], crypto["bond"], crypto["company"]) == (
        "River",
        None,
        None,
        None,
    )


def test_a_row_in_doubt_is_printed_with_its_doubts(tmp_path: Path) -> None:
    path = tmp_path / f"{UUID}.html"
    path.write_bytes(page_with(senate_row("soon", asset="Acme")).replace(b"<td>1</td>", b"<td>one</td>"))

    (row,) = document_of(path)["rows"]

    assert (row["number"], row["transaction_date"]) == (None, None)
    assert row["quarantine"] == ["transaction_date: 'soon' is no date", "number: 'one' is unknown"]


def only_row(folder: Path, cells: Cells) -> dict[str, Any]:
    path = folder / f"{UUID}.html"
    path.write_bytes(page_with(cells))
    (row,) = document_of(path)["rows"]
    return dict(row)
