"""The House stand-in: what it serves is the Clerk's format, and its faults are those that tests ask for."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from common.disclosures.house.index import document_url, index_url, is_ptr, parse_index
from local.standins.filings import own_shelf
from local.standins.house import HouseStandin
from local.standins.shelf import CorpusShelf, Page, drawn_index
from local.standins.site import cut, instead, slow, status, truncated


@pytest.fixture
def house() -> Iterator[HouseStandin]:
    with HouseStandin(own_shelf()) as standin:
        yield standin


def get(house: HouseStandin, path: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(house.url + path, headers=named, trust_env=False, verify=False)


INDEX = "/public_disc/financial-pdfs/2025FD.zip"
REPORT = "/public_disc/ptr-pdfs/2025/20990101.pdf"


def test_it_serves_its_index_and_reports_at_the_clerks_addresses(house: HouseStandin) -> None:
    index = httpx.get(index_url(house.url, 2025), trust_env=False)
    report = httpx.get(document_url(house.url, 2025, "20990101"), trust_env=False)

    assert len(parse_index(index.content, year=2025)) == 12
    assert report.content.startswith(b"%PDF-")
    assert report.headers["Last-Modified"] == "Mon, 17 Mar 2025 20:15:00 GMT"


@pytest.mark.parametrize(
    "path",
    [
        "/public_disc/financial-pdfs/1999FD.zip",
        "/public_disc/ptr-pdfs/2025/20990301.pdf",
        "/public_disc/ptr-pdfs/2024/20990101.pdf",
        "/public_disc/ptr-pdfs/2025/9901.pdf",
        "/etc/passwd",
    ],
)
def test_what_it_does_not_have_is_the_clerks_page(house: HouseStandin, path: str) -> None:
    answer = get(house, path)

    assert answer.status_code == 404
    assert "404 - File or directory not found." in answer.text


def test_a_tag_outranks_a_date(house: HouseStandin) -> None:
    first = get(house, INDEX)
    tag, date = first.headers["ETag"], first.headers["Last-Modified"]

    asked = [
        get(house, INDEX, If_None_Match=tag),
        get(house, INDEX, If_Modified_Since=date),
        get(house, INDEX, If_None_Match='"other"', If_Modified_Since=date),
        get(house, INDEX, If_Modified_Since="Wed, 01 Jan 2025 00:00:00 GMT"),
    ]

    assert [answer.status_code for answer in asked] == [304, 304, 200, 200]


def test_a_fault_meets_the_next_requests_of_its_path_and_no_others(house: HouseStandin) -> None:
    house.arm(status(503), path="*.pdf", times=2)

    answers = [get(house, path).status_code for path in (INDEX, REPORT, REPORT, REPORT)]

    assert answers == [200, 503, 503, 200]


def test_faults_of_one_path_come_one_after_another(house: HouseStandin) -> None:
    house.arm(status(429, retry_after="7"))
    house.arm(slow(0.01))
    house.arm(truncated(100))
    house.arm(instead(b"drifted"))

    limited, late, short, drifted = (get(house, REPORT) for _ in range(4))

    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
    assert late.status_code == 200
    assert len(short.content) == 100
    assert drifted.content == b"drifted"


def test_a_cut_connection_breaks_the_answer(house: HouseStandin) -> None:
    house.arm(cut(100))

    with pytest.raises(httpx.RemoteProtocolError):
        get(house, REPORT)


def test_requests_are_kept_with_path_time_and_headers(house: HouseStandin) -> None:
    get(house, REPORT, User_Agent="somebody")
    get(house, INDEX)

    first, second = house.requests
    assert house.paths() == [REPORT, INDEX]
    assert first.headers["User-Agent"] == "somebody"
    assert first.at < second.at


def test_what_it_serves_can_change_while_it_serves(house: HouseStandin) -> None:
    row = next(entry.row for entry in own_shelf().entries if is_ptr(entry.row))
    shrunk = Page(drawn_index(2025, [row]), datetime(2026, 2, 1, tzinfo=UTC))
    before = get(house, INDEX)

    house.arm(instead(shrunk.body))
    after = get(house, INDEX, If_None_Match=before.headers["ETag"])

    assert parse_index(after.content, year=2025) == (row,)


def test_a_corpus_folder_is_served_with_its_scans_and_chosen_index(tmp_path: Path) -> None:
    for name in ("index/2024FD.zip", "index/2025FD.final.zip", "pdf/20990101.pdf", "scanned/pdf/8299001.pdf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)

    with HouseStandin(CorpusShelf(tmp_path, {2025: "2025FD.final.zip"})) as house:
        bodies = [
            get(house, path).text
            for path in (
                "/public_disc/financial-pdfs/2024FD.zip",
                INDEX,
                REPORT,
                "/public_disc/ptr-pdfs/2025/8299001.pdf",
            )
        ]
        missing = get(house, "/public_disc/ptr-pdfs/2025/1.pdf")

    assert bodies == [
        "index/2024FD.zip",
        "index/2025FD.final.zip",
        "pdf/20990101.pdf",
        "scanned/pdf/8299001.pdf",
    ]
    assert missing.status_code == 404


@pytest.mark.parametrize("with_corpus", [False, True])
def test_it_runs_as_a_process_that_prints_its_address(tmp_path: Path, *, with_corpus: bool) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "mine.zip").write_bytes(own_index())
    options = ["--corpus", str(tmp_path), "--edition", "2025=mine.zip"] if with_corpus else []
    command = [sys.executable, "-m", "local.standins.house", "--port", "0", *options]

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        index = httpx.get(index_url(url, 2025), trust_env=False)
        process.terminate()
        ended = process.wait(timeout=5)

    assert parse_index(index.content, year=2025)
    assert ended == -signal.SIGTERM


def own_index() -> bytes:
    page = own_shelf().index(2025)
    assert page is not None
    return page.body
