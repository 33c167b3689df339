"""How far long work is, asked over HTTP while it is under way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from common.disclosures.parameters import SyncParameters
from common.disclosures.sync import sync_disclosures
from common.runtime.runner import run
from common.tasks import CONGRESSIONAL_SYNC
from local.standins.shelf import OwnShelf, Page
from tests.support.api import Api, an_api
from tests.support.served import ask
from tests.support.syncing import Sync, an_entry, syncing

RUN = "congressional_sync-h-watched"
FILED = [an_entry(number) for number in range(2, 10)]


@dataclass(frozen=True, slots=True)
class Watched(OwnShelf):
    """Calls LOOK before it hands out a report."""

    look: Callable[[], None] = print

    def document(self, year: int, doc_id: str) -> Page | None:
        self.look()
        return OwnShelf.document(self, year, doc_id)


@pytest.fixture
def sync(peopled_sqlite_url: str, redis_url: str) -> Iterator[Sync]:
    with syncing(peopled_sqlite_url, redis_url) as sync:
        assert sync.baseline().status == 200
        yield sync


@pytest.fixture
def api(sync: Sync, peopled_sqlite_url: str, redis_url: str) -> Iterator[Api]:
    with an_api(
        peopled_sqlite_url, redis_url, house_url=sync.house.url, senate_url=sync.senate.url, k_revision=None
    ) as api:
        api.now = sync.now
        parts = lambda: api.parts  # noqa: E731 - one of the two that `run` asks for
        api.beside["/congressional_sync"] = partial(
            run, task=CONGRESSIONAL_SYNC, use_case=sync_disclosures, parameters=SyncParameters, parts=parts
        )
        yield api


def test_a_sync_says_in_the_midst_of_it_how_far_it_is(sync: Sync, api: Api) -> None:
    seen: list[Any] = []

    def look() -> None:
        api.now += timedelta(seconds=11)
        seen.append(api.get(f"/tasks/{RUN}/status").json()["progress"])

    sync.house.shelf = Watched((*FILED,), look)
    asked = {"chambers": ["house"], "years": [2025]}

    ended = ask(api.port, asked, {"CapitolScope-Run": RUN}, path="/congressional_sync", timeout=60)

    last = api.get(f"/tasks/{RUN}/status").json()
    assert ended.status == 200
    assert {one["total"] for one in seen[-2:]} == {7}
    assert 0 < seen[-1]["done"] < 7
    assert (last["progress"], last["chain"][-1]["progress"]) == ({"done": 7, "total": 7},) * 2
