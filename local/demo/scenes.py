"""Where the demo's filings come from, and what its functions are asked for."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from common.clock import Clock, utc_now
from common.disclosures.parameters import ChamberName
from local.standins.alpaca import AlpacaStandin
from local.standins.filings import own_shelf
from local.standins.house import HouseStandin
from local.standins.market import Market
from local.standins.senate import SenateStandin, refused_by_akamai
from local.standins.senate_filings import own_reports
from local.standins.senate_pages import SenateReport
from local.standins.shelf import CorpusShelf, Entry, OwnShelf, Shelf

HISTORY_ENDS = date(2025, 1, 31)
"""What our own filings were filed until then is there before the watch begins; the rest arrives in two parts."""
FIRST_PART_ENDS = date(2025, 6, 2)
CORPUS_YEARS = (2024, 2025)
CORPUS_EDITIONS = {2025: "2025FD.final.zip"}
LIVE_LIMIT = 25  # documents that a look at the real House costs it
ALWAYS = 1_000_000  # requests that a fault meets
OURS = "a stand-in: real names, invented trades"
MARKET = "a stand-in for Alpaca: invented prices"


@dataclass(frozen=True)
class Arrives:
    """What the stand-ins serve from a call on."""

    house: Shelf
    senate: tuple[SenateReport, ...] = ()
    senate_refuses: bool = False


@dataclass(frozen=True)
class Step:
    """One call of congressional_sync."""

    title: str
    tick: bool = True
    """As Cloud Scheduler calls it; else as an operator does."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    arrives: Arrives | None = None


@dataclass(frozen=True)
class Scene:
    """A source of filings for each chamber, and the calls that are made."""

    sources: Mapping[str, str]
    """Who plays the House, the Senate and the market."""
    years: tuple[int, ...]
    steps: tuple[Step, ...]
    chambers: tuple[ChamberName, ...] = ("house",)
    at_first: Arrives | None = None
    """What stand-ins serve; None = the real House, and nobody for prices."""


@dataclass(frozen=True)
class Sites:
    """The stand-ins while they serve a scene."""

    house: HouseStandin
    senate: SenateStandin
    alpaca: AlpacaStandin

    def serve(self, arrives: Arrives) -> None:
        """Serve what ARRIVES from now on."""
        self.house.shelf = arrives.house
        self.senate.reports = arrives.senate
        if arrives.senate_refuses:
            self.senate.arm(refused_by_akamai(), times=ALWAYS)


NEWS = "Cloud Scheduler calls: new filings are there"
AMENDMENTS = "Its next tick: more filings are there, some of which correct earlier ones"
REFUSED = ", and the Senate answers 403 Forbidden"
NO_NEWS = "Its next tick: nothing is new"


def _baseline(**parameters: Any) -> Step:
    return Step(
        "Baseline: what is there is history, and nobody is mailed about it", tick=False, parameters=parameters
    )


def own_days() -> tuple[Arrives, ...]:
    """Return what the sites list after each day on which reports of our own were filed, once HISTORY_ENDS."""
    entries, reports = own_shelf().entries, own_reports()
    days = {entry.row.filed for entry in entries if entry.row.filing_type == "P"}
    days |= {report.received for report in reports}
    return tuple(
        _until(day, entries, reports) for day in sorted(day for day in days if day and day > HISTORY_ENDS)
    )


def own_scene(*, senate_refuses: bool = False) -> Scene:
    """Return our own small filings of both chambers; with SENATE_REFUSES its site does, once the baseline is done."""
    first = _filed_until(FIRST_PART_ENDS, refuses=senate_refuses)
    steps = (
        _baseline(),
        Step(NEWS + (REFUSED if senate_refuses else ""), arrives=first),
        Step(AMENDMENTS, arrives=_filed_until(date.max)),
        Step(NO_NEWS),
    )
    return Scene(
        sources={
            "House": OURS,
            "Senate": OURS + (", which will answer 403 Forbidden" if senate_refuses else ""),
            "Prices": MARKET,
        },
        years=tuple(sorted({entry.row.year for entry in own_shelf().entries})),
        steps=steps,
        chambers=("house", "senate"),
        at_first=_filed_until(HISTORY_ENDS),
    )


def _filed_until(day: date, *, refuses: bool = False) -> Arrives:
    return replace(_until(day, own_shelf().entries, own_reports()), senate_refuses=refuses)


def _until(day: date, entries: Iterable[Entry], reports: Iterable[SenateReport]) -> Arrives:
    filed = (entry for entry in entries if (entry.row.filed or date.min) <= day)
    return Arrives(OwnShelf(tuple(filed)), tuple(report for report in reports if report.received <= day))


def corpus_scene(folder: Path) -> Scene:
    """Return the downloaded filings of FOLDER, which lacks most of those that its indexes list."""
    return Scene(
        sources={
            "House": f"a stand-in with the files of {folder}",
            "Senate": "not asked: these files are the House's",
            "Prices": MARKET,
        },
        years=CORPUS_YEARS,
        steps=(_baseline(), Step("Cloud Scheduler calls"), Step(NO_NEWS)),
        at_first=Arrives(CorpusShelf(folder, CORPUS_EDITIONS)),
    )


def live_scene(year: int) -> Scene:
    """Return the real House, which is asked for a few filings of YEAR."""
    return Scene(
        sources={
            "House": "the real House",
            "Senate": "not asked: it allows few requests, and a demo needs none of them",
            "Prices": "nobody: this needs a key of one's own",
        },
        years=(year,),
        steps=(_baseline(limit=LIVE_LIMIT),),
    )


@contextmanager
def serving(scene: Scene, clock: Clock = utc_now) -> Iterator[Sites | None]:
    """Serve SCENE, with prices as of CLOCK, until the block ends; None where it is the real House."""
    if scene.at_first is None:
        yield None
        return
    market = Market(anything=True)
    with (
        HouseStandin(scene.at_first.house) as house,
        SenateStandin() as senate,
        AlpacaStandin(market, clock=clock) as alpaca,
    ):
        sites = Sites(house, senate, alpaca)
        sites.serve(scene.at_first)
        yield sites
