"""Task history keeps the same promises on SQLite, on PostgreSQL and in Firestore."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.runtime.documents import RETENTION
from common.runtime.records import History, Kind, RunRecord, StaleRecord, Status, Stored
from tests.support.histories import NOW, RUN, Store


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


def test_recent_runs_of_one_status_leave_out_the_others(history: History) -> None:
    created(history)
    changed(history, created(history, replace(RUN, run_id="run-2")), status=Status.GAVE_UP)

    assert [run.run_id for run in history.recent(status=Status.GAVE_UP)] == ["run-2"]
    assert [run.run_id for run in history.recent(task=RUN.task, status=Status.QUEUED)] == [RUN.run_id]
    assert history.recent(task="notifications", status=Status.QUEUED) == []


def test_pages_of_recent_runs_hold_each_once_also_those_of_one_moment(history: History) -> None:
    runs = [replace(RUN, run_id=f"run-{n}", created_at=NOW + timedelta(minutes=n // 3)) for n in range(7)]
    for run in runs:
        created(history, run)

    pages = [history.recent(limit=2)]
    while pages[-1]:
        pages.append(history.recent(task=RUN.task, before=pages[-1][-1], limit=2))

    assert [run for page in pages for run in page] == runs[::-1]
    assert [len(page) for page in pages] == [2, 2, 2, 1, 0]


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
names = st.from_regex(r"[a-z][a-z0-9_. -]{0,9}", fullmatch=True)  # Firestore reserves __*__
plain = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e6, 1e6) | texts
values = st.recursive(
    plain, lambda inner: st.lists(plain, max_size=3) | st.dictionaries(names, inner, max_size=3)
)
records = st.builds(
    RunRecord,
    run_id=st.just(RUN.run_id),
    task=st.just("congressional_sync"),
    scope=texts,
    root=texts,
    kind=st.sampled_from(Kind),
    status=st.sampled_from(Status),
    parameters=st.dictionaries(names, values, max_size=3),
    created_at=moments,
    due=st.none() | moments,
    attempt=st.integers(0, 10),
    fence=st.none() | st.integers(1, 2**60),
    started_at=st.none() | moments,
    finished_at=st.none() | moments,
    seconds=st.none() | st.floats(0, 1e6),
    reason=st.none() | texts,
    error=st.none() | texts,
    counts=st.dictionaries(names, st.integers(0, 2**40), max_size=3),
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
