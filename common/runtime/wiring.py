"""Which parts a run uses, chosen by the settings, made once per process at its first request."""

from dataclasses import dataclass
from functools import cache

from common.clock import Clock, utc_now
from common.db.engine import make_engine
from common.db.schema import require_schema
from common.logs import Write
from common.runtime.database import Database, SqlDatabase
from common.runtime.dispatch import Dispatcher, HttpDispatcher, LateDispatcher, NoDispatcher
from common.runtime.history_sql import SqlHistory
from common.runtime.lock import RedisLock
from common.runtime.records import History, Lock
from common.settings import Settings, settings


@dataclass(frozen=True, slots=True)
class Parts:
    """What the runtime stands on."""

    settings: Settings
    clock: Clock
    history: History
    lock: Lock
    database: Database
    dispatcher: Dispatcher
    write: Write | None = None
    """Takes each line of the log; None = stdout, and a file where the settings ask for it."""


def assemble(settings: Settings, clock: Clock = utc_now) -> Parts:
    """Return the parts that SETTINGS name; each connects at its first use."""
    engine = make_engine(settings)
    # A failure is not kept: the next request looks again.
    known = cache(lambda: require_schema(engine)) if settings.schema_check else lambda: None
    firestore = settings.history == "firestore"
    return Parts(
        settings=settings,
        clock=clock,
        history=_firestore(settings, clock) if firestore else SqlHistory(engine, clock, known),
        lock=RedisLock.at(settings.redis_url),
        database=SqlDatabase(engine, known),
        dispatcher=_dispatcher(settings),
    )


@cache
def parts() -> Parts:
    """Return this process's parts. Raises NotConfigured naming every fault of its settings."""
    return assemble(settings(), settings().clock)


def _dispatcher(settings: Settings) -> Dispatcher:
    if settings.cloud_tasks_queue:
        return _cloud_tasks(settings)
    return HttpDispatcher(settings.dispatch_url) if settings.dispatch_url else NoDispatcher()


def _cloud_tasks(settings: Settings) -> Dispatcher:
    needed = settings.need("cloud_tasks_queue", "tasks_service_account", "function_url")

    def make() -> Dispatcher:
        from common.runtime.dispatch_cloud_tasks import CloudTasksDispatcher  # noqa: PLC0415 - 220 ms

        return CloudTasksDispatcher(
            queue=needed["cloud_tasks_queue"],
            service_account=needed["tasks_service_account"],
            function_url=needed["function_url"],
        )

    return LateDispatcher(cache(make))


def _firestore(settings: Settings, clock: Clock) -> History:
    from common.runtime.history_firestore import FirestoreHistory  # noqa: PLC0415 - 155 ms, only where it is used

    return FirestoreHistory.at(settings.google_cloud_project, clock)
