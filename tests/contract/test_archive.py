"""One suite for every place where documents are kept: memory, a folder, a bucket of Cloud Storage."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
import pytest
from obstore.store import GCSStore, LocalStore, MemoryStore

from common.disclosures.archive import CLIENT, MOST_BYTES, RETRY, Archive, Kind, serving_headers
from common.disclosures.house.client import MOST_DOCUMENT_BYTES
from common.disclosures.house.index import MOST_ARCHIVE_BYTES
from common.disclosures.senate.client import MOST_PAGE_BYTES
from common.errors import DependencyDown, DocumentDamaged, DocumentNotKept, DocumentTooLarge, NotConfigured
from local.standins.bucket import BucketStandin
from tests.support.settings import some_settings

if TYPE_CHECKING:
    from obstore.store import ObjectStore

DATA = b"%PDF-1.7 a report that nobody filed"
NAME = sha256(DATA).hexdigest()
PATH = f"documents/{NAME[:2]}/{NAME[2:4]}/{NAME}"
TODAY = date(2026, 11, 3)
MARK = "marks/2026-11-03"


def in_bucket(bucket: BucketStandin) -> "ObjectStore":
    """Return a store on BUCKET with the settings of the real one, but for the address and its plain HTTP."""
    return GCSStore.from_url(
        "gs://archive/kept",
        config={"base_url": bucket.url, "bearer_token": "nobody's"},
        client_options={**CLIENT, "allow_http": True},
        retry_config=RETRY,
    )


@pytest.fixture(params=["memory", "folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator["ObjectStore"]:
    match request.param:
        case "memory":
            yield MemoryStore()
        case "folder":
            yield LocalStore(tmp_path)
        case _:
            with BucketStandin() as bucket:
                yield in_bucket(bucket)


@pytest.fixture
def archive(store: "ObjectStore") -> Archive:
    return Archive(store)


def mark(store: "ObjectStore") -> str | None:
    """Return the object's tag, which changes with each write."""
    return obstore.head(store, PATH)["e_tag"]


def test_a_document_comes_back_by_its_sha256_from_a_path_that_says_nothing_else(
    archive: Archive, store: "ObjectStore"
) -> None:
    name = archive.put(Kind.REPORT, DATA)

    assert name == NAME
    assert archive.holds(NAME)
    assert archive.get(NAME) == DATA
    assert bytes(obstore.get(store, PATH).bytes()) == DATA


def test_a_second_put_writes_nothing(archive: Archive, store: "ObjectStore") -> None:
    archive.put(Kind.REPORT, DATA)
    before = mark(store)

    again = archive.put(Kind.REPORT, DATA)

    assert (again, mark(store)) == (NAME, before)


def test_many_who_put_one_document_at_once_all_succeed(archive: Archive) -> None:
    with ThreadPoolExecutor(4) as threads:
        names = set(threads.map(lambda _: archive.put(Kind.REPORT, DATA), range(12)))

    assert names == {NAME}
    assert archive.get(NAME) == DATA


def test_what_was_never_put_is_not_kept(archive: Archive) -> None:
    assert not archive.holds(NAME)
    with pytest.raises(DocumentNotKept, match=NAME):
        archive.get(NAME)


@pytest.mark.parametrize("damage", [b"", DATA[:-1], DATA + b"\n"])
def test_a_damaged_document_is_never_lent_and_the_next_put_mends_it(
    archive: Archive, store: "ObjectStore", damage: bytes
) -> None:
    archive.put(Kind.REPORT, DATA)
    obstore.put(store, PATH, damage)

    with pytest.raises(DocumentDamaged, match=f"{NAME} is damaged: {len(damage)} bytes"):
        archive.get(NAME)
    archive.put(Kind.REPORT, DATA)

    assert archive.get(NAME) == DATA


def test_what_is_too_large_for_its_kind_is_refused_and_changes_nothing(
    archive: Archive, store: "ObjectStore"
) -> None:
    archive.put(Kind.INDEX, DATA)
    largest = bytes(MOST_BYTES[Kind.INDEX])

    with pytest.raises(DocumentTooLarge, match="index of 1000001 bytes, more than 1000000"):
        archive.put(Kind.INDEX, largest + b"\0")

    assert not archive.holds(sha256(largest + b"\0").hexdigest())
    assert archive.get(archive.put(Kind.INDEX, largest)) == largest
    assert archive.get(NAME) == DATA


