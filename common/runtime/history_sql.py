"""Task history in the SQL database: tables task_runs and task_states. Never inside the run's own transactions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, Table, and_, or_, select, update

from common.clock import Clock, utc_now
from common.db.dialect import insert_ignore
from common.db.engine import read_transaction, write_transaction
from common.db.tables import task_runs, task_states
from common.errors import DependencyDown
from common.runtime.documents import (
    Document,
    as_json,
    expires,
    record_document,
    record_from,
    state_document,
    state_from,
)
from common.runtime.records import RunRecord, StaleRecord, Status, Stored, StoredState, TaskState


@dataclass(frozen=True, slots=True)
class Mark:
    """What a row was when it was read or written: while its revision is the same, so is its document."""

    revision: int
    document: Document = field(default_factory=dict, compare=False)
    """With the fields of a newer revision of this code, to be kept; none in a row that this code made."""


class SqlHistory:
    """History on ENGINE, each call one short transaction. Raises DependencyDown("history") as fast as ENGINE gives up."""

    def __init__(
        self, engine: Engine, clock: Clock = utc_now, require_schema: Callable[[], None] = lambda: None
    ) -> None:
        """REQUIRE_SCHEMA raises WrongSchema on a schema that this code does not know."""
        self._engine = engine
        self._clock = clock
        self._require_schema = require_schema

    def create(self, record: RunRecord) -> Stored | None:
        """Write RECORD unless its run id exists; None when it does."""
        made = self._insert(
            task_runs,
            run_id=record.run_id,
            task=record.task,
            status=record.status.value,
            document=as_json(record_document(record)),
            created_at=record.created_at,
            expire_at=expires(record.created_at),
        )
        return Stored(record, Mark(1)) if made else None

    def read(self, run_id: str) -> Stored | None:
        """Return the record, or None where there is none."""
        found = self._find(task_runs, run_id)
        return Stored(record_from(found.document), found) if found else None

    def replace(self, stored: Stored, record: RunRecord) -> Stored:
        """Write RECORD if nothing changed since STORED was read. Raises StaleRecord otherwise."""
        mark = self._change(
            task_runs, record.run_id, stored.mark, record_document(record), status=record.status.value
        )
        return Stored(record, mark)

    def recent(
        self,
        *,
        task: str | None = None,
        status: Status | None = None,
        before: RunRecord | None = None,
        limit: int = 20,
    ) -> list[RunRecord]:
        """Return the newest records first, expired ones left out; BEFORE is the last one of the page before."""
        c = task_runs.c
        wanted = [c.expire_at > self._clock()]
        if task is not None:
            wanted.append(c.task == task)
        if status is not None:
            wanted.append(c.status == status)
        if before is not None:
            earlier = and_(c.created_at == before.created_at, c.run_id < before.run_id)
            wanted.append(or_(c.created_at < before.created_at, earlier))
        query = select(c.document).where(*wanted).order_by(c.created_at.desc(), c.run_id.desc()).limit(limit)
        with self._answering("list the runs"), read_transaction(self._engine) as connection:
            return [record_from(document) for document in connection.scalars(query)]

    def read_state(self, task: str) -> StoredState:
        """Return what is kept of TASK; an empty state where nothing is."""
        found = self._find(task_states, task)
        return StoredState(state_from(found.document), found) if found else StoredState(TaskState(task), None)

    def replace_state(self, stored: StoredState, state: TaskState) -> StoredState:
        """Write STATE if nothing changed since STORED was read. Raises StaleRecord otherwise."""
        document = state_document(state)
        if stored.mark is not None:
            return StoredState(state, self._change(task_states, state.task, stored.mark, document))
        if not self._insert(task_states, task=state.task, document=as_json(document)):
            raise StaleRecord(f"the state of {state.task} was made by another")
        return StoredState(state, Mark(1))

    def _insert(self, table: Table, **values: Any) -> bool:
        with self._answering(f"write to {table.name}"), write_transaction(self._engine) as connection:
            return insert_ignore(connection, table, [{"revision": 1, **values}]) == 1

    def _find(self, table: Table, key: str) -> Mark | None:
        query = select(table.c.revision, table.c.document).where(_key(table) == key)
        with self._answering(f"read {key}"), read_transaction(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return Mark(row.revision, row.document) if row else None

    def _change(self, table: Table, key: str, mark: Mark, document: Document, **columns: Any) -> Mark:
        """Set DOCUMENT's fields, leaving those of a newer revision, if KEY's revision is still MARK's."""
        new = Mark(mark.revision + 1, {**mark.document, **as_json(document)})
        change = (
            update(table)
            .where(_key(table) == key, table.c.revision == mark.revision)
            .values(revision=new.revision, document=new.document, **columns)
        )
        with self._answering(f"write {key}"), write_transaction(self._engine) as connection:
            if connection.execute(change).rowcount == 0:
                raise StaleRecord(f"{table.name}/{key} changed since it was read")
        return new

    @contextmanager
    def _answering(self, question: str) -> Iterator[None]:
        try:
            self._require_schema()
            yield
        except DependencyDown as error:
            raise DependencyDown("history", f"the database did not {question}: {error}") from error


def _key(table: Table) -> Any:
    return next(iter(table.primary_key.columns))
