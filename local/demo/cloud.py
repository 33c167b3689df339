"""The demo's cloud: the functions in their own processes, what they stand on, and the House that they ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from common.db.engine import make_engine
from common.db.schema import upgrade
from common.settings import Settings, load
from common.tasks import CONGRESSIONAL_SYNC, NOTIFICATIONS, WEB
from local.demo.scenes import Scene, serving
from local.functions import ROOT, Function, serve
from local.queue import Queue
from local.services import redis_server
from local.services.server import free_port
from local.standins.house import HouseStandin

FOLDER = ROOT / ".capitolscope" / "demo"
SECRETS = {
    "LINK_KEYS": "for-this-demo-and-nowhere-else-01",
    "ADDRESS_KEY": "for-this-demo-and-nowhere-else-02",
}
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
    """Everything that runs; `parts` says of each whether it is embedded or real."""

    sync: Function
    queue: Queue
    engine: Engine
    standin: HouseStandin | None
    mails: Path
    pages: str
    """Where the public pages are: what the links in mails lead to."""
    parts: dict[str, str]


@contextmanager
def cloud(scene: Scene, folder: Path, contact: str) -> Iterator[Cloud]:
    """Start everything in FOLDER, with an empty database, until the block ends."""
    running: dict[str, Function] = {}
    names = (CONGRESSIONAL_SYNC.name, NOTIFICATIONS.name)
    urls = {name: lambda name=name: running[name].url for name in names}
    port = free_port()
    with redis_server(folder / "redis") as redis, serving(scene) as standin, Queue(urls) as queue:
        settings = {
            **environment_of(folder, f"http://127.0.0.1:{port}"),
            "REDIS_URL": redis.url,
            "CONTACT": contact,
            "DISPATCH_URL": queue.url,
            **({"HOUSE_URL": standin.url, "ROSTER_URL": "none"} if standin else {}),
        }
        engine = make_engine(load(settings))
        upgrade(engine)
        with (
            serve(names[0], settings, folder / names[0]) as sync,
            serve(names[1], settings, folder / names[1]) as notifications,
            serve(WEB.name, settings | THREADS, folder / WEB.name, port=port) as web,
        ):
            running |= {function.name: function for function in (sync, notifications)}
            parts = {
                "House": scene.source,
                "Database": f"embedded: {settings['DATABASE_URL']}",
                "History": "embedded: in the same database",
                "Mail": f"embedded: a folder, {folder / 'mail'}",
                "Redis": f"real: {redis.describe}",
                "Functions": f"real: functions-framework at {sync.url} and {notifications.url}",
                "Queue": f"stand-in for Cloud Tasks at {queue.url}",
                "Pages": f"real: functions-framework at {web.url}",
            }
            yield Cloud(sync, queue, engine, standin, folder / "mail", web.url, parts)
        engine.dispose()
