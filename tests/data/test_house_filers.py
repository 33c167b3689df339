"""Every real filer of the downloaded House filings, settled."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from common.disclosures.house.index import is_ptr, parse_index
from common.disclosures.records import IndexRow
from common.members.fit import FilerName
from common.members.identity import DISTRICT, DISTRICT_NEAR, Printed, identify
from common.members.roster import load_shipped, parse_legislators

ROSTER = load_shipped()


@dataclass(frozen=True)
class Case:
    """A filing as the index lists it; `printed` is its own header."""

    doc_id: str
    filer: FilerName
    filed: date
    printed: Printed | None = None


@pytest.fixture(scope="module")
def truth(corpus: Path) -> list[dict[str, str]]:
    with (corpus / "../members/truth_house_names.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def listed(corpus: Path) -> set[IndexRow]:
    archives = sorted((corpus / "index").glob("*.zip"))
    return {row for file in archives for row in parse_index(file.read_bytes(), year=int(file.name[:4]))}


@pytest.fixture(scope="module")
def cases(corpus: Path, listed: set[IndexRow]) -> list[Case]:
    reports = [Case(row.doc_id, _name(row), row.filed) for row in listed if is_ptr(row) and row.filed]
    return [*reports, *_printed(corpus)]


def _name(row: IndexRow) -> FilerName:
    return FilerName(row.prefix, row.first, row.last, row.suffix, row.state_district)


def _printed(corpus: Path) -> Iterator[Case]:
    for file in sorted(corpus.glob("*/truth/*.json")):
        document = json.loads(file.read_bytes())
        index = document["index"]
        name = FilerName(*(index[part] for part in ("Prefix", "First", "Last", "Suffix", "StateDst")))
        month, day, year = map(int, index["FilingDate"].split("/"))
        yield Case(document["doc_id"], name, date(year, month, day), _header(document["filer"]))


def _header(filer: dict[str, Any]) -> Printed | None:
    return Printed(filer["name"], filer["status"]) if "status" in filer else None


def _filer(row: dict[str, str]) -> FilerName:
    return FilerName(row["prefix"], row["first"], row["last"], row["suffix"], row["state_dst"])


def test_every_real_report_is_settled_for_its_filing_date(cases: list[Case]) -> None:
    undecided = [case for case in cases if identify(case.filer, case.filed, ROSTER).bioguide is None]

    assert len(cases) > 1000
    assert undecided == []


def test_no_document_prints_another_name_than_the_index(cases: list[Case]) -> None:
    headers = [case for case in cases if case.printed]

    doubted = [c for c in headers if identify(c.filer, c.filed, ROSTER, c.printed).bioguide is None]

    assert len(headers) > 100
    assert doubted == []


def test_real_reports_are_settled_as_the_truth_says(cases: list[Case], truth: list[dict[str, str]]) -> None:
    expected = {_filer(row): row["bioguide"] or None for row in truth}
    known = [case for case in cases if case.filer in expected]

    wrong = [c for c in known if identify(c.filer, c.filed, ROSTER).bioguide != expected[c.filer]]

    assert len(known) > 500
    assert wrong == []


def test_of_all_known_filers_none_is_wrong_and_99_of_100_are_settled(truth: list[dict[str, str]]) -> None:
    """The truth gives the years of filings but no day; in each of them any day must do but for who came later."""
    results = [
        (row["bioguide"], {identify(_filer(row), day, ROSTER).bioguide for day in _days(row)})
        for row in truth
    ]

    members = [found for bioguide, found in results if bioguide]
    assert [x for bioguide, found in results for x in found if x not in {bioguide, None}] == []
    assert sum(any(found) for found in members) >= 0.99 * len(members)
    assert [found for bioguide, found in results if not bioguide] == [{None}]


def _days(row: dict[str, str]) -> list[date]:
    return [date(int(year), month, 1) for year in row["file_years"].split() for month in range(1, 13)]


def test_candidates_are_nobody_unless_they_were_just_elected_or_just_left(listed: set[IndexRow]) -> None:
    """The index lists candidates (type C) beside members; hundreds share a surname and a state with one."""
    candidates = [(_name(row), row.filed) for row in listed if row.filing_type == "C" and row.filed]

    decisions = [identify(name, filed, ROSTER) for name, filed in candidates]

    settled = [found for found in decisions if found.bioguide]
    assert len(candidates) > 1000
    assert len(settled) < 0.02 * len(candidates)
    assert {found.method for found in settled} <= {DISTRICT, DISTRICT_NEAR}


def test_the_shipped_facts_are_those_of_the_source(corpus: Path) -> None:
    folder = corpus / "../members"
    source = parse_legislators(*(file.read_bytes() for file in sorted(folder.glob("legislators-*.json"))))

    shipped = {who: member for who, member in ROSTER.members.items() if who in source.members}

    assert shipped == source.members
