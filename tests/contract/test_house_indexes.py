"""The Clerk's genuine indexes, read, counted independently, and made again byte for byte."""

from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest

from common.disclosures.house.index import is_ptr, is_scan_number, parse_index
from common.disclosures.losses import missing_reports
from common.errors import SourceChanged
from local.standins.shelf import drawn_index

EDITIONS = [(2024, "2024FD.zip"), (2025, "2025FD.zip"), (2025, "2025FD.final.zip"), (2026, "2026FD.zip")]


def text_rows(archive: Path, year: int) -> list[list[str]]:
    """Return the rows of the .txt that lies beside the XML: a second witness that the reader does not look at."""
    with ZipFile(archive) as files:
        lines = files.read(f"{year}FD.txt").decode().split("\r\n")
    return [line.split("\t") for line in lines[1:] if line]


@pytest.mark.parametrize(("year", "name"), EDITIONS)
def test_a_genuine_index_has_the_rows_that_its_text_has(corpus: Path, year: int, name: str) -> None:
    archive = corpus / "index" / name
    witnessed = {row[8]: row for row in text_rows(archive, year)}

    rows = parse_index(archive.read_bytes(), year=year)

    assert {row.doc_id for row in rows} == set(witnessed)
    assert sum(map(is_ptr, rows)) == sum(row[4] == "P" for row in witnessed.values())
    for row in rows:
        prefix, last, first, suffix, kind, district, _, filed, _ = witnessed[row.doc_id]
        assert (row.prefix, row.last, row.first, row.suffix) == (prefix, last, first, suffix)
        assert (row.filing_type, row.state_district) == (kind, district)
        assert (f"{row.filed:%-m/%-d/%Y}" if row.filed else "") == filed


@pytest.mark.parametrize(("year", "name"), EDITIONS)
def test_every_report_of_a_genuine_index_is_dated_and_numbered_as_expected(
    corpus: Path, year: int, name: str
) -> None:
    reports = list(filter(is_ptr, parse_index((corpus / "index" / name).read_bytes(), year=year)))

    assert len(reports) > 200
    assert all(row.filed for row in reports)
    assert all(row.doc_id.startswith("20") or is_scan_number(row.doc_id) for row in reports)


def test_a_later_edition_of_an_index_lost_nothing_that_is_noticed(corpus: Path) -> None:
    earlier, later = (
        [row.doc_id for row in parse_index((corpus / "index" / name).read_bytes(), year=2025) if is_ptr(row)]
        for name in ("2025FD.zip", "2025FD.final.zip")
    )

    missing = missing_reports(earlier, later, index="House index 2025")

    assert len(missing) <= 0.05 * len(earlier)


def test_our_own_index_is_written_as_the_clerk_writes_it(corpus: Path, tmp_path: Path) -> None:
    genuine = corpus / "index" / "2026FD.zip"
    ours = tmp_path / "2026FD.zip"

    ours.write_bytes(drawn_index(2026, parse_index(genuine.read_bytes(), year=2026)))

    with ZipFile(genuine) as theirs, ZipFile(ours) as made:
        for member in ("2026FD.xml", "2026FD.txt"):
            assert made.read(member) == theirs.read(member)


def mutated(archive: bytes, random: Random) -> bytes:
    changed = bytearray(archive)
    for _ in range(random.choice((1, 3, 30))):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed[: random.choice((len(changed), random.randrange(len(changed))))])


def test_a_mutated_genuine_index_is_read_whole_or_refused_by_name(corpus: Path) -> None:
    genuine = (corpus / "index" / "2026FD.zip").read_bytes()
    rows = parse_index(genuine, year=2026)
    refused = 0
    for seed in range(40):
        try:
            assert parse_index(mutated(genuine, Random(seed)), year=2026) == rows
        except SourceChanged:
            refused += 1

    assert refused > 20
