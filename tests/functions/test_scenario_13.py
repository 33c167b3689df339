"""Redis, the database or history goes down in the middle of a run (product, scenario 13): nothing is lost, nothing doubled.

health_check says what is wrong meanwhile, and what asks again by itself brings everything to its end.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from queue import Queue
from typing import Any

import pytest

from common.alerts.sending.deliver import WAVE
from common.alerts.sending.ledger import LEASE
from common.alerts.sending.settle import settle
from common.db import tables as t
from common.db.alert_tables import messages
from common.db.engine import write_transaction
from common.mail.events import parse
from local.services import Firestore, Postgres, Redis
from local.services.door import door_to
from local.standins.sendgrid import slow
from local.standins.sendgrid_events import body_of, event_of
from local.standins.site import Reply
from tests.support.office import GREENE, GREENE_FILES, MRS_GREENE_FILES, SENDING, Office, an_office
from tests.support.served import Answered, ask
from tests.support.syncing import FIRST, OLD, SECOND, YEARS

NOBODY = "http://127.0.0.1:9"  # takes no hand-over
DEPENDENCIES = {"database", "redis", "history"}
READERS = [f"reader{number}@example.org" for number in range(WAVE + 4)]


@dataclass(frozen=True)
class Outage:
    """Something that goes down, and comes back."""

    down: set[str]
    """What health_check has to name."""
    settings: Mapping[str, str]
    strike: Callable[[], None]
    mend: Callable[[], None]
    seen: Queue[set[str]] = field(default_factory=Queue)

    def happens(self, office: Office) -> None:
        """Strike, and see what health_check says."""
        self.strike()
        self.seen.put(found_down(office))

    def ends(self) -> set[str]:
        """Mend it once it was seen; return what health_check said."""
        said = self.seen.get(timeout=30)
        self.mend()
        return said


def found_down(office: Office) -> set[str]:
    """Return those dependencies that health_check, asked over HTTP, finds down."""
    answer = ask(office.sync.port, path="/health_check", timeout=60)
    colors = {one["component"]: one["color"] for one in answer.body["components"]}
    return {name for name in DEPENDENCIES if colors[name] == "down"}


@pytest.fixture
def redis_outage(own_redis: Redis, peopled_sqlite_url: str) -> Outage:
    """Lend a Redis that is killed, and comes back with nothing of what it held."""
    assert own_redis.server is not None
    settings = {"database_url": peopled_sqlite_url, "redis_url": own_redis.url}
    return Outage({"redis"}, settings, own_redis.server.kill, own_redis.server.start)


@pytest.fixture
def database_outage(own_postgres: Postgres, own_peopled_postgresql_url: str, redis_url: str) -> Outage:
    """Lend a PostgreSQL that is killed and started again; history lies in it too."""
    assert own_postgres.server is not None
    settings = {"database_url": own_peopled_postgresql_url, "redis_url": redis_url}
    return Outage({"database", "history"}, settings, own_postgres.server.kill, own_postgres.server.start)


@pytest.fixture
def history_outage(
    firestore_emulator: Firestore, peopled_sqlite_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Outage]:
    """Lend a Firestore that refuses connections."""
    project = "scenario-13"
    with door_to(int(firestore_emulator.host.rpartition(":")[2])) as door:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{door.port}")
        settings = {"history": "firestore", "google_cloud_project": project}
        servers = {"database_url": peopled_sqlite_url, "redis_url": redis_url}
        yield Outage({"history"}, servers | settings, door.shut, door.open)
    firestore_emulator.flush(project)


@pytest.fixture(params=["redis", "database", "history"])
def outage(request: pytest.FixtureRequest) -> Outage:
    """Lend each of them in turn."""
    outage: Outage = request.getfixturevalue(f"{request.param}_outage")
    return outage


@pytest.fixture
def office(outage: Outage) -> Iterator[Office]:
    """Lend an office on servers one of which will go down; nothing is handed over at once."""
    with an_office(**outage.settings, dispatch_url=NOBODY) as office:
        assert found_down(office) == set()
        yield office


def until_done(asks: Callable[[], Answered]) -> Answered:
    """Ask again, as Scheduler does, until the answer is 200. Raises AssertionError after half a minute."""
    limit = time.monotonic() + 30
    while (answer := asks()).status != 200:
        assert time.monotonic() < limit, answer
        time.sleep(0.2)
    return answer


def a_tick(office: Office, path: str, parameters: Mapping[str, Any]) -> Callable[[], Answered]:
    """Return what asks for one and the same tick, whenever it is called."""
    headers = {"X-CloudScheduler-ScheduleTime": office.sync.now.isoformat()}
    return lambda: ask(office.sync.port, parameters, headers, path=path, timeout=60)


def test_a_sync_in_whose_midst_something_goes_down_stores_and_tells_everything_once(
    outage: Outage, office: Office
) -> None:
    office.follow("kyle@example.org", "Greene", members=[GREENE])
    office.sync.serve(OLD, FIRST, SECOND, GREENE_FILES, MRS_GREENE_FILES)
    tick = a_tick(office, "/", {"years": YEARS, "chambers": ["house"]})

    def fail_meanwhile(reply: Reply) -> Reply:
        outage.happens(office)
        return reply

    office.sync.house.arm(fail_meanwhile, path=f"*{GREENE_FILES.row.doc_id}.pdf")
    tick()
    said = outage.ends()
    until_done(tick)
    office.sync.now += timedelta(minutes=30)
    until_done(a_tick(office, "/notifications", {}))

    assert said == outage.down
    assert found_down(office) == set()
    assert {filing.state for filing in office.sync.filings().values()} == {"parsed"}
    assert [row.version for row in office.sync.rows(t.versions)] == [1] * 5
    assert [to for to, _ in office.subjects()] == ["kyle@example.org"] * 2


def test_a_sync_that_a_flush_let_the_next_tick_overtake_writes_nothing_more(
    own_redis: Redis, peopled_sqlite_url: str
) -> None:
    with an_office(peopled_sqlite_url, own_redis.url, dispatch_url=NOBODY) as office:
        office.sync.serve(OLD, FIRST, SECOND, GREENE_FILES)
        tick = a_tick(office, "/", {"years": YEARS, "chambers": ["house"]})
        office.sync.now += timedelta(hours=2)
        next_tick = a_tick(office, "/", {"years": YEARS, "chambers": ["house"]})
        overtaking = Queue[Answered]()

        def flush_meanwhile(reply: Reply) -> Reply:
            own_redis.flush()
            overtaking.put(next_tick())
            return reply

        office.sync.house.arm(flush_meanwhile, path=f"*{GREENE_FILES.row.doc_id}.pdf")
        overtaken, overtook, again = tick(), overtaking.get(timeout=30), until_done(tick)

        assert [overtaken.status, overtook.status, again.body["attempt"]] == [503, 200, 2]
        assert [row.version for row in office.sync.rows(t.versions)] == [1] * 4
        assert {row.scope: row.token for row in office.sync.rows(t.fences)} == {"congressional_sync": 4}


def events_of(office: Office) -> None:
    """Let the provider say of each mail that it was delivered."""
    told = [event_of(mail, "delivered", office.sync.now) for mail in office.provider.taken]
    settle(
        lambda: write_transaction(office.sync.engine),
        parse(body_of(told)).events,
        signed_at=office.sync.now,
        address_key=SENDING["address_key"],
        now=office.sync.now,
    )


def test_a_send_in_whose_midst_something_goes_down_mails_everybody_once(
    outage: Outage, office: Office
) -> None:
    for reader in READERS:
        office.follow(reader, "Greene", members=[GREENE])
    office.sync.serve(OLD, FIRST, GREENE_FILES)
    assert office.sync.tick().status == 200
    tick = a_tick(office, "/notifications", {})
    office.provider.arm(slow(0.2), times=WAVE)

    with ThreadPoolExecutor(1) as scheduler:
        first = scheduler.submit(tick)
        while not office.provider.taken:
            assert not first.done(), first.result()
            time.sleep(0.005)
        outage.happens(office)
        first.result()
    said = outage.ends()
    until_done(tick)
    office.sync.now += LEASE + timedelta(minutes=1)
    until_done(a_tick(office, "/notifications", {}))
    events_of(office)

    assert said == outage.down
    assert found_down(office) == set()
    assert Counter(mail.to for mail in office.provider.taken) == dict.fromkeys(READERS, 1)
    assert {message.status for message in office.sync.rows(messages)} == {"delivered"}
