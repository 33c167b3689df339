"""The runtime's small parts: signals, what a trigger carries on, cost, wiring."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socketserver import BaseRequestHandler, TCPServer

import pytest
from flask import Flask, request
from sqlalchemy import text

from common.errors import DependencyDown, NotConfigured
from common.runtime import wiring
from common.runtime.cost import estimate
from common.runtime.dispatch import HttpDispatcher, NoDispatcher
from common.runtime.history_firestore import FirestoreHistory
from common.runtime.history_sql import SqlHistory
from common.runtime.records import Kind
from common.runtime.signals import Termination
from common.runtime.stops import Terminated
from common.runtime.trigger import Trigger, headers_of, read_trigger
from common.runtime.wiring import Parts
from tests.support.settings import some_settings
from tests.support.steps import STEPS, StepsParameters

NOW = datetime(2026, 11, 3, 13, 0, tzinfo=UTC)
PLAIN = Trigger(Kind.HANDOVER, "steps-m-1", "steps-m-1", "steps", {"steps": 2})


@pytest.fixture
def told() -> Iterator[list[int]]:
    """Take the place of gunicorn's handler, and remember what it was told."""
    told: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    yield told
    signal.signal(signal.SIGTERM, before)


def test_the_previous_handler_is_told_when_the_work_is_over(told: list[int]) -> None:
    with Termination() as termination:
        signal.raise_signal(signal.SIGTERM)
        assert (termination.requested, told) == (True, [])

    assert told == [signal.SIGTERM]


def test_without_a_signal_the_previous_handler_is_only_restored(told: list[int]) -> None:
    mine = signal.getsignal(signal.SIGTERM)

    with Termination() as termination:
        assert signal.getsignal(signal.SIGTERM) != mine

    assert (termination.requested, signal.getsignal(signal.SIGTERM), told) == (False, mine, [])


def test_work_that_does_not_stop_by_itself_is_ended(told: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.runtime.signals.PATIENCE", 0.05)

    with Termination() as termination, pytest.raises(Terminated), termination.interruptible():
        hear_nothing()

    assert told == [signal.SIGTERM]


@pytest.mark.parametrize("longest", [timedelta(seconds=0.05), timedelta(seconds=-1)])
def test_work_that_outlasts_its_time_is_ended(told: list[int], longest: timedelta) -> None:
    with Termination() as termination, pytest.raises(Terminated), termination.interruptible(longest):
        time.sleep(5)


def test_an_outcome_takes_as_long_as_it_takes(told: list[int]) -> None:
    with Termination() as termination:
        with termination.interruptible(timedelta(seconds=0.05)):
            pass
        time.sleep(0.1)

    assert told == []


def hear_nothing() -> None:
    signal.raise_signal(signal.SIGTERM)
    time.sleep(5)


def test_no_work_begins_after_the_signal(told: list[int]) -> None:
    with Termination() as termination:
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Terminated), termination.interruptible():
            pytest.fail("it began")

    assert told == [signal.SIGTERM]


def test_the_outcome_is_written_undisturbed(told: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.runtime.signals.PATIENCE", 0.02)

    with Termination():
        signal.raise_signal(signal.SIGTERM)
        time.sleep(0.1)

    assert told == [signal.SIGTERM]


def test_another_thread_sets_no_handlers(told: list[int]) -> None:
    seen = []

    def answer() -> None:
        with Termination():
            seen.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=answer)
    thread.start()
    thread.join()

    assert seen == [before]


@pytest.mark.parametrize(
    "trigger",
    [
        PLAIN,
        replace(PLAIN, trace="0af7651916cd43dd8448eb211c80319c"),
        replace(PLAIN, scope="steps/0-9", parameters={}),
        replace(PLAIN, kind=Kind.CONTINUATION, run_id="steps-m-1.c2"),
    ],
)
def test_a_trigger_arrives_as_it_was_sent(trigger: Trigger) -> None:
    context = Flask("t").test_request_context(
        method="POST", json=dict(trigger.parameters), headers=headers_of(trigger)
    )

    with context:
        read = read_trigger(request, STEPS, StepsParameters, NOW)

    assert read == trigger


def test_a_request_without_anything_is_a_manual_run() -> None:
    with Flask("t").test_request_context(method="POST"):
        first = read_trigger(request, STEPS, StepsParameters, NOW)
        second = read_trigger(request, STEPS, StepsParameters, NOW)

    assert first.kind is Kind.MANUAL
    assert first.run_id.startswith("steps-m-")
    assert first.run_id != second.run_id
    assert first.root == first.run_id


def test_a_queue_that_does_not_listen_has_taken_nothing() -> None:
    with pytest.raises(DependencyDown, match=r"^dispatch: steps-m-1 was not taken"):
        HttpDispatcher("http://127.0.0.1:9").dispatch(STEPS, PLAIN)


class Babbler(BaseRequestHandler):
    """Answers whatever comes with what is no HTTP."""

    def handle(self) -> None:
        self.request.recv(1000)
        self.request.sendall(b"good morning\r\n\r\n")


def test_a_queue_that_speaks_no_http_has_taken_nothing() -> None:
    with TCPServer(("127.0.0.1", 0), Babbler) as server, ThreadPoolExecutor(1) as background:
        background.submit(server.handle_request)
        with pytest.raises(DependencyDown, match="good morning"):
            HttpDispatcher(f"http://127.0.0.1:{server.server_address[1]}").dispatch(STEPS, PLAIN)


def test_without_a_queue_the_setting_is_named() -> None:
    with pytest.raises(NotConfigured, match="DISPATCH_URL"):
        NoDispatcher().dispatch(STEPS, PLAIN)


@pytest.mark.parametrize(("memory", "dollars"), [("1Gi", 0.00505), ("512Mi", 0.004925)])
def test_a_run_costs_what_its_instance_costs(memory: str, dollars: float) -> None:
    task = replace(STEPS, memory=memory)

    assert estimate(task, timedelta(seconds=100)) == pytest.approx(dollars)


def test_history_and_queue_are_chosen_by_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:9")

    plain = wiring.assemble(some_settings())
    cloud = wiring.assemble(
        some_settings(history="firestore", google_cloud_project="p", dispatch_url="http://127.0.0.1:9")
    )

    assert (type(plain.history), type(plain.dispatcher)) == (SqlHistory, NoDispatcher)
    assert (type(cloud.history), type(cloud.dispatcher)) == (FirestoreHistory, HttpDispatcher)


@pytest.mark.parametrize(
    "ask",
    [
        lambda parts: parts.database.take_fence("steps"),
        lambda parts: parts.database.reading(),
        lambda parts: parts.database.recording(),
        lambda parts: parts.history.read("steps-m-1"),
    ],
    ids=["fence", "reading", "recording", "history"],
)
def test_a_schema_that_this_code_does_not_know_is_refused_before_anything_is_asked(
    ask: Callable[[Parts], object], tmp_path: Path
) -> None:
    parts = wiring.assemble(some_settings(database_url=f"sqlite:///{tmp_path}/empty.db"))

    with pytest.raises(DependencyDown, match=r"schema none .*python -m common\.db\.schema"):
        ask(parts)


def test_a_schema_is_not_looked_at_where_settings_say_so(tmp_path: Path) -> None:
    unchecked = wiring.assemble(
        some_settings(database_url=f"sqlite:///{tmp_path}/empty.db", schema_check=False)
    )

    with unchecked.database.reading() as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def test_a_process_makes_its_parts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "settings", some_settings)
    wiring.parts.cache_clear()

    assert wiring.parts() is wiring.parts()

    wiring.parts.cache_clear()
