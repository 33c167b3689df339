"""A Python that remembers: what .venv/bin/python answers in trees of deploy.sh's tests."""

import os
import subprocess
import sys
from pathlib import Path
from secrets import token_urlsafe

from tests.support.gcloud.call import Call
from tests.support.gcloud.cloud import Answer

READ: dict[str, str | tuple[str, ...]] = {
    "local.deploy.run": "common/runtime/",
    "local.deploy.monitors": ("common/", "local/deploy/mon"),
}
"""What of the code a module's answer hangs on, where it is not all of it."""


class Remembered:
    """Answers for .venv/bin/python: the real one the first time, from memory when all that it reads is as it was.

    Bundles have tests of their own; here each is a folder with the two files that a build needs. Keys are always new.
    """

    def __init__(self) -> None:
        self._told: dict[tuple[str, ...], Answer] = {}

    def __call__(self, call: Call) -> Answer:
        """Run Python as CALL asks."""
        if "local.deploy.bundle" in call.argv:
            return _stage(call)
        if "--key" in call.argv:
            return Answer(out=token_urlsafe(36))
        root = call.variable("PYTHONPATH") or ""
        key = (*(part.replace(root, "") for part in call.argv), call.stdin, _read_by(call, Path(root)))
        if key not in self._told:
            self._told[key] = _run(call)
        return self._told[key]


def _stage(call: Call) -> Answer:
    *names, _, into = call.argv[call.argv.index("local.deploy.bundle") + 1 :]
    folders = [Path(call.folder, into, name) for name in names]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "main.py").touch()
        (folder / "requirements.txt").touch()
    return Answer(out="".join(f"{folder}\t0\n" for folder in folders))


def _read_by(call: Call, root: Path) -> str:
    """Return what of a tree the answer hangs on: its settings, and how it differs from ours."""
    settings = [Path(part) for part in call.argv if part.endswith(".env")]
    read = next((parts for module, parts in READ.items() if module in call.argv), "")
    edits = root / "edits"
    lines = edits.read_text().splitlines() if edits.exists() else []
    return "\n".join(
        [file.read_text() for file in settings if file.exists()] + [x for x in lines if x.startswith(read)]
    )


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
