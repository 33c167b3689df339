"""The parser on the downloaded filings and their checked truth: one test per figure that was promised."""

import importlib.util
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from common.disclosures.house.ptr import parse_ptr
from common.errors import NoTextLayer, SourceChanged
from local.parse import document_of

Document = Mapping[str, Any]
EXACT_FIELDS = (
    "page",
    "transaction_id",
    "asset",
    "asset_name",
    "asset_type",
    "amount_text",
    "amount_min",
    "amount_exact",
    "transaction_date",
    "notification_date",
)
"""What the scorer leaves out, or compares without spaces."""
FORGIVEN_FIELDS = ("filing_status", "subholding_of", "description", "location", "comments")
MUTATIONS = 200


@dataclass(frozen=True)
class Reading:
    """A folder of filings: what each one says, what was read of it, and the scorer's verdict."""

    truth: dict[str, Document]
    read: dict[str, Document]
    score: Mapping[str, Any]

    def share(self, name: str) -> float:
        """Return the share of rows whose field NAME the scorer found right."""
        right: int = self.score["f"][name]
        rows: int = self.score["truth_rows"]
        return right / rows

    def rows(self) -> Iterator[tuple[str, Document, Document]]:
        """Yield each row of the truth with the row read in its place."""
        for doc_id, truth in self.truth.items():
            pairs = zip(truth["transactions"], self.read[doc_id]["transactions"], strict=True)
            yield from ((doc_id, wanted, found) for wanted, found in pairs)


def reading(folder: Path, scorer: ModuleType) -> Reading:
    truth = {path.stem: json.loads(path.read_text()) for path in sorted((folder / "truth").glob("*.json"))}
    read = {doc_id: document_of(folder / "pdf" / f"{doc_id}.pdf") for doc_id in truth}
    plain = json.loads(json.dumps(read))
    score = scorer.score(str(folder / "truth"), lambda doc_id: plain[doc_id].get("transactions"))
    return Reading(truth, plain, score)


