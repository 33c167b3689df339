"""Notices that wait go into digests, on every database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, update

from common.alerts.planning.digest import Gathered, gather_all, gather_digests, gather_storms, slots
from common.alerts.subscriptions.criteria import Frequency
from common.db.alert_tables import messages, notices
from common.db.dialect import database_now
from common.db.engine import write_transaction
from tests.support.alerts import GREENE, PELOSI, Watch
from tests.support.contended import a_run

ZONE = "America/New_York"


@pytest.fixture
def watch(engine: Engine) -> Watch:
    return Watch(engine)


@pytest.fixture
def now(watch: Watch) -> datetime:
    with watch.engine.connect() as connection:
        return database_now(connection)


def wait_since(watch: Watch, moment: datetime) -> None:
    watch.set(notices, planned_at=moment)


def gather(watch: Watch, zone: str = ZONE, *, after: int = 0) -> tuple[int, int | None]:
    with write_transaction(watch.engine) as tx:
        return gather_digests(tx, zone, after=after)


def before_eight(now: datetime, frequency: Frequency = Frequency.DAILY) -> datetime:
    return slots(now, ZONE).moments[frequency] - timedelta(minutes=1)


def day(now: datetime) -> date:
    return slots(now, ZONE).day


def test_notices_that_waited_at_eight_go_into_one_digest(watch: Watch, now: datetime) -> None:
    kyle, anna = watch.subscriber(), watch.subscriber("anna", zone="Asia/Tokyo")
    watch.rule(kyle, chamber="house", frequency="daily")
    watch.rule(anna, chamber="house", frequency="daily")
    watch.file()
    watch.file(by=PELOSI)
    watch.plan()
    wait_since(watch, before_eight(now))

    made = gather(watch)

    assert made == (1, None)
    assert watch.mails() == [(kyle, f"d/{day(now)}", "daily digest", "planned")]
    assert [(row.subscriber_id, row.message_id) for row in watch.rows(notices)] == [
        (kyle, 1),
        (kyle, 1),
        (anna, None),
        (anna, None),
    ]


def test_what_was_planned_since_eight_waits_and_an_empty_digest_is_not_made(watch: Watch) -> None:
    watch.rule(watch.subscriber(), chamber="house", frequency="daily")
    watch.file()
    watch.plan()

    assert gather(watch) == (0, None)
    assert watch.mails() == []


def test_weekly_notices_wait_for_monday_and_join_a_daily_digest_of_that_day(
    watch: Watch, now: datetime
) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, members=[GREENE], frequency="daily")
    watch.rule(kyle, members=[PELOSI], frequency="weekly")
    watch.file()
    watch.file(by=PELOSI)
    watch.plan()
    wait_since(watch, before_eight(now, Frequency.WEEKLY))

    gather(watch)

    assert watch.mails() == [(kyle, f"d/{day(now)}", "daily digest", "planned")]
    assert {row.message_id for row in watch.rows(notices)} == {1}


def test_a_weekly_digest_says_that_it_is_one(watch: Watch, now: datetime) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, members=[GREENE], frequency="weekly")
    watch.file()
    watch.plan()
    wait_since(watch, before_eight(now, Frequency.WEEKLY))

    gather(watch)

    assert watch.mails() == [(kyle, f"d/{day(now)}", "weekly digest", "planned")]


def test_an_unsent_digest_is_extended_and_re_dated(watch: Watch, now: datetime) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, chamber="house", frequency="daily")
    watch.file()
    watch.plan()
    wait_since(watch, before_eight(now) - timedelta(days=2))
    gather(watch)
    watch.set(messages, key=f"d/{day(now) - timedelta(days=2)}", status="claimed", claim_token="mine")
    watch.file(by=PELOSI)
    watch.plan()
    wait_since(watch, before_eight(now))

    made = gather(watch)

    assert made == (1, None)
    assert watch.mails() == [(kyle, f"d/{day(now)}", "daily digest", "planned")]
    assert watch.rows(messages)[0].claim_token is None
    assert {row.message_id for row in watch.rows(notices)} == {1}


@pytest.mark.parametrize(
    ("days", "hours", "made"),
    [(1, 11, 0), (0, 20, 0), (1, 13, 1)],
    ids=["within 12 hours of the last", "the same day again", "the next day"],
)
def test_a_second_digest_keeps_its_distance(
    watch: Watch, now: datetime, days: int, hours: int, made: int
) -> None:
    watch.rule(watch.subscriber(), chamber="house", frequency="daily")
    watch.file()
    watch.plan()
    wait_since(watch, before_eight(now))
    gather(watch)
    watch.set(
        messages,
        key=f"d/{day(now) - timedelta(days=days)}",
        status="accepted",
        sending_at=now - timedelta(hours=hours),
    )
    watch.file(by=PELOSI)
    watch.plan()
    wait_since(watch, before_eight(now))

    assert gather(watch)[0] == made


def test_of_two_unsent_digests_the_later_is_extended(watch: Watch, now: datetime) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, chamber="house", frequency="daily")
    keys = [f"d/{day(now) - timedelta(days=1)}", f"d/{day(now)}"]
    unsent = {"subscriber_id": kyle, "channel": "email", "kind": "daily digest", "status": "planned"}
    moments = {"attempt": 0, "next_attempt_at": now, "planned_at": now}
    with write_transaction(watch.engine) as tx:
        for key in keys:
            tx.execute(insert(messages).values(unsent | moments | {"key": key}))
        tx.execute(update(messages).where(messages.c.key == keys[0]).values(detail="tried again"))
    watch.file()
    watch.plan()
    wait_since(watch, before_eight(now))

    gather(watch)

    assert [row.message_id for row in watch.rows(notices)] == [2]


def test_gathering_goes_on_where_it_stopped(watch: Watch, now: datetime) -> None:
    people = [watch.subscriber(name) for name in ("kyle", "anna", "otto")]
    for who in people:
        watch.rule(who, chamber="house", frequency="daily")
    watch.file()
    watch.plan()
    wait_since(watch, before_eight(now))

    assert gather(watch, after=people[0]) == (2, None)


def test_what_went_over_the_limit_of_an_hour_is_one_mail_in_the_next(watch: Watch, now: datetime) -> None:
    kyle, anna = watch.subscriber(), watch.subscriber("anna")
    watch.rule(kyle, chamber="house")
    watch.rule(anna, chamber="house")
    for _ in range(3):
        watch.file()
    watch.plan(storm=1)
    this_hour = storms(watch)
    wait_since(watch, now - timedelta(hours=1))

    made = storms(watch)

    assert (this_hour, made, storms(watch)) == (0, 2, 0)
    key = f"s/{now.replace(tzinfo=UTC):%Y-%m-%dT%H}"
    assert watch.mails()[2:] == [(who, key, "storm digest", "planned") for who in (kyle, anna)]
    assert all(row.message_id for row in watch.rows(notices))


def test_a_second_storm_of_an_hour_waits_for_the_next(watch: Watch, now: datetime) -> None:
    watch.rule(watch.subscriber(), chamber="house")
    watch.file()
    watch.plan(storm=0)
    wait_since(watch, now - timedelta(hours=1))
    storms(watch)
    watch.set(messages, status="accepted")
    watch.file()
    watch.plan(storm=0)
    wait_since(watch, now - timedelta(hours=1))

    assert storms(watch) == 0
    assert [row.message_id for row in watch.rows(notices)] == [1, None]


def storms(watch: Watch) -> int:
    with write_transaction(watch.engine) as tx:
        return gather_storms(tx)


def test_everything_that_is_due_is_gathered_zone_by_zone(watch: Watch, now: datetime) -> None:
    people = [
        watch.subscriber("kyle"),
        watch.subscriber("anna", zone="Asia/Tokyo"),
        watch.subscriber("otto", zone="Europe/Berlin"),
    ]
    for who in people:
        watch.rule(who, chamber="house", frequency="daily")
    watch.rule(people[2], tickers=["NVDA"])
    watch.file()
    watch.plan(storm=0)
    wait_since(watch, now - timedelta(days=2))

    gathered = gather_all(a_run(watch.engine))

    assert gathered == Gathered(digests=2, storms=1)
    assert sorted((who, kind) for who, _, kind, _ in watch.mails()) == [
        (people[0], "daily digest"),
        (people[1], "daily digest"),
        (people[2], "storm digest"),
    ]
