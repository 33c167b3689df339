"""Asks the Google Cloud SDK on this machine what its gcloud takes and how it prints; no account, no network."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from common.errors import NotConfigured

CONFIGURATION = Path(__file__).parents[3] / ".cache" / "gcloud"
"""Where the SDK may keep what it likes; it holds no account."""
_turn = threading.Lock()


def refusals(commands: Iterable[Sequence[str]], folder: Path | None = None) -> list[str]:
    """Return `COMMAND: reason` for each of COMMANDS (without the leading `gcloud`) that the SDK refuses.

    Files that they name lie in FOLDER. Raises NotConfigured where there is no SDK.
    """
    wanted = dict.fromkeys(tuple(command) for command in commands)
    return [f"gcloud {' '.join(argv)}: {why}" for argv in wanted if (why := refusal(argv, folder))]


def refusal(argv: tuple[str, ...], folder: Path | None = None) -> str | None:
    """Return why the SDK refuses one command, None = it takes it. Raises NotConfigured where there is no SDK."""
    return _refusal(argv, _read_from(argv, folder))


def _read_from(argv: tuple[str, ...], folder: Path | None) -> str:
    """Return FOLDER where ARGV names a file, which the parser reads."""
    return str(folder) if folder and any("-from-file" in word for word in argv) else ""


@cache
def _refusal(argv: tuple[str, ...], folder: str) -> str | None:
    return _ask(argv, None, folder)[0]


def printed(argv: tuple[str, ...], resources: Any, folder: Path | None = None) -> str:
    """Return what the command prints when RESOURCES (one or a list) is what the service answers it."""
    return _printed(argv, json.dumps(resources), _read_from(argv, folder))


@cache
def _printed(argv: tuple[str, ...], resources: str, folder: str) -> str:
    refused, output = _ask(argv, json.loads(resources), folder)
    if output is None:
        raise ValueError(f"gcloud {' '.join(argv)} cannot print: {refused}")
    return output


def _ask(argv: tuple[str, ...], resources: Any, folder: str) -> tuple[str | None, str | None]:
    with _turn:
        worker = _worker()
        assert worker.stdin
        assert worker.stdout
        worker.stdin.write(json.dumps([argv, resources, folder]) + "\n")
        worker.stdin.flush()
        line = worker.stdout.readline()
    if not line:
        raise RuntimeError(f"the parser of {sdk_folder()} failed; its message is on stderr")
    refused, output = json.loads(line)
    return refused, output


@cache
def _worker() -> subprocess.Popen[str]:
    """Start the SDK's Python once for all questions; loading its commands takes a second."""
    sdk = sdk_folder()
    bundled = sdk / "platform" / "bundledpythonunix" / "bin" / "python3"
    python = bundled if bundled.exists() else sys.executable
    worker = subprocess.Popen(
        [python, "-I", Path(__file__).with_name("sdk_worker.py"), sdk],
        env={"CLOUDSDK_CONFIG": str(CONFIGURATION), "PATH": os.defpath},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(worker.communicate)
    return worker


@cache
def sdk_folder() -> Path:
    """Return where the SDK lies. Raises NotConfigured where there is none on PATH."""
    found = shutil.which("gcloud")
    if found is None:
        raise NotConfigured("the Google Cloud SDK; put its gcloud on PATH")
    return Path(found).resolve().parents[1]
