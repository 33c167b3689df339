"""What a rule may ask for, and how a form that is wrong is refused."""

from typing import Any

import pytest

from common.alerts.planning import evidence, match
from common.alerts.subscriptions.criteria import (
    SHAPES,
    WORDS,
    Frequency,
    in_words,
    parse_criteria,
    parse_frequency,
)
from common.errors import InvalidRequest
from common.tickers import alike, canonical


@pytest.mark.parametrize(
    ("form", "shape"),
    [
        ({"members": ["G000596"]}, "members"),
        ({"tickers": ["nvda", "BRK.B"], "side": "buy"}, "tickers+side"),
        ({"chamber": "house", "party": "Democrat", "state": "ca"}, "chamber+party+state"),
        ({"owner": "self"}, "owner"),
        ({"asset_type": "OP", "filed_late": True}, "asset_type+filed_late"),
        ({"amount_mode": "at_least", "amount": "$50,001"}, "at_least"),
        ({"amount_mode": "possibly", "amount": 50_001, "owner": "", "party": ""}, "possibly"),
    ],
)
def test_a_shape_names_the_criteria_that_are_set(form: dict[str, Any], shape: str) -> None:
    assert parse_criteria(form).shape == shape


@pytest.mark.parametrize(
    ("field", "form"),
    [
        ("members", {"members": ["Greene"]}),
        ("members", {"members": "G000596"}),
        ("tickers", {"tickers": ["NVIDIA Corporation"]}),
        ("tickers", {"tickers": "NVDA"}),
        ("chamber", {"chamber": "lords"}),
        ("state", {"state": "Georgia"}),
        ("side", {"side": "hold"}),
        ("owner", {"owner": "neighbour"}),
        ("amount", {"amount": "many", "amount_mode": "at_least"}),
        ("amount", {"amount": 0, "amount_mode": "at_least"}),
        ("amount", {"amount": 50_001}),
        ("amount", {"amount_mode": "possibly"}),
        ("amount_mode", {"amount": 50_001, "amount_mode": "about"}),
        ("filed_late", {"filed_late": "perhaps"}),
        ("colour", {"colour": "red"}),
        ("criteria", {}),
        ("criteria", {"chamber": "", "filed_late": False}),
    ],
)
def test_a_form_that_is_wrong_is_refused_by_the_name_of_its_field(field: str, form: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_criteria(form)

    assert refused.value.field == field


def test_only_criteria_of_a_filing_make_a_rule_wide() -> None:
    assert parse_criteria({"members": ["G000596"], "chamber": "house", "party": "x", "state": "GA"}).is_wide
    assert not parse_criteria({"chamber": "house", "side": "buy"}).is_wide


@pytest.mark.parametrize("written", ["BRK.B", "brk-b", " BRK/B ", "$BRK B"])
def test_a_ticker_has_one_spelling(written: str) -> None:
    assert canonical(written) == "BRK-B"


@pytest.mark.parametrize("written", ["", "$", "NVIDIA CORPORATION", "A-B-C", "ÄÖ"])
def test_what_cannot_be_a_ticker_is_refused(written: str) -> None:
    with pytest.raises(InvalidRequest, match="is no ticker"):
        canonical(written)


def test_a_ticker_may_be_printed_in_several_ways() -> None:
    assert {"BRK.B", "BRK-B", "BRK/B"} <= alike("BRK.B")


def test_a_frequency_is_one_of_three() -> None:
    assert parse_frequency("daily") is Frequency.DAILY
    with pytest.raises(InvalidRequest, match="frequency: choose immediate, daily, weekly"):
        parse_frequency("hourly")


def test_every_criterion_can_be_matched_explained_and_said() -> None:
    assert set(match.HOLDS) == set(evidence.CHECKS) == set(WORDS) == set(SHAPES)


def test_criteria_read_as_a_sentence() -> None:
    everything = parse_criteria(
        {
            "members": ["G000596", "P000197", "X000001"],
            "tickers": ["NVDA"],
            "chamber": "house",
            "party": "Republican",
            "state": "GA",
            "side": "sell",
            "owner": "spouse",
            "asset_type": "OP",
            "amount_mode": "at_least",
            "amount": 50_001,
            "filed_late": True,
        }
    )

    words = in_words(everything, {"G000596": "Marjorie Taylor Greene", "P000197": "Nancy Pelosi"})

    assert words == (
        "Marjorie Taylor Greene, Nancy Pelosi or X000001; NVDA; House; Republican; GA; sales; owner: spouse; "
        "Option; at least $50,001; filed late"
    )
    assert in_words(parse_criteria({"amount_mode": "possibly", "amount": 9}), {}) == "possibly $9 or more"
