"""From notices to letters, on every database."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, insert, select, update

from common.alerts.planning.disclosed import load
from common.alerts.sending.compose import Writer
from common.alerts.sending.context import earlier_trades
from common.alerts.sending.ledger import Status
from common.alerts.sending.messages import drop_overtaken
from common.alerts.subscriptions.stop import stop_rule
from common.db import tables as t
from common.db.alert_tables import messages, notices, rules, subscribers
from common.db.engine import write_transaction
from common.disclosures.store import Failed
from tests.support.alerts import BROKEN, FILED, GREENE, PELOSI, SCAN, Watch
from tests.support.letters import BASE, LETTERHEAD, NOW, SomeWays, letters, tell
from tests.support.trades import a_trade

MONDAY = date(2025, 3, 10)


@pytest.fixture
def watch(engine: Engine) -> Watch:
    return Watch(engine)


def test_three_rules_on_one_trade_are_one_letter_with_three_reasons(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, members=[GREENE], name="Everything by Greene")
    watch.rule(kyle, tickers=["NVDA"], name="Chips", frequency="daily")
    watch.rule(kyle, side="buy", chamber="house", name="Purchases")
    filing = watch.file()

    letter = tell(watch)

    assert letter.mail.to == "kyle@example.org"
    assert letter.mail.subject == "Greene (R-GA) bought NVDA, $1,001-$15,000"
    assert letter.mail.delivery_id == "1.1"
    assert letter.said == {watch.trade_ids(filing)[0]: "new"}
    for reason in (
        "Everything by Greene",
        "Marjorie Greene",
        "Chips",
        "NVDA",
        "Purchases",
        "House; purchases",
    ):
        assert reason in letter.mail.text
    assert f"{BASE}/stop?t={kyle}.2" in letter.mail.text
    assert "http://127.0.0.1/20090001.pdf" in letter.mail.text


def test_rows_that_no_rule_asked_for_are_left_out(watch: Watch) -> None:
    watch.rule(watch.subscriber(), tickers=["NVDA"])
    filing = watch.file(a_trade(), a_trade(row=2, ticker="MSFT", asset_name="Microsoft"))

    letter = tell(watch)

    assert "Microsoft" not in letter.mail.text
    assert list(letter.said) == watch.trade_ids(filing)[:1]


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (SCAN, "picture of a paper form"),
        (BROKEN, "stopped rather than guess"),
        (Failed("404"), "does not serve the document"),
    ],
)
def test_a_filing_that_could_not_be_read_says_why(watch: Watch, reading: object, words: str) -> None:
    watch.rule(watch.subscriber(), members=[GREENE])
    watch.file(reading)  # type: ignore[arg-type] # one of three readings

    letter = tell(watch)

    assert words in " ".join(letter.mail.text.split())
    assert letter.mail.category == "unreadable"
    assert letter.said == {}


def test_a_correction_shows_both_values_and_a_withdrawal_what_is_gone(watch: Watch) -> None:
    watch.rule(watch.subscriber(), members=[GREENE])
    gone = a_trade(row=2, ticker="MSFT", asset_name="Microsoft", owner="SP", asset_type="OP")
    filing = watch.file(a_trade(), gone)
    tell(watch)
    watch.restate(filing, a_trade(amount_min=15001, amount_max=50000))

    letter = tell(watch)

    assert letter.mail.category == "correction"
    assert letter.mail.subject.startswith("Correction: ")
    assert "$1,001" in letter.mail.text
    assert "$50,000" in letter.mail.text
    assert "Microsoft" in letter.mail.text
    now, then = watch.trade_ids(filing, 2), watch.trade_ids(filing)
    assert letter.said == {now[0]: "corrected", then[1]: "withdrawn"}


def test_doubtful_rows_are_shown_as_printed(watch: Watch) -> None:
    watch.rule(watch.subscriber(), members=[GREENE])
    watch.file(a_trade(quarantine=("transaction_date: year 3031",), raw={"asset": "Odd LP", "owner": ""}))

    letter = tell(watch)

    assert "Odd LP" in letter.mail.text
    assert "year 3031" in letter.mail.text
    assert list(letter.said.values()) == ["doubt"]


def test_the_member_s_earlier_trades_in_the_ticker_are_beside_it(watch: Watch) -> None:
    watch.file(a_trade(transaction_type="S", amount_min=50001, amount_max=100000), filed=FILED - timedelta(9))
    watch.file(a_trade(transaction_date=None), filed=FILED - timedelta(8))
    watch.file(a_trade(owner="SP"), filed=FILED + timedelta(1))
    watch.file(a_trade(), by=PELOSI, filed=FILED - timedelta(9))
    watch.plan()
    watch.rule(watch.subscriber(), members=[GREENE])
    watch.file(a_trade(), a_trade(row=2, ticker=None, amount_exact=Decimal("350.78")))

    letter = tell(watch)

    assert "$50,001" in letter.mail.text
    assert letter.mail.text.count("2 earlier") <= 1
    assert "spouse" not in letter.mail.text


def test_earlier_trades_are_those_of_both_chambers_in_whichever_spelling(watch: Watch) -> None:
    watch.file(a_trade(ticker="BRK-B"), chamber="senate", state_district="", filed=FILED - timedelta(9))
    watch.file(a_trade(ticker="BRK.B", amount_min=50001, amount_max=100000), filed=FILED - timedelta(8))
    watch.file(a_trade(ticker="BRK"), filed=FILED - timedelta(7))
    newest = watch.file(a_trade(ticker="BRK-B"))

    with watch.engine.connect() as connection:
        versions = connection.scalars(select(t.versions.c.id).where(t.versions.c.filing_id == newest))
        (filing,) = load(connection, versions.all()).values()
        found = earlier_trades(connection, filing)

    assert list(found) == ["BRK-B"]
    assert {earlier.amount.low for earlier in found["BRK-B"].trades} == {1001, 50001}


@pytest.mark.parametrize("late", [0, 2])
def test_a_digest_tells_several_filings_and_bears_its_days_however_late_it_is(
    watch: Watch, late: int
) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, chamber="house", frequency="weekly")
    filings = [watch.file(), watch.file(by=PELOSI), watch.file(SCAN, by=None)]
    watch.plan()
    with write_transaction(watch.engine) as tx:
        key = f"d/{MONDAY + timedelta(days=late)}"
        digest = {"subscriber_id": kyle, "channel": "email", "key": key, "kind": "weekly digest"}
        digest |= {"status": "planned", "next_attempt_at": NOW, "planned_at": NOW}
        tx.execute(insert(messages).values(digest))
        tx.execute(update(notices).values(message_id=1))

    (letter,) = letters(watch).values()

    assert letter.mail.category == "weekly digest"
    assert list(letter.said) == [watch.trade_ids(filing)[0] for filing in filings[:2]]
    assert "Mar 3, 2025 to Mar 9, 2025" in letter.mail.text
    assert "OH-01" in letter.mail.text


def test_a_message_with_nothing_left_to_tell_has_no_letter(watch: Watch) -> None:
    kyle = watch.subscriber()
    rule = watch.rule(kyle, members=[GREENE])
    watch.file()
    watch.plan()
    writer = Writer(SomeWays(), LETTERHEAD)
    with write_transaction(watch.engine) as tx:
        before = writer(tx, 1, "1.1", NOW)
        stop_rule(tx, rule)
        after = writer(tx, 1, "1.1", NOW)

    assert before is not None
    assert after is None


def test_who_was_deleted_gets_no_letter(watch: Watch) -> None:
    watch.rule(watch.subscriber(), members=[GREENE])
    watch.file()
    watch.plan()
    watch.set(subscribers, address=None)

    assert letters(watch) == {}


def test_a_rule_edited_since_is_named_once_as_it_asks_now(watch: Watch) -> None:
    rule = watch.rule(watch.subscriber(), members=[GREENE])
    filing = watch.file()
    tell(watch)
    watch.edit(rule, members=[GREENE, PELOSI], name="Both")
    watch.restate(filing, a_trade(owner="SP"))

    text = tell(watch).mail.text

    assert text.count("Both") == 1
    assert "Marjorie Greene or Nancy Pelosi" in text


def test_one_writer_writes_to_many_about_the_same_filing(watch: Watch) -> None:
    for name in ("kyle", "anna"):
        watch.rule(watch.subscriber(name), members=[GREENE])
    watch.file()
    watch.plan()

    assert [letter.mail.to for letter in letters(watch).values()] == ["kyle@example.org", "anna@example.org"]


def test_a_filing_that_lost_its_news_is_left_out_of_a_digest(watch: Watch) -> None:
    kyle = watch.subscriber()
    rule = watch.rule(kyle, members=[GREENE])
    watch.rule(kyle, members=[PELOSI])
    watch.file()
    other = watch.file(by=PELOSI)
    watch.plan()
    watch.set(notices, message_id=1)
    with write_transaction(watch.engine) as tx:
        tx.execute(update(rules).where(rules.c.id == rule).values(stopped_at=NOW))

    (letter,) = letters(watch).values()

    assert list(letter.said) == watch.trade_ids(other)


def test_what_a_correction_left_out_is_told_by_the_mail_that_is_sent_again_after_it(watch: Watch) -> None:
    watch.rule(watch.subscriber(), members=[GREENE])
    sold = a_trade(row=2, ticker="MSFT", asset_name="Microsoft", transaction_type="S")
    filing = watch.file(a_trade(), sold)
    first = tell(watch)
    watch.restate(filing, a_trade(amount_min=15_001, amount_max=50_000), sold)
    correction = tell(watch)

    with write_transaction(watch.engine) as tx:
        tx.execute(update(messages).where(messages.c.id == 1).values(status="planned", attempt=1))
        drop_overtaken(tx, {1: Status.PLANNED})
    again = letters(watch)[1]

    bought_then, sold_then = watch.trade_ids(filing)
    bought_now, _ = watch.trade_ids(filing, 2)
    assert first.said == {bought_then: "new", sold_then: "new"}
    assert correction.said == {bought_now: "corrected"}
    assert again.said == {sold_then: "new"}
