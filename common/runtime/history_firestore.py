"""Task history in Firestore: `task_runs/{run id}` and `tasks/{task}`. The only module that imports it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Self

from google.api_core.exceptions import (
    AlreadyExists,
    FailedPrecondition,
    GoogleAPIError,
    InvalidArgument,
    NotFound,
)
from google.api_core.retry import Retry, if_exception_type
from google.auth.exceptions import GoogleAuthError
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from common.clock import Clock, utc_now
from common.errors import DependencyDown
from common.runtime.documents import (
    Document,
    expires,
    record_document,
    record_from,
    state_document,
    state_from,
)
from common.runtime.records import RunRecord, StaleRecord, Status, Stored, StoredState, TaskState

SECONDS = 5.0  # of each call; the port promises DependencyDown within 8 s
# The client's default retries a dead port for 50 s whatever the timeout; None breaks its query's error path.
_ONCE = Retry(predicate=if_exception_type(), timeout=SECONDS)


class FirestoreHistory:
    """History in Firestore; every call is made once and bounded. Raises DependencyDown("history") within 8 s."""

    def __init__(self, client: firestore.Client, clock: Clock = utc_now) -> None:
        self._client = client
        self._runs = client.collection("task_runs")
        self._tasks = client.collection("tasks")
        self._clock = clock

    @classmethod
    def at(cls, project: str | None, clock: Clock = utc_now) -> Self:
        """Return the history of PROJECT's default database, or on the emulator that FIRESTORE_EMULATOR_HOST names."""
        return cls(firestore.Client(project=project), clock)

    def create(self, record: RunRecord) -> Stored | None:
        """Write RECORD unless its run id exists; None when it does."""
        mark = _create(self._runs.document(record.run_id), record_document(record))
        return None if mark is None else Stored(record, mark)

    def read(self, run_id: str) -> Stored | None:
        """Return the record, or None where there is none."""
        snapshot = _get(self._runs.document(run_id))
        return Stored(record_from(snapshot.to_dict()), snapshot.update_time) if snapshot.exists else None

    def replace(self, stored: Stored, record: RunRecord) -> Stored:
        """Write RECORD if nothing changed since STORED was read. Raises StaleRecord otherwise."""
        document = self._runs.document(record.run_id)
        return Stored(record, self._update(document, record_document(record), stored.mark))

    def recent(
        self,
        *,
        task: str | None = None,
        status: Status | None = None,
        before: RunRecord | None = None,
        limit: int = 20,
    ) -> list[RunRecord]:
        """Return the newest records first, expired ones left out (TTL deletes up to a day late).

        BEFORE is the last one of the page before. Each set of filters needs its index, with expire_at descending.
        """
        # Expiry is creation plus a constant, so one index both filters and orders.
        query = self._runs.where(filter=FieldFilter("expire_at", ">", self._clock()))
        for name, value in (("task", task), ("status", status and status.value)):
            if value is not None:
                query = query.where(filter=FieldFilter(name, "==", value))
        for name in ("expire_at", "__name__"):
            query = query.order_by(name, direction=firestore.Query.DESCENDING)
        if before is not None:
            last = {"expire_at": expires(before.created_at), "__name__": self._runs.document(before.run_id)}
            query = query.start_after(last)
        with _answering("list the runs"):
            found = query.limit(limit).stream(retry=_ONCE, timeout=SECONDS)
            return [record_from(run.to_dict() or {}) for run in found]

    def read_state(self, task: str) -> StoredState:
        """Return what is kept of TASK; an empty state where nothing is."""
        snapshot = _get(self._tasks.document(task))
        state = state_from(snapshot.to_dict()) if snapshot.exists else TaskState(task)
        return StoredState(state, snapshot.update_time)

    def replace_state(self, stored: StoredState, state: TaskState) -> StoredState:
        """Write STATE if nothing changed since STORED was read. Raises StaleRecord otherwise."""
        document = self._tasks.document(state.task)
        if stored.mark is not None:
            return StoredState(state, self._update(document, state_document(state), stored.mark))
        mark = _create(document, state_document(state))
        if mark is None:
            raise StaleRecord(f"tasks/{state.task} was made by another")
        return StoredState(state, mark)

    def _update(self, document: Any, values: Document, mark: datetime) -> datetime:
        """Set VALUES, leaving the fields of a newer revision, if DOCUMENT was last written at MARK."""
        option = self._client.write_option(last_update_time=mark)
        # Firestore keeps the update time of a document that a write leaves as it was; a second writer with the same
        # mark would then pass too. (WriteResult.update_time in google/firestore/v1/write.proto)
        values = {**values, "write": secrets.token_hex(8)}
        with _answering(f"write {document.path}"):
            try:
                return _mark(document.update(values, option=option, retry=_ONCE, timeout=SECONDS))
            except (FailedPrecondition, NotFound) as error:
                raise StaleRecord(f"{document.path} changed since it was read") from error


def _create(document: Any, values: Document) -> datetime | None:
    with _answering(f"write {document.path}"):
        try:
            return _mark(document.create(values, retry=_ONCE, timeout=SECONDS))
        except AlreadyExists:
            return None


def _get(document: Any) -> Any:
    with _answering(f"read {document.path}"):
        return document.get(retry=_ONCE, timeout=SECONDS)


def _mark(result: Any) -> datetime:
    time: datetime = result.update_time
    return time


@contextmanager
def _answering(question: str) -> Iterator[None]:
    try:
        yield
    except InvalidArgument:
        raise  # a document that Firestore cannot hold is our bug
    except (GoogleAPIError, GoogleAuthError) as error:
        raise DependencyDown("history", f"Firestore did not {question}: {error}") from error
