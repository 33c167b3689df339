"""What is kept of a task survives several writers at once, on every history."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from common.runtime.records import History, StaleRecord, Status, TaskState
from common.runtime.task_state import note_outcome, pause, resume
from tests.support.histories import NOW, RUN, Store


def test_a_task_that_never_ran_has_an_empty_state(history: History) -> None:
    assert history.read_state("congressional_sync").state == TaskState("congressional_sync")


def test_a_paused_task_stays_paused_until_it_is_resumed(history: History) -> None:
    pause(history, "congressional_sync", "the Clerk moves house", NOW)
    paused = history.read_state("congressional_sync").state

    resume(history, "congressional_sync")

    assert (paused.paused_at, paused.paused_reason) == (NOW, "the Clerk moves house")
    assert history.read_state("congressional_sync").state == TaskState("congressional_sync")
    assert history.read_state("notifications").state == TaskState("notifications")


def test_the_last_success_and_the_last_failure_are_kept_beside_a_pause(history: History) -> None:
    success = replace(RUN, run_id="run-1", status=Status.SUCCEEDED, finished_at=NOW)
    failure = replace(RUN, run_id="run-2", status=Status.FAILED_BUG, finished_at=NOW + timedelta(hours=2))

    pause(history, RUN.task, "holiday", NOW)
    note_outcome(history, success)
    note_outcome(history, failure)

    assert history.read_state(RUN.task).state == TaskState(
        task=RUN.task,
        last_success="run-1",
        last_success_at=NOW,
        last_failure="run-2",
        last_failure_at=NOW + timedelta(hours=2),
        paused_at=NOW,
        paused_reason="holiday",
    )


@pytest.mark.parametrize("is_there", [False, True], ids=["first", "later"])
def test_a_change_of_a_state_that_has_changed_is_refused(history: History, is_there: bool) -> None:  # noqa: FBT001
    if is_there:
        pause(history, RUN.task, "first", NOW)
    read_before = history.read_state(RUN.task)
    pause(history, RUN.task, "second", NOW)

    with pytest.raises(StaleRecord):
        history.replace_state(read_before, TaskState(RUN.task, last_success="run-1"))

    assert history.read_state(RUN.task).state.paused_reason == "second"


def test_a_states_fields_of_a_newer_revision_are_kept(history: History, store: Store) -> None:
    pause(history, RUN.task, "holiday", NOW)
    store.add_fields("tasks", RUN.task, {"mood": "sunny"})

    resume(history, RUN.task)

    assert store.document("tasks", RUN.task)["mood"] == "sunny"
    assert history.read_state(RUN.task).state == TaskState(RUN.task)


def test_changes_of_a_state_by_several_at_once_are_all_kept(history: History) -> None:
    success = replace(RUN, run_id="run-1", status=Status.SUCCEEDED, finished_at=NOW)
    failure = replace(RUN, run_id="run-2", status=Status.GAVE_UP, finished_at=NOW)
    changes = [
        lambda: pause(history, RUN.task, "holiday", NOW),
        lambda: note_outcome(history, success),
        lambda: note_outcome(history, failure),
    ]

    with ThreadPoolExecutor(3) as threads:
        for change in [threads.submit(change) for change in changes]:
            change.result()

    state = history.read_state(RUN.task).state
    assert (state.last_success, state.last_failure, state.paused_reason) == ("run-1", "run-2", "holiday")
