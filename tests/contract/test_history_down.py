"""A history that does not answer says so in time, whatever it is asked."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import firestore

from common.db.engine import make_engine
from common.errors import DependencyDown
from common.runtime.history_firestore import FirestoreHistory
from common.runtime.history_sql import Mark, SqlHistory
from common.runtime.records import History, Kind, RunRecord, Status, Stored, StoredState, TaskState
from local.services import Firestore
from tests.support.settings import some_settings
from tests.support.silent import silent_server

DEADLINE = 8.0  # seconds, the port's promise
NOW = datetime(2026, 11, 3, 13, 0, tzinfo=UTC)
RUN = RunRecord("run-1", "sync", "sync", "run-1", Kind.MANUAL, Status.QUEUED, {}, NOW)
STATE = TaskState("sync")
ASK: dict[str, Callable[[History], object]] = {
    "create": lambda history: history.create(RUN),
    "read": lambda history: history.read("run-1"),
    "replace": lambda history: history.replace(Stored(RUN, mark_of(history)), RUN),
    "recent": lambda history: history.recent(task="sync"),
    "read_state": lambda history: history.read_state("sync"),
    "replace_state": lambda history: history.replace_state(StoredState(STATE, mark_of(history)), STATE),
    "first state": lambda history: history.replace_state(StoredState(STATE, None), STATE),
}


def mark_of(history: History) -> object:
    return Mark(1) if isinstance(history, SqlHistory) else NOW


@pytest.fixture(params=["sql", "firestore"])
def dead_history(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> History:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:9")
    return (
        SqlHistory(make_engine(some_settings())) if request.param == "sql" else FirestoreHistory.at("nobody")
    )


def waited(ask: Callable[[History], object], history: History) -> float:
    started = time.monotonic()
    with pytest.raises(DependencyDown, match=r"^history: "):
        ask(history)
    return time.monotonic() - started


@pytest.mark.parametrize("question", ASK)
def test_a_dead_store_is_reported(dead_history: History, question: str) -> None:
    seconds = waited(ASK[question], dead_history)

    assert seconds < DEADLINE


def test_a_silent_firestore_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with silent_server() as port, ThreadPoolExecutor(len(ASK)) as threads:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{port}")
        asked = [
            threads.submit(waited, ask, FirestoreHistory.at("nobodys-project", lambda: NOW))
            for ask in ASK.values()
        ]
        seconds = [answer.result() for answer in asked]

    assert max(seconds) < DEADLINE


def test_a_record_that_firestore_cannot_hold_is_our_fault_not_its_absence(
    firestore_emulator: Firestore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator.host)
    history = FirestoreHistory(firestore.Client(project="nested-lists"))
    nested = RunRecord("run-1", "sync", "sync", "run-1", Kind.MANUAL, Status.QUEUED, {"a": [[1]]}, NOW)

    with pytest.raises(InvalidArgument):
        history.create(nested)
