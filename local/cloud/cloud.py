"""Everything that stands for Google's cloud on this laptop, from Redis to the gateway, in one context."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from common.clock import Clock
from common.db.engine import make_engine
from common.db.schema import upgrade
from common.errors import NotConfigured
from common.settings import given, load
from common.tasks import SERVICES, TASKS
from local.cloud.gateway import Gateway
from local.cloud.instances import Instances, Start
from local.cloud.pages import Pages
from local.cloud.paths import shown
from local.cloud.scene import World, world
from local.demo.cloud import environment_of, settings_of
from local.functions import Function, serve, side_by_side
from local.queue import Queue
from local.services import FAST, firestore_emulator, postgres_server, redis_server
from local.services.server import free_port

OURS = "/local/"
MOST_INSTANCES = 2  # of a task: enough for two deliveries at once, on a machine that has two cores
OPERATOR = "operator@example.com"
KEYS = ("ALPACA_KEY_ID", "ALPACA_SECRET_KEY", "CONGRESS_GOV_API_KEY")
"""Taken over from this process's environment where the real sites are asked."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a cloud is to be made of. PORT 0 = a free one; CLOCK_FILE = a simulation's clock."""

    folder: Path
    contact: str
    port: int = 0
    live: bool = False
    postgresql: bool = False
    firestore: bool = False
    clock_file: Path | None = None


@dataclass(frozen=True)
class Cloud:
    """What runs, while it runs; `parts` says of each whether it is embedded, real or a stand-in."""

    url: str
    gateway: Gateway
    queue: Queue
    functions: Mapping[str, Instances]
    engine: Engine
    clock: Clock
    world: World
    folder: Path
    parts: Mapping[str, str]

    @property
    def mails(self) -> str:
        """Where the mails can be looked at."""
        return f"{self.url}{OURS}"


@contextmanager
def cloud(wish: Wish) -> Iterator[Cloud]:
    """Start what WISH says, in its folder, until the block ends; functions only start when they are asked.

    Raises NotConfigured where a part cannot be had, or the port is taken.
    """
    port = wish.port or free_port()
    url = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        redis = stack.enter_context(redis_server(wish.folder / "redis", own=True))
        database = stack.enter_context(_database(wish))
        history = stack.enter_context(_history(wish))
        queue = stack.enter_context(Queue({name: partial(_address, url, name) for name in TASKS}))
        services = {"DATABASE_URL": database.url, "REDIS_URL": redis.url, "DISPATCH_URL": queue.url}
        known = _environment(wish, url) | services | history.settings
        settings = load(known)
        outside = stack.enter_context(world(settings.clock, live=wish.live))
        engine = make_engine(settings)
        stack.callback(engine.dispose)
        upgrade(engine)
        made = partial(_instances, environment=known | _outside(outside), folder=wish.folder)
        functions = stack.enter_context(side_by_side({name: made(name) for name in (*TASKS, *SERVICES)}))
        parts = outside.sources | _parts(
            database.describe, history.describe, redis.describe, settings.data_dir
        )
        pages = Pages(settings.data_dir / "mail", lambda: parts | _at_work(functions), tuple(shown()))
        gateway = stack.enter_context(_gateway(functions, pages, port))
        yield Cloud(url, gateway, queue, functions, engine, settings.clock, outside, wish.folder, parts)


def _environment(wish: Wish, url: str) -> dict[str, str]:
    """Return the settings that do not depend on what is started."""
    clock = {"CLOCK_FILE": str(wish.clock_file)} if wish.clock_file else {}
    return environment_of(wish.folder, url) | {"CONTACT": wish.contact, "OPERATOR_ADDRESS": OPERATOR} | clock


def _parts(database: str, history: str, redis: str, folder: Path) -> dict[str, str]:
    """Say of each part whether it is embedded, real or a stand-in."""
    return {
        "Database": database,
        "History": history,
        "Mail": f"embedded: a folder, {folder / 'mail'}",
        "Redis": f"real: {redis}",
        "Functions": "real: each a process of functions-framework, started when it is asked",
        "Tasks": "a stand-in for Cloud Tasks, in this process",
        "Scheduler": "a stand-in for Cloud Scheduler, in this process",
    }


def _address(url: str, name: str) -> str:
    return f"{url}/{name}"


def _gateway(functions: Mapping[str, Instances], pages: Pages, port: int) -> Gateway:
    try:
        return Gateway(functions, {OURS: pages}, port=port)
    except OSError as taken:
        raise NotConfigured(
            f"port {port} of this machine is taken ({taken.strerror}); give --port"
        ) from taken


@dataclass(frozen=True, slots=True)
class _Database:
    url: str
    describe: str


@contextmanager
def _database(wish: Wish) -> Iterator[_Database]:
    if not wish.postgresql:
        url = environment_of(wish.folder)["DATABASE_URL"]
        yield _Database(url, f"embedded: {url}")
        return
    with postgres_server(wish.folder / "postgresql", own=True, settings=FAST) as postgres:
        yield _Database(postgres.url, f"real: {postgres.describe}")


@dataclass(frozen=True, slots=True)
class _History:
    settings: dict[str, str]
    describe: str


@contextmanager
def _history(wish: Wish) -> Iterator[_History]:
    if not wish.firestore:
        yield _History({}, "embedded: in the same database")
        return
    with firestore_emulator(wish.folder / "firestore") as emulator:
        named = {"GOOGLE_CLOUD_PROJECT": "laptop", "FIRESTORE_EMULATOR_HOST": emulator.host}
        yield _History({"HISTORY": "firestore", **named}, f"a stand-in: {emulator.describe}, without a disk")


def _outside(outside: World) -> dict[str, str]:
    """Return the settings that say whom the functions ask: the stand-ins, or the real sites with the keys given here."""
    if outside.sites:
        return settings_of(outside.sites)
    return {name: value for name in KEYS if (value := given(name))}


def _instances(name: str, environment: Mapping[str, str], folder: Path) -> Instances:
    """Return NAME's instances: a task's work on one request at a time, as Cloud Run's do with --concurrency=1."""
    service = SERVICES.get(name)
    threads = service.concurrency if service else 1
    settings = {**environment, "THREADS": str(threads)}
    return Instances(
        _starter(name, settings, folder), concurrency=threads, most=1 if service else MOST_INSTANCES
    )


def _starter(name: str, environment: Mapping[str, str], folder: Path) -> Start:
    def start(number: int) -> AbstractContextManager[Function]:
        return serve(name, environment, folder / "instances" / f"{name}-{number}")

    return start


def _at_work(functions: Mapping[str, Instances]) -> dict[str, str]:
    running = [
        f"{name} ({one.running})" if one.running > 1 else name
        for name, one in functions.items()
        if one.running
    ]
    return {"Running now": ", ".join(running) or "nothing: no request came for a while"}
