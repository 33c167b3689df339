"""The exchange's sessions, over daylight saving time, holidays, half-days and one-off closures."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from common.prices.sessions import (
    EASTERN,
    is_open,
    new_york_day,
    session_before,
    session_of,
    sessions_between,
)
from common.tasks import STOCK_PRICES

FULL, HALF = "full day", "until 13:00"
CLOSED = "closed"


def what_is(day: date) -> str:
    session = session_of(day)
    if session is None:
        return CLOSED
    assert session.opens.timetz().replace(tzinfo=None) == time(9, 30)
    return {time(16): FULL, time(13): HALF}[session.closes.time()]


def at(clock: str, zone: str = "America/New_York") -> datetime:
    return datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo(zone))


def ticks(day: date) -> list[datetime]:
    """Return the moments of DAY at which Cloud Scheduler calls stock_prices."""
    zone = ZoneInfo(STOCK_PRICES.zone)
    midnight = datetime.combine(day, time(), zone) - timedelta(seconds=1)
    fires: list[datetime] = []
    for tick in CronSim(STOCK_PRICES.schedule, midnight):
        if tick.astimezone(zone).date() != day:
            return fires
        fires.append(tick)
    raise AssertionError("the schedule ends")


@pytest.mark.parametrize(
    ("day", "what"),
    [
        (date(2012, 10, 29), CLOSED),  # Hurricane Sandy
        (date(2012, 10, 30), CLOSED),
        (date(2012, 10, 31), FULL),
        (date(2018, 12, 5), CLOSED),  # mourning for George H. W. Bush
        (date(2025, 1, 9), CLOSED),  # mourning for Jimmy Carter
        (date(2021, 6, 18), FULL),  # the last June without Juneteenth
        (date(2022, 6, 20), CLOSED),  # the first with it, a Sunday observed on Monday
        (date(2021, 12, 31), FULL),  # New Year's Day on a Saturday is observed by nobody
        (date(2025, 7, 3), HALF),
        (date(2026, 7, 3), CLOSED),  # the Fourth on a Saturday
        (date(2025, 11, 28), HALF),
        (date(2025, 12, 24), HALF),
        (date(2025, 12, 26), FULL),
        (date(2025, 4, 18), CLOSED),  # Good Friday, which no federal calendar has
        (date(2025, 10, 13), FULL),  # Columbus Day, on which only banks rest
        (date(2025, 11, 11), FULL),  # Veterans Day
        (date(2025, 6, 7), CLOSED),  # a Saturday
    ],
)
def test_a_day_is_a_session_a_half_one_or_none(day: date, what: str) -> None:
    assert what_is(day) == what


def test_every_exception_of_sixteen_years_is_known_and_no_other_day_is_one(corpus: Path) -> None:
    file = corpus.parent / "calendar" / "nyse_exceptions_2012_2027-11.csv"
    listed = csv.DictReader(file.read_text().splitlines())
    truth = {date.fromisoformat(row["date"]): row["what"].partition(" ")[0] for row in listed}
    words = {CLOSED: "closed", HALF: "early", FULL: None}

    days = [date(2012, 1, 1) + timedelta(days=n) for n in range((max(truth) - date(2012, 1, 1)).days + 1)]
    found = {day: words[what_is(day)] for day in days if day.weekday() < 5}

    assert len(truth) == 185
    assert {day: what for day, what in found.items() if what} == truth


@pytest.mark.parametrize(
    ("clock", "open_"),
    [
        ("2025-06-02T09:29:59", False),
        ("2025-06-02T09:30:00", True),
        ("2025-06-02T15:59:59", True),
        ("2025-06-02T16:00:00", False),
        ("2025-07-03T12:59:59", True),
        ("2025-07-03T13:00:00", False),
        ("2025-07-04T11:00:00", False),
        ("2025-06-01T11:00:00", False),
    ],
)
def test_the_opening_moment_belongs_to_a_session_and_the_closing_one_does_not(
    *, clock: str, open_: bool
) -> None:
    assert is_open(at(clock)) is open_


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        # Friday before and Monday after the clocks go forward on 9 March 2025, then back on 2 November.
        ("2025-03-07T14:30:00", True),
        ("2025-03-07T14:29:59", False),
        ("2025-03-10T13:30:00", True),
        ("2025-03-10T20:00:00", False),
        ("2025-10-31T13:30:00", True),
        ("2025-11-03T13:30:00", False),
        ("2025-11-03T14:30:00", True),
        ("2025-11-03T20:59:59", True),
    ],
)
def test_sessions_keep_new_yorks_clock_when_it_changes(*, moment: str, open_: bool) -> None:
    assert is_open(at(moment, "UTC")) is open_


def test_a_moment_may_come_in_any_zone() -> None:
    assert is_open(at("2025-06-02T22:30:00", "Asia/Tokyo")) is True  # 9:30 in New York
    assert is_open(at("2025-06-02T09:30:00", "Asia/Tokyo")) is False


@pytest.mark.parametrize(
    ("day", "first", "last", "running"),
    [
        (date(2025, 3, 7), "09:30", "15:45", 26),
        (date(2025, 3, 10), "09:30", "15:45", 26),
        (date(2025, 10, 31), "09:30", "15:45", 26),
        (date(2025, 11, 3), "09:30", "15:45", 26),
        (date(2025, 7, 3), "09:30", "12:45", 14),
        (date(2025, 11, 28), "09:30", "12:45", 14),
        (date(2025, 7, 4), "", "", 0),
        (date(2025, 1, 9), "", "", 0),
    ],
)
def test_of_a_days_ticks_exactly_those_inside_its_session_run(
    day: date, first: str, last: str, running: int
) -> None:
    every = ticks(day)

    open_ = [f"{tick.astimezone(EASTERN):%H:%M}" for tick in every if is_open(tick)]

    assert len(every) == 32  # each quarter of an hour from 9:00 to 16:45
    assert (open_[:1], open_[-1:], len(open_)) == ([first][:running], [last][:running], running)


def test_the_sessions_of_a_span_leave_out_what_is_closed() -> None:
    span = sessions_between(date(2025, 7, 2), date(2025, 7, 8))

    assert [session.day.day for session in span] == [2, 3, 7, 8]


def test_a_span_that_ends_before_it_begins_has_no_session() -> None:
    assert list(sessions_between(date(2025, 7, 8), date(2025, 7, 7))) == []


def test_the_session_before_a_day_may_lie_before_a_long_weekend() -> None:
    assert session_before(date(2025, 9, 2)).day == date(2025, 8, 29)


def test_the_exchanges_date_is_new_yorks() -> None:
    assert new_york_day(datetime(2025, 6, 3, 2, tzinfo=UTC)) == date(2025, 6, 2)
