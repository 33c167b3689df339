"""What counts as a change of a filing's facts."""

from datetime import date

import pytest

from common.disclosures.facts import digest
from common.disclosures.records import Trade
from tests.support.trades import a_trade


def facts(*trades: Trade, readable: bool = True, filer: str = "G000596") -> str:
    return digest(readable=readable, filer=filer, trades=trades)


@pytest.mark.parametrize(
    "change",
    [
        {"owner": "SP"},
        {"ticker": "AMD"},
        {"asset_type": "OP"},
        {"transaction_type": "S"},
        {"transaction_date": date(2025, 3, 2)},
        {"amount_min": 15001},
        {"amount_max": None},
        {"quarantine": ("amount: unreadable",)},
    ],
)
def test_a_change_that_a_subscriber_would_see_changes_the_facts(change: dict[str, object]) -> None:
    assert facts(a_trade()) != facts(a_trade(**change))


@pytest.mark.parametrize(
    "change",
    [
        {"asset": "Nvidia  corporation (NVDA) [ST]"},
        {"asset_name": "Nvidia Corp"},
        {"description": "bought by a broker"},
        {"page": 2},
        {"transaction_type": "P", "amount_text": "$1,001 -\n$15,000"},
        {"raw": {}},
    ],
)
def test_a_better_reading_of_the_same_trade_changes_nothing(change: dict[str, object]) -> None:
    assert facts(a_trade()) == facts(a_trade(**change))


def test_without_a_ticker_the_asset_counts_whatever_its_case_and_blanks() -> None:
    bond = a_trade(ticker=None, asset="US Treasury Note 4.25 %")

    assert facts(bond) == facts(a_trade(ticker=None, asset="us TREASURY  note 4.25%"))
    assert facts(bond) != facts(a_trade(ticker=None, asset="US Treasury Note 4.5 %"))


def test_a_partial_sale_is_on_the_same_side_as_a_sale() -> None:
    assert facts(a_trade(transaction_type="S")) == facts(a_trade(transaction_type="S (partial)"))


def test_unread_and_empty_are_different_classes() -> None:
    assert facts(readable=False) != facts(readable=True)


def test_the_filer_is_a_fact_but_the_case_of_a_printed_name_is_not() -> None:
    assert facts(filer="Hon. Al Green") == facts(filer="HON. AL  GREEN")
    assert facts(filer="G000553") != facts(filer="G000590")


def test_a_lot_more_or_less_changes_the_facts() -> None:
    assert facts(a_trade()) != facts(a_trade(), a_trade(row=2))
