"""Subscribers and their rules, on every database."""

from datetime import date

import pytest
from sqlalchemy import Engine

from common.alerts.subscriptions.criteria import Frequency
from common.alerts.subscriptions.preview import Preview, preview
from common.alerts.subscriptions.rules import edit_rule, names_of, revisions_of, save_rule
from common.alerts.subscriptions.stop import Stopped, stop_rule
from common.alerts.subscriptions.subscribers import confirm, move, subscribe
from common.db.alert_tables import (
    consents,
    messages,
    notices,
    rule_members,
    rule_revisions,
    rules,
    subscribers,
)
from common.db.engine import write_transaction
from common.errors import InvalidRequest
from tests.support.alerts import GREEN, GREENE, PELOSI, SCAN, Watch, a_draft, some_criteria
from tests.support.trades import a_trade


@pytest.fixture
def watch(engine: Engine) -> Watch:
    return Watch(engine)


def stop(watch: Watch, rule_id: int) -> Stopped:
    with write_transaction(watch.engine) as tx:
        return stop_rule(tx, rule_id)


# ---- who


def test_an_address_is_kept_once_in_lower_case_and_unconfirmed(watch: Watch) -> None:
    with write_transaction(watch.engine) as tx:
        first = subscribe(tx, " Kyle@Example.ORG ", "America/New_York")
        second = subscribe(tx, "kyle@example.org", "Europe/Berlin")

    assert first == second
    assert (first.address, first.zone, first.confirmed_at) == ("kyle@example.org", "America/New_York", None)


def test_agreeing_is_recorded_with_its_time_and_wording_each_time(watch: Watch) -> None:
    kyle = watch.subscriber(confirmed=False)

    for wording in ("Send me mail.", "Send me mail again."):
        with write_transaction(watch.engine) as tx:
            confirm(tx, kyle, wording=wording)

    (who,) = watch.rows(subscribers)
    first, second = watch.rows(consents)
    assert (first.wording, second.wording) == ("Send me mail.", "Send me mail again.")
    assert who.confirmed_at == first.given_at <= second.given_at


def test_who_was_deleted_cannot_agree(watch: Watch) -> None:
    with (
        pytest.raises(InvalidRequest, match="subscriber: this subscription was deleted"),
        write_transaction(watch.engine) as tx,
    ):
        confirm(tx, 99, wording="Send me mail.")


@pytest.mark.parametrize(
    "address", ["", "kyle", "kyle@example", "a b@example.org", "x" * 250 + "@example.org"]
)
def test_what_is_no_address_is_refused(watch: Watch, address: str) -> None:
    with pytest.raises(InvalidRequest, match="address:"), write_transaction(watch.engine) as tx:
        subscribe(tx, address, "UTC")


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "America"])
def test_what_is_no_zone_is_refused(watch: Watch, zone: str) -> None:
    kyle = watch.subscriber()

    with pytest.raises(InvalidRequest, match="zone:"), write_transaction(watch.engine) as tx:
        move(tx, kyle, zone)


def test_a_subscriber_can_move(watch: Watch) -> None:
    kyle = watch.subscriber()

    with write_transaction(watch.engine) as tx:
        move(tx, kyle, "Asia/Tokyo")

    assert [who.zone for who in watch.rows(subscribers)] == ["Asia/Tokyo"]


# ---- rules


def test_an_edit_makes_a_revision_and_ends_the_one_before(watch: Watch) -> None:
    kyle = watch.subscriber()
    rule = watch.rule(kyle, members=[GREENE], tickers=["BRK.B"])

    watch.edit(
        rule,
        frequency="daily",
        name="  Another   name ",
        amount_mode="at_least",
        amount=50_001,
        filed_late=True,
    )

    with watch.engine.connect() as connection:
        first, second = revisions_of(connection, [kyle])[kyle]
    assert first.criteria == some_criteria(members=[GREENE], tickers=["BRK-B"])
    assert second.criteria == some_criteria(amount_mode="at_least", amount=50_001, filed_late=True)
    assert (second.name, second.frequency, second.number) == ("Another name", Frequency.DAILY, 2)
    assert first.effective_until == second.effective_from
    assert (second.effective_until, second.stopped_at) == (None, None)


@pytest.mark.parametrize(
    ("field", "asks"),
    [
        ("members", {"members": [GREENE, "X000001"]}),
        ("party", {"party": "Whig"}),
        ("name", {"name": " ", "side": "buy"}),
    ],
)
def test_a_rule_that_cannot_be_is_refused_by_the_name_of_its_field(
    watch: Watch, field: str, asks: dict[str, object]
) -> None:
    kyle = watch.subscriber()

    with pytest.raises(InvalidRequest) as refused:
        watch.rule(kyle, **asks)  # type: ignore[arg-type] # as a form would

    assert refused.value.field == field
    assert watch.rows(rules) == watch.rows(rule_revisions) == watch.rows(rule_members) == []


def test_a_rule_on_a_member_who_left_says_so(watch: Watch) -> None:
    kyle = watch.subscriber()

    with write_transaction(watch.engine) as tx:
        saved = save_rule(tx, kyle, a_draft(members=[GREENE, GREEN]))

    (remark,) = saved.remarks
    assert remark.startswith("Mark Green has left office: the last term we know of ended on Feb 1, 2025.")


