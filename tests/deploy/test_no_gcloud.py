"""deploy.sh on a machine that has no gcloud."""

import shutil
import subprocess
from pathlib import Path

import pytest

from local.functions import ROOT

NEEDED = ("bash", "env", "python3", "mktemp", "cat", "rm", "dirname", "basename", "sed", "cmp", "mkdir")
NEEDED_TO_PLAN = ("awk", "cut", "grep", "tr")


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Lend a PATH that holds what deploy.sh needs, and no gcloud."""
    for name in (*NEEDED, *NEEDED_TO_PLAN):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    return str(tmp_path)


def deploy(path: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / "deploy.sh"), *arguments]
    return subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, check=False)


def test_it_says_that_gcloud_is_missing_and_where_to_get_it(path: str) -> None:
    done = deploy(path, "plan")

    said = "deploy.sh: no gcloud on PATH; install it: https://cloud.google.com/sdk/docs/install\n"
    assert (done.returncode, done.stderr) == (1, said)


def test_a_dry_plan_needs_no_project_and_says_what_stands_for_one(path: str) -> None:
    done = deploy(path, "plan", "--dry-run")

    first, *rest = done.stderr.splitlines()
    assert done.returncode == 0
    assert first == "deploy.sh: no project is chosen: NOT-SET-YET stands for one (--project ID)"
    assert not any("asked for" in line for line in rest)
    assert all(" --project=NOT-SET-YET " in line for line in done.stdout.splitlines())


def test_what_asks_the_project_needs_one(path: str) -> None:
    done = deploy(path, "cost", "--measured")

    assert done.returncode == 1
    assert "no gcloud on PATH" in done.stderr


def test_help_needs_nothing_wherever_it_is_asked_for(path: str) -> None:
    done = deploy(path, "run", "--help")

    assert done.returncode == 0
    assert "Usage: ./deploy.sh VERB" in done.stdout
