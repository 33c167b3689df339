"""An hour of the laptop's cloud, with every fault; and what its checker says when something is planted."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Engine, create_engine, delete, update
from sqlalchemy.pool import NullPool

from common.db.tables import fences, task_runs
from common.runtime.history_sql import SqlHistory
from common.runtime.records import Kind, RunRecord
from local.cloud.__main__ import Simulated, judge, simulate
from local.cloud.calls import Fault
from local.cloud.check import Wrong, check
from local.cloud.cloud import Wish
from local.cloud.evidence import Evidence, gather
from local.cloud.pages import read_mails

BEGINS = datetime(2026, 2, 2, 13, 50, tzinfo=UTC)
ENDS = datetime(2026, 2, 2, 15, 1, tzinfo=UTC)
"""All that a weekday has but daily_maintenance: New York's exchange opens in it, at 14:30 UTC."""
GREENES = "20990101"  # her report, which arrives before the sync at 15:00 UTC


@dataclass(frozen=True)
class Lived:
    """A simulation that is over, and what it left."""

    done: Simulated
    folder: Path
    printed: Console


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    folder = tmp_path_factory.mktemp("simulated")
    screen = Console(file=StringIO(), width=150)
    done = simulate(screen, Wish(folder=folder, contact="tests@example.org"), BEGINS, ENDS, faults=True)
    return Lived(done, folder, screen)


@pytest.fixture
def seen(lived: Lived) -> Evidence:
    return lived.done.seen


def found(lived: Lived, seen: Evidence) -> list[tuple[Wrong, str]]:
    return [(finding.wrong, finding.which) for finding in check(lived.done.expected, seen)]


def of_task(seen: Evidence, task: str, kind: Kind = Kind.SCHEDULED) -> list[RunRecord]:
    """Return TASK's runs that worked, oldest first."""
    chosen = [one for one in seen.records if one.task == task and one.kind is kind and one.started_at]
    return sorted(chosen, key=lambda one: one.fence or 0)


def changed(seen: Evidence, record: RunRecord, **fields: object) -> Evidence:
    """Return what would have been SEEN if RECORD were otherwise."""
    records = tuple(replace(one, **fields) if one == record else one for one in seen.records)  # type: ignore[arg-type]
    return replace(seen, records=records)


def test_every_fault_was_met(lived: Lived) -> None:
    assert set(lived.done.plan.faults) == set(Fault)
    assert len(lived.done.plan.ticks) == 17


def test_each_tick_ran_once_whatever_went_wrong_with_its_delivery(lived: Lived) -> None:
    status = judge(lived.printed, lived.done)

    assert check(lived.done.expected, lived.done.seen) == []
    assert status == 0


def test_ticks_outside_a_session_are_skipped_for_that_reason(lived: Lived, seen: Evidence) -> None:
    prices = [one for one in seen.records if one.task == "stock_prices" and one.kind is Kind.SCHEDULED]

    reasons = {one.due.strftime("%H:%M"): one.reason for one in prices if one.due}
    assert reasons == {
        "14:00": "market closed",
        "14:15": "market closed",
        "14:30": None,
        "14:45": None,
        "15:00": None,
    }


def test_what_a_sync_stores_is_mailed_at_once_in_the_simulations_time(lived: Lived) -> None:
    mails = list(read_mails(lived.folder / "mail"))

    assert {mail.to for mail in mails} >= {"kyle@example.com"}
    assert all(BEGINS <= mail.sent <= ENDS + timedelta(minutes=5) for mail in mails)


def test_work_was_handed_over_to_notifications(seen: Evidence) -> None:
    assert of_task(seen, "notifications", Kind.HANDOVER) != []


def test_health_found_nothing_wrong(seen: Evidence) -> None:
    checks = of_task(seen, "health_check")

    assert [one.run_id for one in checks if not one.counts["healthy"]] == []


def test_it_prints_how_often_each_task_ran(lived: Lived) -> None:
    screen = Console(file=StringIO(), width=150)

    judge(screen, lived.done)

    assert isinstance(screen.file, StringIO)
    lines = {
        line.split()[0]: line.split()[1:] for line in screen.file.getvalue().splitlines() if line.strip()
    }
    assert lines["stock_prices"][:5] == ["5", "3", "2", "market", "closed"]
    assert lines["17"][:1] == ["ticks"]
    assert lines["Each"][:4] == ["tick", "ran", "exactly", "once"]


# What the checker says when something is planted where it reads: in the database and in the logs.


@dataclass(frozen=True)
class Left:
    """A copy of what the simulation left."""

    lived: Lived
    engine: Engine
    folder: Path

    def found(self) -> list[tuple[Wrong, str]]:
        return found(self.lived, gather(self.engine, lambda: ENDS, self.folder))


@pytest.fixture
def left(lived: Lived, tmp_path: Path) -> Iterator[Left]:
    for file in lived.folder.glob("capitolscope.db*"):
        shutil.copy(file, tmp_path)
    for kept in ("logs", "mail"):
        shutil.copytree(lived.folder / kept, tmp_path / kept)
    engine = create_engine(f"sqlite:///{tmp_path / 'capitolscope.db'}", poolclass=NullPool)
    yield Left(lived, engine, tmp_path)
    engine.dispose()


def test_what_was_left_is_right(left: Left) -> None:
    assert left.found() == []


def test_a_record_that_is_gone_from_history_is_a_gap(left: Left, seen: Evidence) -> None:
    gone = of_task(seen, "health_check")[5].run_id
    with left.engine.begin() as connection:
        connection.execute(delete(task_runs).where(task_runs.c.run_id == gone))

    assert left.found() == [(Wrong.GAP, gone)]


def test_a_record_that_was_slipped_into_history_is_a_stranger(left: Left, seen: Evidence) -> None:
    tick = of_task(seen, "health_check")[5]
    SqlHistory(left.engine).create(replace(tick, run_id="health_check-20260202T130500Z"))

    assert left.found() == [(Wrong.STRANGER, "health_check-20260202T130500Z")]


def test_a_fence_that_fell_back_is_an_overlap(left: Left, seen: Evidence) -> None:
    last = of_task(seen, "stock_prices")[-1].run_id
    with left.engine.begin() as connection:
        connection.execute(update(fences).where(fences.c.scope == "stock_prices").values(token=1))

    assert left.found() == [(Wrong.OVERLAP, last)]


def test_work_that_a_function_logged_twice_is_a_duplicate(left: Left) -> None:
    log = left.folder / "logs" / "stock_prices.jsonl"
    ended = next(
        line for line in log.read_text().splitlines() if '"task.finished"' in line and "succeeded" in line
    )
    log.write_text(f"{log.read_text()}{ended}\n")

    assert [wrong for wrong, _ in left.found()] == [Wrong.DUPLICATE]


def test_a_mail_that_left_a_second_time_is_a_duplicate(left: Left) -> None:
    mail = left.folder / "mail" / "1.1.eml"
    shutil.copy(mail, mail.with_name("1.2.eml"))

    assert left.found() == [(Wrong.DUPLICATE, GREENES)]


def test_a_filing_of_which_no_mail_tells_is_found(left: Left) -> None:
    (left.folder / "mail" / "1.1.eml").unlink()

    assert left.found() == [(Wrong.NO_MAIL, GREENES)]
