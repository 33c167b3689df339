"""congressional_sync with more to do than one request may take: each run hands over, until the work is done."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from common.db import tables as t
from local.standins.site import Reply
from tests.support.queue import Queue, a_queue
from tests.support.served import Answered, ask
from tests.support.syncing import FIRST, OLD, Sync, an_entry, syncing

MANY = [an_entry(100 + n) for n in range(20)]
LONGEST_CHAIN = 10


@pytest.fixture
def queue() -> Iterator[Queue]:
    """Lend a queue that takes continuations."""
    with a_queue() as queue:
        yield queue


@pytest.fixture
def slow(peopled_sqlite_url: str, redis_url: str, queue: Queue) -> Iterator[Sync]:
    """Lend a sync, without a baseline, of which each document costs a minute and a half of its fifteen."""
    with syncing(peopled_sqlite_url, redis_url, dispatch_url=queue.url) as lent:

        def later(reply: Reply) -> Reply:
            lent.now += timedelta(minutes=1.5)
            return reply

        lent.serve(OLD, FIRST, *MANY)
        lent.house.arm(later, path="*.pdf", times=1000)
        yield lent


def follow(sync: Sync, queue: Queue, **asked: Any) -> list[Answered]:
    """Return the answers of the whole chain that begins with a request for ASKED."""
    answers = [sync.baseline(**asked)]
    while answers[-1].body["status"] == "continued" and len(answers) < LONGEST_CHAIN:
        asks = queue.taken[-1]
        answers.append(ask(sync.port, asks.body, asks.headers, timeout=60))
    return answers


def test_a_long_baseline_is_done_by_a_chain_of_runs_and_its_counts_add_up(slow: Sync, queue: Queue) -> None:
    answers = follow(slow, queue)

    *links, last = answers
    counts = last.body["counts"]["house"]
    assert {link.body["status"] for link in links} == {"continued"}
    assert 2 <= len(links) <= 5
    assert (counts["new"], counts["stored"], counts["indexed"], counts["parsed"]) == (22, 22, 22, 22)
    assert slow.rows(t.baselines)[0].completed_at is not None


def test_a_limit_holds_for_the_whole_chain(slow: Sync, queue: Queue) -> None:
    answers = follow(slow, queue, limit=15)

    assert len(answers) > 1
    assert (
        answers[-1].body["counts"]["house"]["stored"],
        answers[-1].body["counts"]["house"]["waiting"],
    ) == (15, 7)


def test_named_documents_are_read_again_once_by_the_whole_chain(slow: Sync, queue: Queue) -> None:
    follow(slow, queue)
    slow.asked()
    queue.taken.clear()

    answers = follow(slow, queue, doc_ids=[entry.row.doc_id for entry in MANY])

    assert [answer.body["status"] for answer in answers][-2:] == ["continued", "succeeded"]
    fetched = Counter(path for path in slow.asked() if path.endswith(".pdf"))
    assert len(fetched) == len(MANY)
    assert fetched.total() <= len(MANY) + 4 * len(answers)
