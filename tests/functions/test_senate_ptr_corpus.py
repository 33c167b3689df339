"""The Senate's parsers on the downloaded pages and their checked truth: every row, every field."""

import gzip
import html
import json
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from common.disclosures.senate.search import parse_search
from local.parse import document_of, senate_document
from local.parse_senate import row_of
from tests.support.senate_reading import page_with, read
from tests.support.senate_samples import DETAILS, cells_of, expected_of

Document = Mapping[str, Any]
HEAD_FIELDS = (
    "uuid",
    "kind",
    "h1",
    "title_date",
    "amendment",
    "filed_printed",
    "filed_local",
    "total",
    "owner_counts",
)
NO_REPORTS = {
    "00181DE2-0AC3-4373-9C2C-27A9C8D5DB59": ("unread", "1 page(s) of paper"),
    "0180c540-e2c8-459f-af54-e5d5da2ac587": ("failed", "titled 'eFD: Extension Notice'"),
    "01bee0d0-633d-4595-8544-4c6db1e5d912": ("failed", "titled 'eFD: Extension Notice'"),
    "572bd7e8-7769-4a55-84fa-6fc1b2d85b30": ("failed", "titled 'eFD: Annual Report for 2019"),
    "675e9adf-2039-4b74-aebc-65ec05fe0b59": ("failed", "titled 'eFD: Annual Report for 2017"),
    "dd9635ec-bea2-4dd7-9481-94bae5257639": ("failed", "titled 'eFD: Annual Report for 2018"),
    "ff14d06b-f374-43a2-9f0c-cd107f9d3ed2": ("failed", "the search page came in its place"),
}
"""Pages under report links that are no electronic report -> what becomes of them, and part of the reason."""
SINGLE_FILES = {
    "real/paper-ptr.html": ("unread", "5 page(s) of paper"),
    "real/annual-electronic.html": ("failed", "titled 'eFD: Annual Report for 2024"),
    "real_rebuilt/landing.html": ("failed", "asks to agree"),
}


@dataclass(frozen=True)
class Reading:
    """What each page says, and what was read of it, by uuid."""

    truth: Mapping[str, Document]
    read: Mapping[str, Document]

    def differences(self, fields: Iterable[str]) -> list[str]:
        return [
            f"{uuid} {field}: {self.read[uuid][field]!r}, not {truth[field]!r}"
            for uuid, truth in self.truth.items()
            for field in fields
            if self.read[uuid][field] != truth[field]
        ]

    def rows(self) -> Iterator[tuple[str, Document, Document, Document]]:
        """Yield each row as the truth has it, as it was read in the page's words, and as it is kept."""
        for uuid, truth in self.truth.items():
            page = self.read[uuid]
            rows = zip(truth["rows"], page["rows"], page["transactions"], strict=True)
            yield from ((uuid, *row) for row in rows)


@pytest.fixture(scope="module")
def senate(corpus: Path) -> Path:
    return corpus.parent / "senate"


@pytest.fixture(scope="module")
def every_page(senate: Path) -> Reading:
    with gzip.open(senate / "pages/all_truth.jsonl.gz") as lines:
        truth = {document["uuid"]: document for document in map(json.loads, lines)}
    read = {}
    with tarfile.open(senate / "pages/all_html.tar.gz") as pages:
        for member in pages:
            if file := pages.extractfile(member):
                uuid = Path(member.name).stem
                read[uuid] = senate_document(file.read(), uuid)
    return Reading(truth, read)


def test_every_report_is_read_with_its_heading_its_filer_and_its_counts(every_page: Reading) -> None:
    filers = {uuid: page["filer"] for uuid, page in every_page.read.items()}

    assert len(every_page.read) == len(every_page.truth) == 779
    assert every_page.differences(HEAD_FIELDS) == []
    assert all(truth["filer"].items() <= filers[uuid].items() for uuid, truth in every_page.truth.items())


def test_every_row_of_every_report_is_right_in_every_field(every_page: Reading) -> None:
    wrong = [
        f"{uuid} row {kept['row']} {field}: {found[field]!r}, not {value!r}"
        for uuid, wanted, found, kept in every_page.rows()
        for field, value in wanted.items()
        if field != "cells" and found[field] != value
    ]

    assert wrong == []
    assert sum(1 for _ in every_page.rows()) == 7695


