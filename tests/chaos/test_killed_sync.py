"""congressional_sync, killed with SIGKILL again and again, against one that was left alone."""

import random
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Select, func, select

from common.db import tables as t
from common.db.engine import make_engine, read_transaction
from local.standins.filings import own_shelf
from local.standins.house import HouseStandin
from local.standins.senate import SenateStandin
from local.standins.shelf import OwnShelf
from tests.support.killable_sync import KillableSync, killable_sync
from tests.support.senate import spread_over
from tests.support.settings import some_settings
from tests.support.syncing import YEARS, an_entry

pytestmark = pytest.mark.no_cover  # the same lines over and over

KILLS = 20
SENATE_KILLS = 4  # of them
SIMPLE_FILINGS = 60  # besides one of each difficulty
SENATE_REPORTS = 24
POLL = 0.01  # seconds between two looks at the database
NEVER_THE_SAME = {"id", "filing_id", "version_id", "filer_id", "url"}
"""Numbers in order of arrival, and the stand-in's port."""


@dataclass(frozen=True)
class Sync:
    """The function in its own process, and its database."""

    function: KillableSync
    engine: Engine

    def run_to_its_end(self) -> dict[str, Any]:
        """Ask, as Scheduler does, until the run is done."""
        while (answer := self.function.ask()).status != HTTPStatus.OK:
            assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
            time.sleep(POLL)
        counts: dict[str, Any] = answer.body["counts"]
        return counts

    def kill_when(self, settled: int) -> None:
        """Kill the process, with the run under way, as soon as SETTLED documents are stored; start it again."""
        with ThreadPoolExecutor(1) as background:
            asking = background.submit(self._ask_until_killed)
            while self.settled() < settled and not asking.done():
                time.sleep(POLL)
            self.function.kill()
        self.function.start()

    def _ask_until_killed(self) -> None:
        with suppress(OSError, HTTPException):
            self.run_to_its_end()

    def settled(self) -> int:
        with read_transaction(self.engine) as connection:
            done = select(func.count()).where(t.filings.c.state != "listed")
            return connection.scalar(done) or 0

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Return what every table says, without what depends on the order of arrival and on the time."""
        with read_transaction(self.engine) as connection:
            return {
                name: _said(connection.execute(query).mappings()) for name, query in _everything().items()
            }


def _everything() -> dict[str, Select[Any]]:
    f, v = t.filings.c, t.versions.c
    named = t.filings.join(t.versions, v.filing_id == f.id)
    return {
        "filings": select(t.filings, t.filers.c.name, t.filers.c.bioguide).join(t.filers),
        "versions": select(f.doc_id, t.versions).select_from(named),
        "trades": select(f.doc_id, v.version, t.trades).select_from(named.join(t.trades)),
        "filers": select(t.filers),
        "baselines": select(t.baselines.c.chamber, t.baselines.c.completed_at.is_not(None).label("complete")),
        "snapshots": select(t.index_snapshots),
        "to_match": select(t.to_match),
        "reviews": select(t.reviews.c.kind, t.reviews.c.reason),
        "findings": select(t.findings),
    }


def _said(rows: Any) -> list[dict[str, Any]]:
    kept = [{name: value for name, value in row.items() if not _depends_on_the_run(name)} for row in rows]
    return sorted(kept, key=str)


def _depends_on_the_run(name: str) -> bool:
    return name in NEVER_THE_SAME or name.endswith("_at") or name in {"first_seen", "last_seen", "reason"}


@contextmanager
def syncing(
    template: Path, database: Path, redis_url: str, house: HouseStandin, senate: SenateStandin
) -> Iterator[Sync]:
    shutil.copy(template, database)
    settings = {
        "database_url": f"sqlite:///{database}",
        "redis_url": redis_url,
        "house_url": house.url,
        "senate_url": senate.url,
    }
    engine = make_engine(some_settings(**settings))
    with killable_sync(settings, {"years": YEARS, "baseline": True}) as function:
        yield Sync(function, engine)
    engine.dispose()


def filings() -> OwnShelf:
    """Draw a filing of each kind of difficulty, and many simple ones, of two years."""
    simple = [an_entry(500 + number, year=YEARS[number % 2]) for number in range(SIMPLE_FILINGS)]
    return OwnShelf((*own_shelf().entries, *simple))


def test_a_sync_killed_at_20_random_points_ends_in_the_same_database_row_for_row(
    sqlite_template: Path, tmp_path: Path, redis_url: str
) -> None:
    senators = [*spread_over(2024, SENATE_REPORTS // 2), *spread_over(2025, SENATE_REPORTS // 2, after=2000)]
    with HouseStandin(filings()) as house, SenateStandin(senators) as senate:
        with syncing(sqlite_template, tmp_path / "calm.db", redis_url, house, senate) as calm:
            expected_counts, expected = calm.run_to_its_end(), calm.rows()
        chance = random.Random(20)
        of_house = expected_counts["house"]["indexed"]
        points = [chance.randrange(of_house) for _ in range(KILLS - SENATE_KILLS)]
        points += [of_house + chance.randrange(SENATE_REPORTS) for _ in range(SENATE_KILLS)]
        with syncing(sqlite_template, tmp_path / "killed.db", redis_url, house, senate) as killed:
            for point in sorted(points):
                killed.kill_when(point)
            counts, rows = killed.run_to_its_end(), killed.rows()

    assert counts == expected_counts
    assert counts["house"]["parsed"] > SIMPLE_FILINGS
    assert counts["senate"]["parsed"] == SENATE_REPORTS
    assert {name: len(said) for name, said in rows.items()} == {
        name: len(said) for name, said in expected.items()
    }
    assert rows == expected
