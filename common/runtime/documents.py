"""Records and task states as the documents that history stores: the only place that knows the mapping.

A document is a plain dict; its times are aware datetimes in UTC (ISO 8601 strings where it must be JSON).
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

from common.runtime.records import Kind, RunRecord, Status, TaskState

RETENTION = timedelta(days=90)  # then Firestore's TTL and daily_maintenance delete the record
LONGEST_TEXT = 20_000  # characters; Firestore refuses a document over 1 MiB, and with it the outcome
Document = dict[str, Any]


def record_document(record: RunRecord) -> Document:
    """Return RECORD's document, with the `expire_at` that retention asks for."""
    return _document(record) | {"expire_at": expires(record.created_at)}


def record_from(document: Mapping[str, Any]) -> RunRecord:
    """Return the record that DOCUMENT holds; fields of a newer revision are left aside."""
    values = _values(RunRecord, document)
    return RunRecord(**values | {"kind": Kind(values["kind"]), "status": Status(values["status"])})


def state_document(state: TaskState) -> Document:
    """Return STATE's document."""
    return _document(state)


def state_from(document: Mapping[str, Any]) -> TaskState:
    """Return the task state that DOCUMENT holds; fields of a newer revision are left aside."""
    return TaskState(**_values(TaskState, document))


def expires(created_at: datetime) -> datetime:
    """Return the moment from which a record made at CREATED_AT is gone for readers."""
    return _utc(created_at) + RETENTION


def as_json(document: Mapping[str, Any]) -> Document:
    """Return DOCUMENT with its times as ISO 8601 strings."""
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in document.items()}


def _document(thing: RunRecord | TaskState) -> Document:
    return {field.name: _plain(getattr(thing, field.name)) for field in fields(thing)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, str):
        return value[:LONGEST_TEXT].encode(errors="replace").decode()  # half a surrogate pair is no UTF-8
    return dict(value) if isinstance(value, Mapping) else value


def _values(kind: type[RunRecord | TaskState], document: Mapping[str, Any]) -> Document:
    known = {field.name: "datetime" in str(field.type) for field in fields(kind)}
    return {
        name: _moment(value) if known[name] else value for name, value in document.items() if name in known
    }


def _moment(value: datetime | str | None) -> datetime | None:
    return _utc(datetime.fromisoformat(value) if isinstance(value, str) else value) if value else None


def _utc(value: datetime) -> datetime:
    """Return VALUE in UTC as a plain datetime (Firestore answers with a subclass). A naive one raises ValueError."""
    if value.tzinfo is None:
        raise ValueError(f"naive time {value!r}: pass an aware one, such as common.clock.utc_now()")
    moment = value.astimezone(UTC)
    return datetime.combine(moment.date(), moment.time(), UTC)
