"""A copy of deploy.sh in a tree of its own, run against the recording gcloud."""

import copy
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from local.deploy.bill import NEEDED
from tests.support.gcloud.call import Call
from tests.support.gcloud.cloud import PROJECT, Project
from tests.support.gcloud.recorder import Recorder, new_project

ROOT = Path(__file__).parents[2]
SENDGRID_KEY = "SG.key-that-nobody-may-see"
REDIS_PASSWORD = "redis-password-of-the-recorder"
CHOICES = """\
CONTACT=ops@example.org
MAIL_FROM=CapitolScope <news@example.org>
POSTAL_ADDRESS=1 Example Street, Springfield, IL 62701
OPERATOR_ADDRESS=ops@example.org
SENDGRID_EVENT_KEY=MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
"""
"""What an operator sets before the first deployment."""
KEPT = {*NEEDED, "missed_runs"}
"""Files of monitoring that a small tree keeps."""
ENTRY = """\
{constant} = Task(
    name="{name}",
    purpose="nothing that anybody misses",
    job="{job}",
    schedule="0 3 * * *",
    zone="UTC",
    packages="congressional_sync",
    grace=timedelta(minutes=30),
)

"""
"""A task as the registry holds one."""
PYTHON = """\
#!{bash}
case "$*" in
    *local.deploy.doctor*--dns*127.0.0.1*) exec {python} "$@" ;;
    *local.deploy.doctor*) cat >/dev/null ;; # would ask the network; it has tests of its own
    *--state* | *--secret* | *local.deploy.logs) exec {python} "$@" ;; # works on its stdin
    *) exec {folder}/remembered "$@" </dev/null ;;
esac
"""


def _written(line: str, folder: Path) -> Call:
    gcloud, *argv = shlex.split(line)
    assert gcloud == "gcloud", line
    return Call(tuple(argv[: argv.index("<")] if "<" in argv else argv), folder=folder)


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
            env={**self.environment, **environment},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    @property
    def environment(self) -> dict[str, str]:
        """What an operator's shell exports; its folder for temporary files is the tree's own."""
        temporary = self.root / "tmp"
        temporary.mkdir(exist_ok=True)
        path = f"{self.recorder.folder}:{os.defpath}"
        return {"PATH": path, "HOME": str(self.root), "TMPDIR": str(temporary)}

    def must(self, *arguments: str, stdin: str = "") -> str:
        """Run deploy.sh and return what it printed. Raises AssertionError with its messages when it fails."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def planned(self) -> tuple[Call, ...]:
        """Return the commands of a first deployment as `plan --dry-run` prints them. Raises AssertionError if it fails."""
        return tuple(_written(line, self.root) for line in self.must("plan", "--dry-run").splitlines())

    def commands(self, output: str) -> tuple[Call, ...]:
        """Return the commands that OUTPUT, of a dry run, shows."""
        lines = (line for line in output.splitlines() if line.startswith("gcloud "))
        return tuple(_written(line, self.root) for line in lines)

    def edit(self, file: str, pattern: str, replacement: str) -> None:
        """Replace the one place in FILE that PATTERN finds. Raises AssertionError where there is none or several."""
        path = self._own(file)
        text, found = re.subn(pattern, replacement, path.read_text(), flags=re.MULTILINE)
        assert found == 1, f"{pattern!r} is found {found} times in {file}"
        path.write_text(text)
        if path.suffix != ".sh":
            self._remember(f"{file} {pattern} {replacement}")

    def write(self, file: str, text: str) -> None:
        """Put TEXT into FILE, which may be new."""
        path = self._own(file)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        self._remember(f"{file} {text}")

    def _remember(self, edit: str) -> None:
        """Tell whoever remembers what Python said that this tree is another one."""
        with (self.root / "edits").open("a") as edits:
            edits.write(repr(edit)[1:-1] + "\n")

    def _own(self, file: str) -> Path:
        """Return FILE in this tree, after making it this tree's own where it was the repository's."""
        path = self.root / file
        for folder in reversed(path.relative_to(self.root).parents):
            _open(self.root / folder)
        if path.is_symlink():
            text = path.read_text()
            path.unlink()
            path.write_text(text)
        return path


def _open(folder: Path) -> None:
    """Make of a link to a folder a folder of links."""
    if folder.is_symlink():
        target = folder.resolve()
        folder.unlink()
        folder.mkdir()
        for child in target.iterdir():
            (folder / child.name).symlink_to(child)


@dataclass(frozen=True)
class First:
    """A first deployment that ran to its end: how it went, and the project as it left it."""

    tree: Tree
    done: subprocess.CompletedProcess[str]
    left: Project

    def project(self) -> Project:
        """Return the project as it was left, with nothing recorded since."""
        project = copy.deepcopy(self.left)
        project.calls.clear()
        project.refused.clear()
        return project


def deployed(tree: Tree) -> First:
    """Deploy TREE as an operator does for the first time."""
    tree.must("secrets", "set", "SENDGRID_API_KEY", stdin=SENDGRID_KEY)
    done = tree.run("deploy")
    assert done.returncode == 0, done.stderr
    return First(tree, done, copy.deepcopy(tree.project))


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


def leaks(project: Project, root: Path, done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return where a secret can be read that is no stdin of `secrets versions add`: in commands, output and files."""
    secrets = project.of("secrets").values()
    values = {version["value"] for secret in secrets for version in secret["versions"]}
    values |= {REDIS_PASSWORD, SENDGRID_KEY}
    told = {"stdout": done.stdout, "stderr": done.stderr}
    for number, call in enumerate(project.calls):
        told[f"arguments of call {number}"] = str(call)
        told[f"environment of call {number}"] = call.environment
        if not call.starts("secrets", "versions", "add"):
            told[f"stdin of call {number}"] = call.stdin
    told |= {str(file): file.read_text(errors="replace") for file in _left_behind(root)}
    return [where for where, text in told.items() if any(value in text for value in values)]


