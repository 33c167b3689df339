"""What a record looks like as a document."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

from common.runtime.documents import LONGEST_TEXT, as_json, record_document, record_from
from common.runtime.records import Kind, RunRecord, Status

NOW = datetime(2026, 11, 3, 13, 0, tzinfo=UTC)
RUN = RunRecord("run-1", "sync", "sync", "run-1", Kind.MANUAL, Status.QUEUED, {"years": [2024]}, NOW)


def test_a_document_names_every_field_in_plain_values() -> None:
    document = record_document(replace(RUN, counts=MappingProxyType({"stored": 3})))

    assert set(document) == {field.name for field in fields(RunRecord)} | {"expire_at"}
    assert (type(document["status"]), type(document["kind"]), type(document["counts"])) == (str, str, dict)


def test_a_json_document_holds_its_times_as_text_and_gives_them_back() -> None:
    text = json.dumps(as_json(record_document(replace(RUN, due=NOW))))

    assert json.loads(text)["due"] == "2026-11-03T13:00:00+00:00"
    assert record_from(json.loads(text)) == replace(RUN, due=NOW)


def test_times_of_other_zones_are_kept_in_utc() -> None:
    in_new_york = NOW.astimezone(timezone(timedelta(hours=-5)))

    document = record_document(replace(RUN, started_at=in_new_york))

    assert document["started_at"].isoformat() == "2026-11-03T13:00:00+00:00"


def test_a_document_of_an_older_revision_lacks_fields_that_have_a_default() -> None:
    document = record_document(RUN)
    del document["cost"], document["progress"]

    assert record_from(document) == RUN


def test_an_error_that_no_store_would_take_is_cut_and_made_sound() -> None:
    document = record_document(replace(RUN, error="half a pair \ud800 " + "x" * 2_000_000))

    assert document["error"].startswith("half a pair ? xxx")
    assert len(document["error"]) == LONGEST_TEXT
