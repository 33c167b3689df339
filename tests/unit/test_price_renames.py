"""Which security a ticker means on a day: renamed, renamed back, reused, gone."""

from datetime import date

import pytest

from common.prices.records import Days, Rename
from common.prices.renames import known_on, names, news_among, shipped, ticker_on

DAY = date.fromisoformat
FACTS = shipped()
REUSED = (Rename("OLD", DAY("2020-03-02"), "NEW", "test"), Rename("ELSE", DAY("2022-05-02"), "OLD", "test"))


@pytest.mark.parametrize(
    ("ticker", "known", "day", "called"),
    [
        ("NVDA", "2025-05-01", "2020-01-01", "NVDA"),
        ("FB", "2021-05-03", "2025-05-01", "META"),
        ("FB", "2021-05-03", "2022-06-08", "FB"),
        ("FB", "2021-05-03", "2022-06-09", "META"),
        ("META", "2025-05-01", "2021-05-03", "FB"),
        ("META", "2022-06-09", "2022-06-08", "FB"),
        ("META", "2021-08-02", "2021-08-03", "META"),  # an exchange-traded fund's, before Facebook took it
        ("SYMC", "2019-01-02", "2025-05-01", "GEN"),
        ("GEN", "2025-05-01", "2021-05-03", "NLOK"),
        ("GEN", "2025-05-01", "2019-01-02", "SYMC"),
        ("FISV", "2022-01-03", "2024-01-02", "FI"),
        ("FISV", "2022-01-03", "2025-12-01", "FISV"),  # renamed back
        ("FI", "2024-01-02", "2025-12-01", "FISV"),
        ("FI", "2024-01-02", "2022-01-03", "FISV"),
        ("FISV", "2025-12-01", "2024-01-02", "FI"),
        ("FISV", "2025-12-01", "2022-01-03", "FISV"),
        ("TWTR", "2022-10-27", "2022-10-27", "TWTR"),
        ("TWTR", "2022-10-27", "2022-10-28", None),
        ("TWTR", "2022-01-03", "2025-05-01", None),
    ],
)
def test_a_security_is_followed_from_name_to_name(
    ticker: str, known: str, day: str, called: str | None
) -> None:
    assert ticker_on(FACTS, ticker, DAY(known), DAY(day)) == called


def test_a_ticker_that_was_reused_means_another_security_later() -> None:
    assert ticker_on(REUSED, "OLD", DAY("2019-01-02"), DAY("2023-01-03")) == "NEW"
    assert ticker_on(REUSED, "OLD", DAY("2023-01-03"), DAY("2019-01-02")) == "ELSE"


def test_the_names_of_a_span_follow_one_another_without_a_gap() -> None:
    days = Days(DAY("2023-06-05"), DAY("2025-11-12"))

    assert names(FACTS, "FI", DAY("2024-01-02"), days) == [
        ("FISV", Days(DAY("2023-06-05"), DAY("2023-06-06"))),
        ("FI", Days(DAY("2023-06-07"), DAY("2025-11-10"))),
        ("FISV", Days(DAY("2025-11-11"), DAY("2025-11-12"))),
    ]


@pytest.mark.parametrize(
    ("ticker", "traded", "filed", "known"),
    [
        ("META", "2022-06-01", "2022-07-01", "2022-07-01"),  # the name of the day of filing
        ("FB", "2022-06-01", "2022-07-01", "2022-06-01"),  # the name of the day of the trade
        ("NVDA", "2022-06-01", "2022-07-01", "2022-07-01"),
        ("FB", "2021-06-01", "2021-07-01", "2021-07-01"),
    ],
)
def test_filers_write_the_name_of_the_trade_or_of_the_filing(
    ticker: str, traded: str, filed: str, known: str
) -> None:
    assert known_on(FACTS, ticker, DAY(traded), DAY(filed)) == DAY(known)


def test_a_rename_that_is_known_already_is_not_learnt_again_a_few_days_off() -> None:
    again = Rename("FB", DAY("2022-06-11"), "META", "vendor")
    other = Rename("AAA", DAY("2022-06-11"), "BBB", "vendor")

    assert news_among([again, other], FACTS) == [other]


def test_the_same_change_years_later_is_another_rename() -> None:
    later = Rename("FISV", DAY("2027-06-07"), "FI", "vendor")

    assert news_among([later], FACTS) == [later]


def test_the_shipped_facts_are_in_order_and_in_our_spelling() -> None:
    assert [one.effective for one in FACTS] == sorted(one.effective for one in FACTS)
    assert all(name.isupper() for one in FACTS for name in (one.old, one.new) if name)
