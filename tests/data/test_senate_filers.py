"""Every real filer of the Senate's reports that we know, settled."""

import csv
import gzip
import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from common.members.identity import Printed
from common.members.roster import load_shipped
from common.members.senators import SenateFiler, identify_senator

ROSTER = load_shipped()
EVERY = timedelta(days=30)


@pytest.fixture(scope="module")
def truth(corpus: Path) -> list[dict[str, str]]:
    with (corpus / "../members/truth_senate_names.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _filer(row: dict[str, str]) -> SenateFiler:
    return SenateFiler(row["first"], row["last"], row["office"])


def _day(printed: str) -> date:
    month, day, year = map(int, printed.split("/"))
    return date(year, month, day)


def _days(row: dict[str, str]) -> list[date]:
    """Return the first and the last day on which ROW's filer filed, and days between."""
    first, last = (date.fromisoformat(row[name]) for name in ("first_filed", "last_filed"))
    return [*(first + EVERY * n for n in range((last - first) // EVERY + 1)), last]


def test_of_all_known_senators_none_is_wrong_and_99_of_100_are_settled(truth: list[dict[str, str]]) -> None:
    results = [
        (row["bioguide"], {identify_senator(_filer(row), day, ROSTER).bioguide for day in _days(row)})
        for row in truth
    ]

    assert len(results) > 100
    assert [found for right, found in results if found - {right, None}] == []
    assert sum(None not in found for _, found in results) >= 0.99 * len(results)


def test_every_real_page_is_settled_with_the_name_in_its_own_heading(corpus: Path) -> None:
    with gzip.open(corpus / "../senate/pages/all_truth.jsonl.gz", "rt", encoding="utf-8") as file:
        pages = [page for page in map(json.loads, file) if page["search_row"]]

    decisions = [
        identify_senator(
            SenateFiler(*(page["search_row"][cell] for cell in ("first", "last", "office"))),
            _day(page["search_row"]["received"]),
            ROSTER,
            Printed(page["filer"]["printed"], ""),
        )
        for page in pages
    ]

    assert len(decisions) > 600
    assert [decision.reason for decision in decisions if decision.bioguide is None] == []


def test_who_is_in_a_real_answer_of_the_search_is_settled_or_new(corpus: Path) -> None:
    page = json.loads((corpus / "../senate/real/search-ptr-page.json").read_bytes())

    decisions = [
        identify_senator(SenateFiler(first, last, office), _day(day), ROSTER)
        for first, last, office, _, day in page["data"]
    ]

    assert len(decisions) == 23
    assert [decision.reason for decision in decisions if decision.bioguide is None] == []
