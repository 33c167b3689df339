"""From stored versions to notices and messages, on every database."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from common.alerts.planning.plan import Planned
from common.alerts.subscriptions.stop import stop_rule
from common.db.alert_tables import notices
from common.db.engine import make_engine, write_transaction
from common.db.tables import to_match, versions
from tests.support.alerts import BROKEN, GREEN, GREENE, NOW, PELOSI, SCAN, Watch
from tests.support.settings import some_settings
from tests.support.trades import a_trade


@pytest.fixture
def watch(engine: Engine) -> Watch:
    return Watch(engine)


def test_a_filing_of_a_followed_member_becomes_one_notice_in_one_mail(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, members=[GREENE])
    filing = watch.file()
    watch.file(by=GREEN)

    planned = watch.plan()

    assert planned == Planned(filings=2, matches=1, notices=1, messages=1, cancelled=0)
    assert watch.mails() == [(kyle, f"f/{filing}/1", "alert", "planned")]
    assert watch.noticed() == [(kyle, filing, 1, "immediate")]
    assert watch.rows(to_match) == []
    assert all(version.planned_at for version in watch.rows(versions))


def test_nothing_waits_nothing_happens(watch: Watch) -> None:
    watch.file()
    watch.plan()

    assert watch.plan() == Planned()


def test_three_rules_on_one_trade_make_one_mail(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, members=[GREENE])
    watch.rule(kyle, tickers=["NVDA"])
    watch.rule(kyle, side="buy", chamber="house")
    filing = watch.file()

    planned = watch.plan()

    assert planned.matches == 3
    assert watch.mails() == [(kyle, f"f/{filing}/1", "alert", "planned")]


def test_the_fastest_of_an_immediate_and_a_daily_rule_carries_the_notice(watch: Watch) -> None:
    kyle, anna = watch.subscriber(), watch.subscriber("anna")
    watch.rule(kyle, members=[GREENE], frequency="daily")
    watch.rule(kyle, tickers=["NVDA"])
    watch.rule(anna, members=[GREENE], frequency="weekly")
    watch.rule(anna, tickers=["NVDA"], frequency="daily")
    filing = watch.file()

    watch.plan()

    assert watch.noticed() == [(kyle, filing, 1, "immediate"), (anna, filing, 1, "daily")]
    assert watch.mails() == [(kyle, f"f/{filing}/1", "alert", "planned")]


@pytest.mark.parametrize("reading", [SCAN, BROKEN])
def test_a_wide_rule_hears_of_a_filing_that_could_not_be_read_and_no_other_does(
    watch: Watch, reading: object
) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, members=[GREENE])
    watch.rule(watch.subscriber("anna"), members=[GREENE], tickers=["NVDA"])
    filing = watch.file(reading)  # type: ignore[arg-type] # either of two readings

    watch.plan()

    assert watch.mails() == [(kyle, f"f/{filing}/1", "unreadable", "planned")]


def test_a_row_in_quarantine_is_news_to_a_wide_rule_alone(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, chamber="house", party="Republican", state="GA")
    watch.rule(watch.subscriber("anna"), tickers=["NVDA"])
    filing = watch.file(a_trade(quarantine=("amount: odd",)))

    watch.plan()

    assert watch.mails() == [(kyle, f"f/{filing}/1", "alert", "planned")]


def test_who_has_not_confirmed_hears_nothing(watch: Watch) -> None:
    watch.rule(watch.subscriber(confirmed=False), members=[GREENE])
    watch.file()

    assert watch.plan() == Planned(filings=1)


def test_the_revision_in_force_when_a_version_was_stored_decides(watch: Watch) -> None:
    kyle = watch.subscriber()
    rule = watch.rule(kyle, members=[GREENE])
    before = watch.file()
    watch.edit(rule, members=[PELOSI])
    watch.file()
    after = watch.file(by=PELOSI)

    watch.plan()

    assert watch.noticed() == [(kyle, before, 1, "immediate"), (kyle, after, 1, "immediate")]


def test_a_rule_matches_nothing_that_was_stored_before_it(watch: Watch) -> None:
    watch.file()
    watch.rule(watch.subscriber(), members=[GREENE])

    assert watch.plan() == Planned(filings=1)


def test_a_rule_that_was_stopped_meanwhile_matches_nothing_any_more(watch: Watch) -> None:
    kyle = watch.subscriber()
    rule = watch.rule(kyle, members=[GREENE])
    watch.file()
    with write_transaction(watch.engine) as tx:
        stop_rule(tx, rule)

    assert watch.plan() == Planned(filings=1)


def test_filings_are_planned_in_the_order_in_which_they_were_first_seen_and_in_portions(watch: Watch) -> None:
    watch.rule(watch.subscriber(), members=[GREENE])
    filings = [watch.file() for _ in range(3)]

    planned = [watch.plan(limit=2), watch.plan(limit=2)]

    assert [batch.filings for batch in planned] == [2, 1]
    assert [key for _, key, _, _ in watch.mails()] == [f"f/{filing}/1" for filing in filings]


def test_each_subscribers_mails_are_in_the_order_in_which_filings_were_first_seen(watch: Watch) -> None:
    people = [watch.subscriber(name) for name in ("kyle", "anna")]
    for who in people:
        watch.rule(who, members=[GREENE])
    second, first = watch.file(first_seen=NOW + timedelta(hours=1)), watch.file(first_seen=NOW)

    watch.plan()

    assert [(who, key) for who, key, *_ in watch.mails()] == [
        (who, f"f/{filing}/1") for who in people for filing in (first, second)
    ]


def test_more_than_the_limit_of_an_hour_waits_for_its_digest(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, members=[GREENE])
    watch.rule(watch.subscriber("anna"), members=[PELOSI])
    greenes = [watch.file() for _ in range(3)]
    watch.plan(limit=1, storm=2)
    pelosis = watch.file(by=PELOSI)
    watch.plan(storm=2)

    keys = [key for _, key, _, _ in watch.mails()]

    assert keys == [f"f/{filing}/1" for filing in (*greenes[:2], pelosis)]
    assert [row.filing_id for row in watch.rows(notices) if row.message_id is None] == greenes[2:]


def test_of_several_pending_versions_only_the_newest_is_planned(watch: Watch) -> None:
    watch.rule(watch.subscriber(), members=[GREENE])
    filing = watch.file(SCAN)
    watch.restate(filing, a_trade())

    watch.plan()

    assert [key for _, key, _, _ in watch.mails()] == [f"f/{filing}/2"]
    with watch.engine.connect() as connection:
        planned = connection.scalars(select(versions.c.planned_at).order_by(versions.c.version)).all()
    assert [moment is not None for moment in planned] == [False, True]


# ---- beside others, on PostgreSQL


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Watch]:
    """Lend a watch on PostgreSQL alone: SQLite lets one writer in at a time."""
    engine = make_engine(some_settings(database_url=postgresql_url))
    yield Watch(engine)
    engine.dispose()


def test_two_syncs_that_commit_out_of_order_while_planning_runs_between_are_both_matched(
    postgresql: Watch,
) -> None:
    watch = postgresql
    kyle = watch.subscriber()
    watch.rule(kyle, members=[GREENE, PELOSI])
    first = watch.listed()
    with write_transaction(watch.engine) as tx:  # stores first, commits last
        watch.store(tx, first, a_trade())
        second = watch.file(by=PELOSI)
        between = watch.plan()

    after = watch.plan()

    assert (between.messages, after.messages) == (1, 1)
    assert watch.mails() == [
        (kyle, f"f/{second}/1", "alert", "planned"),
        (kyle, f"f/{first}/1", "alert", "planned"),
    ]
