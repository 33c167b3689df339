"""Which earlier trade a row of the House restates."""

from datetime import date
from typing import Any

import pytest

from common.disclosures.amendments.deciding import Name, restatements
from tests.support.restating import a_row, links, unsure

MSFT: dict[str, Any] = {"asset": "msft", "owner": "SP"}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"asset": "amd"},
        {"type": "S"},
        {"traded": date(2025, 2, 2)},
        {"owner": "JT"},
        {"amount": (15001, 50000)},
    ],
    ids=lambda change: next(iter(change), "nothing"),
)
@pytest.mark.parametrize("status", ["Amended", "Deleted"])
def test_the_one_row_that_agrees_in_all_but_one_is_the_original(status: str, change: dict[str, Any]) -> None:
    original, other = a_row("1"), a_row("1", 2, **MSFT)

    assert links("house", original, other, a_row("2", day=1, status=status, **change)) == {"2/1": "1/1"}


def test_a_row_that_differs_in_two_is_not_the_original() -> None:
    found = restatements("house", [a_row("1"), a_row("2", day=1, status="Amended", **MSFT)])

    assert found.links == {}
    assert unsure(found) == {"2/1": []}


def test_of_several_nobody_knows_which() -> None:
    lots = a_row("1"), a_row("1", 2)

    found = restatements("house", [*lots, a_row("2", day=1, status="Deleted")])

    assert unsure(found) == {"2/1": ["1/1", "1/2"]}


def test_a_row_that_agrees_in_all_is_it_whoever_else_comes_near() -> None:
    lots = a_row("1", beside=("IRA",)), a_row("1", 2, asset="amd")

    assert links("house", *lots, a_row("2", day=1, status="Amended", beside=("Trust",))) == {"2/1": "1/1"}
    assert links("house", *lots, a_row("2", day=1, status="Deleted", beside=("IRA",))) == {"2/1": "1/1"}


def test_an_amendment_that_would_change_nothing_may_be_of_another_row() -> None:
    lots = a_row("1"), a_row("1", 2, asset="amd")

    found = restatements("house", [*lots, a_row("2", day=1, status="Amended")])

    assert unsure(found) == {"2/1": ["1/1", "1/2"]}


def test_the_printed_id_leads_to_the_earlier_amendment_whatever_it_says() -> None:
    amended = a_row("2", day=1, status="Amended", transaction_id="2000000001", owner="JT")
    later = a_row("3", day=2, status="Amended", transaction_id="2000000001", **MSFT)

    assert links("house", a_row("1"), amended, later) == {"2/1": "1/1", "3/1": "2/1"}


def test_a_deleted_row_is_taken_up_again_by_its_id_alone() -> None:
    deleted = a_row("2", day=1, status="Deleted", transaction_id="2000000001")
    again: dict[str, Any] = {"day": 2, "status": "Amended"}

    assert links("house", a_row("1"), deleted, a_row("3", **again)) == {"2/1": "1/1"}
    assert links("house", a_row("1"), deleted, a_row("3", transaction_id="2000000001", **again)) == {
        "2/1": "1/1",
        "3/1": "2/1",
    }


def test_a_row_is_restated_once() -> None:
    amended = a_row("2", day=1, status="Amended", owner="JT")
    later = a_row("3", day=2, status="Amended", owner="JT", amount=(15001, 50000))

    assert links("house", a_row("1"), amended, later) == {"2/1": "1/1", "3/1": "2/1"}


def test_two_rows_that_claim_one_original_are_both_unsure() -> None:
    claims = [a_row("2", n, day=1, status="Amended", owner=owner) for n, owner in ((1, "JT"), (2, "SP"))]

    found = restatements("house", [a_row("1"), *claims])

    assert found.links == {}
    assert unsure(found) == {"2/1": ["1/1"], "2/2": ["1/1"]}


def test_what_another_row_surely_restates_is_no_candidate() -> None:
    originals = a_row("1"), a_row("1", 2, asset="amd")
    first = a_row("2", 1, day=1, status="Amended", asset="intc")
    sure = a_row("2", 2, day=1, status="Amended", asset="amd", beside=("IRA",))

    assert links("house", *originals, first, sure) == {"2/1": "1/1", "2/2": "1/2"}


def test_rows_of_the_same_filing_and_of_later_ones_are_no_originals() -> None:
    later = a_row("3", day=2)

    assert links("house", a_row("2", 1, day=1), a_row("2", 2, day=1, status="Amended"), later) == {}


def test_the_first_disclosure_is_the_chains_root_where_that_is_known() -> None:
    amended = a_row("2", day=1, status="Amended", owner="JT")
    later = a_row("3", day=2, status="Deleted", owner="JT")

    assert restatements("house", [a_row("1"), amended, later]).first(Name("3", 1)) == Name("1", 1)
    assert restatements("house", [amended, later]).first(Name("3", 1)) is None
    assert restatements("house", [a_row("1")]).first(Name("1", 1)) == Name("1", 1)


def test_an_operator_decides_which_or_none() -> None:
    lots = a_row("1"), a_row("1", 2)
    amended = a_row("2", day=1, status="Amended")

    assert links("house", *lots, amended, decided={amended.name: Name("1", 2)}) == {"2/1": "1/2"}
    none = restatements("house", [lots[0], amended], {amended.name: None})
    assert (none.links, none.unsure) == ({}, {})


def test_a_decision_that_fits_nothing_any_more_is_not_followed() -> None:
    amended = a_row("2", day=1, status="Amended")

    assert links("house", a_row("1"), amended, decided={amended.name: Name("1", 9)}) == {"2/1": "1/1"}
