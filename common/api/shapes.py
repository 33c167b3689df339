"""What callers send and are told, as the OpenAPI file shows it. Times are RFC 3339 in UTC, costs dollars."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from common.api.exchange import Asked, Told
from common.runtime.records import Kind, RunRecord, Status
from common.tasks import TASKS

RUN_ID = r"^[A-Za-z0-9_.-]{1,180}$"
Text = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]


class OpenApi(Told):
    """What this API answers, as OpenAPI 3.1 describes it."""

    model_config = ConfigDict(extra="allow")

    openapi: str


# ---- health


class Alive(Told):
    """The API itself answers."""

    alive: bool = True
    revision: str | None = Field(description="Cloud Run revision that answered; null on a laptop")


class Component(Told):
    """One component as it was found."""

    component: str
    color: str = Field(description="well, worth a look, down, or not looked at")
    number: str = Field(description="what was measured")
    next_step: str = Field(description="what the operator does about it; empty = nothing")


class Health(Told):
    """Every component as it is now."""

    healthy: bool
    components: list[Component]


# ---- runs


class TaskRequest(Asked):
    """A run that is asked for by name."""

    task_name: str = Field(max_length=100, description="a task, or a name that older callers use")
    parameters: dict[str, Any] = Field(default={}, description="what the task takes")


class Taken(Told):
    """A run that was handed over, or was before."""

    task_id: str
    task: str
    status: Status
    status_url: str = Field(description="where to ask what became of it")


class Run(Told):
    """One run, as history keeps it."""

    task_id: str
    task: str
    scope: str = Field(description="what it locks: the task, or one shard of it")
    kind: Kind = Field(description="who asked for it")
    status: Status
    parameters: dict[str, Any]
    created_at: datetime
    due: datetime | None = Field(description="the tick that it answers")
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None
    attempt: int = Field(description="attempts that held the lock")
    progress: dict[str, int] = Field(
        description="`done` and `total` of its present step, at most every 10 s; empty = it did not say"
    )
    counts: dict[str, Any] = Field(description="what the task measured")
    reason: str | None = Field(description="why it was skipped or interrupted")
    error: str | None
    continuation: str | None = Field(description="the run that goes on where this one stopped")
    cost: float | None
    revision: str | None


def run_of(record: RunRecord) -> Run:
    """Return RECORD as a caller is told it."""
    return Run(**_described(record))


def _described(record: RunRecord) -> dict[str, Any]:
    same = {name: getattr(record, name) for name in Run.model_fields if name != "task_id"}
    return {"task_id": record.run_id, **{name: _plain(value) for name, value in same.items()}}


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


class Link(Told):
    """One run of a chain."""

    task_id: str
    status: Status = Field(description="queued also where it was asked for and did not begin yet")
    progress: dict[str, int] = Field(default={}, description="as a run's")


class RunStatus(Run):
    """One run, and how the chain of its continuations stands."""

    chain: list[Link] = Field(description="this run and those that went on, in order")
    outcome: Status = Field(description="of the chain's last link")
    settled: bool = Field(description="whether nothing more will be done for it")
    log: str = Field(description="where its log is: a URL in the cloud, a command on a laptop")


def status_of(record: RunRecord, chain: list[Link], log: str, *, settled: bool) -> RunStatus:
    """Return RECORD and its CHAIN as a caller is told them."""
    return RunStatus(**_described(record), chain=chain, outcome=chain[-1].status, settled=settled, log=log)


class RecentQuery(Asked):
    """Which runs to list."""

    task: str | None = Field(
        default=None, json_schema_extra={"enum": list(TASKS)}, description="only its runs"
    )
    status: Status | None = Field(default=None, description="only runs that stand so")
    limit: int = Field(default=20, ge=1, le=100)
    before: str | None = Field(
        default=None, pattern=RUN_ID, description="task_id of the last run of the page before"
    )


class RecentTasks(Told):
    """A page of runs, the newest first."""

    tasks: list[Run]
    next: str | None = Field(description="path of the next page; null = this is the last")


# ---- the queue, the tasks and their locks


class QueueStatus(Told):
    """The mails on their way. The ledger in the database is the truth; Redis only carries ids."""

    depth: int = Field(description="entries in Redis")
    messages: dict[str, int] = Field(description="messages by state; a state without any is not listed")
    due: int = Field(description="messages to be sent now")
    overdue: int = Field(description="due for longer than three ticks of notifications")
    oldest_due: datetime | None


class Pause(Asked):
    """Why a task is paused."""

    reason: Text


class TaskPaused(Told):
    """Whether a task is paused."""

    task: str
    paused_at: datetime | None
    paused_reason: str | None


class Holder(Told):
    """Who holds a lock."""

    scope: str
    task_id: str


class Locks(Told):
    """Every lock that is held."""

    locks: list[Holder]


class Released(Told):
    """A lock that was taken from its holder."""

    scope: str
    task_id: str = Field(description="the run that held it; it can write nothing any more")
    fence: int = Field(description="the token that shut it out")
