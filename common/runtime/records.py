"""What history keeps of a run, and the ports through which a run is kept (protocols, section 1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Status(StrEnum):
    """Where a run stands; the text is what operators read."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    SKIPPED = "skipped"
    CONTINUED = "continued"
    INTERRUPTED = "interrupted"
    FAILED_TRANSIENT = "failed: transient"
    FAILED_BUG = "failed: bug"
    GAVE_UP = "failed: gave up"


class Kind(StrEnum):
    """Who asked for a run; decides what a busy lock answers."""

    SCHEDULED = "scheduled"
    FORCED = "forced"
    KEYED = "keyed"
    MANUAL = "manual"
    CONTINUATION = "continuation"
    HANDOVER = "handover"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run, as history keeps it. Times are aware UTC; `cost` is dollars."""

    run_id: str
    task: str
    scope: str
    """`task` or `task/shard`: what at most one run holds at a time."""
    root: str
    """Run id of the chain's first run; the checkpoints' key."""
    kind: Kind
    status: Status
    parameters: Mapping[str, Any]
    created_at: datetime
    due: datetime | None = None
    """The tick that a scheduled run answers."""
    attempt: int = 0
    """Attempts that held the lock."""
    fence: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    seconds: float | None = None
    reason: str | None = None
    """Why it was skipped or interrupted."""
    error: str | None = None
    counts: Mapping[str, Any] = field(default_factory=dict)
    """What the use case measured."""
    progress: Mapping[str, int] = field(default_factory=dict)
    """`done` and `total`, at most every 10 s."""
    continuation: str | None = None
    """Run id of the next link."""
    trace: str | None = None
    revision: str | None = None
    """Cloud Run revision that ran it (K_REVISION)."""
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it was read, with the mark that the next change must present."""

    record: RunRecord
    mark: Any
    """Firestore: its update time; SQL: its revision."""


@dataclass(frozen=True, slots=True)
class TaskState:
    """What history keeps of a task from run to run. Times are aware UTC."""

    task: str
    last_success: str | None = None
    """Run id; `last_success_at` is when it finished."""
    last_success_at: datetime | None = None
    last_failure: str | None = None
    last_failure_at: datetime | None = None
    paused_at: datetime | None = None
    """Set while its ticks are to be skipped."""
    paused_reason: str | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What the task itself keeps from run to run, as JSON; health_check what it found last."""


@dataclass(frozen=True, slots=True)
class StoredState:
    """A task's state as it was read, with the mark that the next change must present (None: nothing stored yet)."""

    state: TaskState
    mark: Any


class StaleRecord(Exception):
    """The record changed since it was read; read it again."""


class History(Protocol):
    """Task history. Every method raises DependencyDown within 8 s when the store does not answer."""

    def create(self, record: RunRecord) -> Stored | None:
        """Write RECORD unless its run id exists; None when it does."""
        ...

    def read(self, run_id: str) -> Stored | None:
        """Return the record, or None where there is none."""
        ...

    def replace(self, stored: Stored, record: RunRecord) -> Stored:
        """Write RECORD if nothing changed since STORED was read. Raises StaleRecord otherwise."""
        ...

    def recent(
        self,
        *,
        task: str | None = None,
        status: Status | None = None,
        before: RunRecord | None = None,
        limit: int = 20,
    ) -> list[RunRecord]:
        """Return the newest records first, expired ones left out; BEFORE is the last one of the page before."""
        ...

    def read_state(self, task: str) -> StoredState:
        """Return what is kept of TASK; an empty state where nothing is."""
        ...

    def replace_state(self, stored: StoredState, state: TaskState) -> StoredState:
        """Write STATE if nothing changed since STORED was read. Raises StaleRecord otherwise."""
        ...


class Lock(Protocol):
    """One holder per scope. Every method raises DependencyDown within 5 s when Redis does not answer."""

    def acquire(self, scope: str, value: str, ttl_seconds: float) -> str | None:
        """Take SCOPE for VALUE; None on success (again for the same value too), else the holder's value."""
        ...

    def renew(self, scope: str, value: str, ttl_seconds: float) -> bool:
        """Extend VALUE's lease; False when it is not the holder."""
        ...

    def release(self, scope: str, value: str) -> bool:
        """Give SCOPE back if VALUE holds it; False when it does not."""
        ...

    def holder(self, scope: str) -> str | None:
        """Return the value that holds SCOPE, or None."""
        ...

    def held(self) -> Mapping[str, str]:
        """Return every scope that is held, and the value that holds it."""
        ...
