"""Whom a name means."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.web.people import Congress, Person, choose

FIRST = Person("A000001", "José Ann O'Hara-Smith", "O'Hara-Smith", "Republican", "OH-1", None)
SECOND = Person("B000002", "Ann Lee", "Lee", "Independent", "AK at large", date(2025, 1, 3))
THIRD = Person("C000003", "Ann Lee", "Lee", "Forward", "VT senator", None)
HOUSE = Congress([FIRST, SECOND, THIRD])


def test_a_label_says_party_seat_and_until_when() -> None:
    assert FIRST.label == "José Ann O'Hara-Smith (R, OH-1)"
    assert SECOND.label.startswith("Ann Lee (I, AK at large, until ")
    assert THIRD.label == "Ann Lee (Forward, VT senator)"


@pytest.mark.parametrize(
    "text", ["ohara", "Jose smith", "SMITH, José", "Hon. Ann O\u2019Hara-Smith", FIRST.label]
)
def test_a_member_is_found_however_the_name_is_written(text: str) -> None:
    assert list(choose(HOUSE, [], text).chosen) == [FIRST]


def test_two_of_one_name_are_told_apart_by_their_labels() -> None:
    assert list(choose(HOUSE, [], "ann lee").candidates) == [SECOND, THIRD]
    assert list(choose(HOUSE, [], THIRD.label).chosen) == [THIRD]


def test_who_is_ticked_already_is_not_asked_about() -> None:
    assert list(choose(HOUSE, ["B000002"], "ann lee").chosen) == [SECOND, THIRD]


def test_lists_are_of_those_in_office() -> None:
    assert (HOUSE.parties, HOUSE.states) == (["Forward", "Republican"], ["OH", "VT"])


@given(st.text(max_size=40))
def test_any_text_is_answered(text: str) -> None:
    choice = choose(HOUSE, [], text)

    assert choice.chosen or choice.unclear or not text.strip()


def test_a_name_that_fits_too_many_is_to_be_written_in_full() -> None:
    crowd = Congress(
        [Person(f"A{n:06}", f"Ann Alike{n}", "Alike", "Independent", "OH-1", None) for n in range(13)]
    )

    assert choose(crowd, [], "ann").unclear == "13 names fit; write first name and surname"
