"""congressional_sync reads again what it kept: no source is asked, and nobody hears what they heard before."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from common.clock import utc_now
from common.db import tables as t
from common.db.engine import write_transaction
from common.disclosures import reread
from common.disclosures.archive import Archive
from common.disclosures.chamber_sync import ChamberSynced, Part
from common.disclosures.house.ptr import PARSER
from common.disclosures.house.sync import open_house
from common.disclosures.parameters import SyncParameters
from common.disclosures.reread import reread_chamber
from common.runtime.stops import Terminated
from local.mail_load import run_context
from local.standins.site import status
from tests.support.served import Answered
from tests.support.settings import some_settings
from tests.support.syncing import FIRST, OLD, SCAN, SECOND, Sync

ALL = (OLD, FIRST, SECOND, SCAN)


@pytest.fixture
def aged(kept: Sync) -> Sync:
    """Lend a sync whose filings were read by another parser than today's; the second and the scan were news."""
    kept.serve(*ALL)
    kept.tick()
    change(kept, parser="yesterday's")
    kept.asked()
    return kept


def change(sync: Sync, doc_id: str | None = None, **columns: Any) -> None:
    """Change versions, or the only one of DOC_ID, behind the sync's back."""
    v = t.versions
    which = v.c.filing_id == sync.filings()[doc_id].id if doc_id else v.c.id > 0
    with write_transaction(sync.engine) as tx:
        tx.execute(update(v).where(which).values(columns))


def counts(answer: Answered) -> tuple[int, int, int]:
    """Return how many were read, made a new version, and were not archived."""
    assert answer.status == 200, answer.body
    did = answer.body["counts"]["house"]
    return did["read"], did["stored"], did["not_archived"]


def test_reading_again_asks_no_source_and_tells_nobody_what_stayed_the_same(aged: Sync) -> None:
    before = aged.rows(t.trades), aged.rows(t.to_match), aged.rows(t.index_snapshots)

    answer = aged.tick(reread="outdated", years=None)

    assert counts(answer) == (4, 0, 0)
    assert aged.asked() == []
    assert (aged.rows(t.trades), aged.rows(t.to_match), aged.rows(t.index_snapshots)) == before
    assert [(version.version, version.parser) for version in aged.rows(t.versions)] == [(1, PARSER)] * 4
    assert answer.body["counts"]["house"]["indexed"] == 4


def test_what_today_s_parser_has_read_is_read_again_only_when_everything_is(aged: Sync) -> None:
    aged.tick(reread="outdated")

    again, everything = aged.tick(reread="outdated"), aged.tick(reread="all")

    assert (counts(again), counts(everything)) == ((0, 0, 0), (4, 0, 0))


def test_facts_that_a_better_parser_finds_are_a_new_version_and_news(aged: Sync) -> None:
    change(aged, SECOND.row.doc_id, facts="what yesterday's parser made of it")
    change(aged, OLD.row.doc_id, facts="what yesterday's parser made of it")
    with write_transaction(aged.engine) as tx:
        tx.execute(t.to_match.delete())

    answer = aged.tick(reread="outdated")

    assert counts(answer) == (4, 2, 0)
    assert {doc_id: filing.version for doc_id, filing in aged.filings().items()} == {
        OLD.row.doc_id: 2,
        FIRST.row.doc_id: 1,
        SECOND.row.doc_id: 2,
        SCAN.row.doc_id: 1,
    }
    assert aged.told() == {SECOND.row.doc_id}


def test_what_the_archive_lost_is_counted_and_named_and_stays_as_it_is_stored(
    aged: Sync, folder: Path, archive: Archive
) -> None:
    versions = aged.rows(t.versions)
    kept_as = {version.filing_id: version.sha256 for version in versions}
    lost, damaged = (kept_as[aged.filings()[one.row.doc_id].id] for one in (OLD, FIRST))
    file_of(folder, lost).unlink()
    file_of(folder, damaged).write_bytes(b"%PDF-1.7 another")

    answer = aged.tick(reread="outdated")

    assert counts(answer) == (2, 0, 2)
    findings = {finding.subject: finding.detail for finding in aged.rows(t.findings)}
    assert f"holds no {lost}" in findings[OLD.row.doc_id]
    assert "is damaged" in findings[FIRST.row.doc_id]
    assert [version.facts for version in aged.rows(t.versions)] == [version.facts for version in versions]

    aged.tick(doc_ids=[OLD.row.doc_id, FIRST.row.doc_id])
    assert all(archive.get(version.sha256) for version in versions)


