"""The demo, played as a stranger plays it: the functions in their own processes, the parts real."""

import os
import re
import signal
from dataclasses import dataclass
from io import StringIO
from itertools import pairwise
from pathlib import Path
from threading import Timer, main_thread

import httpx
import pytest
from click.testing import CliRunner
from rich.console import Console

from local.demo.__main__ import WIDE, linger, main, play
from local.demo.cloud import Cloud
from local.demo.kyle import newest_links
from local.demo.scenes import corpus_scene, live_scene, own_scene

UNTIL_CTRL_C = 0.2  # seconds


@dataclass(frozen=True)
class Played:
    """A demo that was played: what it printed, and what its pages said while it ran."""

    printed: str
    answers: dict[str, tuple[int, str]]
    """Link -> status and heading."""
    lingered: float


class Keyboard(StringIO):
    """A terminal on which somebody typed."""

    def isatty(self) -> bool:
        return True


def interrupt() -> None:
    """Press Ctrl-C."""
    thread = main_thread().ident
    assert thread
    signal.pthread_kill(thread, signal.SIGINT)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Play the demo with filings of our own, end it in each way, follow the links of Kyle's last mail, and stop its alert."""
    screen, answers = Console(file=StringIO(), width=WIDE), dict[str, tuple[int, str]]()

    def follow_links(cloud: Cloud) -> None:
        linger(screen, cloud, keep=False)
        with pytest.MonkeyPatch.context() as stdin:
            stdin.setattr("sys.stdin", Keyboard("\n"))
            linger(screen, cloud, keep=True)
            screen.print()  # the line that Enter ends
            stdin.setattr("sys.stdin", None)
            Timer(UNTIL_CTRL_C, interrupt).start()
            linger(screen, cloud, keep=True)
        links = newest_links(cloud.mails, cloud.pages)
        answers.update({purpose: said(httpx.get(link)) for purpose, link in links.items()})
        answers["stopped"] = said(httpx.post(links["stop"]))
        answers["manage afterwards"] = said(httpx.get(links["manage"]))

    folder = tmp_path_factory.mktemp("demo")
    lingered = play(screen, own_scene(), folder, "tests@example.org", follow_links)
    return Played(text_of(screen), answers, lingered)


def text_of(screen: Console) -> str:
    assert isinstance(screen.file, StringIO)
    return screen.file.getvalue()