def test_a_stopped_rule_cannot_be_edited_or_stopped_again(watch: Watch) -> None:
    rule = watch.rule(watch.subscriber(), members=[GREENE])
    stop(watch, rule)

    with (
        pytest.raises(InvalidRequest, match="rule: this rule was stopped"),
        write_transaction(watch.engine) as tx,
    ):
        edit_rule(tx, rule, a_draft(members=[PELOSI]))
    with pytest.raises(InvalidRequest, match="rule:"):
        stop(watch, rule)


def test_names_are_those_of_the_roster(watch: Watch) -> None:
    with watch.engine.connect() as connection:
        assert names_of(connection, {GREENE, "X000001"}) == {GREENE: "Marjorie Greene"}


# ---- stopping


def test_stopping_a_rule_cancels_what_only_it_asked_for(watch: Watch) -> None:
    kyle = watch.subscriber()
    rule = watch.rule(kyle, members=[GREENE])
    watch.rule(kyle, members=[PELOSI])
    filing, other = watch.file(), watch.file(by=PELOSI)
    watch.plan()
    watch.set(messages, status="claimed", claim_token="mine")

    stopped = stop(watch, rule)

    assert stopped == Stopped(notices=1, messages=1)
    assert watch.mails() == [
        (kyle, f"f/{filing}/1", "alert", "cancelled"),
        (kyle, f"f/{other}/1", "alert", "claimed"),
    ]
    assert [row.claim_token for row in watch.rows(messages)] == [None, "mine"]


def test_a_mail_that_another_rule_holds_is_rendered_again(watch: Watch) -> None:
    kyle = watch.subscriber()
    rule = watch.rule(kyle, members=[GREENE])
    watch.rule(kyle, tickers=["NVDA"])
    filing = watch.file(a_trade(), a_trade(row=2, ticker="MSFT"))
    watch.plan()
    watch.set(messages, status="claimed", claim_token="mine")

    stopped = stop(watch, rule)

    assert stopped == Stopped(notices=0, messages=0)
    assert watch.mails() == [(kyle, f"f/{filing}/1", "alert", "planned")]
    assert watch.rows(messages)[0].claim_token is None


def test_a_notice_that_a_slower_rule_holds_waits_for_its_digest(watch: Watch) -> None:
    kyle = watch.subscriber()
    rule = watch.rule(kyle, members=[GREENE])
    watch.rule(kyle, tickers=["NVDA"], frequency="weekly")
    filing = watch.file()
    watch.plan()

    stopped = stop(watch, rule)

    assert stopped == Stopped(notices=0, messages=1)
    assert watch.noticed() == [(kyle, filing, 1, "weekly")]
    assert [row.message_id for row in watch.rows(notices)] == [None]


def test_a_mail_that_is_leaving_stays_and_a_notice_for_a_digest_goes(watch: Watch) -> None:
    kyle = watch.subscriber()
    rule = watch.rule(kyle, members=[GREENE])
    filing = watch.file()
    watch.plan()
    watch.send(1, status="sending")
    watch.edit(rule, members=[GREENE], frequency="daily")
    watch.file()
    watch.plan()

    stopped = stop(watch, rule)

    assert stopped == Stopped(notices=1, messages=0)
    assert watch.mails() == [(kyle, f"f/{filing}/1", "alert", "sending")]
    assert watch.noticed() == [(kyle, filing, 1, "immediate")]


def test_nothing_is_planned_for_a_rule_that_was_stopped_before(watch: Watch) -> None:
    rule = watch.rule(watch.subscriber(), members=[GREENE])
    watch.file()
    stop(watch, rule)

    assert watch.plan().notices == 0


# ---- preview


@pytest.mark.parametrize(("frequency", "mails"), [("immediate", 4), ("daily", 3), ("weekly", 2)])
def test_a_preview_counts_the_mails_of_the_last_year(watch: Watch, frequency: str, mails: int) -> None:
    watch.file(a_trade(), a_trade(row=2), filed=date(2025, 3, 3))
    watch.file(filed=date(2025, 3, 3), alertable=False)
    watch.file(filed=date(2025, 3, 4))
    watch.file(SCAN, filed=date(2025, 3, 10))
    watch.file(filed=date(2024, 3, 9))
    watch.file(filed=date(2025, 3, 11), by=PELOSI)

    with watch.engine.connect() as connection:
        seen = preview(
            connection, some_criteria(members=[GREENE]), Frequency(frequency), today=date(2025, 3, 12)
        )

    assert seen == Preview(filings=4, mails=mails)


def test_a_preview_matches_rows_as_planning_does(watch: Watch) -> None:
    watch.file(a_trade(ticker="BRK.B"), a_trade(row=2, transaction_type="S"))
    asks = [
        some_criteria(tickers=["BRK-B"], side="buy"),
        some_criteria(tickers=["BRK-B"], side="sell"),
        some_criteria(members=[GREENE], owner="self", amount_mode="possibly", amount=15_000),
        some_criteria(filed_late=True),
    ]

    with watch.engine.connect() as connection:
        found = [preview(connection, one, Frequency.DAILY, today=date(2025, 3, 12)).filings for one in asks]

    assert found == [1, 0, 1, 0]
