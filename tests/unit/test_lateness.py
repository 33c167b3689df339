"""How many days late a trade was filed."""

from datetime import date, timedelta

import pytest

from common.disclosures.lateness import days_late

TRADED = date(2025, 1, 6)
DUE = TRADED + timedelta(days=45)  # Thursday, 20 February 2025


@pytest.mark.parametrize(
    ("after_due", "after_notice", "late"),
    [
        (0, 30, 0),
        (1, 30, 1),
        (0, 31, 1),
        (15, 31, 15),
        (5, 59, 29),
        (-48, 0, 0),
        (-45, -5, 0),
        (400, 400, 400),
    ],
)
def test_a_house_trade_is_late_by_the_earlier_of_its_two_due_dates(
    after_due: int, after_notice: int, late: int
) -> None:
    filed = DUE + timedelta(days=after_due)

    assert (
        days_late("house", filed=filed, traded=TRADED, notified=filed - timedelta(days=after_notice)) == late
    )


def test_a_senate_trade_needs_no_notification_date() -> None:
    filed = DUE + timedelta(days=5)

    assert days_late("senate", filed=filed, traded=TRADED, notified=None) == 5


@pytest.mark.parametrize(
    ("due", "filed", "late"),
    [
        (date(2025, 3, 8), date(2025, 3, 10), 0),  # Saturday
        (date(2025, 3, 9), date(2025, 3, 10), 0),
        (date(2025, 3, 9), date(2025, 3, 11), 1),
        (date(2025, 2, 15), date(2025, 2, 18), 0),  # Saturday before Washington's Birthday
        (date(2025, 2, 15), date(2025, 2, 19), 1),
        (date(2025, 11, 27), date(2025, 11, 28), 0),  # Thanksgiving
        (date(2025, 11, 27), date(2025, 12, 1), 3),
        (date(2021, 12, 31), date(2022, 1, 3), 0),  # New Year's Day of 2022, kept on a Friday
        (date(2025, 3, 7), date(2025, 3, 8), 1),
    ],
)
def test_what_falls_due_on_a_free_day_is_due_on_the_next_working_day(
    due: date, filed: date, late: int
) -> None:
    traded = due - timedelta(days=45)

    assert days_late("senate", filed=filed, traded=traded, notified=None) == late
    assert days_late("house", filed=filed, traded=due, notified=due - timedelta(days=30)) == late


@pytest.mark.parametrize("missing", ["filed", "traded", "notified"])
def test_what_a_missing_date_leaves_open_is_not_established(missing: str) -> None:
    dates: dict[str, date | None] = {"filed": date(2025, 6, 1), "traded": TRADED, "notified": TRADED}

    late = days_late("house", **dates | {missing: None})

    assert late is None


def test_a_date_that_cannot_be_is_measured_all_the_same() -> None:
    assert days_late("senate", filed=date(2025, 6, 2), traded=date.max, notified=None) == 0
    assert days_late("senate", filed=date(2025, 6, 2), traded=date.min, notified=None) == 739358
