"""Weekends and federal holidays."""

from datetime import date, timedelta

import pytest
from holidays import country_holidays

from common.disclosures.working_days import HOLIDAYS, YEARS, next_working_day, working_day_before


def test_our_federal_holidays_are_those_of_the_holidays_library() -> None:
    theirs = country_holidays("US", years=YEARS)

    on_weekdays = {day for day in theirs if day.weekday() < 5 and day.year in YEARS}
    assert {day for day in HOLIDAYS if day.year in YEARS} == on_weekdays


@pytest.mark.parametrize(
    "day",
    [
        date(2021, 12, 31),  # New Year's Day of 2022, a Saturday
        date(2023, 1, 2),  # that of 2023, a Sunday
        date(2021, 6, 18),  # Juneteenth, in the first year of its being one
    ],
)
def test_a_holiday_on_a_weekend_is_kept_on_a_weekday(day: date) -> None:
    assert day in HOLIDAYS


@pytest.mark.parametrize(
    "day",
    [
        date(2020, 6, 19),  # Juneteenth, a year before
        date(2021, 1, 20),  # Inauguration Day
        date(2018, 12, 5),  # a day of mourning
    ],
)
def test_other_days_off_are_no_federal_holidays(day: date) -> None:
    assert day not in HOLIDAYS


@pytest.mark.parametrize(
    ("day", "following", "before"),
    [
        (date(2025, 6, 2), date(2025, 6, 2), date(2025, 5, 30)),
        (date(2025, 5, 24), date(2025, 5, 27), date(2025, 5, 23)),
        (date(2025, 5, 26), date(2025, 5, 27), date(2025, 5, 23)),
        (date(2025, 5, 27), date(2025, 5, 27), date(2025, 5, 23)),
        (date(2025, 11, 27), date(2025, 11, 28), date(2025, 11, 26)),
    ],
)
def test_weekends_and_holidays_are_passed_over(day: date, following: date, before: date) -> None:
    assert (next_working_day(day), working_day_before(day)) == (following, before)


def test_no_more_than_three_days_in_a_row_are_free() -> None:
    days = [date(2012, 1, 1) + timedelta(days=n) for n in range(365 * 29)]

    assert max((next_working_day(day) - day).days for day in days) == 3
