"""congressional_sync with more to ask of the Senate than one run may: what a chain of runs asks, and when it ends."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from common.disclosures.reading import MOST_CUT_SHORT
from common.disclosures.senate import sync as senate_sync
from common.disclosures.senate.client import DATA
from local.standins.site import instead
from tests.support.queue import Queue, a_queue
from tests.support.senate import spread_over
from tests.support.served import Answered, ask
from tests.support.syncing import FIRST, OLD, SECOND, SENATE_OLD, Sync, syncing

LONGEST_CHAIN = 8


@pytest.fixture
def queue() -> Iterator[Queue]:
    """Lend a queue that takes continuations."""
    with a_queue() as queue:
        yield queue


@pytest.fixture
def sync(peopled_sqlite_url: str, redis_url: str, queue: Queue) -> Iterator[Sync]:
    """Lend a sync without a baseline whose continuations wait in QUEUE."""
    with syncing(peopled_sqlite_url, redis_url, dispatch_url=queue.url) as lent:
        yield lent


def follow(sync: Sync, queue: Queue, first: Answered) -> list[Answered]:
    """Return the answers of the whole chain that began with FIRST."""
    answers = [first]
    while answers[-1].body["status"] == "continued" and len(answers) < LONGEST_CHAIN:
        link = next(taken for taken in reversed(queue.taken) if ".c" in taken.headers["Capitolscope-Run"])
        answers.append(ask(sync.port, link.body, link.headers, timeout=60))
    return answers


def test_a_search_that_no_run_can_end_is_given_up_by_its_chain_and_the_houses_part_is_done(
    sync: Sync, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync.chambers = ["house", "senate"]
    sync.baseline()
    sync.serve(OLD, FIRST, SECOND)
    monkeypatch.setattr(senate_sync, "MOST_REQUESTS", 5)
    sync.senate.reports = (SENATE_OLD, *spread_over(2025, 150))

    *links, last = follow(sync, queue, sync.tick())

    counts = last.body["counts"]
    assert [link.body["status"] for link in links] == ["continued"] * MOST_CUT_SHORT
    assert (last.body["status"], counts["house"]["stored"]) == ("succeeded", 1)
    assert "Senate index 2025: 3 runs ended before it was read to its end" in counts["senate"]["fault"]


def test_each_run_of_a_chain_hands_over_what_it_stored(
    sync: Sync, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync.chambers = ["senate"]
    sync.baseline()
    monkeypatch.setattr(senate_sync, "MOST_REQUESTS", 8)
    sync.senate.reports += tuple(spread_over(2025, 5))

    first = sync.tick()

    asked = [taken.headers["Capitolscope-Run"] for taken in queue.taken]
    assert first.body["status"] == "continued"
    assert [run.startswith("notifications-h-") for run in asked] == [True, False]


def test_a_year_that_january_left_empty_is_searched_once_by_a_chain(
    sync: Sync, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senate_sync, "MOST_REQUESTS", 8)
    sync.now = datetime(2026, 1, 5, 15, tzinfo=UTC)
    sync.senate.reports = tuple(spread_over(2025, 8))

    answers = follow(sync, queue, sync.baseline(chambers=["senate"], years=[2025, 2026]))

    assert [answer.body["status"] for answer in answers] == ["continued", "succeeded"]
    assert sync.senate.paths().count(DATA) == 2


def test_an_odd_answer_to_each_run_is_told_as_what_it_is_to_the_end_of_the_chain(
    sync: Sync, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senate_sync, "MOST_REQUESTS", 7)
    sync.senate.reports = tuple(spread_over(2025, 12))
    maintenance = instead(b"<title>Maintenance</title>")
    sync.senate.arm(maintenance, path=DATA)
    sync.senate.arm(lambda reply: reply, path=DATA)  # of 2025
    sync.senate.arm(maintenance, path=DATA, times=LONGEST_CHAIN)

    answers = follow(sync, queue, sync.baseline(chambers=["senate"]))

    assert len(answers) > MOST_CUT_SHORT + 1
    assert "titled 'Maintenance'" in answers[-1].body["counts"]["senate"]["fault"]


def test_the_last_evening_of_january_in_washington_is_january(sync: Sync) -> None:
    sync.now = datetime(2026, 2, 1, 2, 0, tzinfo=UTC)
    sync.senate.reports = tuple(spread_over(2025, 2))

    answer = sync.baseline(chambers=["senate"], years=[2025, 2026])

    assert answer.body["counts"]["senate"]["fault"] is None
