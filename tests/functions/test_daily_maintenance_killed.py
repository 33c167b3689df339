"""daily_maintenance, killed with SIGKILL in each of its steps, after the work and before a word of it is kept."""

import time
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from common.db import tables as t
from common.db.engine import write_transaction
from common.db.ops_tables import quality_reports
from common.disclosures.house.ptr import PARSER
from common.ops.maintenance.maintain import steps_of
from local.standins.sendgrid import SendGridStandin
from tests.support.killable_night import DEADLY, KillableNight
from tests.support.office import SENDING
from tests.support.settings import some_settings
from tests.support.syncing import ABSENT, FIRST, OLD, SECOND, Sync, an_entry, syncing

pytestmark = pytest.mark.no_cover  # the same lines over and over

LONGEST = 40  # requests; a death costs two or three


@pytest.fixture
def given(peopled_sqlite_url: str, redis_url: str, tmp_path: Path) -> dict[str, Any]:
    """Lend settings that processes share."""
    archive = {"archive_url": (tmp_path / "archive").as_uri(), "operator_address": "operator@example.org"}
    return {"database_url": peopled_sqlite_url, "redis_url": redis_url, **SENDING, **archive}


@pytest.fixture
def provider() -> Iterator[SendGridStandin]:
    with SendGridStandin() as provider:
        yield provider


def something_for_each_step(sync: Sync) -> None:
    """Let one report be missing and served later, one be news, and one be read by a parser of before."""
    sync.serve(OLD, FIRST, ABSENT)
    sync.baseline()
    with write_transaction(sync.engine) as tx:
        tx.execute(update(t.versions).values(parser="yesterday's"))
    sync.serve(OLD, FIRST, an_entry(9), SECOND)


def to_its_end(night: KillableNight) -> tuple[dict[str, Any], int]:
    """Ask until the night is done; return its counts and how often it died."""
    deaths = 0
    for _ in range(LONGEST):
        with suppress(OSError, HTTPException):
            answer = night.ask()
            if answer.status == HTTPStatus.OK:
                return dict(answer.body["counts"]), deaths
            time.sleep(DEADLY.lock_ttl.total_seconds() / 2)  # its last process still holds the lock
            continue
        deaths += 1
    raise AssertionError(f"not done after {LONGEST} requests")


def test_a_night_killed_in_each_step_does_all_of_its_work_and_mails_its_report_once(
    given: dict[str, Any], provider: SendGridStandin, tmp_path: Path
) -> None:
    with syncing(sendgrid_url=provider.url, **given) as sync:
        something_for_each_step(sync)
        sites = {"house_url": sync.house.url, "senate_url": sync.senate.url, "sendgrid_url": provider.url}

        counts, deaths = to_its_end(KillableNight(given | sites, tmp_path))

        assert deaths == len(steps_of(some_settings())) - 1  # there are no prices to die of
        assert {step["status"] for step in counts["steps"].values()} == {"succeeded", "skipped"}
        assert {filing.state for filing in sync.filings().values()} == {"parsed"}
        assert {(version.version, version.parser) for version in sync.rows(t.versions)} == {(1, PARSER)}
        assert sync.told() == {SECOND.row.doc_id}
        assert len(sync.rows(quality_reports)) == 1
        assert [mail.to for mail in provider.taken] == ["operator@example.org"]
