"""The amended and deleted rows of the downloaded filings: each linked, or in the review queue, by the sources' rules."""

import json
import tarfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from common.db.amendment_tables import restatements
from common.db.engine import make_engine
from common.db.tables import filings
from common.disclosures.house.ptr import parse_ptr as parse_house
from common.disclosures.senate.ptr import parse_ptr as parse_senate
from common.disclosures.store import Read
from tests.support.alerts import GREEN, GREENE, PDF, PELOSI, Watch
from tests.support.restated import in_review, linked
from tests.support.settings import some_settings

AMENDERS = {"PA08": GREENE, "MN03": GREEN, "CA31": PELOSI}
"""Whoever amended or deleted a row of the sample -> a member of ours in their place."""
TWICE = {"75f0461a": date(2016, 8, 13), "5bdbba1a": date(2016, 9, 1)}
"""How the names of a report's two amendments of 127 rows begin -> when they were filed."""


@pytest.fixture
def watch(sqlite_url: str) -> Iterator[Watch]:
    engine = make_engine(some_settings(database_url=sqlite_url))
    yield Watch(engine)
    engine.dispose()


def by_name(watch: Watch) -> dict[str, str]:
    """Return which rows restate which, by their documents."""
    docs = {str(row.id): row.doc_id for row in watch.rows(filings)}

    def name(of: str) -> str:
        filing, row = of.split("/")
        return f"{docs[filing]}/{row}"

    return {name(row): name(original) for row, original in linked(watch).items()}


def test_the_four_rows_of_the_house_are_linked_or_in_review(corpus: Path, watch: Watch) -> None:
    for truth in sorted((corpus / "truth").glob("*.json")):
        said = json.loads(truth.read_text())
        if filer := AMENDERS.get(said["filer"]["state_district"]):
            month, day, year = map(int, said["index"]["FilingDate"].split("/"))
            pdf = (corpus / "pdf" / f"{truth.stem}.pdf").read_bytes()
            read = Read(parse_house(pdf, doc_id=truth.stem), PDF, "1")
            watch.file(read, by=filer, doc_id=truth.stem, filed=date(year, month, day))

    assert by_name(watch) == {"20030336/1": "20030291/71", "20031022/45": "20030901/17"}
    assert in_review(watch) == {"20030475/1": [], "20030475/3": []}


def test_a_report_that_was_amended_twice_is_restated_lot_by_lot(corpus: Path, watch: Watch) -> None:
    with tarfile.open(corpus.parent / "senate/pages/all_html.tar.gz") as pages:
        names = {Path(name).stem: name for name in pages.getnames()}
        for start, filed in TWICE.items():
            uuid = next(uuid for uuid in names if uuid.startswith(start))
            page = pages.extractfile(names[uuid])
            assert page
            report = Read(parse_senate(page.read(), doc_id=uuid), PDF, "1")
            watch.file(report, by=PELOSI, doc_id=uuid, chamber="senate", filed=filed)

    found = by_name(watch)
    assert (len(found), len(set(found.values())), len(in_review(watch))) == (126, 126, 1)
    assert len(watch.rows(restatements)) == 126
