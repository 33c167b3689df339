"""Every history that a run may have, and a way behind its back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from google.cloud import firestore
from sqlalchemy import Engine, Table, delete, select, update

from common.clock import Clock
from common.db.engine import read_transaction, write_transaction
from common.db.tables import task_runs, task_states
from common.runtime.history_firestore import FirestoreHistory
from common.runtime.history_sql import SqlHistory
from common.runtime.records import History, Kind, RunRecord, Status

NOW = datetime(2026, 11, 3, 13, 0, tzinfo=UTC)
RUN = RunRecord(
    run_id="congressional_sync-20261103T130000Z",
    task="congressional_sync",
    scope="congressional_sync",
    root="congressional_sync-20261103T130000Z",
    kind=Kind.SCHEDULED,
    status=Status.QUEUED,
    parameters={"years": [2024, 2025], "limit": None},
    created_at=NOW,
    due=NOW,
)


class Store(Protocol):
    """What holds the documents; COLLECTION is `task_runs` or `tasks`."""

    def history(self, clock: Clock) -> History: ...

    def document(self, collection: str, key: str) -> dict[str, Any]: ...

    def add_fields(self, collection: str, key: str, fields: Mapping[str, Any]) -> None: ...

    def delete(self, collection: str, key: str) -> None: ...


@dataclass(frozen=True)
class SqlStore:
    engine: Engine

    def history(self, clock: Clock) -> History:
        return SqlHistory(self.engine, clock)

    def document(self, collection: str, key: str) -> dict[str, Any]:
        table = _table(collection)
        with read_transaction(self.engine) as connection:
            found: dict[str, Any] = connection.execute(
                select(table.c.document).where(_key(table) == key)
            ).scalar_one()
            return found

    def add_fields(self, collection: str, key: str, fields: Mapping[str, Any]) -> None:
        table, document = _table(collection), {**self.document(collection, key), **fields}
        with write_transaction(self.engine) as connection:
            connection.execute(update(table).where(_key(table) == key).values(document=document))

    def delete(self, collection: str, key: str) -> None:
        table = _table(collection)
        with write_transaction(self.engine) as connection:
            connection.execute(delete(table).where(_key(table) == key))


@dataclass(frozen=True)
class FirestoreStore:
    client: firestore.Client

    def history(self, clock: Clock) -> History:
        return FirestoreHistory(self.client, clock)

    def document(self, collection: str, key: str) -> dict[str, Any]:
        return self.client.collection(collection).document(key).get().to_dict() or {}

    def add_fields(self, collection: str, key: str, fields: Mapping[str, Any]) -> None:
        self.client.collection(collection).document(key).set(dict(fields), merge=True)

    def delete(self, collection: str, key: str) -> None:
        self.client.collection(collection).document(key).delete()


def _table(collection: str) -> Table:
    return {"task_runs": task_runs, "tasks": task_states}[collection]


def _key(table: Table) -> Any:
    return next(iter(table.primary_key.columns))
