"""A filing that restates another: corrections and withdrawals for exactly those who were told, on every database."""

import pytest
from sqlalchemy import Engine

from common.alerts.subscriptions.stop import stop_rule
from common.db.alert_tables import messages
from common.db.engine import write_transaction
from common.disclosures.amendments.store import decide
from tests.support.alerts import BROKEN, GREENE, NOW, Watch
from tests.support.restated import (
    FIRST,
    FOURTH,
    SECOND,
    THIRD,
    amended,
    deleted,
    leave,
    named,
    of_the_senate,
    says,
)
from tests.support.trades import a_trade

MSFT = {"ticker": "MSFT", "asset": "Microsoft [OP]", "asset_type": "OP"}
BIG = {"amount_min": 15001, "amount_max": 50000}


@pytest.fixture
def watch(engine: Engine) -> Watch:
    return Watch(engine)


@pytest.fixture
def kyle(watch: Watch) -> int:
    """Lend somebody who follows NVDA."""
    kyle = watch.subscriber()
    watch.rule(kyle, tickers=["NVDA"])
    return kyle


def told_first(watch: Watch) -> int:
    """File NVDA and MSFT, and let the mails about them leave."""
    filing = watch.file(a_trade(), a_trade(row=2, **MSFT), filed=FIRST)
    watch.plan()
    for message in watch.rows(messages):
        leave(watch, message.id)
    return filing


def test_a_correction_goes_to_who_was_told_of_the_original_and_news_to_who_was_not(
    watch: Watch, kyle: int
) -> None:
    anna, otto = watch.subscriber("anna"), watch.subscriber("otto")
    watch.rule(anna, tickers=["MSFT"])
    watch.rule(otto, amount_mode="at_least", amount=15001)
    told_first(watch)

    amendment = watch.file(amended(**BIG), filed=SECOND)
    watch.plan()

    assert sorted(watch.mails()[2:]) == [
        (kyle, f"f/{amendment}/1", "correction", "planned"),
        (otto, f"f/{amendment}/1", "alert", "planned"),
    ]
    told = {message.subscriber_id: leave(watch, message.id) for message in watch.rows(messages)[2:]}
    assert told == {
        kyle: {"corrected": ["self NVDA 1001 -> self NVDA 15001"]},
        otto: {"new": [f"{amendment}/1"]},
    }


def test_what_no_longer_matches_is_corrected_too(watch: Watch, kyle: int) -> None:
    watch.file(a_trade(), filed=FIRST)
    watch.plan()
    leave(watch, 1)

    watch.file(amended(asset="AMD [ST]", ticker="AMD"), filed=SECOND)
    watch.plan()

    assert says(watch, 2) == {"corrected": ["self NVDA 1001 -> self AMD 1001"]}


def test_nobody_hears_of_a_correction_for_a_rule_that_was_stopped(watch: Watch, kyle: int) -> None:
    told_first(watch)
    with write_transaction(watch.engine) as tx:
        stop_rule(tx, 1)

    watch.file(amended(**BIG), filed=SECOND)

    assert watch.plan().notices == 0


def test_a_deleted_row_withdraws_its_original_and_is_news_to_nobody(watch: Watch, kyle: int) -> None:
    watch.rule(watch.subscriber("anna"), members=[GREENE], owner="JT")
    wide = watch.subscriber("otto")
    filing = told_first(watch)
    watch.rule(wide, members=[GREENE])

    amendment = watch.file(deleted(), filed=SECOND)
    watch.plan()

    assert watch.mails()[1:] == [(kyle, f"f/{amendment}/1", "withdrawal", "planned")]
    assert leave(watch, 2) == {"withdrawn": ["self NVDA 1001"]}
    assert not watch.restate(filing, a_trade(), a_trade(row=2, **MSFT))


def test_amended_then_deleted_then_amended_again(watch: Watch, kyle: int) -> None:
    told_first(watch)
    watch.file(amended(owner="SP"), filed=SECOND)
    watch.plan()
    corrected = leave(watch, 2)
    watch.file(deleted(owner="SP"), filed=THIRD)
    watch.plan()
    withdrawn = leave(watch, 3)

    watch.file(amended(owner="SP", **BIG), filed=FOURTH)
    watch.plan()

    assert corrected == {"corrected": ["self NVDA 1001 -> SP NVDA 1001"]}
    assert withdrawn == {"withdrawn": ["SP NVDA 1001"]}
    assert leave(watch, 4) == {"corrected": ["SP NVDA 1001 -> SP NVDA 15001"]}
    assert [kind for _, _, kind, _ in watch.mails()] == ["alert", "correction", "withdrawal", "correction"]


