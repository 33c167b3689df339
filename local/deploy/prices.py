"""What Google charges: the one table of prices, in dollars, of us-west1 (a tier 1 region), as they were known in 2026-11.

Not read off Google's pages by this program: the page that a price names has the last word.

Cloud Run's processor and memory are those that each run's own cost estimate uses (common/runtime/cost.py). Free amounts are
a month's; Google grants most of them once per billing account, not per project.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from common.runtime.cost import GIB_SECOND, VCPU_SECOND

KNOWN = "2026-11"
REGION = "us-west1"
HOURS = 730
"""A month's, as Google's own calculator counts them."""


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for one UNIT beyond FREE units a month; SOURCE is the page that says so."""

    dollars: float
    unit: str
    source: str
    free: float = 0

    def of(self, amount: float) -> float:
        """Return what AMOUNT units cost in a month."""
        return max(0.0, amount - self.free) * self.dollars


RUN = "cloud.google.com/run/pricing"
SQL = "cloud.google.com/sql/pricing"
FIRESTORE = "cloud.google.com/firestore/pricing"
OBSERVING = "cloud.google.com/stackdriver/pricing"
STORAGE = "cloud.google.com/storage/pricing"

PRICES: Mapping[str, Price] = {
    "processor": Price(VCPU_SECOND, "vCPU second", RUN, free=180_000),
    "memory": Price(GIB_SECOND, "GiB second", RUN, free=360_000),
    "requests": Price(0.40e-6, "request", RUN, free=2_000_000),
    "jobs": Price(0.10, "job", "cloud.google.com/scheduler/pricing", free=3),
    "tasks": Price(0.40e-6, "call", "cloud.google.com/tasks/pricing", free=1_000_000),
    "db-f1-micro": Price(0.0105, "hour", SQL),
    "db-g1-small": Price(0.035, "hour", SQL),
    "sql vcpu": Price(0.0413, "vCPU hour", SQL),
    "sql memory": Price(0.007, "GiB hour", SQL),
    "sql disk": Price(0.17, "GiB month", SQL),
    "sql backup": Price(0.08, "GiB month", SQL),
    "redis": Price(0.049, "GiB hour", "cloud.google.com/memorystore/docs/redis/pricing"),
    "document reads": Price(0.03e-5, "read", FIRESTORE, free=50_000 * 30),
    "document writes": Price(0.09e-5, "write", FIRESTORE, free=20_000 * 30),
    "archive": Price(0.020, "GiB month", STORAGE, free=5),
    "images": Price(0.10, "GiB month", "cloud.google.com/artifact-registry/pricing", free=0.5),
    "builds": Price(0.006, "minute", "cloud.google.com/build/pricing", free=2_500),
    "secrets": Price(0.06, "version", "cloud.google.com/secret-manager/pricing", free=6),
    "logs": Price(0.50, "GiB", OBSERVING, free=50),
    "conditions": Price(1.50, "condition", "cloud.google.com/monitoring/alerts/cost-control"),
    "uptime": Price(0.30e-3, "check", OBSERVING, free=1_000_000),
}
