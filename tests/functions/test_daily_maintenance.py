"""daily_maintenance over real HTTP: what it does among filings, and that a step that fails stops no other."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest
from sqlalchemy import update

from common.db import tables as t
from common.db.engine import write_transaction
from common.disclosures.house.client import AT_ONCE as HOUSE_AT_ONCE
from common.disclosures.house.ptr import PARSER
from common.disclosures.senate import sync as senate_sync
from common.ops.maintenance.parameters import StepName
from common.runtime.decide import lock_value
from common.runtime.lock import RedisLock
from local.standins.site import instead, status
from tests.support.queue import a_queue
from tests.support.senate import a_report
from tests.support.served import Answered, ask
from tests.support.syncing import (
    ABSENT,
    FIRST,
    OLD,
    SECOND,
    SENATE_FIRST,
    SENATE_OLD,
    SENATE_SECOND,
    Sync,
    an_entry,
    syncing,
)

LATE = an_entry(51, year=2024)
"""Listed in an index that no sync of 2026 looks at."""
NEXT_YEAR = an_entry(60, year=2026)
AT_ONCE = {"house": HOUSE_AT_ONCE, "senate": 1}
"""Chamber -> requests that are under way when the first answer comes."""
IN_2026 = datetime(2026, 6, 2, 12, 0, tzinfo=UTC)

QUIET = dict.fromkeys(get_args(StepName), "succeeded") | {"prices": "skipped"}
"""How the steps end in a night without events and without a source of prices."""


@pytest.fixture
def both(peopled_url: str, redis_url: str) -> Iterator[Sync]:
    """Lend a sync of both chambers with a complete baseline, on SQLite and on PostgreSQL in turn."""
    with syncing(peopled_url, redis_url) as lent:
        lent.chambers = ["house", "senate"]
        assert lent.baseline().status == 200
        lent.asked()
        yield lent


def steps(answer: Answered) -> dict[str, Any]:
    """Return how each step of a run stands."""
    return dict(answer.body["counts"]["steps"])


def statuses(answer: Answered) -> dict[str, str]:
    return {name: step["status"] for name, step in steps(answer).items()}


def test_a_quiet_night_takes_every_step_and_finds_nothing_to_do(both: Sync) -> None:
    before = both.rows(t.versions)

    answer = both.maintain()

    assert answer.status == 200, answer.body
    assert statuses(answer) == QUIET
    assert both.rows(t.versions) == before
    found = steps(answer)["reconcile"]["did"]
    assert [found[chamber]["indexed"] for chamber in ("house", "senate")] == [2, 2]
    assert (found["house"]["new"], found["house"]["read"]) == (0, 0)


def test_one_step_is_taken_alone(watched: Sync) -> None:
    answer = watched.maintain(step="analyze")

    assert answer.status == 200, answer.body
    assert list(steps(answer)) == ["analyze"]
    assert watched.asked() == []


def test_what_an_old_index_lists_since_is_found_read_and_told(both: Sync) -> None:
    both.now = IN_2026
    both.serve(OLD, LATE, FIRST, NEXT_YEAR)
    both.senate.reports = (SENATE_OLD, SENATE_FIRST, a_report(4, day=date(2026, 5, 5)))

    answer = both.maintain(step="reconcile")

    assert answer.status == 200, answer.body
    did = steps(answer)["reconcile"]["did"]
    assert (did["house"]["new"], did["house"]["stored"], did["house"]["indexed"]) == (2, 2, 4)
    assert did["senate"]["new"] == 1
    assert {LATE.row.doc_id, NEXT_YEAR.row.doc_id} < both.told()


def test_what_failed_is_asked_for_again_whatever_its_year(both: Sync) -> None:
    absent = an_entry(9, year=2024)
    both.serve(OLD, replace(absent, pdf=None), FIRST)
    both.tick()
    both.asked()
    both.now = IN_2026
    both.serve(OLD, absent, FIRST, NEXT_YEAR)

    answer = both.maintain()

    read = {name: steps(answer)[name]["did"]["house"]["read"] for name in ("retry", "reconcile")}
    assert read == {"retry": 1, "reconcile": 1}
    assert both.asked().count("20990009.pdf") == 1
    assert both.filings()[absent.row.doc_id].state == "parsed"
    assert absent.row.doc_id in both.told()


def test_what_could_not_be_had_is_not_asked_for_twice_in_a_night(watched: Sync) -> None:
    watched.serve(OLD, FIRST, ABSENT)

    answer = watched.maintain()
    first = watched.asked()
    watched.maintain()
    second = watched.asked()

    assert steps(answer)["reconcile"]["did"]["house"]["failed"] == 1
    assert [paths.count(f"{ABSENT.row.doc_id}.pdf") for paths in (first, second)] == [1, 1]


def test_what_another_parser_read_is_read_again_and_nobody_hears_what_stayed_the_same(kept: Sync) -> None:
    kept.serve(OLD, FIRST, SECOND)
    kept.tick()
    with write_transaction(kept.engine) as tx:
        tx.execute(update(t.versions).values(parser="yesterday's"))
        tx.execute(t.to_match.delete())
    kept.asked()

    answer = kept.maintain(step="reread")

    assert steps(answer)["reread"]["did"]["house"]["read"] == 3
    assert {(version.version, version.parser) for version in kept.rows(t.versions)} == {(1, PARSER)}
    assert (kept.asked(), kept.told()) == ([], set())


def test_a_source_that_refuses_fails_its_step_alone_and_the_next_request_takes_only_that(both: Sync) -> None:
    both.serve(OLD, FIRST, SECOND)
    both.house.arm(status(403), path="*.zip")

    answer = both.maintain()
    both.house.requests.clear()
    again = both.maintain_again()

    assert (answer.status, answer.body["status"]) == (503, "failed: transient")
    assert statuses(answer) == QUIET | {"reconcile": "failed: transient"}
    assert "403" in steps(answer)["reconcile"]["error"]
    assert steps(answer)["reconcile"]["did"]["senate"]["indexed"] == 2
    assert (again.status, statuses(again)) == (200, QUIET)
    assert [steps(again)[name] for name in QUIET if name != "reconcile"] == [
        steps(answer)[name] for name in QUIET if name != "reconcile"
    ]
    assert SECOND.row.doc_id in both.told()


def test_a_bug_over_a_broken_row_fails_its_step_alone_and_outranks_what_may_pass(watched: Sync) -> None:
    watched.serve(OLD, FIRST, ABSENT)
    watched.tick()
    broken = update(t.filings).where(t.filings.c.doc_id == ABSENT.row.doc_id)
    with write_transaction(watched.engine) as tx:
        tx.execute(broken.values(listing={"doc_id": "and nothing else"}))
    watched.house.arm(instead(b"%PDF-1.7"), path="*.pdf")
    watched.house.arm(status(403), path="*.zip")

    answer = watched.maintain()

    assert (answer.status, answer.body["status"]) == (500, "failed: bug")
    assert statuses(answer) == QUIET | {"retry": "failed: bug", "reconcile": "failed: transient"}


def test_while_a_sync_is_at_work_what_would_meet_it_waits_and_the_rest_is_done(
    watched: Sync, redis_url: str
) -> None:
    lock = RedisLock.at(redis_url)
    value = lock_value("congressional_sync-another", "process")
    lock.acquire("congressional_sync", value, 60)

    answer = watched.maintain()
    lock.release("congressional_sync", value)
    again = watched.maintain_again()

    assert (answer.status, answer.body["status"]) == (503, "failed: transient")
    waits = ("roster", "retry", "reconcile", "reread")
    assert statuses(answer) == QUIET | dict.fromkeys(waits, "failed: transient")
    assert "congressional_sync: a run of it is at work" in answer.body["error"]
    assert (again.status, statuses(again)) == (200, QUIET)


def test_before_the_baseline_filings_are_left_alone(sync: Sync) -> None:
    answer = sync.maintain()

    assert answer.status == 200, answer.body
    assert statuses(answer) == QUIET | dict.fromkeys(("retry", "reconcile", "reread"), "skipped")
    assert steps(answer)["reconcile"]["reason"] == "no baseline"
    assert sync.asked() == []


def test_prices_are_filled_by_who_knows_how_to(peopled_sqlite_url: str, redis_url: str) -> None:
    key = {"alpaca_key_id": "K", "alpaca_secret_key": "S"}
    with a_queue() as queue, syncing(peopled_sqlite_url, redis_url, dispatch_url=queue.url, **key) as sync:
        queue.status = 500
        refused = sync.maintain(step="prices")
        queue.status = 202
        answer = sync.maintain_again(step="prices")

    assert (refused.status, statuses(refused)) == (503, {"prices": "failed: transient"})
    assert steps(answer)["prices"]["did"] == {"to": "stock_prices/backfill"}
    taken = queue.taken[-1]
    assert (taken.path, taken.headers["Capitolscope-Shard"]) == ("/stock_prices", "backfill")


def test_what_was_never_read_is_left_to_reconciling(watched: Sync) -> None:
    watched.serve(OLD, FIRST, SECOND, an_entry(4))
    watched.tick(limit=1)

    retried = watched.maintain(step="retry")
    waiting = [filing.state for filing in watched.filings().values()].count("listed")
    watched.maintain(step="reconcile")

    assert retried.status == 200
    assert steps(retried)["retry"]["did"]["house"]["read"] == 0
    assert waiting == 1
    assert {filing.state for filing in watched.filings().values()} == {"parsed"}


@pytest.mark.parametrize("chamber", ["house", "senate"])
def test_a_site_that_refused_one_step_is_asked_nothing_more_by_the_same_run(
    peopled_sqlite_url: str, redis_url: str, chamber: str
) -> None:
    with syncing(peopled_sqlite_url, redis_url) as sync:
        sync.chambers = [chamber]
        sync.senate.reports = (SENATE_OLD, SENATE_FIRST, SENATE_SECOND)
        sync.serve(OLD, FIRST, SECOND)
        assert sync.baseline().status == 200
        with write_transaction(sync.engine) as tx:
            due = {"state": "failed", "transient": True, "next_attempt_at": sync.now}
            tx.execute(update(t.filings).values(due))
        site = {"house": sync.house, "senate": sync.senate}[chamber]
        site.requests.clear()
        site.arm(status(403), path="*", times=99)

        stand = steps(sync.maintain())

    assert len(site.requests) <= AT_ONCE[chamber]
    assert "403" in stand["reconcile"]["did"][chamber]["skipped"]
    assert stand["reconcile"]["status"] == {"house": "failed: transient", "senate": "succeeded"}[chamber]


def test_all_steps_of_a_run_together_ask_the_senate_no_more_than_one_run_may(
    peopled_sqlite_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_queue() as queue, syncing(peopled_sqlite_url, redis_url, dispatch_url=queue.url) as sync:
        sync.chambers = ["senate"]
        assert sync.baseline().status == 200
        with write_transaction(sync.engine) as tx:
            tx.execute(update(t.filings).values(state="failed", transient=True, next_attempt_at=sync.now))
        monkeypatch.setattr(senate_sync, "MOST_REQUESTS", 7)
        sync.senate.requests.clear()
        asked: list[int] = []

        answer = sync.maintain()
        while answer.body["status"] == "continued":
            asked.append(len(sync.senate.requests))
            sync.senate.requests.clear()
            link = queue.taken[-1]
            answer = ask(sync.port, link.body, link.headers, path=link.path, timeout=60)

    assert asked == [7]
    assert statuses(answer) == QUIET


def test_retrying_says_nothing_of_how_the_indexes_answer(watched: Sync) -> None:
    watched.house.arm(status(403), path="*.zip")
    watched.tick()

    watched.maintain(step="retry")

    faults = {row.source: row.fault for row in watched.rows(t.sources)}
    assert "403" in faults["house"]
