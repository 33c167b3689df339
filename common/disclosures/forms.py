"""What the forms of both chambers print alike: the amounts of the statute, and dates."""

import re
from datetime import date

RANGES = {
    1_001: 15_000,
    15_001: 50_000,
    50_001: 100_000,
    100_001: 250_000,
    250_001: 500_000,
    500_001: 1_000_000,
    1_000_001: 5_000_000,
    5_000_001: 25_000_000,
    25_000_001: 50_000_000,
}
"""Lower bound -> upper bound, in dollars (5 U.S.C. 13104(d)(1))."""
OPEN_RANGES = {50_000_000, 1_000_000}
"""What `Over $X` may name; the lesser for assets of spouse and children only."""
EARLIEST_YEAR = 1990  # members have disclosed trades of long ago, never from before the Ethics Reform Act
YEARS_AHEAD = 1  # a date may lie after the report's own (filers do print that), but not by years

_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


def date_of(text: str) -> date | None:
    """Read `M/D/YYYY`, padded or not; None where TEXT is no day of the calendar."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    month, day, year = map(int, match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def printed_date(name: str, text: str, *, reported: date | None) -> tuple[date | None, tuple[str, ...]]:
    """Read the date TEXT of the field NAME in a report of the day REPORTED; what cannot be has a doubt."""
    day = date_of(text)
    latest = (reported.year if reported else 2099) + YEARS_AHEAD
    if not text:
        return None, (f"{name}: none is printed",)
    if day is None:
        return None, (f"{name}: {text!r} is no date",)
    if not EARLIEST_YEAR <= day.year <= latest:
        return day, (f"{name}: {text!r} cannot be",)
    return day, ()
