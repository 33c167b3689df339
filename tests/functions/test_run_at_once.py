"""Many identical triggers at once, over real HTTP: one run, and every answer is true."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from common.runtime.records import Status
from tests.support.served import Answered
from tests.support.stage import TICK, staged

TRIGGERS = 60


def test_identical_triggers_at_once_are_one_run(database_url: str, redis_url: str) -> None:
    together = Barrier(TRIGGERS)
    with staged(database_url=database_url, redis_url=redis_url) as stage:

        def trigger(_: int) -> Answered:
            together.wait()
            return stage.ask(timeout=60)

        with ThreadPoolExecutor(TRIGGERS) as threads:
            answers = list(threads.map(trigger, range(TRIGGERS)))
        last = stage.ask()

        (record,) = stage.parts.history.recent()
        assert (record.run_id, record.status, record.attempt) == (TICK, Status.SUCCEEDED, 1)
        assert stage.steps == ["0", "1", "2"]
        assert stage.lock_holder is None
        assert {answer.status for answer in answers} <= {200, 503}
        assert [answer for answer in answers if answer.status == 200 and answer != last] == []
        assert last.body["counts"] == {"steps": 3, "now": 3}
