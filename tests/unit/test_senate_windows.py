"""A year's reports of the Senate, each once, from a search that repeats some rows and withholds others."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.disclosures.senate.listing import MOST_QUESTIONS, Window, YearListing
from common.errors import SourceChanged, SourceUnavailable
from local.standins.senate import answer_to
from local.standins.senate_pages import SenateReport
from tests.support.senate import a_report, ids, spread_over

YEAR = 2025
BUSY_DAY = date(2025, 8, 14)


@dataclass
class Search:
    """The site's search over REPORTS, ties in a new order each time; `spoil` changes what it says."""

    reports: Sequence[SenateReport]
    chance: Random = field(default_factory=lambda: Random(5))
    asked: list[Mapping[str, str]] = field(default_factory=list)

    def __call__(self, form: Mapping[str, str]) -> bytes:
        self.asked.append(form)
        shuffled = self.chance.sample(self.reports, len(self.reports))
        return self.spoil(answer_to(form, shuffled))

    def spoil(self, answer: bytes) -> bytes:
        return answer


def listed(search: Search) -> set[str]:
    rows = YearListing(search, YEAR).rows()
    assert [row.uuid for row in rows] == sorted({row.uuid for row in rows})
    return {row.uuid for row in rows}


@pytest.mark.parametrize(("count", "questions"), [(0, 1), (1, 1), (100, 1), (101, 3), (350, 5)])
def test_a_year_is_asked_for_in_windows_that_fit_one_page(count: int, questions: int) -> None:
    search = Search(spread_over(YEAR, count))

    assert listed(search) == ids(search.reports)
    assert len(search.asked) == questions
    assert {form["start"] for form in search.asked} == {"0"}


def test_reports_that_came_together_are_asked_for_in_narrower_windows() -> None:
    reports = [a_report(number, day=BUSY_DAY + timedelta(days=number % 3)) for number in range(250)]
    search = Search(reports)

    assert listed(search) == ids(reports)
    assert {form["start"] for form in search.asked} == {"0"}


def test_only_a_day_that_cannot_be_narrowed_is_turned_page_by_page_until_nothing_is_missing() -> None:
    reports = [a_report(number, day=BUSY_DAY, last=f"Senator {number % 4}") for number in range(140)]
    search = Search(reports)

    assert listed(search) == ids(reports)
    days = {form["submitted_start_date"] for form in search.asked if form["start"] != "0"}
    assert days == {"08/14/2025 00:00:00"}


class Forgetful(Search):
    """A search that shows one row twice in place of another, in all its answers of more than LEAST rows."""

    least = 1

    def spoil(self, answer: bytes) -> bytes:
        read = json.loads(answer)
        if len(read["data"]) > self.least:
            read["data"][-1] = read["data"][0]
        return json.dumps(read).encode()


def test_a_row_that_one_order_withholds_is_found_in_another() -> None:
    search = Forgetful(spread_over(YEAR, 40))

    assert listed(search) == ids(search.reports)
    assert len({(form["order[0][column]"], form["order[0][dir]"]) for form in search.asked}) > 1


class Unshuffled(Random):
    """Leaves everything in its order."""

    def sample(self, population: Sequence[SenateReport], k: int) -> list[SenateReport]:  # type: ignore[override]
        return list(population)[:k]


class AlwaysTheSame(Forgetful):
    """A forgetful search that knows one order."""

    least = 4

    def __call__(self, form: Mapping[str, str]) -> bytes:
        return super().__call__({**form, "order[0][column]": "4", "order[0][dir]": "asc"})


def test_what_no_order_shows_is_found_in_narrower_dates() -> None:
    search = AlwaysTheSame(spread_over(YEAR, 12), chance=Unshuffled())

    assert listed(search) == ids(search.reports)


def test_a_search_that_takes_too_many_questions_is_refused_by_name() -> None:
    search = AlwaysTheSame(spread_over(YEAR, 100), chance=Unshuffled())

    with pytest.raises(SourceUnavailable, match=f"after {MOST_QUESTIONS} questions"):
        listed(search)
    assert len(search.asked) == MOST_QUESTIONS


def test_a_search_that_counts_more_than_it_ever_serves_is_refused_by_name() -> None:
    class Boasting(Search):
        def spoil(self, answer: bytes) -> bytes:
            read = json.loads(answer)
            read["recordsTotal"] = read["recordsFiltered"] = read["recordsTotal"] + 1
            return json.dumps(read).encode()

    search = Boasting(spread_over(YEAR, 40))

    with pytest.raises(SourceUnavailable, match=r"Senate search 2025: .*nothing of it was used"):
        listed(search)
    assert len(search.asked) <= MOST_QUESTIONS


def test_a_day_that_contradicts_itself_in_every_order_is_refused_by_name() -> None:
    search = Forgetful([a_report(number, day=BUSY_DAY) for number in range(2)], chance=Unshuffled())

    with pytest.raises(SourceUnavailable, match=r"counts 2 reports of 2025-08-14\.\.2025-08-14 and serves 1"):
        listed(search)


def test_windows_that_lose_what_the_year_counts_are_refused_unless_it_was_withdrawn_meanwhile() -> None:
    class Shrinking(Search):
        withdrawn = 1

        def __call__(self, form: Mapping[str, str]) -> bytes:
            if len(self.asked) == self.withdrawn:
                self.reports = self.reports[1:]
            return super().__call__(form)

    class Counting(Search):
        def spoil(self, answer: bytes) -> bytes:
            read = json.loads(answer)
            extra = len(read["data"]) == 100
            read["recordsTotal"] = read["recordsFiltered"] = read["recordsTotal"] + extra
            return json.dumps(read).encode()

    shrinking = Shrinking(spread_over(YEAR, 150))

    assert listed(shrinking) == ids(shrinking.reports)
    with pytest.raises(SourceUnavailable, match="counts 151 reports"):
        listed(Counting(spread_over(YEAR, 150)))


class Stray(Search):
    """A search that goes on beyond the last day that it was asked for."""

    def __call__(self, form: Mapping[str, str]) -> bytes:
        return answer_to({**form, "submitted_end_date": ""}, self.reports)


def test_a_report_of_new_years_eve_that_is_printed_with_the_next_day_is_taken() -> None:
    stray = replace(a_report(1), received=date(2026, 1, 1))

    assert listed(Stray([stray])) == {stray.uuid}


def test_a_report_of_another_day_than_was_asked_for_is_refused_by_name() -> None:
    stray = replace(a_report(1), received=date(2026, 1, 2))

    with pytest.raises(SourceChanged, match=r"asked for 2025-01-01\.\.2025-12-31, it lists .* of 2026-01-02"):
        listed(Stray([stray]))


@settings(max_examples=40)
@given(st.dates(date(2012, 1, 1), date(2030, 1, 1)), st.integers(0, 400), st.data())
def test_a_divided_window_is_the_same_days_once(first: date, more: int, data: st.DataObject) -> None:
    window = Window(first, first + timedelta(days=more))
    parts = list(window.divided(data.draw(st.integers(1, window.days))))

    days = [part.first + timedelta(days=n) for part in parts for n in range(part.days)]
    assert days == [first + timedelta(days=n) for n in range(more + 1)]
    assert all(part.days >= 1 for part in parts)
