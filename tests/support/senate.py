"""What the suites about the Senate's site share: reports of our own, and a client that loses its patience soon."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from common.disclosures.senate.client import HOME, SEARCH, SenateClient
from common.disclosures.senate.search import search_form
from common.download import Patience
from local.standins.senate import SenateStandin
from local.standins.senate_pages import SenateReport
from local.standins.senate_rows import senate_row

CONTACT = "ops@example.org"
QUICK = Patience(attempts=3, first_wait=timedelta(milliseconds=5), total=timedelta(seconds=5))
NVIDIA = senate_row("05/01/2025", "Spouse", "NVDA", "NVIDIA Corporation - Common Stock")


AGREEING = [HOME, HOME, SEARCH]


def a_report(number: int, *, day: date = date(2025, 5, 5), **changes: Any) -> SenateReport:
    """Return a report of John Boozman's, received on DAY, with one row; but for CHANGES."""
    said = {"first": "John", "last": "Boozman", "rows": (NVIDIA,)} | changes
    return SenateReport(uuid=uuid_of(number), received=day, **said)


def uuid_of(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def spread_over(year: int, count: int, *, after: int = 1000) -> list[SenateReport]:
    """Return COUNT reports, evenly spread over the days of YEAR and numbered AFTER a number."""
    days = [date(year, 1, 1) + timedelta(days=365 * number // count) for number in range(count)]
    return [a_report(number, day=day) for number, day in enumerate(days, start=after)]


@contextmanager
def asking(senate: SenateStandin, **changes: Any) -> Iterator[SenateClient]:
    """Lend a client of SENATE."""
    with SenateClient(senate.url, CONTACT, **{"patience": QUICK, "most_requests": 200, **changes}) as client:
        yield client


def ids(reports: Iterable[SenateReport]) -> set[str]:
    return {report.uuid for report in reports}


REPORT = a_report(1)
PAPER = a_report(2, paper_pages=2)


def search(client: SenateClient) -> bytes:
    """Return the answer to a search over 2025."""
    return client.search(search_form(date(2025, 1, 1), date(2025, 12, 31)), what="Senate search 2025")


def fetch(client: SenateClient, senate: SenateStandin) -> bytes:
    """Return REPORT's page, as SENATE has it."""
    return client.report(senate.url + REPORT.path, what=f"Senate document {REPORT.uuid}").body
