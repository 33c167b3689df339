"""A copy of deploy.sh in a tree of its own, run against the recording gcloud."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.gcloud.call import Call
from tests.support.gcloud.cloud import PROJECT, Answer, Project
from tests.support.gcloud.recorder import Recorder, new_project

ROOT = Path(__file__).parents[2]
SENDGRID_KEY = "SG.key-that-nobody-may-see"
CHOICES = """\
CONTACT=ops@example.org
MAIL_FROM=CapitolScope <news@example.org>
POSTAL_ADDRESS=1 Example Street, Springfield, IL 62701
OPERATOR_ADDRESS=ops@example.org
SENDGRID_EVENT_KEY=MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
"""
"""What an operator sets before the first deployment."""
PYTHON = """\
#!{bash}
case "$*" in
    *--state* | *local.deploy.logs) exec {python} "$@" ;; # works on its stdin
    *) exec {folder}/remembered "$@" </dev/null ;;
esac
"""


class Remembered:
    """Answers for .venv/bin/python: the real one the first time, from memory when all that it reads is as it was."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, ...], Answer] = {}

    def __call__(self, call: Call) -> Answer:
        """Run Python as CALL asks."""
        root = call.variable("PYTHONPATH") or ""
        key = (*(part.replace(root, "") for part in call.argv), call.stdin, _read_by(call, Path(root)))
        if key not in self._told:
            self._told[key] = _run(call)
        return self._told[key]


def _read_by(call: Call, root: Path) -> str:
    settings = [Path(part) for part in call.argv if part.endswith(".env")]
    edits = root / "edits"
    return "".join(file.read_text() for file in (*settings, edits) if file.exists())


def _run(call: Call) -> Answer:
    environment = {"PATH": os.defpath, "PYTHONPATH": call.variable("PYTHONPATH") or ""}
    done = subprocess.run(
        [sys.executable, *call.argv],
        cwd=call.folder,
        env=environment,
        input=call.stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@dataclass
class Tree:
    """A clone with deploy.sh, whose .venv/bin/python is the recorder's, as are `gcloud` and `sleep`."""

    root: Path
    recorder: Recorder
    settings: Path = field(init=False)

    def __post_init__(self) -> None:
        self.settings = self.root / "deploy.env"

    @property
    def project(self) -> Project:
        """The project that its gcloud works on."""
        return self.recorder.project

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """Run deploy.sh with ARGUMENTS for the demo project."""
        return subprocess.run(
            ["bash", self.root / "deploy.sh", *arguments, "--project", PROJECT],
            cwd=self.root,
            env={"PATH": f"{self.recorder.folder}:{os.defpath}", "HOME": str(self.root), **environment},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def must(self, *arguments: str, stdin: str = "") -> str:
        """Run deploy.sh and return what it printed. Raises AssertionError with its messages when it fails."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def edit(self, file: str, pattern: str, replacement: str) -> None:
        """Replace the one place in FILE that PATTERN finds. Raises AssertionError where there is none or several."""
        path = self._own(file)
        text, found = re.subn(pattern, replacement, path.read_text(), flags=re.MULTILINE)
        assert found == 1, f"{pattern!r} is found {found} times in {file}"
        path.write_text(text)
        if path.suffix != ".sh":
            with (self.root / "edits").open("a") as edits:
                edits.write(f"{file} {pattern} {replacement}\n")

    def _own(self, file: str) -> Path:
        """Return FILE in this tree, after making its top folder a copy where it was the repository's own."""
        top = self.root / Path(file).parts[0]
        if top.is_symlink():
            top.unlink()
            shutil.copytree(ROOT / top.name, top, ignore=shutil.ignore_patterns("__pycache__"))
        return self.root / file


def plant(root: Path, recorder: Recorder, *, build: Path | None = None) -> Tree:
    """Make a tree in ROOT for an empty project; with BUILD, bundles are made there, once for all trees that share it."""
    root.mkdir()
    recorder.project = new_project()
    shutil.copy(ROOT / "deploy.sh", root)
    shutil.copytree(ROOT / "local" / "deploy", root / "local" / "deploy")
    for module in {*(ROOT / "local").iterdir()} - {ROOT / "local" / "deploy"}:
        (root / "local" / module.name).symlink_to(module)
    for name in ("common", "functions", "pyproject.toml", "requirements.lock"):
        (root / name).symlink_to(ROOT / name)
    (root / "dev.sh").write_text("#!/bin/sh\n")
    (root / "dev.sh").chmod(0o755)
    _put_python(root / ".venv" / "bin" / "python", recorder)
    if build:
        build.mkdir(exist_ok=True)
        (root / "build").symlink_to(build)
    tree = Tree(root, recorder)
    tree.settings.write_text(CHOICES)
    return tree


def _put_python(path: Path, recorder: Recorder) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(PYTHON.format(bash=shutil.which("bash"), python=sys.executable, folder=recorder.folder))
    path.chmod(0o755)
