"""README's commands for a laptop, typed as they are written there, one after the other."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from local.standins.senate_pages import report_page
from tests.support.senate import a_report
from tests.support.syncing import an_entry

ROOT = Path(__file__).parents[2]
ELSEWHERE = {
    "./dev.sh test": "it is what runs this test",
    "./dev.sh check": "CI runs it before the tests",
    "./dev.sh run": "tests/functions/test_cloud_run.py starts it and presses Ctrl-C",
    "./dev.sh demo --corpus DIR": "tests/chaos/test_killed_sync.py plays it",
    "./dev.sh demo --keep": "tests/functions/test_demo.py plays it, presses Enter and follows the links",
    "./dev.sh demo --live": "it asks the real House",
    "./dev.sh demo --senate-refuses": "tests/functions/test_demo.py plays it",
}
SHOWS = {
    "./dev.sh demo": "Greene: 3 trades in one filing",
    "./dev.sh run --simulate 1 --faults": "Each tick ran exactly once",
    "./dev.sh parse FILE.pdf PAGE.html": '"transaction_type": "P"',
    "./dev.sh why kyle@example.com 20990101": "Greene",
    "./dev.sh logs congressional_sync --errors": "",
}


def commands() -> list[str]:
    blocks = re.findall(r"^```bash\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    return list(dict.fromkeys(line for line in lines if line.startswith("./dev.sh")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lend a folder with the two files that the reader of `parse` has."""
    folder = tmp_path_factory.mktemp("files")
    pdf = an_entry(8).pdf
    assert pdf
    (folder / "FILE.pdf").write_bytes(pdf)
    (folder / "PAGE.html").write_bytes(report_page(a_report(1)))
    return folder


def test_every_command_is_run_here_or_elsewhere() -> None:
    assert set(commands()) == ELSEWHERE.keys() | SHOWS.keys()


def test_those_run_here_do_what_they_say(folder: Path) -> None:
    said = {command: typed(command, folder) for command in commands() if command in SHOWS}

    for command, done in said.items():
        assert done.returncode == 0, done.stderr
        assert SHOWS[command] in done.stdout, command


def typed(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = [
        str(folder / word) if word.endswith((".pdf", ".html")) else word for word in shlex.split(command)
    ]
    settings = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}  # noqa: TID251 - handed on
    return subprocess.run(
        words, cwd=ROOT, env=settings, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
