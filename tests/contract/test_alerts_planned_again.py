"""A filing that is stored anew: corrections, withdrawals and follow-ups for those who were told, on every database."""

import pytest
from sqlalchemy import Engine

from common.alerts.subscriptions.stop import stop_rule
from common.db.alert_tables import messages
from common.db.engine import write_transaction
from tests.support.alerts import BROKEN, GREEN, GREENE, NOW, SCAN, Watch
from tests.support.trades import a_trade


@pytest.fixture
def watch(engine: Engine) -> Watch:
    return Watch(engine)


def test_a_changed_row_is_a_correction_to_those_who_were_told_even_when_it_no_longer_matches(
    watch: Watch,
) -> None:
    kyle, anna, otto = (watch.subscriber(name) for name in ("kyle", "anna", "otto"))
    watch.rule(kyle, tickers=["NVDA"])
    watch.rule(anna, tickers=["MSFT"])
    watch.rule(otto, tickers=["AAPL"])
    filing = watch.file(a_trade(), a_trade(row=2, ticker="MSFT"))
    watch.plan()
    for message in watch.rows(messages):
        first, second = watch.trade_ids(filing)
        watch.send(message.id, (first if message.subscriber_id == kyle else second, "new"))
    watch.restate(filing, a_trade(ticker="AMD"), a_trade(row=2, ticker="MSFT"))

    watch.plan()

    assert watch.mails()[2:] == [(kyle, f"f/{filing}/2", "correction", "planned")]


def test_a_row_that_is_gone_is_withdrawn_from_those_who_were_told(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, tickers=["NVDA"])
    filing = watch.file(a_trade(), a_trade(row=2, ticker="MSFT", asset_type="OP", owner="SP"))
    watch.plan()
    watch.send(1, (watch.trade_ids(filing)[0], "new"))
    watch.restate(filing, a_trade(row=1, ticker="MSFT", asset_type="OP", owner="SP"))

    watch.plan()

    assert watch.mails()[1:] == [(kyle, f"f/{filing}/2", "withdrawal", "planned")]


def test_what_had_not_left_is_cancelled_and_the_current_values_are_planned(watch: Watch) -> None:
    kyle, anna = watch.subscriber(), watch.subscriber("anna")
    watch.rule(kyle, members=[GREENE])
    watch.rule(anna, members=[GREENE], frequency="daily")
    filing = watch.file(a_trade())
    watch.plan()
    watch.set(messages, status="claimed", claim_token="mine")
    watch.restate(filing, a_trade(owner="SP"))

    planned = watch.plan()

    assert planned.cancelled == 1
    assert watch.mails() == [
        (kyle, f"f/{filing}/1", "alert", "cancelled"),
        (kyle, f"f/{filing}/2", "alert", "planned"),
    ]
    assert watch.noticed() == [(kyle, filing, 2, "immediate"), (anna, filing, 2, "daily")]


def test_a_correction_waits_for_the_mail_that_is_being_sent(watch: Watch) -> None:
    watch.rule(watch.subscriber(), members=[GREENE])
    filing = watch.file(a_trade())
    watch.plan()
    watch.send(1, status="sending")
    watch.restate(filing, a_trade(owner="SP"))

    watch.plan()

    assert [message.waits_for for message in watch.rows(messages)] == [None, 1]


def test_what_could_not_be_read_is_told_once_and_followed_up_when_it_is(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, members=[GREENE])
    filing = watch.file(SCAN)
    watch.plan()
    watch.send(1)
    watch.restate(filing, BROKEN)
    watch.plan()
    watch.restate(filing, a_trade())

    watch.plan()

    assert watch.mails() == [
        (kyle, f"f/{filing}/1", "unreadable", "accepted"),
        (kyle, f"f/{filing}/2", "alert", "planned"),
    ]


def told_of_greene(watch: Watch, *who: int) -> int:
    """Let everybody hear that Greene filed a report that nobody could read; return its id."""
    filing = watch.file(SCAN)
    watch.plan()
    all_leave(watch)
    assert watch.mails() == [(one, f"f/{filing}/1", "unreadable", "accepted") for one in who]
    return filing


def all_leave(watch: Watch) -> None:
    watch.set(messages, status="accepted", sending_at=NOW)


def test_an_unread_report_that_turns_out_to_be_anothers_is_withdrawn_from_those_who_were_told(
    watch: Watch,
) -> None:
    kyle, anna, otto = (watch.subscriber(name) for name in ("kyle", "anna", "otto"))
    watch.rule(kyle, members=[GREENE])
    watch.rule(anna, chamber="house")
    watch.rule(otto, members=[GREEN])
    filing = told_of_greene(watch, kyle, anna)
    watch.restate(filing, a_trade(), by=GREEN)
    watch.plan()
    all_leave(watch)
    watch.restate(filing, a_trade(owner="SP"), by=GREEN)

    watch.plan()

    assert watch.mails()[2:5] == [
        (kyle, f"f/{filing}/2", "withdrawal", "accepted"),
        (anna, f"f/{filing}/2", "alert", "accepted"),
        (otto, f"f/{filing}/2", "alert", "accepted"),
    ]
    assert kyle not in {subscriber for subscriber, *_ in watch.mails()[5:]}


def test_an_unread_report_that_goes_to_another_and_comes_back_is_told_each_time(watch: Watch) -> None:
    kyle, anna = watch.subscriber(), watch.subscriber("anna")
    watch.rule(kyle, members=[GREENE])
    watch.rule(anna, chamber="house")
    filing = told_of_greene(watch, kyle, anna)
    watch.restate(filing, SCAN, by=GREEN)
    watch.plan()
    all_leave(watch)
    watch.restate(filing, SCAN, by=GREENE)

    watch.plan()

    assert [(who, key, kind) for who, key, kind, _ in watch.mails()[2:]] == [
        (kyle, f"f/{filing}/2", "withdrawal"),
        (anna, f"f/{filing}/2", "unreadable"),
        (kyle, f"f/{filing}/3", "unreadable"),
        (anna, f"f/{filing}/3", "unreadable"),
    ]


def test_an_unread_report_of_somebody_unsettled_is_told_no_second_time_when_they_are_known(
    watch: Watch,
) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, chamber="house")
    filing = watch.file(SCAN, by=None)
    watch.plan()
    all_leave(watch)
    watch.restate(filing, SCAN, by=GREENE)

    watch.plan()

    assert watch.mails() == [(kyle, f"f/{filing}/1", "unreadable", "accepted")]


def test_who_stopped_asking_hears_nothing_of_whose_an_unread_report_is(watch: Watch) -> None:
    kyle = watch.subscriber()
    rule = watch.rule(kyle, members=[GREENE])
    filing = told_of_greene(watch, kyle)
    with write_transaction(watch.engine) as tx:
        stop_rule(tx, rule)
    watch.restate(filing, a_trade(), by=GREEN)

    watch.plan()

    assert watch.mails() == [(kyle, f"f/{filing}/1", "unreadable", "accepted")]
