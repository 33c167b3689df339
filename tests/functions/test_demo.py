"""The demo, played as a stranger plays it: the functions in their own processes, the parts real."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from local.demo.__main__ import play
from local.demo.scenes import corpus_scene, own_scene


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Play the demo with filings of our own; lend what it printed."""
    screen = Console(file=StringIO(), width=150)
    play(screen, own_scene(), tmp_path_factory.mktemp("demo"), "tests@example.org")
    assert isinstance(screen.file, StringIO)
    return screen.file.getvalue()


def test_the_demo_says_which_part_is_embedded_and_which_is_real(printed: str) -> None:
    said = dict(line.split(maxsplit=1) for line in printed.splitlines()[:7])

    assert said["House"].startswith("a stand-in")
    assert said["Database"].startswith("embedded: ")
    assert said["Redis"].startswith("real: ")


def test_the_demo_ends_each_call_with_books_that_balance(printed: str) -> None:
    books = [line.strip() for line in printed.splitlines() if " indexed = " in line]

    assert books[0].startswith("2 indexed = 2 parsed + 0 unread + 0 failed")
    assert books[1].startswith("10 indexed = 8 parsed + 1 unread + 1 failed")
    assert books[2] == books[1]
    assert printed.count("succeeded") == 4
    assert "0 newly listed, 0 versions stored" in printed


def test_the_demo_shows_filings_failures_and_trades_with_their_page_and_row(printed: str) -> None:
    assert "│ 2025-06-02 │ Marjorie Taylor Greene │ GA14 │ parsed │ yes" in printed
    assert "answered 404" in printed
    assert "20990101 p1 r3" in printed


def test_kyle_gets_greenes_filings_and_nobody_elses(printed: str) -> None:
    mails = [line for line in printed.splitlines() if line.startswith("│ kyle@example.com")]

    assert [line.split("│")[2].strip() for line in mails] == [
        "Greene: 3 trades in one filing",
        "Greene (R-GA) sold part of TSLA, $1,001-$15,000",
    ]


def test_a_corpus_scene_serves_the_chosen_edition_of_an_index(corpus: Path) -> None:
    scene = corpus_scene(corpus)

    assert scene.shelf is not None
    index = scene.shelf.index(2025)
    assert index is not None
    assert index.body == (corpus / "index" / "2025FD.final.zip").read_bytes()
