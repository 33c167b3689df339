"""Keeps the tables of a release for the test that its code works on the next schema: `python -m local.deploy.release TAG`.

While a release replaces another, the code of both runs, on the newer schema. TAG is any name of a commit.
"""

import re
import subprocess
import sys
from pathlib import Path

from local.deploy.bundle import ROOT

KEPT = ROOT / "tests" / "deploy" / "released"
TABLES = re.compile(r"common/db/(?:\w+_)?(?:tables|types)\.py")
NOTES = re.compile(r"  # noqa\b.*")  # to our linter, which asks less of tests
OURS, THEIRS = "from common.db.", "from tests.deploy.released."
WHAT = (
    '"""The tables of the last release, whose code needs schema {}; written by `local.deploy.release`."""\n'
)


def keep(commit: str, into: Path = KEPT) -> list[Path]:
    """Write the files of tables at COMMIT into the folder INTO, in place of what is there; return them.

    Raises CalledProcessError where COMMIT is none.
    """
    into.mkdir(parents=True, exist_ok=True)
    for old in into.glob("*.py"):
        old.unlink()
    files = [name for name in _git("ls-tree", "-r", "--name-only", commit).split() if TABLES.fullmatch(name)]
    for name in files:
        text = _git("show", f"{commit}:{name}")
        (into / Path(name).name).write_text(NOTES.sub("", text.replace(OURS, THEIRS)))
    (into / "__init__.py").write_text(WHAT.format(_revision(commit)))
    return sorted(into.glob("*.py"))


def _revision(commit: str) -> str:
    schema = _git("show", f"{commit}:common/db/schema.py")
    return str(re.findall(r'^REVISION = "(\d+)"', schema, re.MULTILINE)[0])


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    print(*keep(sys.argv[1]), sep="\n")
