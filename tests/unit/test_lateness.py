"""How many days late a trade was filed."""

from datetime import date, timedelta

import pytest

from common.disclosures.lateness import days_late

TRADED = date(2025, 1, 1)


@pytest.mark.parametrize(
    ("after_trade", "after_notice", "late"),
    [(45, 30, 0), (46, 30, 1), (45, 31, 1), (60, 31, 15), (50, 60, 30), (-3, 0, 0), (0, -5, 0)],
)
def test_a_house_trade_is_late_by_the_earlier_of_its_two_due_dates(
    after_trade: int, after_notice: int, late: int
) -> None:
    filed = TRADED + timedelta(days=after_trade)

    assert (
        days_late("house", filed=filed, traded=TRADED, notified=filed - timedelta(days=after_notice)) == late
    )


def test_a_senate_trade_needs_no_notification_date() -> None:
    filed = TRADED + timedelta(days=47)

    assert days_late("senate", filed=filed, traded=TRADED, notified=None) == 2


@pytest.mark.parametrize("missing", ["filed", "traded", "notified"])
def test_what_a_missing_date_leaves_open_is_not_established(missing: str) -> None:
    dates: dict[str, date | None] = {"filed": date(2025, 6, 1), "traded": TRADED, "notified": TRADED}

    late = days_late("house", **dates | {missing: None})

    assert late is None
