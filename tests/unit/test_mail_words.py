"""Values read as people say them, and foreign text cannot play tricks."""

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.mail import words
from common.mail.model import Amount, Owner, Side

ANY_TEXT = st.text(st.characters(), max_size=400)


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (Amount(1_001, 15_000), "$1,001-$15,000"),
        (Amount(25_000_001, 50_000_000), "$25,000,001-$50,000,000"),
        (Amount(50_000_001, None), "Over $50,000,000"),
        (Amount(1_000_001, None), "Over $1,000,000"),
        (Amount(350, 351, Decimal("350.78")), "$350.78"),
        (Amount(5_000, 5_000, Decimal(5_000)), "$5,000"),
        (Amount(None, 1_000), "up to $1,000"),
        (Amount(None, None), "amount not given"),
    ],
)
def test_an_amount_reads_as_the_form_says_it(amount: Amount, said: str) -> None:
    assert words.amount(amount) == said


def test_a_range_takes_the_dash_that_it_is_given() -> None:
    assert words.amount(Amount(1_001, 15_000), "\N{EN DASH}") == "$1,001\N{EN DASH}$15,000"


@pytest.mark.parametrize(
    ("amount", "lit"),
    [
        (Amount(1_001, 15_000), [1]),
        (Amount(15_001, 50_000), [2]),
        (Amount(25_000_001, 50_000_000), [9]),
        (Amount(50_000_001, None), [10]),
        (Amount(1_000_001, None), [7, 8, 9, 10]),
        (Amount(None, 1_000), [0]),
        (Amount(350, 351, Decimal("350.78")), [0]),
        (Amount(15_000, 15_000, Decimal(15_000)), [1]),
        (Amount(None, None), []),
    ],
)
def test_the_bar_lights_the_categories_in_which_the_amount_may_lie(amount: Amount, lit: list[int]) -> None:
    steps = words.steps(amount)

    assert [n for n, step in enumerate(steps) if step == "in"] == lit
    assert len(steps) == 11


def test_the_bar_tints_the_categories_that_the_amount_exceeds() -> None:
    assert words.steps(Amount(15_001, 50_000))[:4] == ("above", "above", "in", "below")


@given(ANY_TEXT, st.integers(2, 200))
def test_foreign_text_becomes_one_short_line_without_tricks(text: str, longest: int) -> None:
    shown = words.plain(text, longest)

    assert len(shown) <= longest
    assert shown == " ".join(shown.split())
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    shown.encode()


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=100))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert words.plain(text) == text


def test_characters_that_turn_text_round_are_taken_out() -> None:
    assert (
        words.plain("Example\u202eDVN\u202c\u200b Corp\x00oration\u2028Bcc: x")
        == "ExampleDVN Corp oration Bcc: x"
    )


def test_addresses_are_struck_out_of_what_providers_say() -> None:
    said = "550 5.1.1 <kyle@example.com>: user kyle+a@mail.example.com unknown"

    assert words.without_addresses(said) == "550 5.1.1 <***>: user *** unknown"


def test_dates_and_times_read_the_same_in_every_locale() -> None:
    morning = datetime(2026, 6, 2, 4, 5, tzinfo=UTC)

    assert words.day(date(2026, 5, 12)) == "May 12, 2026"
    assert words.day(None) == "not given"
    assert words.weekday(date(2026, 5, 12)) == "Tuesday, May 12, 2026"
    assert words.moment(morning, "America/New_York") == "Jun 2, 2026, 12:05 AM EDT"
    assert words.moment(morning.replace(hour=16), "America/New_York") == "Jun 2, 2026, 12:05 PM EDT"


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "not late"),
        (1, "filed 1 day late"),
        (1_200, "filed 1,200 days late"),
        (None, "lateness not established"),
    ],
)
def test_lateness_is_counted_or_not_established(days: int | None, said: str) -> None:
    assert words.lateness(days) == said


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ST", "Stock"),
        ("OP", "Option"),
        ("CT", "Cryptocurrency"),
        ("4K", "401(k) or other non-federal retirement account"),
        ("Municipal Security", "Municipal Security"),
        ("ZZ", "ZZ"),
        (None, ""),
    ],
)
def test_an_asset_type_reads_in_words(code: str | None, said: str) -> None:
    assert words.asset_type(code) == said


def test_every_side_and_owner_of_the_house_form_has_words() -> None:
    assert words.HOUSE_SIDES == {
        "P": Side.BOUGHT,
        "S": Side.SOLD,
        "S (partial)": Side.SOLD_PART,
        "E": Side.EXCHANGED,
    }
    assert words.HOUSE_OWNERS == {"": Owner.SELF, "SP": Owner.SPOUSE, "JT": Owner.JOINT, "DC": Owner.CHILD}


def test_lists_name_the_first_and_count_the_others() -> None:
    assert words.listed(["NVDA"]) == "NVDA"
    assert words.listed(["NVDA", "AAPL"]) == "NVDA and AAPL"
    assert words.listed(["A", "B", "C", "D", "E"]) == "A, B, C and 2 more"
