"""The demo, played as a stranger plays it: the functions in their own processes, the parts real."""

import re
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from local.demo.__main__ import linger, play
from local.demo.cloud import Cloud
from local.demo.kyle import newest_links
from local.demo.scenes import corpus_scene, own_scene


@dataclass(frozen=True)
class Played:
    """A demo that was played: what it printed, and what its pages said while it ran."""

    printed: str
    answers: dict[str, tuple[int, str]]
    """Link -> status and heading."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Play the demo with filings of our own, press Enter, follow the links of Kyle's last mail, and stop his alert."""
    screen, answers = Console(file=StringIO(), width=150), dict[str, tuple[int, str]]()

    def follow_links(cloud: Cloud) -> None:
        linger(screen, cloud, keep=False)
        with pytest.MonkeyPatch.context() as keyboard:
            keyboard.setattr("sys.stdin", StringIO("\n"))
            linger(screen, cloud, keep=True)
        links = newest_links(cloud.mails, cloud.pages)
        answers.update({purpose: said(httpx.get(link)) for purpose, link in links.items()})
        answers["stopped"] = said(httpx.post(links["stop"]))
        answers["manage afterwards"] = said(httpx.get(links["manage"]))

    play(screen, own_scene(), tmp_path_factory.mktemp("demo"), "tests@example.org", follow_links)
    assert isinstance(screen.file, StringIO)
    return Played(screen.file.getvalue(), answers)


def said(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, " ".join(re.sub("<[^>]*>", " ", reply.text).split())


@pytest.fixture(scope="module")
def printed(played: Played) -> str:
    return played.printed


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
    assert "│ 2025-04-17 │ no   │ Josh Gottheimer" in printed


def test_kyle_gets_greenes_filings_and_nobody_elses(printed: str) -> None:
    mails = [line for line in printed.splitlines() if line.startswith("│ kyle@example.com")]

    assert [line.split("│")[2].strip() for line in mails] == [
        "Greene: 3 trades in one filing",
        "Greene (R-GA) sold part of TSLA, $1,001-$15,000",
    ]


def test_the_links_of_kyles_mail_work_while_the_demo_runs(played: Played) -> None:
    statuses = {link: status for link, (status, _) in played.answers.items()}

    assert "/manage/" in played.printed
    assert statuses == dict.fromkeys(["stop", "manage", "unsubscribe", "stopped", "manage afterwards"], 200)
    assert "Marjorie Taylor Greene" in played.answers["manage"][1]
    assert "Marjorie Taylor Greene" not in played.answers["manage afterwards"][1]


def test_a_corpus_scene_serves_the_chosen_edition_of_an_index(corpus: Path) -> None:
    scene = corpus_scene(corpus)

    assert scene.shelf is not None
    index = scene.shelf.index(2025)
    assert index is not None
    assert index.body == (corpus / "index" / "2025FD.final.zip").read_bytes()