@pytest.mark.parametrize("name", ["", "../../../etc/passwd", NAME.upper(), NAME + "\n"])
def test_what_is_no_sha256_names_no_document(archive: Archive, name: str) -> None:
    archive.put(Kind.REPORT, DATA)

    with pytest.raises(DocumentNotKept, match="is no sha256"):
        archive.get(name)


def test_a_bucket_that_refuses_us_or_is_gone_is_down() -> None:
    with BucketStandin() as bucket:
        archive = Archive(in_bucket(bucket))
        bucket.refusing = True
        for ask in (
            lambda: archive.put(Kind.REPORT, DATA),
            lambda: archive.get(NAME),
            lambda: archive.leave_mark(TODAY),
        ):
            with pytest.raises(DependencyDown, match=r"^archive: it did not .* 403 Forbidden"):
                ask()

    with pytest.raises(DependencyDown, match=r"^archive: it did not tell what it holds"):
        archive.holds(NAME)


def test_by_default_documents_lie_in_a_folder_of_data_dir(tmp_path: Path) -> None:
    settings = some_settings(archive_url=None, data_dir=tmp_path / "our data")

    Archive.at(settings).put(Kind.REPORT, DATA)

    assert (tmp_path / "our data" / "archive" / PATH).read_bytes() == DATA
    assert Archive.at(settings).get(NAME) == DATA


def test_what_a_killed_writer_left_in_a_folder_is_no_document(tmp_path: Path) -> None:
    archive = Archive(LocalStore(tmp_path))
    staged = tmp_path / f"{PATH}#1"
    staged.parent.mkdir(parents=True)
    staged.write_bytes(DATA[:5])

    assert not archive.holds(NAME)
    archive.put(Kind.REPORT, DATA)

    assert archive.get(NAME) == DATA


def test_a_folder_that_cannot_be_made_or_written_is_down(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "documents").write_text("in the way")
    in_the_way = some_settings(archive_url=f"file://{tmp_path}/file/archive")

    with pytest.raises(DependencyDown, match=r"^archive: .* cannot be made"):
        Archive.at(in_the_way)
    with pytest.raises(DependencyDown, match=r"^archive: it did not keep a document"):
        Archive(LocalStore(tmp_path)).put(Kind.REPORT, DATA)


def test_an_address_that_names_no_store_is_refused_by_name() -> None:
    with pytest.raises(NotConfigured, match="ARCHIVE_URL"):
        Archive.at(some_settings(archive_url="nowhere://at/all"))


def test_in_the_cloud_where_a_folder_is_memory_an_address_must_be_given() -> None:
    with pytest.raises(NotConfigured, match="set ARCHIVE_URL"):
        Archive.at(some_settings(archive_url=None, k_revision="congressional-sync-00001"))


def test_whatever_a_client_fetches_may_be_kept() -> None:
    assert MOST_BYTES[Kind.INDEX] >= MOST_ARCHIVE_BYTES
    assert MOST_BYTES[Kind.REPORT] >= MOST_DOCUMENT_BYTES
    assert min(MOST_BYTES[Kind.SEARCH], MOST_BYTES[Kind.PAGE]) >= MOST_PAGE_BYTES


def test_a_document_is_handed_out_as_a_file_that_no_browser_opens() -> None:
    assert serving_headers() == {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": "attachment",
        "X-Content-Type-Options": "nosniff",
    }


def test_a_mark_of_the_day_is_left_once_and_read_back(archive: Archive, store: "ObjectStore") -> None:
    archive.leave_mark(TODAY)
    first = obstore.head(store, MARK)["e_tag"]
    archive.leave_mark(TODAY)

    assert (archive.has_mark(TODAY), archive.has_mark(TODAY + timedelta(days=1))) == (True, False)
    assert obstore.head(store, MARK)["e_tag"] == first


def test_a_mark_that_reads_otherwise_is_told(archive: Archive, store: "ObjectStore") -> None:
    obstore.put(store, MARK, b"")

    with pytest.raises(DocumentDamaged, match="mark of 2026-11-03 is damaged: 0 bytes"):
        archive.leave_mark(TODAY)


def test_a_mark_that_is_taken_and_not_kept_is_told() -> None:
    with BucketStandin() as bucket:
        archive = Archive(in_bucket(bucket))
        bucket.forgetting = True

        with pytest.raises(DocumentDamaged, match="does not hold the mark"):
            archive.leave_mark(TODAY)
