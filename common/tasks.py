"""The registry: every function that works, once. The only place that knows a schedule.

It feeds the README's table, the local emulator, missed-run detection and deploy.sh. A fault in it is refused at import.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from common.errors import NotConfigured

LONGEST_TIMEOUT = timedelta(seconds=900)  # architecture: 15 minutes, far below the platform's hour
MEMORY = re.compile(r"[1-9]\d*(Mi|Gi)")  # what Cloud Run takes; gcloud does not check it
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One function as it is deployed and scheduled; durations are timedeltas.

    Raises NotConfigured when made with a value that the platform or the protocols would refuse later.
    """

    name: str
    purpose: str
    job: str
    """Cloud Scheduler job that calls it."""
    schedule: str
    """Five cron fields."""
    zone: str
    packages: str
    """Name of the extra in pyproject.toml that it ships."""
    timeout: timedelta = timedelta(minutes=15)
    grace: timedelta
    """How long after its tick a run may still begin its success before it counts as missed."""
    heartbeat: timedelta = timedelta(seconds=20)
    lock_ttl: timedelta = timedelta(seconds=60)
    attempts: int = 5
    """Attempts that held the lock, before `failed: gave up`."""
    retries: int = 5
    """Cloud Scheduler's own; at most 5."""
    retry_backoff: timedelta = timedelta(seconds=30)
    """Wait before each retry; retries x backoff must outlast the lock's TTL + 30 s."""
    locks: bool = True
    """Whether at most one run is at work at a time; only what watches the others does without."""
    normal_skips: frozenset[str] = frozenset()
    """Reasons for which a skipped tick is not a missed one."""
    memory: str = "1Gi"
    cpu: int = 2
    max_instances: int = 10

    def __post_init__(self) -> None:
        faults = [message for wrong, message in _faults(self) if wrong]
        if faults:
            raise NotConfigured(f"task {self.name}: {'; '.join(faults)}; see common/tasks.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One function that answers whoever asks, at any time; nothing schedules it. Raises NotConfigured like Task."""

    name: str
    purpose: str
    packages: str
    """Name of the extra in pyproject.toml that it ships."""
    public: bool
    """Whether anybody may call it; else Cloud Run's IAM decides."""
    concurrency: int = 10
    """Requests that one instance answers at once."""
    timeout: timedelta = timedelta(seconds=60)
    memory: str = "512Mi"
    cpu: int = 1
    max_instances: int = 10

    def __post_init__(self) -> None:
        faults = [message for wrong, message in _size_faults(self) if wrong]
        if faults:
            raise NotConfigured(f"service {self.name}: {'; '.join(faults)}; see common/tasks.py")


def _size_faults(function: Task | Service) -> list[tuple[bool, str]]:
    return [
        (function.timeout > LONGEST_TIMEOUT, f"timeout {function.timeout} is over {LONGEST_TIMEOUT}"),
        (
            not MEMORY.fullmatch(function.memory),
            f"memory {function.memory!r} is not a whole number of Mi or Gi",
        ),
    ]


def _faults(task: Task) -> list[tuple[bool, str]]:
    return [
        (not _is_cron(task.schedule), f"schedule {task.schedule!r} is not five cron fields"),
        (not _is_zone(task.zone), f"zone {task.zone!r} is unknown"),
        *_size_faults(task),
        (
            task.lock_ttl < 3 * task.heartbeat,
            f"lock TTL {task.lock_ttl} is under three heartbeats of {task.heartbeat}",
        ),
        (
            task.locks and task.retries * task.retry_backoff <= task.lock_ttl + timedelta(seconds=30),
            f"{task.retries} retries every {task.retry_backoff} do not outlast the lock's TTL + 30 s",
        ),
    ]


def _is_cron(schedule: str) -> bool:
    if len(schedule.split()) != 5:  # noqa: PLR2004 - cron's own number; cronsim would take six
        return False
    try:
        CronSim(schedule, _SOME_DAY)
    except CronSimError:
        return False
    return True


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def services(*listed: Service, beside: Iterable[str]) -> dict[str, Service]:
    """Index services by name. Raises NotConfigured when two, or one and a task of the names BESIDE, share one."""
    names = [*beside, *(service.name for service in listed)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise NotConfigured(f"two functions have the name {', '.join(twice)}; rename one in common/tasks.py")
    return {service.name: service for service in listed}


def registry(*tasks: Task) -> dict[str, Task]:
    """Index TASKS by name. Raises NotConfigured when two share a name or a job."""
    for attribute in ("name", "job"):
        values = [getattr(task, attribute) for task in tasks]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise NotConfigured(
                f"two tasks have the {attribute} {', '.join(twice)}; rename one in common/tasks.py"
            )
    return {task.name: task for task in tasks}


CONGRESSIONAL_SYNC = Task(
    name="congressional_sync",
    purpose="new House and Senate filings: discover, fetch, parse, identify the member, store",
    job="congressional-data-sync",
    schedule="0 8-18/2 * * MON-FRI",
    zone="America/New_York",
    packages="congressional_sync",
    grace=timedelta(minutes=30),
)

NOTIFICATIONS = Task(
    name="notifications",
    purpose="match, plan, send; digests that are due",
    job="notification-processing",
    schedule="*/30 * * * *",
    zone="UTC",
    packages="notifications",
    grace=timedelta(minutes=20),
)

HEALTH_CHECK = Task(
    name="health_check",
    purpose="dependencies, sources, missed runs, stuck messages; mails the operator on change",
    job="health-checks",
    schedule="*/10 * * * *",
    zone="UTC",
    packages="health_check",
    timeout=timedelta(minutes=5),
    grace=timedelta(minutes=15),
    retries=0,
    locks=False,
    memory="512Mi",
    cpu=1,
    max_instances=1,
)

MARKET_CLOSED = "market closed"
NO_PRICE_SOURCE = "no price source configured; set ALPACA_KEY_ID and ALPACA_SECRET_KEY"
BACKFILL = "backfill"
"""The shard of stock_prices that fills what one tick leaves, at any hour."""
STOCK_PRICES = Task(
    name="stock_prices",
    purpose="latest quotes of every disclosed ticker while the NYSE trades; closing bars, splits and renames",
    job="stock-price-updates",
    schedule="*/15 9-16 * * MON-FRI",
    zone="America/New_York",
    packages="stock_prices",
    grace=timedelta(minutes=30),
    normal_skips=frozenset({MARKET_CLOSED, NO_PRICE_SOURCE}),
)

DAILY_MAINTENANCE = Task(
    name="daily_maintenance",
    purpose="sources and database compared, failures retried, filings read again, roster, price gaps, queue, old data, report, statistics",
    job="daily-maintenance",
    schedule="0 2 * * *",
    zone="UTC",
    packages="daily_maintenance",
    grace=timedelta(hours=2),
)

TASKS = registry(CONGRESSIONAL_SYNC, STOCK_PRICES, NOTIFICATIONS, HEALTH_CHECK, DAILY_MAINTENANCE)

WEB = Service(
    name="web",
    purpose="subscribe, confirm, manage, unsubscribe; the mail provider's events",
    packages="web",
    public=True,
)

API = Service(
    name="api",
    purpose="for operators and machines, a page and JSON: health, runs, the mail queue, pauses, locks, reviews, subscribers, rules, why a mail came",
    packages="api",
    public=False,
)

SERVICES = services(WEB, API, beside=TASKS)
