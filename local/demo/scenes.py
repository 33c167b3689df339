"""Where the demo's filings come from, and what its runs are asked for."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from local.standins.filings import own_shelf
from local.standins.house import HouseStandin
from local.standins.shelf import CorpusShelf, OwnShelf, Shelf

HISTORY = 2  # of our own filings are there before the watch begins; the others arrive afterwards
CORPUS_YEARS = (2024, 2025)
CORPUS_EDITIONS = {2025: "2025FD.final.zip"}
LIVE_LIMIT = 25  # documents that a look at the real House costs it


@dataclass(frozen=True)
class Step:
    """One call of congressional_sync; `arrives` is what the House serves from then on."""

    title: str
    tick: bool = True
    """As Cloud Scheduler calls it; else as an operator does."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    arrives: Shelf | None = None


@dataclass(frozen=True)
class Scene:
    """A source of filings, and the calls that are made."""

    source: str
    years: tuple[int, ...]
    steps: tuple[Step, ...]
    shelf: Shelf | None = None
    """What a stand-in serves at first; None = the real House."""


TWICE = (Step("Cloud Scheduler calls"), Step("Cloud Scheduler calls again: nothing is new"))


def _baseline(**parameters: Any) -> Step:
    return Step(
        "Baseline: what is there is history, and nobody is mailed about it", tick=False, parameters=parameters
    )


def own_scene() -> Scene:
    """Return our own small filings: a few are history, the others arrive."""
    everything = own_shelf()
    dated = [entry for entry in everything.entries if entry.row.filed]
    history = OwnShelf(tuple(sorted(dated, key=lambda entry: str(entry.row.filed))[:HISTORY]))
    first, second = TWICE
    steps = (_baseline(), replace(first, arrives=everything), second)
    years = tuple(sorted({entry.row.year for entry in everything.entries}))
    return Scene("a stand-in with filings of our own: real names, invented trades", years, steps, history)


def corpus_scene(folder: Path) -> Scene:
    """Return the downloaded filings of FOLDER, which lacks most of those that its indexes list."""
    shelf = CorpusShelf(folder, CORPUS_EDITIONS)
    return Scene(f"a stand-in with the files of {folder}", CORPUS_YEARS, (_baseline(), *TWICE), shelf)


def live_scene(year: int) -> Scene:
    """Return the real House, which is asked for a few filings of YEAR."""
    return Scene("the real House", (year,), (_baseline(limit=LIVE_LIMIT),))


@contextmanager
def serving(scene: Scene) -> Iterator[HouseStandin | None]:
    """Serve SCENE until the block ends; None where it is the real House."""
    if scene.shelf is None:
        yield None
        return
    with HouseStandin(scene.shelf) as standin:
        yield standin