def file_of(folder: Path, name: str) -> Path:
    return folder / "documents" / name[:2] / name[2:4] / name


def test_documents_can_be_named_and_counted_off(aged: Sync) -> None:
    named = aged.tick(reread="all", doc_ids=[SCAN.row.doc_id])
    one = aged.tick(reread="outdated", limit=1)
    rest = aged.tick(reread="outdated")

    assert [counts(answer)[0] for answer in (named, one, rest)] == [1, 1, 2]


@pytest.mark.parametrize("limit", [None, 3])
def test_the_filings_are_held_a_portion_at_a_time(
    aged: Sync, monkeypatch: pytest.MonkeyPatch, limit: int | None
) -> None:
    monkeypatch.setattr(reread, "PORTION", 2)

    assert counts(aged.tick(reread="outdated", limit=limit)) == (limit or 4, 0, 0)


def test_what_a_sync_will_fetch_anyway_is_left_to_it(aged: Sync) -> None:
    with write_transaction(aged.engine) as tx:
        due = update(t.filings).where(t.filings.c.doc_id == FIRST.row.doc_id)
        tx.execute(due.values(next_attempt_at=aged.now))

    assert counts(aged.tick(reread="outdated")) == (3, 0, 0)
    aged.asked()
    aged.tick()
    assert f"{FIRST.row.doc_id}.pdf" in aged.asked()


def test_what_is_due_in_a_year_that_no_sync_looks_at_is_read_again(aged: Sync) -> None:
    with write_transaction(aged.engine) as tx:
        tx.execute(update(t.filings).values(next_attempt_at=aged.now))  # as after a change of the roster
    aged.now += timedelta(days=365)

    answer = aged.tick(reread="outdated")

    assert counts(answer) == (1, 0, 0)


def test_what_the_index_corrected_is_fetched_however_often_what_is_kept_was_read_again(aged: Sync) -> None:
    aged.serve(OLD, replace(FIRST, row=replace(FIRST.row, filed=date(2025, 5, 4))), SECOND, SCAN)
    aged.house.arm(status(403), path=f"*{FIRST.row.doc_id}.pdf")
    aged.tick()

    aged.tick(reread="all", doc_ids=[FIRST.row.doc_id])

    aged.now += timedelta(days=1)
    aged.asked()
    aged.tick()
    assert f"{FIRST.row.doc_id}.pdf" in aged.asked()
    assert aged.filings()[FIRST.row.doc_id].next_attempt_at is None


def test_a_baseline_cannot_be_read_again_from_what_is_kept(kept: Sync) -> None:
    answer = kept.tick(reread="all", baseline=True)

    assert (answer.status, "ask for one of them" in answer.body["error"]) == (400, True)


def test_a_chain_goes_on_behind_the_last_one_that_it_read(aged: Sync, folder: Path) -> None:
    def again(stops_after: int) -> ChamberSynced:
        """Read again, as the same run, and stop as the platform's signal would have it."""
        calls = iter(range(stops_after))

        def stop_if_asked() -> None:
            if next(calls, None) is None:
                raise Terminated("the platform ends this process")

        settings = some_settings(archive_url=folder.as_uri(), house_url=aged.house.url)
        ctx = run_context(settings, aged.engine, "congressional_sync", utc_now, write=print)
        ctx = replace(ctx, stop_if_asked=stop_if_asked)
        part = Part("house", open_house, fails_the_run=True)
        return reread_chamber(ctx, part, (2024, 2025), SyncParameters(reread="all"))[0]

    with pytest.raises(Terminated):
        again(stops_after=3)
    done = again(stops_after=100)

    assert (done.read, done.stored) == (4, 0)
    assert [row.state["read"] for row in aged.rows(t.checkpoints) if row.root == "congressional_sync"] == [4]
