"""From a filing at the House to a mail at the provider: both functions over real HTTP, real Redis, both databases."""

import pytest
from sqlalchemy import insert

from common.alerts.subscriptions.criteria import Frequency
from common.alerts.subscriptions.subscribers import subscribe
from common.db import alert_tables as a
from common.db import tables as t
from common.db.engine import write_transaction
from tests.support.alerts import poison
from tests.support.office import (
    GREENE,
    GREENE_FILES,
    MARK_GREEN_FILES,
    MRS_GREENE_FILES,
    SENDING,
    Office,
    an_office,
)
from tests.support.queue import a_queue
from tests.support.served import ask
from tests.support.syncing import FIRST, OLD, SECOND, syncing


def test_kyle_hears_of_greene_and_of_nobody_who_is_called_like_her(office: Office) -> None:
    office.follow("kyle@example.org", "Greene", members=[GREENE])
    office.sync.serve(OLD, FIRST, SECOND, GREENE_FILES, MRS_GREENE_FILES, MARK_GREEN_FILES)

    office.sync.tick()

    assert office.subjects() == [("kyle@example.org", "Greene (R-GA) bought NVDA, $1,001-$15,000")] * 2


def test_a_sync_that_stored_nothing_new_tells_nobody_again(office: Office) -> None:
    office.follow("kyle@example.org", "Greene", members=[GREENE])
    office.sync.serve(OLD, FIRST, GREENE_FILES)

    office.sync.tick()
    office.sync.tick()
    answer = office.notify()

    assert answer.status == 200
    assert len(office.provider.taken) == 1


def test_three_rules_that_match_one_trade_are_three_reasons_in_one_mail(office: Office) -> None:
    office.follow("kyle@example.org", "her", "again", "once more", members=[GREENE])
    office.sync.serve(OLD, FIRST, GREENE_FILES)

    office.sync.tick()

    (mail,) = office.provider.taken
    text = office.text(mail)
    assert all(name in text for name in ("her", "again", "once more"))


def test_an_immediate_and_a_daily_rule_on_one_filing_are_one_immediate_mail(office: Office) -> None:
    office.follow("kyle@example.org", "now", members=[GREENE])
    office.follow("kyle@example.org", "later", members=[GREENE], frequency=Frequency.DAILY)
    office.sync.serve(OLD, FIRST, GREENE_FILES)

    office.sync.tick()

    assert len(office.subjects()) == 1
    assert [row.message_id is not None for row in office.sync.rows(a.notices)] == [True]


def test_without_a_postal_address_nothing_is_planned_and_the_run_says_what_to_set(
    peopled_sqlite_url: str, redis_url: str
) -> None:
    lacking = {name: value for name, value in SENDING.items() if name != "postal_address"}
    with syncing(peopled_sqlite_url, redis_url, **lacking) as sync:
        answer = ask(sync.port, path="/notifications")

        assert answer.status == 500
        assert "POSTAL_ADDRESS" in answer.body["error"]


def test_a_sync_whose_hand_over_fails_succeeds_and_the_next_half_hour_tells(
    peopled_sqlite_url: str, redis_url: str
) -> None:
    with an_office(peopled_sqlite_url, redis_url, dispatch_url="http://127.0.0.1:9") as office:
        office.follow("kyle@example.org", "Greene", members=[GREENE])
        office.sync.serve(OLD, FIRST, GREENE_FILES)

        synced = office.sync.tick()
        told_at_once = len(office.provider.taken)
        office.notify()

        assert (synced.status, told_at_once, len(office.provider.taken)) == (200, 0, 1)


def test_a_run_that_meets_a_bug_about_one_filing_sends_everything_else_and_fails(
    peopled_sqlite_url: str, redis_url: str
) -> None:
    with an_office(peopled_sqlite_url, redis_url, dispatch_url="http://127.0.0.1:9") as office:
        office.follow("kyle@example.org", "Greene", members=[GREENE])
        office.follow("ann@example.org", "all", chamber="house")
        office.sync.serve(OLD, FIRST, SECOND, GREENE_FILES)
        office.sync.tick()
        poison(office.sync.engine, office.sync.filings()[GREENE_FILES.row.doc_id].id)

        answer = office.notify()

        assert (answer.status, "a bug" in answer.body["error"]) == (500, True)
        assert [mail.to for mail in office.provider.taken] == ["ann@example.org"]


def test_a_shard_only_sends(peopled_sqlite_url: str, redis_url: str) -> None:
    with an_office(peopled_sqlite_url, redis_url, dispatch_url="http://127.0.0.1:9") as office:
        office.follow("kyle@example.org", "Greene", members=[GREENE])
        office.sync.serve(OLD, FIRST, GREENE_FILES)
        office.sync.tick()

        answer = office.notify(shard="drain-1")

        assert answer.body["counts"]["planned"]["filings"] == 0
        assert len(office.sync.rows(t.to_match)) == 1


def test_more_than_one_runs_worth_goes_to_drains_of_their_own(
    peopled_postgresql_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.alerts.notify.ONE_RUN", 5)
    with a_queue() as queue, an_office(peopled_postgresql_url, redis_url, dispatch_url=queue.url) as office:
        _crowd(office, 14)

        answer = office.notify()

        shards = [taken.headers["Capitolscope-Shard"] for taken in queue.taken]
        assert (answer.body["counts"]["shards"], shards) == (2, ["drain-1", "drain-2"])


def _crowd(office: Office, size: int) -> None:
    """Let SIZE mails wait to be sent."""
    now = office.sync.now
    waiting = {
        "channel": "email",
        "kind": "alert",
        "status": "planned",
        "next_attempt_at": now,
        "planned_at": now,
    }
    with write_transaction(office.sync.engine) as tx:
        kyle = subscribe(tx, "kyle@example.org", "America/New_York").id
        mails = [{**waiting, "subscriber_id": kyle, "key": f"f/{n}/1"} for n in range(size)]
        tx.execute(insert(a.messages), mails)
