"""The command behind `./dev.sh parse`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from local.parse import doc_id_of, parse
from local.standins.filings import own_shelf
from local.standins.sheet import scan_to_pdf


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
    assert (document["doc_id"], document["state"], document["filer"]["state_district"]) == (
        "20990104",
        "parsed",
        "TX09",
    )
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
