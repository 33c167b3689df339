"""daily_maintenance over real HTTP and mail: the queue put right, and what was told neither forgotten nor told again."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import select, update

from common.alerts.explain import explain
from common.alerts.sending.queue import GROUP, STREAM, RedisQueue
from common.db.alert_tables import messages, subscribers, told
from common.db.engine import read_transaction, write_transaction
from common.ops.maintenance import housekeeping
from tests.support.office import GREENE, GREENE_FILES, Office
from tests.support.syncing import FIRST, OLD

KYLE = "kyle@example.org"
YEARS = timedelta(days=3 * 365)


def explained(office: Office) -> list[dict[str, Any]]:
    with read_transaction(office.sync.engine) as connection:
        kyle = connection.execute(select(subscribers.c.id)).scalar_one()
        return [asdict(decision) for decision in explain(connection, kyle, GREENE_FILES.row.doc_id)]


def test_years_later_what_was_told_is_explained_as_before_and_not_told_again(office: Office) -> None:
    office.follow(KYLE, "Greene", members=[GREENE])
    office.sync.serve(OLD, FIRST, GREENE_FILES)
    office.sync.tick()
    before, sent = explained(office), office.subjects()
    office.sync.now += YEARS

    answer = office.sync.maintain(step="retention")
    office.sync.tick(doc_ids=[GREENE_FILES.row.doc_id])
    office.notify()

    deleted = answer.body["counts"]["steps"]["retention"]["did"]["deleted"]
    assert (deleted["task_runs"] > 0, deleted["checkpoints"] > 0) == (True, True)
    assert explained(office) == before
    assert len(sent) == 1
    assert office.subjects() == sent
    assert len(office.sync.rows(told)) == 1


def test_a_message_whose_process_died_and_an_entry_that_was_left_are_put_right(
    office: Office, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.follow(KYLE, "Greene", members=[GREENE])
    office.sync.serve(OLD, FIRST, GREENE_FILES)
    office.sync.tick()
    with write_transaction(office.sync.engine) as tx:
        tx.execute(update(messages).values(status="sending", lease_until=office.sync.now))
    queue = RedisQueue.at(redis_url)
    queue.put([7])
    queue.take("notifications/drain-4", 1)
    monkeypatch.setattr(housekeeping, "LEFT_AFTER", timedelta(0))

    did = office.sync.maintain(step="queue").body["counts"]["steps"]["queue"]["did"]

    assert did == {"messages": {"lapsed": 1, "presumed_lost": 0, "resent": 0}, "orphans": 1}
    assert [message.status for message in office.sync.rows(messages)] == ["unknown"]
    with Redis.from_url(redis_url) as client:
        assert (client.xlen(STREAM), client.xpending(STREAM, GROUP)["pending"]) == (0, 0)
