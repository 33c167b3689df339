"""congressional_sync keeps what it fetches, before it stores what that says."""

from hashlib import sha256
from pathlib import Path

from common.db import tables as t
from common.disclosures.archive import Archive
from local.standins.site import Reply
from tests.support.syncing import FIRST, OLD, SCAN, SECOND, Sync


def names_in(folder: Path) -> set[str]:
    return {file.name for file in folder.rglob("*") if file.is_file()}


def test_each_index_and_each_document_that_was_fetched_is_kept_once(
    kept: Sync, folder: Path, archive: Archive
) -> None:
    kept.serve(OLD, FIRST, SCAN)

    kept.tick()
    kept.tick(doc_ids=[FIRST.row.doc_id])

    documents = {version.sha256 for version in kept.rows(t.versions)}
    newest = {snapshot.sha256 for snapshot in kept.rows(t.index_snapshots)}
    assert {archive.get(name) for name in documents} == {entry.pdf for entry in (OLD, FIRST, SCAN)}
    assert documents | newest < names_in(folder)
    assert len(names_in(folder)) == len(documents) + 3  # the index of 2025 was another before the scan


def test_of_a_document_that_cannot_be_kept_nothing_is_stored_and_the_next_run_reads_it(
    kept: Sync, folder: Path
) -> None:
    def without_archive(reply: Reply) -> Reply:
        folder.rename(folder.with_name("away"))
        folder.write_text("in the way")
        return reply

    kept.house.arm(without_archive, path="*.pdf")
    kept.serve(OLD, FIRST, SECOND)

    down = kept.tick()

    filing = kept.filings()[SECOND.row.doc_id]
    assert (down.status, down.body["status"]) == (503, "failed: transient")
    assert down.body["error"].startswith("archive: it did not keep a document")
    assert (filing.state, filing.version, filing.attempts, kept.told()) == ("listed", 0, 0, set())

    folder.unlink()
    folder.with_name("away").rename(folder)
    again = kept.tick()

    assert (again.status, again.body["counts"]["house"]["stored"], kept.told()) == (
        200,
        1,
        {SECOND.row.doc_id},
    )
    assert sha256(SECOND.pdf or b"").hexdigest() in names_in(folder)


def test_an_index_that_cannot_be_kept_lists_nothing(kept: Sync, folder: Path) -> None:
    folder.rename(folder.with_name("away"))
    folder.write_text("in the way")
    kept.serve(OLD, FIRST, SECOND)

    answer = kept.tick()

    assert (answer.status, answer.body["status"]) == (503, "failed: transient")
    assert SECOND.row.doc_id not in kept.filings()
