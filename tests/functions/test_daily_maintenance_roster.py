"""daily_maintenance and the roster: refreshed each night, and whose filer was nobody is settled from the archive."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from common.db import tables as t
from common.db.engine import make_engine, read_transaction
from common.members.roster import Roster
from common.members.store import load_roster
from local.standins.roster import RosterStandin
from local.standins.site import status
from tests.support.people import a_member
from tests.support.rosters import in_seat, with_changed
from tests.support.settings import some_settings
from tests.support.syncing import FIRST, NOW, OLD, Sync, an_entry, syncing

NEWCOMER = in_seat(a_member("N000001", "Zoe", "Newcomer"), "TX18")
FILED = an_entry(41, first="Zoe", last="Newcomer", district="TX18")
IN_2027 = datetime(2027, 6, 2, 12, 0, tzinfo=UTC)


@dataclass
class Watch:
    """A sync past its baseline with a filing of somebody unknown, and the service that its roster comes from."""

    sync: Sync
    standin: RosterStandin
    roster: Roster

    def night(self) -> tuple[int, dict[str, Any]]:
        answer = self.sync.maintain(step="roster")
        return answer.status, answer.body["counts"]["steps"]["roster"]

    def who(self) -> list[tuple[int, str | None]]:
        """Return what the versions of the newcomer's filing say of who filed."""
        filing = self.sync.filings()[FILED.row.doc_id].id
        return [(v.version, v.bioguide) for v in self.sync.rows(t.versions) if v.filing_id == filing]


@pytest.fixture
def watch(peopled_sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[Watch]:
    engine = make_engine(some_settings(database_url=peopled_sqlite_url))
    with read_transaction(engine) as connection:
        roster = load_roster(connection)
    engine.dispose()
    archive = (tmp_path / "archive").as_uri()
    with (
        RosterStandin(roster, today=NOW.date()) as standin,
        syncing(peopled_sqlite_url, redis_url, roster_url=standin.url, archive_url=archive) as sync,
    ):
        assert sync.baseline().status == 200
        sync.serve(OLD, FIRST, FILED)
        assert sync.tick().status == 200
        sync.asked()
        standin.requests.clear()
        yield Watch(sync, standin, roster)


def test_a_filing_of_whatever_year_is_settled_from_the_archive_once_the_roster_knows_who_filed(
    watch: Watch,
) -> None:
    watch.sync.now = IN_2027
    watch.standin.serve(with_changed(watch.roster, NEWCOMER))

    code, step = watch.night()

    assert (code, step["status"]) == (200, "succeeded")
    assert (step["did"]["roster"]["asked"], step["did"]["roster"]["reopened"]) == (True, 1)
    assert (step["did"]["chambers"]["house"]["read"], step["did"]["chambers"]["house"]["stored"]) == (1, 1)
    assert watch.who() == [(1, None), (2, "N000001")]
    assert watch.sync.asked() == []
    assert FILED.row.doc_id in watch.sync.told()


def test_the_roster_is_asked_however_lately_it_was(watch: Watch) -> None:
    watch.night()
    watch.standin.requests.clear()

    watch.sync.now = watch.sync.now.replace(minute=1)
    code, _ = watch.night()

    assert code == 200
    assert watch.standin.requests


def test_a_roster_that_cannot_be_had_fails_the_step_and_the_stored_one_settles_whom_it_can(
    watch: Watch,
) -> None:
    watch.standin.arm(status(403), path="*", times=9)

    code, step = watch.night()

    assert (code, step["status"]) == (503, "failed: transient")
    assert "403" in step["error"]
    assert step["did"]["chambers"]["house"]["read"] == 1
    assert watch.who() == [(1, None)]


def test_a_roster_that_is_had_at_the_second_request_settles_whom_the_stored_one_could_not(
    watch: Watch,
) -> None:
    watch.sync.now = IN_2027
    watch.standin.serve(with_changed(watch.roster, NEWCOMER))
    watch.standin.arm(status(403), path="*", times=1)

    refused, _ = watch.night()
    again = watch.sync.maintain_again(step="roster")

    step = again.body["counts"]["steps"]["roster"]
    assert (refused, again.status, step["status"]) == (503, 200, "succeeded")
    assert watch.who() == [(1, None), (2, "N000001")]
    assert (step["did"]["chambers"]["house"]["read"], step["did"]["chambers"]["house"]["stored"]) == (1, 1)
