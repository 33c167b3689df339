"""The days on which a report can fall due: all but Saturdays, Sundays and federal holidays.

Holidays: 5 U.S.C. 6103(a); one on a Saturday is kept on the Friday before (6103(b)), one on a Sunday on the Monday after
(Executive Order 11582). Inauguration Day is one for pay and leave around Washington alone (6103(c)) and not counted.
A table of our own, as the `holidays` library costs half a second of a cold start (pyproject.toml).
"""

from collections.abc import Iterator
from datetime import date, timedelta

YEARS = range(2012, 2041)
"""Reports have been due since July 2012; beyond these years weekends alone count, in Python and in SQL alike."""
JUNETEENTH_SINCE = 2021  # Pub. L. 117-17
MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6  # as date.weekday counts
DAY = timedelta(days=1)


def next_working_day(day: date) -> date:
    """Return DAY, or the first working day after it where it is none."""
    while not _is_working(day):
        day += DAY
    return day


def working_day_before(day: date) -> date:
    """Return the last working day before DAY."""
    day -= DAY
    while not _is_working(day):
        day -= DAY
    return day


def _is_working(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in HOLIDAYS


def _holidays(year: int) -> Iterator[date]:
    yield from map(_kept_on, _fixed(year))
    yield _nth(3, MONDAY, date(year, 1, 1))  # Birthday of Martin Luther King, Jr.
    yield _nth(3, MONDAY, date(year, 2, 1))  # Washington's Birthday
    yield _nth(1, MONDAY, date(year, 5, 25))  # Memorial Day, the last Monday of May
    yield _nth(1, MONDAY, date(year, 9, 1))  # Labor Day
    yield _nth(2, MONDAY, date(year, 10, 1))  # Columbus Day
    yield _nth(4, THURSDAY, date(year, 11, 1))  # Thanksgiving Day


def _fixed(year: int) -> Iterator[date]:
    yield date(year, 1, 1)
    if year >= JUNETEENTH_SINCE:
        yield date(year, 6, 19)
    yield date(year, 7, 4)
    yield date(year, 11, 11)  # Veterans Day
    yield date(year, 12, 25)


def _kept_on(day: date) -> date:
    return day + {SATURDAY: -DAY, SUNDAY: DAY}.get(day.weekday(), timedelta(0))


def _nth(number: int, weekday: int, start: date) -> date:
    """Return the NUMBERth WEEKDAY on or after START."""
    return start + timedelta(days=(weekday - start.weekday()) % 7, weeks=number - 1)


HOLIDAYS = frozenset(day for year in YEARS for day in _holidays(year))
