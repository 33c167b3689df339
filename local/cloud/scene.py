"""What the outside world is in this laptop's cloud: stand-ins whose filings arrive by and by, or the real sites."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from common.clock import Clock
from common.disclosures.records import IndexRow
from local.demo.kyle import is_followed
from local.demo.scenes import Arrives, Sites, own_days, own_scene, serving
from local.standins.senate_pages import SenateReport
from local.standins.shelf import Entry, OwnShelf

ONE_AFTER_ANOTHER = timedelta(hours=1)  # between two arrivals
REAL = {
    "House": "real: disclosures-clerk.house.gov, at its pace",
    "Senate": "real: efdsearch.senate.gov, at its pace",
}


def at_least_one(arrives: Arrives, years: Iterable[int]) -> Arrives:
    """Return ARRIVES with something listed for each of YEARS: a site that lists nothing of a year is taken for broken."""
    assert isinstance(arrives.house, OwnShelf)  # noqa: S101 - our own scene's is
    listed = {entry.row.year for entry in arrives.house.entries}
    received = {report.received.year for report in arrives.senate}
    entries = tuple(_a_candidate(year) for year in years if year not in listed)
    reports = tuple(_a_paper(year) for year in years if year not in received)
    return replace(arrives, house=OwnShelf(arrives.house.entries + entries), senate=arrives.senate + reports)


def _a_candidate(year: int) -> Entry:
    """Return what the House lists first in a year: a candidate's form, which is no report of trades."""
    return Entry(IndexRow(f"{year}0001", "", "Example", "Candidate", "", "C", "GA07", year, date(year, 1, 2)))


def _a_paper(year: int) -> SenateReport:
    uuid = f"5e4a7e00-0000-4000-8000-{year:012}"
    return SenateReport(uuid, "RICHARD ", "BLUMENTHAL", date(year, 1, 2), paper_pages=1)


@dataclass
class Arrivals:
    """Filings that SITES serve one part after another, the first at FIRST; nothing without SITES."""

    sites: Sites | None
    parts: list[Arrives]
    first: datetime
    served: int = 0

    def come(self, now: datetime) -> int:
        """Serve what has arrived by NOW; return how many parts that were."""
        if self.sites is None:
            return 0
        due = 1 + (now - self.first) // ONE_AFTER_ANOTHER if now >= self.first else 0
        new = self.parts[self.served : due]
        for part in new:
            self.sites.serve(part)
        self.served += len(new)
        return len(new)

    def followed(self) -> Mapping[str, datetime]:
        """Return the document ids of reports by whom Kyle follows, and when each arrives."""
        return {
            doc_id: self.first + number * ONE_AFTER_ANOTHER
            for number, part in reversed(tuple(enumerate(self.parts)))
            for doc_id in _followed(part)
        }


def _followed(arrives: Arrives) -> Iterator[str]:
    assert isinstance(arrives.house, OwnShelf)  # noqa: S101 - our own scene's is
    yield from (one.row.doc_id for one in arrives.house.entries if is_followed(one.row.first, one.row.last))
    yield from (report.uuid for report in arrives.senate if is_followed(report.first, report.last))


@dataclass(frozen=True)
class World:
    """Whom the functions ask; without SITES, the real ones."""

    sources: dict[str, str]
    sites: Sites | None = None
    years: tuple[int, ...] = ()
    """Of the baseline."""
    news: list[Arrives] = field(default_factory=list)
    """What arrives after it."""


@contextmanager
def world(clock: Clock, *, live: bool) -> Iterator[World]:
    """Serve stand-ins whose prices are those of CLOCK, until the block ends; nothing where it is LIVE."""
    if live:
        yield World(REAL)
        return
    scene = own_scene()
    this = clock().year
    years = tuple(sorted({*scene.years, this - 1, this}))
    assert scene.at_first  # noqa: S101 - our own scene has it
    news = [at_least_one(part, years) for part in own_days()]
    with serving(replace(scene, at_first=at_least_one(scene.at_first, years)), clock) as sites:
        yield World(dict(scene.sources), sites, years, news)
