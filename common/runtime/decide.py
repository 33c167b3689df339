"""What a run does next, as pure functions of what was read (protocols, section 1).

Nothing here reads or writes anything, so tests/model runs the protocol through every interleaving.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from common.errors import (
    ConflictingRequest,
    DependencyDown,
    InvalidRequest,
    LeaseLost,
    NotConfigured,
    SourceUnavailable,
)
from common.runtime.records import Kind, RunRecord, StaleRecord, Status
from common.runtime.stops import Skip, Terminated

FORCED_AHEAD = timedelta(seconds=5)
"""A run forced by hand bears the coming tick's time; a delivery on time lies at most this far before it."""
FINAL = frozenset({Status.SUCCEEDED, Status.SKIPPED, Status.CONTINUED, Status.GAVE_UP})


class AskAgain(Exception):
    """Nothing was written; the caller asks again. The message says why."""


HTTP = {
    Status.QUEUED: 503,
    Status.RUNNING: 503,
    Status.SUCCEEDED: 200,
    Status.SKIPPED: 200,
    Status.CONTINUED: 200,
    Status.INTERRUPTED: 503,
    Status.FAILED_TRANSIENT: 503,
    Status.FAILED_BUG: 500,
    Status.GAVE_UP: 200,
}
"""The answer to each status; whatever is not 2xx makes the caller ask again."""

REFUSALS: Mapping[type[Exception], int] = {
    InvalidRequest: 400,
    ConflictingRequest: 409,
    NotConfigured: 500,
    AskAgain: 503,
    DependencyDown: 503,
    StaleRecord: 503,
}
"""The answer where no outcome could be, or may be, written."""

SEVERITY = {
    Status.INTERRUPTED: "warning",
    Status.FAILED_TRANSIENT: "warning",
    Status.FAILED_BUG: "error",
    Status.GAVE_UP: "error",
}
"""How loudly an outcome is logged; the rest is information."""

ENDINGS: tuple[tuple[type[BaseException], Status], ...] = (
    (Skip, Status.SKIPPED),
    (Terminated, Status.INTERRUPTED),
    (LeaseLost, Status.INTERRUPTED),
    (SourceUnavailable, Status.FAILED_TRANSIENT),
    (DependencyDown, Status.FAILED_TRANSIENT),
    (BaseException, Status.FAILED_BUG),
)
"""What ended the work -> the run's status; the first class that fits."""


def refusal(error: Exception) -> int:
    """Return the HTTP status of the answer to a request that ended with ERROR, one of REFUSALS."""
    return next(code for kind, code in REFUSALS.items() if isinstance(error, kind))


# ---- run ids: no slash, as each is a Firestore document id and a URL segment


def scheduled_id(task: str, due: datetime, now: datetime) -> tuple[Kind, str]:
    """Return kind and run id of the tick DUE; one that lies ahead was forced, and must not swallow that tick."""
    time = f"{due.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    forced = due - now > FORCED_AHEAD
    return (Kind.FORCED, f"{task}-f-{time}") if forced else (Kind.SCHEDULED, f"{task}-{time}")


def keyed_id(task: str, key: str) -> str:
    """Return the run id that every request with this idempotency key gets."""
    digest = hashlib.sha256(f"{task}\0{key}".encode()).hexdigest()
    return f"{task}-k-{digest[:20]}"


def manual_id(task: str, ulid: str) -> str:
    """Return the run id of one request without a key."""
    return f"{task}-m-{ulid.lower()}"


def continuation_id(root: str, link: int) -> str:
    """Return the run id of a chain's LINK; its first run is link 0."""
    return f"{root}.c{link}"


def started_over_root(run_id: str, now: datetime) -> str:
    """Return the root under which a forced run starts over: the checkpoints of its last time are not its own."""
    return f"{run_id}.{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}"


def this_time(record: RunRecord) -> str:
    """Return what names RECORD's run this time: a link by its number in the chain, one that started over by when."""
    return max(record.run_id, record.root, key=len)


def handover_id(task: str, by: str, attempt: int, shard: str | None, *, nth: int = 1) -> str:
    """Return the run id of the work that an ATTEMPT of the run BY hands to TASK, or to one SHARD of it, the NTH time."""
    again = f"-{nth}" if nth > 1 else ""
    return f"{task}-h-{by}.{attempt}{again}" + (f".{shard}" if shard else "")


def next_link(chain: Mapping[str, Any] | None) -> int:
    """Return the next continuation's number from the root's checkpoint row: each hand-over has its own.

    A number used again could name a continuation that already ended, and the rest of the work would be lost.
    """
    return int((chain or {"link": 0})["link"]) + 1


# ---- the lock


