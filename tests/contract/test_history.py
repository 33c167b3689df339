"""Task history keeps the same promises on SQLite, on PostgreSQL and in Firestore."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from google.cloud import firestore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.db.engine import make_engine
from common.runtime.documents import RETENTION
from common.runtime.records import History, Kind, RunRecord, StaleRecord, Status, Stored, TaskState
from common.runtime.task_state import note_outcome, pause, resume
from tests.support.histories import FirestoreStore, SqlStore, Store
from tests.support.settings import some_settings

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


@pytest.fixture(params=["sqlite", "postgresql", "firestore"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "firestore":
        host = request.getfixturevalue("firestore_emulator").host
        request.getfixturevalue("monkeypatch").setenv("FIRESTORE_EMULATOR_HOST", host)
        yield FirestoreStore(firestore.Client(project=f"test-{secrets.token_hex(4)}"))
        return
    engine = make_engine(some_settings(database_url=request.getfixturevalue(f"{request.param}_url")))
    yield SqlStore(engine)
    engine.dispose()


@pytest.fixture
def history(store: Store) -> History:
    return store.history(lambda: NOW)


def created(history: History, record: RunRecord = RUN) -> Stored:
    stored = history.create(record)
    assert stored is not None
    return stored


def changed(history: History, stored: Stored, **changes: Any) -> Stored:
    return history.replace(stored, replace(stored.record, **changes))


def test_a_record_is_read_as_it_was_written(history: History) -> None:
    stored = created(history)

    assert history.read(RUN.run_id) == stored
    assert stored.record == RUN


def test_there_is_no_record_of_an_unknown_run(history: History) -> None:
    assert history.read("congressional_sync-20261103T150000Z") is None


def test_a_run_id_is_written_once(history: History) -> None:
    created(history)

    again = history.create(replace(RUN, status=Status.SKIPPED))

    assert again is None
    assert history.read(RUN.run_id) is not None
    assert history.recent() == [RUN]


def test_of_many_that_create_a_record_one_does(history: History) -> None:
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(lambda n: history.create(replace(RUN, attempt=n)), range(4)))

    (winner,) = [stored for stored in results if stored]
    assert history.read(RUN.run_id) == winner


def test_a_record_follows_its_run(history: History) -> None:
    queued = created(history)
    running = changed(history, queued, status=Status.RUNNING, attempt=1, fence=7, started_at=NOW)
    halfway = changed(history, running, progress={"done": 5, "total": 10})

    done = changed(
        history, halfway, status=Status.SUCCEEDED, finished_at=NOW, seconds=1.5, counts={"stored": 3}
    )

    assert history.read(RUN.run_id) == done
    assert done.record.counts == {"stored": 3}


def test_a_change_of_what_has_changed_is_refused(history: History) -> None:
    read_before = created(history)
    current = changed(history, read_before, status=Status.RUNNING)

    with pytest.raises(StaleRecord, match=RUN.run_id):
        changed(history, read_before, status=Status.SKIPPED)

    assert history.read(RUN.run_id) == current


def test_a_change_that_changes_nothing_still_outdates_what_was_read(history: History) -> None:
    read_before = created(history)
    history.replace(read_before, RUN)

    with pytest.raises(StaleRecord):
        history.replace(read_before, RUN)


def test_of_many_that_change_a_record_one_does(history: History) -> None:
    stored = created(history)

    def claim(attempt: int) -> Stored | None:
        try:
            return changed(history, stored, attempt=attempt)
        except StaleRecord:
            return None

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(claim, range(1, 5)))

    (winner,) = [stored for stored in results if stored]
    assert history.read(RUN.run_id) == winner


def test_a_deleted_record_cannot_be_changed(history: History, store: Store) -> None:
    stored = created(history)
    store.delete("task_runs", RUN.run_id)

    with pytest.raises(StaleRecord):
        changed(history, stored, status=Status.RUNNING)

    assert history.read(RUN.run_id) is None


def test_fields_of_a_newer_revision_are_left_aside_and_kept(history: History, store: Store) -> None:
    created(history)
    store.add_fields("task_runs", RUN.run_id, {"mood": "sunny"})

    stored = history.read(RUN.run_id)
    assert stored is not None
    changed(history, stored, status=Status.RUNNING)

    assert stored.record == RUN
    assert store.document("task_runs", RUN.run_id)["mood"] == "sunny"
    assert store.document("task_runs", RUN.run_id)["status"] == "running"


def test_a_record_expires_90_days_after_its_creation(history: History, store: Store) -> None:
    created(history)

    expiry = store.document("task_runs", RUN.run_id)["expire_at"]

    assert expiry in (NOW + RETENTION, (NOW + RETENTION).isoformat())


def test_recent_runs_come_newest_first_and_no_more_than_asked(history: History) -> None:
    runs = [replace(RUN, run_id=f"run-{n}", created_at=NOW + timedelta(minutes=n)) for n in range(4)]
    for run in (runs[2], runs[0], runs[3], runs[1]):
        created(history, run)

    assert history.recent(limit=3) == [runs[3], runs[2], runs[1]]


def test_recent_runs_of_one_task_leave_out_the_others(history: History) -> None:
    created(history)
    created(history, replace(RUN, run_id="notifications-1", task="notifications"))

    assert [run.run_id for run in history.recent(task="notifications")] == ["notifications-1"]
    assert len(history.recent()) == 2


def test_recent_runs_leave_out_expired_ones_that_are_not_deleted_yet(store: Store) -> None:
    created(store.history(lambda: NOW))

    before, after = NOW + RETENTION - timedelta(seconds=1), NOW + RETENTION

    assert store.history(lambda: before).recent(task=RUN.task) == [RUN]
    assert store.history(lambda: after).recent(task=RUN.task) == []
    assert store.history(lambda: after).recent() == []


def test_a_naive_time_is_refused(history: History) -> None:
    naive = NOW.replace(tzinfo=None)

    with pytest.raises(ValueError, match="naive time"):
        history.create(replace(RUN, created_at=naive))

    assert history.read(RUN.run_id) is None


moments = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-4)), timezone(timedelta(hours=5, minutes=30))]),
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
plain = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e6, 1e6) | texts
values = st.recursive(
    plain, lambda inner: st.lists(plain, max_size=3) | st.dictionaries(texts.filter(bool), inner, max_size=3)
)
records = st.builds(
    RunRecord,
    run_id=st.just(RUN.run_id),
    task=st.just("congressional_sync"),
    scope=texts,
    root=texts,
    kind=st.sampled_from(Kind),
    status=st.sampled_from(Status),
    parameters=st.dictionaries(texts.filter(bool), values, max_size=3),
    created_at=moments,
    due=st.none() | moments,
    attempt=st.integers(0, 10),
    fence=st.none() | st.integers(1, 2**60),
    started_at=st.none() | moments,
    finished_at=st.none() | moments,
    seconds=st.none() | st.floats(0, 1e6),
    reason=st.none() | texts,
    error=st.none() | texts,
    counts=st.dictionaries(texts.filter(bool), st.integers(0, 2**40), max_size=3),
    progress=st.fixed_dictionaries({"done": st.integers(0, 99), "total": st.integers(0, 99)}),
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(record=records, later=records)
def test_any_record_survives_the_store(
    history: History, store: Store, record: RunRecord, later: RunRecord
) -> None:
    store.delete("task_runs", record.run_id)

    stored = history.replace(created(history, record), later)

    assert history.read(record.run_id) == stored
    assert stored.record == later


# ---- what is kept of a task


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
    changes: list[Callable[[], TaskState]] = [
        lambda: pause(history, RUN.task, "holiday", NOW),
        lambda: note_outcome(history, success),
        lambda: note_outcome(history, failure),
    ]

    with ThreadPoolExecutor(3) as threads:
        for change in [threads.submit(change) for change in changes]:
            change.result()

    state = history.read_state(RUN.task).state
    assert (state.last_success, state.last_failure, state.paused_reason) == ("run-1", "run-2", "holiday")
