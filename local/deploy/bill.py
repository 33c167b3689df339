"""The bill of a month: each part with its amount, its price, and the cheapest choice for it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import click

from common.settings import Settings
from common.tasks import SERVICES, TASKS, Service, Task
from local.deploy import usage
from local.deploy.choices import Choices
from local.deploy.monitors import DATA
from local.deploy.prices import HOURS, PRICES

ALWAYS_ON = "always on"
BY_USE = "by use"
IMAGE = 0.12  # GiB of a function's container image; the last two are kept
NEEDED = ("missed-runs", "health-check-silent", "red-component")
"""The alert policies that say everything at least once."""
Seconds = Mapping[str, tuple[float, str]]


@dataclass(frozen=True, slots=True)
class Line:
    """One part of the bill. AMOUNT is a month's, in UNIT; DOLLARS is what is left to pay after what is free."""

    part: str
    kind: str
    amount: float
    unit: str
    dollars: float
    basis: str
    cheapest: str
    """The cheapest choice for this part, with what it then costs."""


def line(part: str, kind: str, price: str, amount: float, basis: str, *, cheapest: str = "as it is") -> Line:
    """Return the line of AMOUNT at PRICE, a name in local.deploy.prices.PRICES."""
    listed = PRICES[price]
    return Line(part, kind, amount, listed.unit, listed.of(amount), basis, cheapest)


@dataclass(frozen=True, slots=True)
class Work:
    """What one function does in a month."""

    function: str
    runs: float
    seconds: float
    basis: str
    vcpu_seconds: float
    gib_seconds: float

    @property
    def dollars(self) -> float:
        """What it would cost without anything free."""
        return (
            self.vcpu_seconds * PRICES["processor"].dollars
            + self.gib_seconds * PRICES["memory"].dollars
            + self.runs * PRICES["requests"].dollars
        )


def work(function: Task | Service, seconds: Seconds) -> Work:
    """Return FUNCTION's month, each run lasting what SECONDS says, or else what is stated of it."""
    each, basis = seconds.get(function.name) or usage.stated(function.name)
    runs = usage.runs(function)
    busy = runs * each
    return Work(function.name, runs, each, basis, busy * function.cpu, busy * usage.gib(function.memory))


def works(seconds: Seconds) -> list[Work]:
    """Return what every function of the registry does in a month."""
    functions: list[Task | Service] = [*TASKS.values(), *SERVICES.values()]
    return [work(function, seconds) for function in functions]


def lines(choices: Choices, done: Sequence[Work]) -> Iterator[Line]:
    """Yield the bill of CHOICES and of the work DONE."""
    yield from _database(choices)
    yield from _redis(choices)
    yield from _functions(done)
    yield from _rest()


def _database(choices: Choices) -> Iterator[Line]:
    own = "DATABASE=url: a PostgreSQL that runs anyway, 0.00 here"
    if not choices.own_database:
        yield Line("database", ALWAYS_ON, 0, "", 0, "the DATABASE_URL that you gave", "as it is")
        return
    tier = choices.values["DATABASE_TIER"]
    name = f"Cloud SQL {tier}"
    if tier in PRICES:
        small = f"DATABASE_TIER=db-f1-micro {PRICES['db-f1-micro'].of(HOURS):.2f}; {own}"
        yield line(name, ALWAYS_ON, tier, HOURS, "PostgreSQL, one zone", cheapest=small)
    else:
        yield from _custom(name, tier, own)
    yield line("Cloud SQL disk", ALWAYS_ON, "sql disk", 10, "SSD; grows by itself", cheapest=own)
    backups = "14 days and their log, of a database of 2 GiB"
    yield line("Cloud SQL backups", ALWAYS_ON, "sql backup", 5, backups, cheapest=own)


def _custom(name: str, tier: str, cheaper: str) -> Iterator[Line]:
    """Yield the price of `db-custom-VCPUS-MEBIBYTES`. Raises UsageError for a tier of another kind."""
    try:
        vcpus, mebibytes = map(int, tier.removeprefix("db-custom-").split("-"))
    except ValueError as error:
        raise click.UsageError(f"no price of {tier}; see local/deploy/prices.py") from error
    yield line(f"{name}: processors", ALWAYS_ON, "sql vcpu", vcpus * HOURS, "one zone", cheapest=cheaper)
    yield line(
        f"{name}: memory", ALWAYS_ON, "sql memory", mebibytes / 1024 * HOURS, "one zone", cheapest=cheaper
    )


def _redis(choices: Choices) -> Iterator[Line]:
    if choices.values["REDIS"] == "url":
        yield Line("Redis", ALWAYS_ON, 0, "", 0, "the REDIS_URL that you gave", "as it is")
        return
    size = int(choices.values["REDIS_GIB"])
    own = "REDIS=url: any rediss:// server that evicts nothing, 0.00 here"
    basis = f"basic, {size} GiB; the smallest is 1"
    yield line("Memorystore for Redis", ALWAYS_ON, "redis", size * HOURS, basis, cheapest=own)


def _functions(done: Sequence[Work]) -> Iterator[Line]:
    vcpu, memory = sum(one.vcpu_seconds for one in done), sum(one.gib_seconds for one in done)
    requests = sum(one.runs for one in done)
    yield line("Cloud Run: processors", BY_USE, "processor", vcpu, "the functions, below")
    yield line("Cloud Run: memory", BY_USE, "memory", memory, "the functions, below")
    yield line("Cloud Run: requests", BY_USE, "requests", requests, "the functions, below")


def _rest() -> Iterator[Line]:
    functions = len(TASKS) + len(SERVICES)
    handed_over = sum(map(usage.runs, TASKS.values())) / 10
    secret = sum(not field.repr for field in Settings.model_fields.values()) + 1  # and the URL of Redis
    yield _conditions()
    yield line("Cloud Scheduler", BY_USE, "jobs", len(TASKS), "one job for each task")
    yield line("Cloud Tasks", BY_USE, "tasks", handed_over, "one run of ten hands over")
    sql = "HISTORY=sql: 0.00"
    reads, writes = usage.document_reads(), usage.document_writes()
    yield line("Firestore: reads", BY_USE, "document reads", reads, "health_check's looks", cheapest=sql)
    yield line("Firestore: writes", BY_USE, "document writes", writes, "the runs' records", cheapest=sql)
    yield line("Archive", BY_USE, "archive", 2, "10,000 documents a year of 100 KiB, two years")
    yield line("Container images", BY_USE, "images", 2 * functions * IMAGE, "two of each function")
    minutes = 4 * (functions + 1) * 3
    yield line("Cloud Build", BY_USE, "builds", minutes, "four whole deployments, 3 minutes a function")
    yield line("Secret Manager", BY_USE, "secrets", secret, "one version of each secret")
    yield line("Logs", BY_USE, "logs", usage.log_gib(), "all functions, kept 30 days")
    yield line("Uptime check", BY_USE, "uptime", usage.calls_of_uptime_check(), "3 places, every 5 minutes")


def _conditions() -> Line:
    counts = {
        file.stem: len(json.loads(file.read_text())["conditions"])
        for file in (DATA / "policies").glob("*.json")
    }
    least = sum(counts[name] for name in NEEDED) * PRICES["conditions"].dollars
    basis = "of alert policies; announced by Google, free until its date"
    fewer = f"delete all but {', '.join(NEEDED)}: {least:.2f}"
    return line("Alert conditions", BY_USE, "conditions", sum(counts.values()), basis, cheapest=fewer)