def _left_behind(root: Path) -> list[Path]:
    """Return every file of a tree that is its own, its temporary ones among them."""
    own = (path for path in root.iterdir() if not path.is_symlink())
    return [file for path in own for file in (path, *path.rglob("*")) if file.is_file()]


def shrink(tree: Tree) -> tuple[str, ...]:
    """Leave a task and a public service in the registry, and of monitoring what it needs at least; return the two names."""
    tree.edit("common/tasks.py", r"^TASKS = registry\([^)]*\)", "TASKS = registry(CONGRESSIONAL_SYNC)")
    tree.edit("common/tasks.py", r"^SERVICES = services\(.*\)$", "SERVICES = services(WEB, beside=TASKS)")
    for file in (tree.root / "local" / "deploy" / "monitoring").glob("*/*.json"):
        if file.stem not in KEPT:
            file.unlink()
    return "congressional_sync", "web"


def add_function(tree: Tree, name: str = "spare") -> None:
    """Add a scheduled function to the registry and its folder beside the others, as CONTRIBUTING says."""
    constant, job = name.upper(), f"{name}-job"
    tree.edit(
        "common/tasks.py",
        r"^TASKS = registry\(([^)]*)\)",
        ENTRY.format(name=name, constant=constant, job=job) + rf"TASKS = registry(\1, {constant})",
    )
    main = (ROOT / "functions" / "congressional_sync" / "main.py").read_text()
    main = main.replace("CONGRESSIONAL_SYNC", constant).replace("def congressional_sync", f"def {name}")
    tree.write(f"functions/{name}/main.py", main)
    tree.write(f"functions/{name}/__init__.py", f'"""{name}, of a test."""\n')


def _put_python(path: Path, recorder: Recorder) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(PYTHON.format(bash=shutil.which("bash"), python=sys.executable, folder=recorder.folder))
    path.chmod(0o755)
