"""What is kept of a task from run to run: its last success, its last failure, and whether it is paused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from common.runtime.records import History, RunRecord, StaleRecord, Status, StoredState, TaskState

TRIES = (
    5  # a state changes a few times an hour; losing five races in a row means that something else is wrong
)
Change = Callable[[TaskState], TaskState]
FAILURES = frozenset({Status.FAILED_TRANSIENT, Status.FAILED_BUG, Status.GAVE_UP})


def pause(history: History, task: str, reason: str, now: datetime) -> TaskState:
    """Skip TASK's ticks from NOW on, for REASON. Raises DependencyDown, and StaleRecord after five lost races."""
    return _change(history, task, lambda state: replace(state, paused_at=now, paused_reason=reason))


def resume(history: History, task: str) -> TaskState:
    """Let TASK's ticks run again. Raises DependencyDown, and StaleRecord after five lost races."""
    return _change(history, task, lambda state: replace(state, paused_at=None, paused_reason=None))


def note_outcome(history: History, record: RunRecord, known: StoredState | None = None) -> TaskState:
    """Keep a finished RECORD as its task's last success or failure; an older one never replaces a newer.

    KNOWN, as it was read before, need not be read now. Raises DependencyDown, and StaleRecord after five lost races.
    """
    return _change(history, record.task, lambda state: after(state, record), known)


def after(state: TaskState, record: RunRecord) -> TaskState:
    """Return STATE once RECORD is known; the same where it says nothing new."""
    if record.status is Status.SUCCEEDED and _is_later(record.finished_at, state.last_success_at):
        return replace(state, last_success=record.run_id, last_success_at=record.finished_at)
    if record.status in FAILURES and _is_later(record.finished_at, state.last_failure_at):
        return replace(state, last_failure=record.run_id, last_failure_at=record.finished_at)
    return state


def _is_later(moment: datetime | None, known: datetime | None) -> bool:
    return moment is not None and (known is None or moment > known)


def _change(history: History, task: str, change: Change, known: StoredState | None = None) -> TaskState:
    for _ in range(TRIES - 1):
        try:
            return _change_once(history, known or history.read_state(task), change)
        except StaleRecord:
            known = None
    return _change_once(history, history.read_state(task), change)


def _change_once(history: History, stored: StoredState, change: Change) -> TaskState:
    state = change(stored.state)
    return state if state == stored.state else history.replace_state(stored, state).state
