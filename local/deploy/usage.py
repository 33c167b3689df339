"""How much of each thing a month takes, counted from the registry, and what had to be stated because nothing here measures it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from itertools import takewhile
from pathlib import Path
from statistics import fmean
from zoneinfo import ZoneInfo

from cronsim import CronSim

from common.ops.health.runs import LATEST
from common.runtime.cost import GIB
from common.tasks import HEALTH_CHECK, TASKS, Service, Task

YEAR = 2026
MONTHS = 12
SECONDS: Mapping[str, tuple[float, str]] = {
    "congressional_sync": (40, "a day's few filings; 1.5 s between requests to the Senate"),
    "stock_prices": (8, "10 to 32 requests to Alpaca, 0.3 s apart"),
    "notifications": (5, "most ticks find nothing to send; 500 mails take 2 s"),
    "health_check": (4, "14 questions, the slowest to the mail provider"),
    "daily_maintenance": (120, "reconciles every index year, reads again, analyzes"),
    "web": (0.3, "a page"),
    "api": (1, "a page or a JSON answer"),
}
"""Function -> seconds that a run takes, its share of cold starts included, and why; stated, not measured in the cloud."""
UNSTATED = (10.0, "nothing known: ./deploy.sh cost --measured")
REQUESTS: Mapping[str, int] = {"web": 20_000, "api": 2_000}
"""Function that nothing schedules -> requests a month."""
READS_PER_RUN, WRITES_PER_RUN = 6, 7  # its record and its task's: create, begin, progress, close
LINE = 900  # bytes of a log line with its request's own
LINES_PER_RUN = 6
LINES_PER_CHECK = 30  # one for each component, and the task's


def runs(function: Task | Service) -> float:
    """Return how often FUNCTION runs in an average month, daylight saving and weekends included."""
    if isinstance(function, Service):
        return REQUESTS.get(function.name, 1_000)
    return _ticks(function.schedule, function.zone) / MONTHS


@cache
def _ticks(schedule: str, zone: str) -> int:
    """Return how often SCHEDULE is due in a year of ZONE."""
    begin = datetime(YEAR, 1, 1, tzinfo=ZoneInfo(zone))
    end = begin.replace(year=YEAR + 1)
    due = CronSim(schedule, begin - timedelta(seconds=1))
    return sum(1 for _ in takewhile(lambda tick: tick < end, due))


def stated(function: str) -> tuple[float, str]:
    """Return the seconds that a run of FUNCTION takes, and why so many."""
    return SECONDS.get(function, UNSTATED)


def measured(file: Path) -> dict[str, tuple[float, str]]:
    """Return the mean of what the requests in FILE took, by function; one that was not asked in that time is not there.

    A line of FILE is a service and its time (`2.5s`, cold starts included), as Cloud Run's log of requests has them.
    """
    found: dict[str, list[float]] = {}
    for line in file.read_text().splitlines():
        service, _, took = line.partition("\t")
        if took:
            found.setdefault(service.replace("-", "_"), []).append(float(took.removesuffix("s")))
    return {name: (fmean(each), f"measured: mean of {len(each)} requests") for name, each in found.items()}


def gib(memory: str) -> float:
    """Return MEMORY, such as `512Mi`, in GiB."""
    return float(memory[:-2]) * GIB[memory[-2:]]


def document_reads() -> float:
    """Return Firestore's reads: each check looks at the latest runs of every task, twice."""
    records = runs(HEALTH_CHECK) * 2 * LATEST * len(TASKS)
    return records + READS_PER_RUN * sum(map(runs, TASKS.values()))


def document_writes() -> float:
    """Return Firestore's writes."""
    return WRITES_PER_RUN * sum(map(runs, TASKS.values()))


def log_gib() -> float:
    """Return what the functions log."""
    others = sum(map(runs, TASKS.values())) + sum(REQUESTS.values())
    return (LINES_PER_RUN * others + LINES_PER_CHECK * runs(HEALTH_CHECK)) * LINE / 2**30


def calls_of_uptime_check() -> float:
    """Return how often web is asked: from 3 places, each every 5 minutes."""
    return 3 * timedelta(days=365) / MONTHS / timedelta(minutes=5)
