"""All that waits is planned: beside others who change the same rows, and despite a bug about one filing."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from common.alerts.explain import explain
from common.alerts.planning.plan import Planned
from common.alerts.planning.plan_all import plan_all
from common.alerts.subscriptions.rules import edit_rule, save_rule
from common.alerts.subscriptions.subscribers import confirm
from common.db.alert_tables import messages
from common.db.engine import make_engine, write_transaction
from common.db.tables import findings, to_match
from common.errors import DependencyDown
from common.runtime.stops import Terminated
from tests.support.alerts import GREENE, PELOSI, Watch, a_draft, poison
from tests.support.contended import a_run
from tests.support.settings import some_settings
from tests.support.trades import a_trade


@pytest.fixture
def watch(engine: Engine) -> Watch:
    return Watch(engine)


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Watch]:
    engine = make_engine(some_settings(database_url=postgresql_url))
    yield Watch(engine)
    engine.dispose()


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Watch]:
    engine = make_engine(some_settings(database_url=sqlite_url))
    yield Watch(engine)
    engine.dispose()


def test_planning_of_several_batches_says_how_far_it_is(sqlite: Watch) -> None:
    seen: list[tuple[int, int]] = []
    run = replace(a_run(sqlite.engine), report=lambda done, total: seen.append((done, total)))
    for _ in range(5):
        sqlite.file()

    plan_all(run, limit=2)

    assert seen == [(2, 5), (4, 5)]


def test_planning_that_was_overtaken_begins_again_from_what_is_there_now(postgresql: Watch) -> None:
    watch = postgresql
    kyle = watch.subscriber()
    watch.rule(kyle, members=[GREENE])
    filing = watch.file()
    watch.plan()
    watch.restate(filing, a_trade(owner="SP"))

    paused: list[float] = []
    run = a_run(watch.engine, meanwhile=[lambda: watch.send(1, status="sending")])

    planned, _ = plan_all(run, sleep=paused.append)

    assert planned == Planned(filings=1, matches=1, notices=1, messages=1)
    assert len(paused) == 1
    assert watch.mails() == [
        (kyle, f"f/{filing}/1", "alert", "sending"),
        (kyle, f"f/{filing}/2", "correction", "planned"),
    ]


def test_planning_gives_up_when_it_is_overtaken_again_and_again(postgresql: Watch) -> None:
    watch = postgresql
    watch.rule(watch.subscriber(), members=[GREENE])
    filing = watch.file()
    watch.plan()
    watch.restate(filing, a_trade(owner="SP"))

    def touch() -> None:
        watch.set(messages, detail="changed")

    paused: list[float] = []
    with pytest.raises(DependencyDown, match="overtaken by other writers 5 times"):
        plan_all(a_run(watch.engine, meanwhile=[touch] * 5), sleep=paused.append)

    assert len(watch.rows(to_match)) == 1
    assert [pause <= most for pause, most in zip(paused, (0.1, 0.2, 0.4, 0.8), strict=True)] == [True] * 4


def test_a_run_that_is_told_to_stop_while_planning_waits_for_others_stops(postgresql: Watch) -> None:
    watch = postgresql
    watch.rule(watch.subscriber(), members=[GREENE])
    filing = watch.file()
    watch.plan()
    watch.restate(filing, a_trade(owner="SP"))
    told_to_stop: list[float] = []

    def stop_if_asked() -> None:
        if told_to_stop:
            raise Terminated

    run = a_run(watch.engine, meanwhile=[lambda: watch.set(messages, detail="changed")])
    with pytest.raises(Terminated):
        plan_all(replace(run, stop_if_asked=stop_if_asked), sleep=told_to_stop.append)

    assert len(watch.rows(to_match)) == 1


def test_planning_waits_for_a_rule_that_took_effect_before_what_it_plans_and_is_still_being_saved(
    postgresql: Watch,
) -> None:
    watch = postgresql
    kyle = watch.subscriber()
    with ExitStack() as saving:
        tx = saving.enter_context(write_transaction(watch.engine))
        save_rule(tx, kyle, a_draft(members=[GREENE]))
        filing = watch.file()

        plan_all(a_run(watch.engine), sleep=lambda _: saving.close())

    assert watch.mails() == [(kyle, f"f/{filing}/1", "alert", "planned")]


def test_planning_waits_for_a_confirmation_and_for_an_edit_as_well(postgresql: Watch) -> None:
    watch = postgresql
    kyle, anna = watch.subscriber(confirmed=False), watch.subscriber("anna")
    watch.rule(kyle, members=[GREENE])
    edited = watch.rule(anna, members=[PELOSI])
    with ExitStack() as saving:
        tx = saving.enter_context(write_transaction(watch.engine))
        confirm(tx, kyle, wording="Send me mail.")
        edit_rule(tx, edited, a_draft(members=[GREENE]))
        watch.file()

        plan_all(a_run(watch.engine), sleep=lambda _: saving.close())

    assert [who for who, *_ in watch.mails()] == [kyle, anna]


def test_a_rule_that_takes_too_long_to_save_holds_up_no_mail(postgresql: Watch) -> None:
    watch = postgresql
    kyle, anna = watch.subscriber(), watch.subscriber("anna")
    watch.rule(anna, members=[GREENE])
    paused: list[float] = []
    with write_transaction(watch.engine) as tx:
        save_rule(tx, kyle, a_draft(members=[GREENE]))
        filing = watch.file()

        plan_all(a_run(watch.engine), sleep=paused.append)

    assert watch.mails() == [(anna, f"f/{filing}/1", "alert", "planned")]
    assert sum(paused) == pytest.approx(5)
    with watch.engine.connect() as connection:
        (decision,) = explain(connection, kyle, "20090001")
    assert decision.verdict.endswith("or its rule was still being saved when it was planned")


def test_everything_that_waits_is_planned_batch_by_batch(watch: Watch) -> None:
    watch.rule(watch.subscriber(), members=[GREENE])
    for _ in range(3):
        watch.file()

    planned, bugs = plan_all(a_run(watch.engine), limit=2)

    assert (planned, bugs) == (Planned(filings=3, matches=3, notices=3, messages=3), [])


def test_a_bug_about_one_filing_holds_up_no_other_and_is_handed_to_the_caller(sqlite: Watch) -> None:
    sqlite.rule(sqlite.subscriber(), members=[GREENE])
    filings = [sqlite.file() for _ in range(20)]
    poison(sqlite.engine, filings[3])

    planned, bugs = plan_all(a_run(sqlite.engine))

    assert planned == Planned(filings=19, matches=19, notices=19, messages=10)
    assert ["a bug" in str(bug) for bug in bugs] == [True]
    assert [row.filing_id for row in sqlite.rows(to_match)] == [filings[3]]
    assert [(row.rule, row.subject) for row in sqlite.rows(findings)] == [("not_planned", "20090004")]


def test_what_a_bug_held_up_is_planned_once_the_bug_is_gone(sqlite: Watch) -> None:
    kyle = sqlite.subscriber()
    sqlite.rule(kyle, members=[GREENE])
    filing = sqlite.file()
    poison(sqlite.engine, filing)
    held_up, _ = plan_all(a_run(sqlite.engine))
    with write_transaction(sqlite.engine) as tx:
        (why,) = explain(tx, kyle, "20090001")
        tx.execute(text("DROP TRIGGER poison"))

    planned, bugs = plan_all(a_run(sqlite.engine))

    assert (held_up, "planning fails: IntegrityError" in why.verdict) == (Planned(), True)
    assert sqlite.rows(findings) == []
    assert (planned, bugs) == (Planned(filings=1, matches=1, notices=1, messages=1), [])
