"""A filing that restates another whose mail is on its way: the trade is told once, whichever leaves first."""

import pytest
from sqlalchemy import Engine, update

from common.db.alert_tables import messages
from common.db.engine import write_transaction
from tests.support.alerts import Watch
from tests.support.restated import FIRST, SECOND, amended, leave, says
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


def test_an_original_that_waits_is_told_by_its_amendment_instead(watch: Watch, kyle: int) -> None:
    anna = watch.subscriber("anna")
    watch.rule(anna, tickers=["NVDA", "MSFT"])
    daily = watch.subscriber("daisy")
    watch.rule(daily, tickers=["NVDA"], frequency="daily")
    filing = watch.file(a_trade(), a_trade(row=2, **MSFT), filed=FIRST)
    watch.plan()
    watch.set(messages, status="claimed", claim_token="mine")

    amendment = watch.file(amended(**BIG), filed=SECOND)
    planned = watch.plan()

    assert planned.cancelled == 1
    state = {(who, key): status for who, key, _, status in watch.mails()}
    assert state[kyle, f"f/{filing}/1"] == "cancelled"
    assert state[anna, f"f/{filing}/1"] == "planned"
    assert state[kyle, f"f/{amendment}/1"] == state[anna, f"f/{amendment}/1"] == "planned"
    assert [row[:3] for row in watch.noticed() if row[0] == daily] == [(daily, amendment, 1)]
    rest = next(row.id for row in watch.rows(messages) if row.subscriber_id == anna)
    assert says(watch, rest) == {"new": [f"{filing}/2"]}


def test_an_original_that_waits_and_was_amended_away_is_cancelled(watch: Watch, kyle: int) -> None:
    watch.file(a_trade(), filed=FIRST)
    watch.plan()

    watch.file(amended(ticker="AMD", asset="AMD [ST]"), filed=SECOND)
    planned = watch.plan()

    assert (planned.cancelled, planned.notices) == (1, 0)


def test_a_correction_waits_until_the_first_mail_has_left_sending(watch: Watch, kyle: int) -> None:
    watch.file(a_trade(), filed=FIRST)
    watch.plan()
    leave(watch, 1, status="sending")

    watch.file(amended(**BIG), filed=SECOND)
    watch.plan()

    assert [row.waits_for for row in watch.rows(messages)] == [None, 1]


def test_a_mail_that_surely_did_not_leave_corrects_nothing(watch: Watch, kyle: int) -> None:
    watch.file(a_trade(), filed=FIRST)
    watch.plan()
    leave(watch, 1, status="sending")
    watch.file(amended(**BIG), filed=SECOND)
    watch.plan()

    watch.set(messages, status="planned", attempt=1)

    assert says(watch, 1) == {}
    assert says(watch, 2) == {"new": ["2/1"]}


def test_what_nothing_changed_is_told_by_the_first_mail_when_that_is_sent_again(
    watch: Watch, kyle: int
) -> None:
    watch.file(a_trade(), filed=FIRST)
    watch.plan()
    leave(watch, 1, status="sending")
    watch.file(amended(comments="a comment"), filed=SECOND)
    assert watch.plan().notices == 0

    watch.set(messages, status="planned", attempt=1)

    assert says(watch, 1) == {"new": ["1/1"]}


def test_of_two_mails_that_wait_the_amendments_tells_it_and_the_first_no_more(
    watch: Watch, kyle: int
) -> None:
    watch.rule(kyle, tickers=["MSFT"])
    watch.file(a_trade(), filed=FIRST)
    watch.plan()
    leave(watch, 1, status="sending")
    watch.file(amended(comments="a comment"), a_trade(row=2, **MSFT), filed=SECOND)
    watch.plan()
    watch.set(messages, status="planned", attempt=1)

    before = says(watch, 1)
    told = leave(watch, 2)

    assert told == {"new": ["2/1", "2/2"]}
    assert (before, says(watch, 1)) == ({}, {})


def test_a_mail_that_is_sent_again_tells_what_the_amendments_mail_took_for_told(
    watch: Watch, kyle: int
) -> None:
    watch.rule(kyle, tickers=["MSFT"])
    watch.file(a_trade(), filed=FIRST)
    watch.plan()
    leave(watch, 1, status="sending")
    watch.file(amended(comments="a comment"), a_trade(row=2, **MSFT), filed=SECOND)
    watch.plan()

    told = leave(watch, 2)
    with write_transaction(watch.engine) as tx:
        tx.execute(update(messages).where(messages.c.id == 1).values(status="planned", attempt=1))

    assert told == {"new": ["2/2"]}
    assert says(watch, 1) == {"new": ["1/1"]}


def test_what_was_withdrawn_and_told_again_by_another_report_is_not_corrected_by_it(
    watch: Watch, kyle: int
) -> None:
    filing = watch.file(a_trade(owner="SP"), filed=FIRST)
    watch.plan()
    leave(watch, 1)
    watch.restate(filing, a_trade(), by=None)
    watch.plan()
    leave(watch, 2)
    watch.file(amended(), filed=SECOND)
    watch.plan()
    leave(watch, 3)

    watch.restate(filing, a_trade())

    assert watch.plan().notices == 0