def test_every_row_keeps_the_text_of_all_its_cells(every_page: Reading) -> None:
    wrong = [
        f"{uuid} row {kept['row']}: {raw!r}, not {cell!r}"
        for uuid, wanted, _, kept in every_page.rows()
        for raw, cell in zip(kept["raw"].values(), wanted["cells"], strict=True)
        if "".join(raw.split()) != "".join(html.unescape(re.sub("<[^>]*>", "", cell)).split())
    ]

    assert wrong == []


def test_no_row_of_a_real_report_is_quarantined(every_page: Reading) -> None:
    doubted = [
        (uuid, kept["row"], kept["quarantine"])
        for uuid, _, _, kept in every_page.rows()
        if kept["quarantine"]
    ]

    assert doubted == []


def test_every_chosen_page_is_read_as_its_truth_says_or_refused_by_name(senate: Path) -> None:
    truth = {
        path.stem: json.loads(path.read_text()) for path in sorted((senate / "pages/truth").glob("*.json"))
    }

    read = {uuid: document_of(senate / f"pages/html/{uuid}.html") for uuid in truth}

    refused = {
        uuid: (page["state"], page["error"]) for uuid, page in read.items() if page["state"] != "parsed"
    }
    assert len(read) == 59
    assert as_expected(refused, NO_REPORTS)
    for uuid in read.keys() - refused.keys():
        for found, wanted in zip(read[uuid]["rows"], truth[uuid]["rows"], strict=True):
            assert wanted.items() <= (found | {"cells": wanted["cells"]}).items(), uuid


def test_every_other_page_at_hand_is_refused_by_name(senate: Path) -> None:
    pages = {name: document_of(senate / name) for name in SINGLE_FILES}

    assert as_expected({name: (page["state"], page["error"]) for name, page in pages.items()}, SINGLE_FILES)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("real/ptr-electronic.html", 2),
        ("real/ptr-electronic-tickers.html", 11),
        ("real_rebuilt/ptr_19dc5bc2-296b-459f-89c4-778307ee9556.html", 1),
        ("real_rebuilt/ptr_32274587-17b3-4a09-ade9-99b7dc0436ba.html", 1),
    ],
)
def test_reports_as_they_are_drawn_today_are_read_without_a_doubt(senate: Path, name: str, rows: int) -> None:
    page = document_of(senate / name)

    assert (page["state"], page["chamber"], len(page["rows"])) == ("parsed", "senate", rows)
    assert not any(row["quarantine"] for row in page["rows"])


def as_expected(found: Mapping[str, tuple[str, str]], wanted: Mapping[str, tuple[str, str]]) -> bool:
    return found.keys() == wanted.keys() and all(
        found[name][0] == state and reason in found[name][1] for name, (state, reason) in wanted.items()
    )


def test_single_rows_of_many_reports_are_read_as_they_are_expected_to_be(senate: Path) -> None:
    samples = [json.loads(line) for line in (senate / "rows_truth.jsonl").read_text().splitlines()]

    trades = read(
        page_with(*(cells_of(sample["raw"]) for sample in samples), received=date(2026, 12, 31))
    ).trades

    assert len(trades) == 237
    for sample, trade in zip(samples, trades, strict=True):
        found = dict.fromkeys(DETAILS) | row_of(trade) | dict(trade.details)
        found["coupon"] = found.get("rate")
        wanted = sample.get("expect") or expected_of(sample["raw"])
        assert {field: found[field] for field in wanted} == wanted, sample["id"]
        assert trade.quarantine == (), sample["id"]


def test_the_search_answer_is_read_whole(senate: Path) -> None:
    answer = (senate / "real/search-ptr-page.json").read_bytes()

    read = parse_search(answer)

    assert (read.total, len(read.rows), len({row.uuid for row in read.rows})) == (23, 23, 23)
    assert [list(row.cells) for row in read.rows] == json.loads(answer)["data"]
    assert {row.kind for row in read.rows} == {"ptr", "paper"}
