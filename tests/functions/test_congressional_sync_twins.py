"""congressional_sync over real HTTP: a report that the indexes of two years list is one filing, counted once."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from common.db import tables as t
from local.standins.senate import DATA, drifted
from local.standins.shelf import Entry
from tests.support.senate import a_report
from tests.support.syncing import FIRST, OLD, SECOND, Sync, an_entry

ELDERS = [an_entry(100 + n, year=2024) for n in range(20)]


def of_year(entry: Entry, year: int) -> Entry:
    """Return ENTRY as the index of YEAR lists it."""
    return replace(entry, row=replace(entry.row, year=year))


def counts(sync: Sync, **asked: Any) -> tuple[int, int, int]:
    """Tick; return how many reports are new, indexed and parsed."""
    answer = sync.tick(**asked)
    assert answer.status == 200, answer.body
    did = answer.body["counts"]["house"]
    return did["new"], did["indexed"], did["parsed"]


@pytest.mark.parametrize("first", [2024, 2025])
def test_it_is_told_once_whichever_year_lists_it_first(watched: Sync, first: int) -> None:
    watched.serve(OLD, FIRST, of_year(SECOND, first))
    once = counts(watched)
    watched.serve(OLD, FIRST, of_year(SECOND, 2024), of_year(SECOND, 2025))

    twice = counts(watched)

    assert (once, twice) == ((1, 3, 3), (0, 3, 3))
    assert watched.filings()[SECOND.row.doc_id].year == first
    assert len(watched.rows(t.to_match)) == 1
    assert "index_twin" in {finding.rule for finding in watched.rows(t.findings)}


def test_a_run_of_one_year_counts_it_in_the_year_that_has_it(watched: Sync) -> None:
    watched.serve(OLD, FIRST, of_year(SECOND, 2024), SECOND)

    both = counts(watched)

    assert (both, counts(watched, years=[2024]), counts(watched, years=[2025])) == (
        (1, 3, 3),
        (0, 2, 2),
        (0, 1, 1),
    )


def test_a_year_read_alone_has_what_an_earlier_one_lists_too(watched: Sync) -> None:
    watched.serve(OLD, FIRST, of_year(SECOND, 2024), SECOND)

    later, both = counts(watched, years=[2025]), counts(watched)

    assert (later, both) == ((1, 2, 2), (0, 3, 3))


@pytest.mark.parametrize("left", [2024, 2025])
def test_it_stays_with_the_year_that_still_lists_it(sync: Sync, left: int) -> None:
    sync.serve(*ELDERS, FIRST, of_year(SECOND, 2024), SECOND)
    assert sync.baseline().status == 200
    sync.serve(*ELDERS, FIRST, of_year(SECOND, left))

    after = counts(sync)

    filing = sync.filings()[SECOND.row.doc_id]
    assert after == (0, 22, 22)
    assert (filing.year, filing.missing_since, f"/{left}/" in filing.url) == (left, None, True)


def test_a_report_of_new_years_eve_that_the_senate_files_under_the_other_year_moves_along(
    watched: Sync,
) -> None:
    assert watched.baseline(chambers=["senate"]).status == 200
    watched.senate.arm(drifted("01/01/2025", "12/31/2024"), path=DATA, times=99)
    eve, new_year = (a_report(31, day=day) for day in (date(2024, 12, 31), date(2025, 1, 1)))
    old = watched.senate.reports

    filed = []
    for report in (eve, new_year):
        watched.senate.reports = (*old, report)
        answer = watched.tick(chambers=["senate"])
        filed.append((answer.body["counts"]["senate"]["fault"], watched.filings()[eve.uuid].year))

    assert filed == [(None, 2024), (None, 2025)]
    assert watched.filings()[eve.uuid].missing_since is None
    assert watched.told() == {eve.uuid}