class LockState(StrEnum):
    """Who holds the scope's lock, seen by one process of one run."""

    UNASKED = "unasked"
    MINE = "mine"
    THIS_RUNS = "another process of this run"
    ANOTHERS = "another run"


def lock_value(run_id: str, process: str) -> str:
    """Return what this process writes into the lock; PROCESS is random."""
    return f"{run_id}/{process}"


def lock_state(holder: str | None, value: str) -> LockState:
    """Return who HOLDER is to the process that asked for the lock with VALUE; None = it won."""
    if holder in {None, value}:
        return LockState.MINE
    same_run = str(holder).rpartition("/")[0] == value.rpartition("/")[0]
    return LockState.THIS_RUNS if same_run else LockState.ANOTHERS


# ---- the record


class Action(StrEnum):
    """What a process does with the record it read."""

    WIN_LOCK = "win the lock"
    WORK = "attempt + 1, go on from the checkpoint"
    ANSWER = "answer with the stored outcome"
    ASK_AGAIN = "503, nothing written"
    SKIP_OVERLAP = "skipped: overlap"
    GIVE_UP = "failed: gave up"


def next_action(record: RunRecord, lock: LockState, attempts: int) -> Action:
    """Return what to do with RECORD, given who holds the lock; ATTEMPTS is the registry's limit."""
    if record.status in FINAL:
        return Action.ANSWER
    return {
        LockState.UNASKED: Action.WIN_LOCK,
        LockState.MINE: Action.GIVE_UP if record.attempt >= attempts else Action.WORK,
        LockState.THIS_RUNS: Action.ASK_AGAIN,
        LockState.ANOTHERS: lock_busy(record),
    }[lock]


def lock_busy(record: RunRecord) -> Action:
    """Return what RECORD's run does while another run holds the lock.

    Only a tick that never began may be skipped: the run that holds the lock does its work. Anything else has work of
    its own, so its caller asks again.
    """
    tick = record.kind is Kind.SCHEDULED and record.scope == record.task
    never_began = record.status is Status.QUEUED and record.attempt == 0
    return Action.SKIP_OVERLAP if tick and never_began else Action.ASK_AGAIN


def waits_out_pause(record: RunRecord) -> bool:
    """Whether RECORD's run, not begun, waits while its task is paused; else it is skipped.

    What a tick would have done, a later tick does. What is left of a chain, nobody else does.
    """
    return record.kind is Kind.CONTINUATION


def may_start_over(record: RunRecord, asked: Kind) -> bool:
    """Whether RECORD's id is used again: a tick that was forced, and has ended, may be forced once more."""
    return asked is Kind.FORCED and record.status in FINAL


# ---- a refused change, and one whose answer was lost


class Settled(StrEnum):
    """What reading back told about a change that was refused or not answered."""

    LANDED = "it was written"
    RETRY = "the record is as it was: write again"
    JUDGE_AGAIN = "somebody changed it: consult the table again"
    YIELD = "503, write nothing"


def settle(found: RunRecord, before: RunRecord, wanted: RunRecord, *, lock_is_mine: bool) -> Settled:
    """Return what to do after changing BEFORE into WANTED failed and FOUND was read back.

    Attempt and fence tell whose record it is; its mark may have moved by a progress write.
    """
    if _standing(found) == _standing(wanted):
        return Settled.LANDED
    if not lock_is_mine:
        return Settled.YIELD
    return Settled.RETRY if _standing(found) == _standing(before) else Settled.JUDGE_AGAIN


def _standing(record: RunRecord) -> tuple[Status, int, int | None]:
    return record.status, record.attempt, record.fence


# ---- how it ends


def ending(error: BaseException) -> Status:
    """Return the status of a run whose work ended with ERROR."""
    return next(status for kind, status in ENDINGS if isinstance(error, kind))


def outcome(status: Status, attempt: int, attempts: int) -> Status:
    """Return STATUS, or `failed: gave up` where it is the failure of the last attempt."""
    failed = status in {Status.FAILED_TRANSIENT, Status.FAILED_BUG}
    return Status.GAVE_UP if failed and attempt >= attempts else status


def may_record_outage(record: RunRecord, lock: LockState, dependency: str) -> bool:
    """Whether `failed: transient` can and may be written when DEPENDENCY is down: by the holder, or before any."""
    mine = record.status is Status.QUEUED or (lock is LockState.MINE and record.status not in FINAL)
    return mine and dependency != "history"


def dispatch_again(record: RunRecord, holder: str | None, *, caller_is_done: bool) -> bool:
    """Whether health_check must ask for this run, because nobody else is left to."""
    return record.status not in FINAL and holder is None and caller_is_done