def said(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, " ".join(re.sub("<[^>]*>", " ", reply.text).split())


@pytest.fixture(scope="module")
def printed(played: Played) -> str:
    return played.printed


def books(printed: str, chamber: str) -> list[str]:
    """Return what each sync said of CHAMBER's books."""
    lines = printed.splitlines()
    return [after.strip() for line, after in pairwise(lines) if line.startswith(f"  {chamber}: ")]


def subjects(printed: str) -> list[str]:
    lines = (line for line in printed.splitlines() if line.startswith("kyle@example.com"))
    return [re.split(" {2,}", line)[1] for line in lines]


def test_the_runs_that_it_shows_sent_every_mail_that_it_lists(printed: str) -> None:
    sent = re.findall(r"(\d+) mails? sent", printed)

    assert sum(map(int, sent)) == len(subjects(printed)) > 0


def test_the_demo_says_which_part_is_embedded_real_or_a_standin(printed: str) -> None:
    said = dict(line.split(maxsplit=1) for line in printed.splitlines()[:7])

    assert {said[part].partition(":")[0].strip() for part in ("House", "Senate")} == {"a stand-in"}
    assert said["Prices"].startswith("a stand-in for Alpaca")
    assert said["Database"].startswith("embedded: ")
    assert said["Redis"].startswith("real: ")


def test_the_demo_ends_each_call_with_books_of_both_chambers_that_balance(printed: str) -> None:
    house, senate = books(printed, "House"), books(printed, "Senate")

    assert [line.partition(";")[0] for line in house] == [
        "2 indexed = 2 parsed + 0 unread + 0 failed",
        "8 indexed = 7 parsed + 1 unread + 0 failed",
        *["11 indexed = 9 parsed + 1 unread + 1 failed"] * 2,
    ]
    assert [line.partition(";")[0] for line in senate] == [
        "2 indexed = 2 parsed + 0 unread + 0 failed",
        "4 indexed = 4 parsed + 0 unread + 0 failed",
        *["7 indexed = 6 parsed + 1 unread + 0 failed"] * 2,
    ]
    assert all(line.endswith("0 rows quarantined, 0 filers unresolved") for line in house + senate)
    assert printed.count("0 newly listed, 0 versions stored") == 2


def test_the_demo_shows_how_each_source_answered(printed: str) -> None:
    (_, sources) = printed.split("\nSources", 1)

    for chamber in ("house", "senate"):
        assert re.search(rf"^{chamber} +answered +asked for .*2025 only", sources, re.MULTILINE)
    assert re.search(r"^prices +answered", sources, re.MULTILINE)


def test_the_demo_shows_filings_failures_and_trades_with_their_page_and_row(printed: str) -> None:
    assert "2025-06-02  House    Marjorie Taylor Greene  parsed  yes" in printed
    assert "2025-07-17  Senate   Richard Blumenthal      unread  yes" in printed
    assert "2025-01-21  Senate   Markwayne Mullin        parsed  history" in printed
    assert "answered 404" in printed
    assert "20990101 p1 r3" in printed
    assert re.search(
        r"2025-04-15  no    Senate   Boozman \(R-AR\) .* ACN .* 5e4a…0004 p1 r1  amends", printed
    )
    assert re.search(
        r"2025-03-12  no    House    Greene \(R-GA\) .* PLTR .* 20990105 p1 r2   deletes", printed
    )
    assert re.search(r"2025-04-17  \?     House    Gottheimer .* NFLX .* amends \?", printed)
    assert max(map(len, printed.splitlines())) <= WIDE


def test_the_demo_asks_for_prices_and_shows_the_operator_what_they_did_since(printed: str) -> None:
    (scheduled, by_hand) = (line for line in printed.splitlines() if line.startswith("  stock_prices-"))

    assert ": skipped: market closed in " in scheduled or ": succeeded in " in scheduled
    assert ": succeeded in " in by_hand
    stored = [line for line in printed.splitlines() if "closing prices stored" in line][-1]
    assert re.search(r"16 tickers: 16 quotes and [\d,]+ closing prices stored, 0 gaps left", stored)
    assert re.search(r" TSLA +\$1,001-\$15,000 +[+-]\d+\.\d% +[+-]\d+\.\d%  20990102 p1 r1", printed)
    assert re.search(r" CLF Stock Option +\$1,001-\$15,000 +5e4a…0003 p1 r2", printed)


def test_kyle_gets_the_filings_of_those_he_follows_with_their_corrections_and_nobody_elses(
    printed: str,
) -> None:
    assert sorted(subjects(printed)) == [
        "Boozman: 2 trades in one filing",
        "Boozman: 3 trades in one filing",
        "Correction: Greene, 2 trades in one filing",
        "Greene (R-GA) sold part of TSLA, $1,001-$15,000",
        "Greene: 3 trades in one filing",
    ]


def test_a_senate_that_refuses_holds_up_neither_house_nor_prices_nor_mail(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    screen, asked = Console(file=StringIO(), width=WIDE), list[str]()

    def count_requests(cloud: Cloud) -> None:
        assert cloud.sites is not None
        asked.extend(cloud.sites.senate.paths())

    scene = own_scene(senate_refuses=True)
    play(screen, scene, tmp_path_factory.mktemp("refused"), "tests@example.org", count_requests)

    printed = text_of(screen)
    assert books(printed, "House")[-1].startswith("11 indexed = 9 parsed + 1 unread + 1 failed")
    assert books(printed, "Senate")[-1].startswith("2 indexed = 2 parsed")
    assert printed.count("refused or failed; the rest goes on: Senate agreement: answered 403") == 3
    assert asked[-3:] == ["/search/home/"] * 3
    assert asked.count("/search/home/") == 2 + 3
    assert re.search(r"senate  refused or failed  Senate agreement: answered 403", printed)
    assert "11 tickers: 11 quotes" in printed
    assert subjects(printed) == [
        "Greene: 3 trades in one filing",
        "Greene (R-GA) sold part of TSLA, $1,001-$15,000",
        "Correction: Greene, 2 trades in one filing",
    ]


def test_the_links_of_kyles_mail_work_while_the_demo_runs(played: Played) -> None:
    statuses = {link: status for link, (status, _) in played.answers.items()}

    assert "/manage/" in played.printed
    assert statuses == dict.fromkeys(["stop", "manage", "unsubscribe", "stopped", "manage afterwards"], 200)
    assert "John Boozman" in played.answers["manage"][1]
    assert "John Boozman" not in played.answers["manage afterwards"][1]


def test_the_demo_goes_on_until_enter_and_without_a_terminal_until_a_signal(played: Played) -> None:
    assert "work until you press Enter." in played.printed
    assert f"work until you type: kill {os.getpid()}\n" in played.printed
    assert played.lingered > UNTIL_CTRL_C


def test_scenes_that_contradict_one_another_are_refused_before_anything_starts() -> None:
    answer = CliRunner().invoke(main, ["--live", "--senate-refuses"])

    assert answer.exit_code == 2
    assert "choose one" in answer.output


def test_a_folder_that_is_no_corpus_is_refused(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["--corpus", str(tmp_path)])

    assert answer.exit_code == 2
    assert "holds no folder index" in answer.output


def test_a_look_at_the_real_house_says_that_it_asks_nobody_else() -> None:
    scene = live_scene(2025)

    assert scene.chambers == ("house",)
    assert scene.sources["Senate"].startswith("not asked: ")
    assert [step.parameters for step in scene.steps] == [{"limit": 25}]


def test_a_corpus_scene_serves_the_chosen_edition_of_an_index(corpus: Path) -> None:
    scene = corpus_scene(corpus)

    assert scene.at_first is not None
    index = scene.at_first.house.index(2025)
    assert index is not None
    assert index.body == (corpus / "index" / "2025FD.final.zip").read_bytes()
