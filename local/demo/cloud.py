"""The demo's cloud: the functions in their own processes, what they stand on, and the sites that they ask."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from common.db.engine import make_engine
from common.db.schema import upgrade
from common.settings import Settings, load
from common.tasks import CONGRESSIONAL_SYNC, NOTIFICATIONS, STOCK_PRICES, WEB
from local.demo.scenes import Scene, Sites, serving
from local.functions import ROOT, Function, serve, side_by_side
from local.queue import Queue
from local.services import redis_server
from local.services.server import free_port
from local.standins.alpaca import KEY_ID, SECRET_KEY

FOLDER = ROOT / ".capitolscope" / "demo"
SECRETS = {
    "LINK_KEYS": "for-this-demo-and-nowhere-else-01",
    "ADDRESS_KEY": "for-this-demo-and-nowhere-else-02",
}
CALLED = (CONGRESSIONAL_SYNC.name, NOTIFICATIONS.name, STOCK_PRICES.name)
THREADS = {"THREADS": str(WEB.concurrency)}


def environment_of(folder: Path, pages: str = "http://localhost:8080") -> dict[str, str]:
    """Return the settings of a cloud in FOLDER whose public pages are at PAGES, but for what depends on what is started."""
    return {
        "DATABASE_URL": f"sqlite:///{folder / 'capitolscope.db'}",
        "DATA_DIR": str(folder),
        "LOG_FILES": "true",
        "MAIL_FROM": "CapitolScope <alerts@example.com>",
        "POSTAL_ADDRESS": "CapitolScope demo, 1 Example Street, Atlanta, GA 30303",
        "PUBLIC_BASE_URL": pages,
        **SECRETS,
    }


def demo_settings(folder: Path) -> Settings:
    """Return settings that open the database which a demo left in FOLDER."""
    return load({**environment_of(folder), "REDIS_URL": "redis://127.0.0.1", "CONTACT": "nobody"})


@dataclass(frozen=True)
class Cloud:
    """Everything that runs; `parts` says of each whether it is embedded, real or a stand-in."""

    functions: Mapping[str, Function]
    queue: Queue
    engine: Engine
    sites: Sites | None
    mails: Path
    pages: str
    """Where the public pages are: what the links in mails lead to."""
    parts: dict[str, str]


@contextmanager
def cloud(scene: Scene, folder: Path, contact: str) -> Iterator[Cloud]:
    """Start everything in FOLDER, with an empty database, until the block ends."""
    functions: dict[str, Function] = {}
    urls = {name: lambda name=name: functions[name].url for name in CALLED}
    port = free_port()
    with ExitStack() as stack:
        redis = stack.enter_context(redis_server(folder / "redis"))
        sites = stack.enter_context(serving(scene))
        queue = stack.enter_context(Queue(urls))
        settings = {
            **environment_of(folder, f"http://127.0.0.1:{port}"),
            "REDIS_URL": redis.url,
            "CONTACT": contact,
            "DISPATCH_URL": queue.url,
            **(settings_of(sites) if sites else {}),
        }
        engine = make_engine(load(settings))
        stack.callback(engine.dispose)
        upgrade(engine)
        started = {name: serve(name, settings, folder / name) for name in CALLED}
        started[WEB.name] = serve(WEB.name, settings | THREADS, folder / WEB.name, port=port)
        functions |= stack.enter_context(side_by_side(started))
        parts = {
            **scene.sources,
            "Database": f"embedded: {settings['DATABASE_URL']}",
            "History": "embedded: in the same database",
            "Mail": f"embedded: a folder, {folder / 'mail'}",
            "Redis": f"real: {redis.describe}",
            "Functions": f"real: {', '.join(CALLED)}, each a process of functions-framework",
            "Queue": f"stand-in for Cloud Tasks at {queue.url}",
            "Pages": f"real: {WEB.name}, at {functions[WEB.name].url}",
        }
        yield Cloud(functions, queue, engine, sites, folder / "mail", functions[WEB.name].url, parts)


def settings_of(sites: Sites) -> dict[str, str]:
    """Return the settings that let functions ask SITES, and nobody else."""
    return {
        "HOUSE_URL": sites.house.url,
        "SENATE_URL": sites.senate.url,
        "ROSTER_URL": "none",
        "ALPACA_URL": sites.alpaca.url,
        "ALPACA_KEY_ID": KEY_ID,
        "ALPACA_SECRET_KEY": SECRET_KEY,
    }
