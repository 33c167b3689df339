"""Which bars are missing, and in which portions they are asked for."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.prices.gaps import MOST_BARS, Errand, Gap, complete, errands, gaps, spread
from common.prices.records import Days
from common.prices.sessions import sessions_between, sessions_in
from common.prices.store import Security

DAY = date.fromisoformat
LAST = DAY("2025-06-02")


def a_security(ticker: str, wanted: str, settled: tuple[str, str] | None = None) -> Security:
    bars = Days(DAY(settled[0]), DAY(settled[1])) if settled else None
    return Security(ticker, DAY(wanted), bars, None)


def days(first: str, last: str) -> Days:
    return Days(DAY(first), DAY(last))


@pytest.mark.parametrize(
    ("settled", "missing"),
    [
        (None, [days("2025-05-20", "2025-06-02")]),
        (("2025-05-20", "2025-06-02"), []),
        (("2025-05-01", "2025-06-02"), []),
        (("2025-05-20", "2025-05-30"), [days("2025-05-31", "2025-06-02")]),
        (("2025-05-22", "2025-06-02"), [days("2025-05-20", "2025-05-21")]),
        (("2025-05-22", "2025-05-29"), [days("2025-05-20", "2025-05-21"), days("2025-05-30", "2025-06-02")]),
    ],
)
def test_what_is_missing_lies_before_and_after_what_is_settled(
    settled: tuple[str, str] | None, missing: list[Days]
) -> None:
    found = gaps([a_security("A", "2025-05-20", settled)], LAST)

    assert [gap.days for gap in found] == missing


@pytest.mark.parametrize(
    ("wanted", "settled"),
    [
        ("2025-06-03", None),  # still to come
        ("2025-05-24", ("2025-05-27", "2025-06-02")),  # a long weekend
    ],
)
def test_days_without_a_session_are_no_gap(wanted: str, settled: tuple[str, str] | None) -> None:
    assert gaps([a_security("A", wanted, settled)], LAST) == []


def test_the_newest_days_are_asked_for_first_and_those_that_begin_together_at_once() -> None:
    young, old = days("2025-06-02", "2025-06-02"), days("2017-01-03", "2025-06-02")
    missing = [
        Gap("D", old),
        *(Gap(ticker, young) for ticker in "CBA"),
        Gap("E", days("2014-01-02", "2014-12-31")),
    ]

    found = list(errands(missing, most_at_once=500))

    assert found == [Errand(("A", "B", "C", "D"), old), Errand(("E",), days("2014-01-02", "2014-12-31"))]


def test_an_errand_has_at_most_so_many_tickers() -> None:
    missing = [Gap(f"T{number}", days("2025-06-02", "2025-06-02")) for number in range(7)]

    assert [len(errand.tickers) for errand in errands(missing, most_at_once=3)] == [3, 3, 1]


@given(
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 4000)).map(sorted), min_size=1, max_size=40),
    st.integers(1, 20),
)
def test_every_gap_is_covered_and_no_errand_is_larger_than_a_page(
    spans: list[list[int]], most_at_once: int
) -> None:
    origin = DAY("2012-01-03")
    missing = [
        Gap(f"T{number}", Days(origin + timedelta(days=first), origin + timedelta(days=last)))
        for number, (first, last) in enumerate(spans)
    ]

    found = list(errands(missing, most_at_once=most_at_once))

    covered = {ticker: errand.days for errand in found for ticker in errand.tickers}
    assert all(
        covered[gap.ticker].first <= gap.days.first and gap.days.last <= covered[gap.ticker].last
        for gap in missing
    )
    assert all(len(errand.tickers) <= most_at_once for errand in found)
    assert all(len(errand.tickers) * sessions_in(*errand.days) <= MOST_BARS for errand in found)


def test_a_span_is_spread_over_portions_of_a_page() -> None:
    tickers = [f"T{number}" for number in range(100)]
    year = days("2024-01-01", "2024-12-31")  # 252 sessions

    portions = list(spread(tickers, year, most_at_once=500))

    assert [len(portion.tickers) for portion in portions] == [39, 39, 22]
    assert [ticker for portion in portions for ticker in portion.tickers] == tickers


def test_a_span_without_a_session_is_asked_of_nobody() -> None:
    assert list(spread(["A"], days("2025-05-31", "2025-06-01"), most_at_once=500)) == []
    assert list(spread(["A"], days("2025-06-02", "2025-05-30"), most_at_once=500)) == []


def test_a_session_is_complete_when_no_ticker_lacks_it() -> None:
    securities = [
        a_security("A", "2025-05-27", ("2025-05-27", "2025-06-02")),
        a_security("B", "2025-05-27", ("2025-05-28", "2025-05-30")),
        a_security("C", "2025-05-30"),
    ]

    assert complete(securities, gaps(securities, LAST), LAST) == (5, 2)  # 28 and 29 May


def test_of_nothing_nothing_is_missing() -> None:
    assert complete([], [], LAST) == (0, 0)


def test_sessions_are_counted_as_they_are_listed() -> None:
    first, last = DAY("2023-11-20"), DAY("2026-01-05")

    assert sessions_in(first, last) == len(list(sessions_between(first, last)))