@pytest.fixture(scope="module")
def scorer(corpus: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_ptr", corpus / "../../tools/score_ptr.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # It leaves the files that it opens to the garbage collector, which warns.
    vars(module)["open"] = lambda path: StringIO(Path(path).read_text())
    return module


@pytest.fixture(scope="module")
def recent(corpus: Path, scorer: ModuleType) -> Reading:
    return reading(corpus, scorer)


@pytest.fixture(scope="module")
def older(corpus: Path, scorer: ModuleType) -> Reading:
    return reading(corpus / "older", scorer)


def outcome_of(pdf: bytes) -> str:
    try:
        parse_ptr(pdf, doc_id="1")
    except (SourceChanged, NoTextLayer) as refusal:
        return type(refusal).__name__
    return "read"


def differences(reading: Reading, fields: tuple[str, ...]) -> list[str]:
    return [
        f"{doc_id} row {wanted['row']} {name}: {found[name]!r}, not {wanted[name]!r}"
        for doc_id, wanted, found in reading.rows()
        for name in fields
        if found[name] != wanted[name]
    ]


def test_every_row_of_the_recent_filings_is_found_and_none_invented(recent: Reading) -> None:
    counts = {name: recent.score[name] for name in ("truth_rows", "pred_rows", "matched")}

    assert counts == dict.fromkeys(counts, recent.score["truth_rows"])


def test_the_recent_filings_are_right_in_all_core_fields(recent: Reading) -> None:
    assert recent.score["core_exact"] >= 0.999 * recent.score["truth_rows"]
    assert recent.score["perfect_filings"] >= recent.score["filings"] - 2


def test_the_boxes_of_the_recent_filings_are_right(recent: Reading) -> None:
    assert recent.share("cap_gains_over_200") >= 0.999


@pytest.mark.parametrize("name", ["asset", *FORGIVEN_FIELDS])
def test_the_texts_of_the_recent_filings_are_right(recent: Reading, name: str) -> None:
    assert recent.share(name) >= 0.995


def test_every_row_of_the_older_filings_is_found_and_none_invented(older: Reading) -> None:
    counts = {name: older.score[name] for name in ("truth_rows", "pred_rows", "matched")}

    assert counts == dict.fromkeys(counts, older.score["truth_rows"])


def test_the_older_filings_are_right_in_all_core_fields(older: Reading) -> None:
    assert older.score["core_exact"] >= 0.999 * older.score["truth_rows"]


def test_the_older_filings_have_their_true_letter_case(older: Reading) -> None:
    assert older.share("asset") >= 0.99


def test_the_older_filings_are_right_about_the_box_or_have_none(older: Reading) -> None:
    assert older.share("cap_gains_over_200") >= 0.999


@pytest.mark.parametrize("name", FORGIVEN_FIELDS)
def test_the_texts_of_the_older_filings_are_right(older: Reading, name: str) -> None:
    assert older.share(name) >= 0.99


def test_what_the_scorer_leaves_out_is_right_too(recent: Reading, older: Reading) -> None:
    wrong = differences(recent, EXACT_FIELDS) + differences(older, EXACT_FIELDS)

    assert len(wrong) <= 6, wrong


def test_each_filing_names_its_filer_its_signature_and_its_pages(recent: Reading, older: Reading) -> None:
    names = ("filer", "signed_date", "signed_text", "pages")

    for known in (recent, older):
        for doc_id, truth in known.truth.items():
            assert {n: known.read[doc_id][n] for n in names} == {n: truth[n] for n in names}, doc_id


def test_each_generation_of_the_form_is_known(older: Reading) -> None:
    read = {doc_id: document["generation"] for doc_id, document in older.read.items()}

    assert read == {doc_id: truth["generation"] for doc_id, truth in older.truth.items()}


def test_hardly_a_row_of_real_filings_is_quarantined(recent: Reading, older: Reading) -> None:
    doubted = [
        f"{doc_id} row {found['row']}: {found['quarantine']}"
        for known in (recent, older)
        for doc_id, _, found in known.rows()
        if found["quarantine"]
    ]

    assert len(doubted) <= 6, doubted


def test_every_scan_is_left_unread(corpus: Path) -> None:
    documents = [document_of(path) for path in sorted((corpus / "scanned/pdf").glob("*.pdf"))]

    assert [document["state"] for document in documents] == ["unread"] * 17


def test_no_other_document_yields_a_row(corpus: Path) -> None:
    paths = sorted((corpus / "negative").glob("*.pdf"))

    documents = [document_of(path) for path in paths]

    assert len(documents) == 29
    assert {document["state"] for document in documents} == {"failed", "unread"}
    for path, document in zip(paths, documents, strict=True):
        assert document["error"].startswith(f"House document {document['doc_id']}: "), path
        # Paper of another kind looks like paper of this kind: it has no text to tell them apart.
        assert (document["state"] == "unread") == is_paper(path)


def is_paper(path: Path) -> bool:
    return path.stem.split("_")[1][:2] in {"82", "91"}


def test_damaged_filings_are_read_or_refused_by_name(corpus: Path) -> None:
    paths = [
        path for part in ("pdf", "older/pdf", "negative") for path in sorted((corpus / part).glob("*.pdf"))
    ]
    chance = random.Random(20260101)

    outcomes = []
    for _ in range(MUTATIONS):
        pdf = damaged(chance.choice(paths).read_bytes(), chance)
        outcomes.append(outcome_of(pdf))

    assert set(outcomes) == {"read", "SourceChanged", "DocumentTorn", "NoTextLayer"}


def test_damage_hardly_ever_loses_a_row_in_silence(corpus: Path) -> None:
    paths = sorted((corpus / "pdf").glob("*.pdf"))
    chance = random.Random(20260102)

    lost = 0
    for _ in range(MUTATIONS):
        path = chance.choice(paths)
        pdf = path.read_bytes()
        whole = len(json.loads((corpus / "truth" / f"{path.stem}.json").read_text())["transactions"])
        lost += loses_silently(damaged(pdf, chance), whole)

    assert lost <= 1


def loses_silently(pdf: bytes, rows: int) -> bool:
    try:
        filing = parse_ptr(pdf, doc_id="1")
    except (SourceChanged, NoTextLayer):
        return False
    return len(filing.trades) < rows and not any(trade.quarantine for trade in filing.trades)


def damaged(pdf: bytes, chance: random.Random) -> bytes:
    """Cut PDF off, change some bytes, take a piece out, or copy one over another."""
    content = bytearray(pdf)
    start, other = (chance.randrange(len(content)) for _ in range(2))
    length = chance.randrange(1, 2_000)
    match chance.randrange(4):
        case 0:
            del content[start:]
        case 1:
            for _ in range(chance.choice([1, 3, 10, 100])):
                content[chance.randrange(len(content))] = chance.randrange(256)
        case 2:
            del content[start : start + length]
        case _:
            content[start : start + length] = content[other : other + length]
    return bytes(content)