def test_a_deleted_row_that_is_taken_up_again_is_told_even_when_it_says_the_same(
    watch: Watch, kyle: int
) -> None:
    watch.file(a_trade(), filed=FIRST)
    watch.file(amended(owner="SP"), filed=SECOND)
    watch.plan()
    leave(watch, 1)
    watch.file(deleted(owner="SP"), filed=THIRD)
    watch.plan()
    leave(watch, 2)

    watch.file(amended(owner="SP"), filed=FOURTH)
    watch.plan()

    assert says(watch, 3) == {"corrected": ["SP NVDA 1001 -> SP NVDA 1001"]}


def test_a_chain_that_comes_at_once_is_told_as_it_stands_in_the_end(watch: Watch, kyle: int) -> None:
    watch.file(a_trade(), filed=FIRST)
    watch.file(amended(owner="SP"), filed=SECOND)
    last = watch.file(amended(owner="SP", **BIG), filed=THIRD)

    watch.plan()

    assert watch.mails() == [(kyle, f"f/{last}/1", "alert", "planned")]


def test_a_mail_that_has_left_shows_what_it_told(watch: Watch, kyle: int) -> None:
    told_first(watch)
    watch.file(amended(**BIG), filed=SECOND)
    watch.plan()
    leave(watch, 2)
    watch.file(amended(owner="SP", **BIG), filed=THIRD)
    watch.plan()
    leave(watch, 3)

    assert says(watch, 1) == {"new": ["1/1"]}
    assert says(watch, 2) == {"corrected": ["self NVDA 1001 -> self NVDA 15001"]}
    assert says(watch, 3) == {"corrected": ["self NVDA 15001 -> SP NVDA 15001"]}


def test_the_originals_later_versions_tell_nothing_of_what_was_restated(watch: Watch, kyle: int) -> None:
    filing = told_first(watch)
    watch.file(amended(**BIG), filed=SECOND)
    watch.plan()
    leave(watch, 2)

    watch.restate(filing, a_trade(asset_type="OP"), a_trade(row=2, **MSFT | {"owner": "SP"}))

    assert watch.plan().notices == 0


def test_an_original_that_is_read_after_its_amendment_was_told_is_told_to_nobody(
    watch: Watch, kyle: int
) -> None:
    filing = watch.file(BROKEN, filed=FIRST)
    watch.file(amended(**BIG), filed=SECOND)
    watch.plan()
    leave(watch, 1)

    watch.restate(filing, a_trade())
    watch.plan()

    assert len(watch.mails()) == 1


def test_an_amendment_whose_filer_is_settled_later_corrects_then(watch: Watch, kyle: int) -> None:
    told_first(watch)
    amendment = watch.file(amended(**BIG), by=None, filed=SECOND)
    watch.plan()
    leave(watch, 2)

    watch.restate(amendment, amended(**BIG))
    watch.plan()

    assert leave(watch, 3) == {"corrected": ["self NVDA 1001 -> self NVDA 15001"]}


def test_an_operators_decision_is_told_and_so_is_its_undoing(watch: Watch, kyle: int) -> None:
    watch.file(a_trade(), a_trade(row=2), filed=FIRST)
    watch.plan()
    leave(watch, 1)
    amendment = watch.file(amended(**BIG), filed=SECOND)
    watch.plan()
    assert leave(watch, 2) == {"new": [f"{amendment}/1"]}
    name, original = named(watch, amendment), named(watch, 1, 2)

    with write_transaction(watch.engine) as tx:
        decide(tx, name, original, NOW)
    watch.plan()
    assert leave(watch, 3) == {"corrected": ["self NVDA 1001 -> self NVDA 15001"]}
    with write_transaction(watch.engine) as tx:
        decide(tx, name, None, NOW)
    watch.plan()

    assert [leave(watch, message.id) for message in watch.rows(messages)[3:]] == [{"new": ["1/2"]}]


def test_the_senates_amendment_corrects_what_it_filled_in_and_tells_what_it_added(
    watch: Watch, kyle: int
) -> None:
    wide = watch.subscriber("anna")
    watch.rule(wide, members=[GREENE])
    first = of_the_senate({"ticker": None}, {}, {"asset_name": "Other"})
    watch.file(first, chamber="senate", filed=FIRST)
    watch.plan()
    for message in watch.rows(messages):
        leave(watch, message.id)

    second = of_the_senate({}, {}, {"asset_name": "More"}, amendment=1)
    watch.file(second, chamber="senate", filed=SECOND)
    watch.plan()

    told = {message.subscriber_id: leave(watch, message.id) for message in watch.rows(messages)[2:]}
    assert told == {
        kyle: {"new": ["2/1", "2/3"]},
        wide: {"new": ["2/3"], "corrected": ["self None 1001 -> self NVDA 1001"]},
    }
