"""What is kept of a task from run to run."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from common.runtime.records import Kind, RunRecord, StaleRecord, Status, Stored, StoredState, TaskState
from common.runtime.task_state import TRIES, after, note_outcome, pause

NOW = datetime(2026, 11, 3, 13, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=2)
RUN = RunRecord("run-2", "sync", "sync", "run-2", Kind.SCHEDULED, Status.SUCCEEDED, {}, NOW, finished_at=NOW)


@dataclass
class ContestedHistory:
    """Keeps one state, and lets another writer be faster for some times."""

    faster: int
    state: TaskState

    def read_state(self, task: str) -> StoredState:
        return StoredState(self.state, mark=None)

    def replace_state(self, stored: StoredState, state: TaskState) -> StoredState:
        if self.faster:
            self.faster -= 1
            raise StaleRecord(state.task)
        self.state = state
        return StoredState(state, mark=None)

    def create(self, record: RunRecord) -> Stored | None:
        raise NotImplementedError

    def read(self, run_id: str) -> Stored | None:
        raise NotImplementedError

    def replace(self, stored: Stored, record: RunRecord) -> Stored:
        raise NotImplementedError

    def recent(self, **_: object) -> list[RunRecord]:
        raise NotImplementedError


def test_a_success_is_the_last_one_and_a_failure_is_kept_beside_it() -> None:
    failure = replace(RUN, run_id="run-1", status=Status.FAILED_TRANSIENT, finished_at=EARLIER)

    state = after(after(TaskState("sync"), failure), RUN)

    assert (state.last_success, state.last_success_at) == ("run-2", NOW)
    assert (state.last_failure, state.last_failure_at) == ("run-1", EARLIER)


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED_BUG])
def test_an_older_outcome_never_replaces_a_newer(status: Status) -> None:
    newer = after(TaskState("sync"), replace(RUN, status=status))

    state = after(newer, replace(RUN, status=status, run_id="run-1", finished_at=EARLIER))

    assert state == newer


@pytest.mark.parametrize("status", [Status.SKIPPED, Status.CONTINUED, Status.INTERRUPTED, Status.RUNNING])
def test_what_is_neither_success_nor_failure_changes_nothing(status: Status) -> None:
    assert after(TaskState("sync"), replace(RUN, status=status)) == TaskState("sync")


def test_a_run_that_has_not_finished_changes_nothing() -> None:
    assert after(TaskState("sync"), replace(RUN, finished_at=None)) == TaskState("sync")


def test_an_outcome_that_says_nothing_new_is_not_written() -> None:
    history = ContestedHistory(faster=99, state=after(TaskState("sync"), RUN))

    assert note_outcome(history, RUN).last_success == "run-2"


def test_a_change_that_another_overtook_is_made_again() -> None:
    history = ContestedHistory(faster=TRIES - 1, state=TaskState("sync"))

    pause(history, "sync", "holiday", NOW)

    assert history.state.paused_reason == "holiday"


def test_a_change_gives_up_after_so_many_races_lost() -> None:
    history = ContestedHistory(faster=TRIES, state=TaskState("sync"))

    with pytest.raises(StaleRecord):
        pause(history, "sync", "holiday", NOW)

    assert history.state == TaskState("sync")
