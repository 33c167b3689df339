"""`./dev.sh run` as a person starts it, in real time: what it says, what answers, and that Ctrl-C leaves nothing."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Thread

import httpx
import psutil
import pytest
from click.testing import CliRunner

from local.cloud.__main__ import main
from local.functions import ROOT

PATIENCE = 30.0  # seconds, far more than needed
EMULATOR = ["--firestore"] if shutil.which("gcloud") and shutil.which("java") else []


@dataclass
class Started:
    """The cloud in a process of its own, and what it printed."""

    process: subprocess.Popen[str]
    printed: str = ""
    more: Condition = field(default_factory=Condition)

    @property
    def url(self) -> str:
        found = re.search(r"Where it answers: (\S+)", self.printed)
        assert found
        return found[1]

    def read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self.more:
                self.printed += line
                self.more.notify_all()

    def says(self, words: str) -> bool:
        with self.more:
            return self.more.wait_for(lambda: words in self.printed, PATIENCE)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=PATIENCE, trust_env=False)

    def post(self, path: str, **headers: str) -> httpx.Response:
        return httpx.post(self.url + path, headers=headers, timeout=PATIENCE, trust_env=False)


def eventually(is_so: Callable[[], bool]) -> bool:
    """Wait until something is so; False where it never was."""
    limit = time.monotonic() + PATIENCE
    while not is_so() and time.monotonic() < limit:
        time.sleep(0.05)
    return is_so()


def at_work(process: psutil.Process) -> list[psutil.Process]:
    """Return the workers of notifications that PROCESS started, by whatever way."""
    found = (one for one in process.children(recursive=True) if "notifications" in " ".join(one.cmdline()))
    return list(found)


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Started]:
    """Start the cloud with its files in FOLDER; end it as Ctrl-C does, if it has not ended."""
    command: list[str | Path] = [
        "env",
        f"PYTHONPATH={ROOT}",
        sys.executable,
        "-P",
        "-m",
        "local.cloud",
        "--port",
        "0",
        "--data-dir",
        folder,
        *arguments,
    ]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        started = Started(process)
        reader = Thread(target=started.read)
        reader.start()
        try:
            assert started.says("Ctrl-C ends everything"), started.printed
            yield started
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)
            reader.join(PATIENCE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def started(folder: Path) -> Iterator[Started]:
    with running(folder, "--idle", "1") as started:
        yield started


def test_it_says_which_part_is_embedded_real_or_a_standin(started: Started) -> None:
    said = dict(re.findall(r"^  (\w+) +(a stand-in|embedded|real)", started.printed, re.MULTILINE))

    assert {said[part] for part in ("House", "Senate", "Prices", "Tasks", "Scheduler")} == {"a stand-in"}
    assert {said[part] for part in ("Database", "History", "Mail")} == {"embedded"}
    assert {said[part] for part in ("Redis", "Functions")} == {"real"}


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/", "<title>"),
        ("/api/", "For operators"),
        ("/health", '"alive"'),
        ("/admin/recent-tasks", '"baseline":true'),
        ("/local/", "This laptop&#39;s cloud|This laptop's cloud"),
    ],
)
def test_every_page_is_on_the_one_port(started: Started, path: str, says: str) -> None:
    answer = started.get(path)

    assert answer.status_code == 200
    assert re.search(says, answer.text)


def test_what_an_operator_asks_for_is_mailed_and_the_mails_are_on_a_page(started: Started) -> None:
    assert started.says("new filings are on the sites")

    taken = started.post("/scheduled/congressional-sync")
    assert eventually(lambda: "kyle@example.com" in started.get("/local/").text)
    page = started.get("/local/").text

    assert taken.status_code == 202
    links = re.findall(r'href="(/local/mails/[^"]+)"', page)
    kinds = {link.rpartition(".")[2]: started.get(link) for link in links}
    assert "<html" in kinds["html"].text
    assert kinds["eml"].text.startswith("From: ")
    assert "5 U.S.C. 13107(c)" in kinds["txt"].text
    assert started.get("/local/mails/none.html").status_code == 404
    assert started.get("/local/mails/..%2Fcapitolscope.db").status_code == 404


def test_an_idle_function_is_ended_and_starts_again_when_it_is_asked(started: Started) -> None:
    assert started.get("/api/health").status_code == 200

    assert started.says("api                 idle, ended")
    assert started.get("/api/health").status_code == 200


def ask_in_vain(started: Started) -> None:
    with suppress(httpx.HTTPError):
        started.post("/notifications")


def test_ctrl_c_in_the_middle_of_work_leaves_no_process_however_often_it_is_pressed(tmp_path: Path) -> None:
    with running(tmp_path, *EMULATOR) as started:
        asking = Thread(target=ask_in_vain, args=(started,))
        asking.start()
        cloud = psutil.Process(started.process.pid)
        assert eventually(lambda: bool(at_work(cloud)))
        everything = cloud.children(recursive=True)

        started.process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        started.process.send_signal(signal.SIGINT)
        status = started.process.wait(PATIENCE)
        asking.join(PATIENCE)

    assert len(everything) > 2
    assert ("Google's Firestore emulator" in started.printed) == bool(EMULATOR)
    assert [one for one in everything if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    with pytest.raises(ProcessLookupError):
        os.killpg(started.process.pid, 0)
    assert (status, started.printed.splitlines()[-1]) == (0, "Ended; no process is left.")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--live"], "--contact"),
        (["--live", "--contact", "me@example.org", "--simulate", "1"], "never in a simulation"),
        (["--firestore", "--simulate", "1"], "--firestore forgets"),
        (["--simulate", "0"], "0 is not in the range"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, arguments: list[str], why: str) -> None:
    refused = CliRunner().invoke(main, [*arguments, "--data-dir", str(tmp_path)])

    assert refused.exit_code == 2
    assert why in refused.output


def test_a_port_that_is_taken_is_refused_before_anything_is_touched(started: Started, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    kept = tmp_path / "run" / "kept"
    kept.touch()

    refused = CliRunner().invoke(
        main, ["--port", started.url.rpartition(":")[2], "--data-dir", str(tmp_path)]
    )

    assert refused.exit_code == 2
    assert "choose one with --port" in refused.output
    assert kept.exists()


def test_a_second_one_in_the_same_folder_is_refused_and_told_who_is_at_work(
    started: Started, folder: Path
) -> None:
    kept = {path.name for path in (folder / "run").iterdir()}

    refused = CliRunner().invoke(main, ["--port", "0", "--data-dir", str(folder)])

    holder = started.process.pid
    assert refused.exit_code == 1
    assert f"process {holder} is at work in {folder / 'run'}; end it first: kill {holder}" in refused.output
    assert {path.name for path in (folder / "run").iterdir()} >= kept
    assert started.get("/api/health").status_code == 200
