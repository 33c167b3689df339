"""A bundle on its own: installed in a virtual environment that holds nothing else, started as Cloud Run starts it."""

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from local.deploy.bundle import ROOT, Bundle
from local.deploy.requirements import PYTHON
from local.functions import Function, listens
from local.services.server import Server, free_port

KEPT = ROOT / ".cache" / "bundles"


def python_of_the_cloud() -> str:
    """Return the interpreter that Cloud Run's base image has, where this machine has it too; else the one at work."""
    found = shutil.which(f"python{PYTHON}")
    return found if found and _runs(found) else sys.executable


def installed(bundle: Bundle, python: str = sys.executable, kept: Path = KEPT) -> Path:
    """Return the folder of programs of a virtual environment of PYTHON with BUNDLE's packages, compiled as in the cloud.

    It is made once for each requirements.txt, and KEPT. Raises CalledProcessError when the packages cannot be had.
    """
    needs = bundle.folder / "requirements.txt"
    version = subprocess.run([python, "-VV"], check=True, capture_output=True).stdout
    venv = kept / sha256(needs.read_bytes() + version).hexdigest()[:16]
    done = venv / "installed"
    kept.mkdir(parents=True, exist_ok=True)
    with venv.with_suffix(".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not done.exists():
            _install(needs, venv, python)
            done.touch()
    return venv / "bin"


def _install(needs: Path, venv: Path, made_with: str) -> None:
    python = venv / "bin" / "python"
    if _runs("uv"):
        _do("uv", "venv", "--quiet", "--clear", "--python", made_with, venv)
        _do(
            "uv",
            "pip",
            "sync",
            "--quiet",
            "--require-hashes",
            "--compile-bytecode",
            "--python",
            python,
            needs,
        )
    else:
        _do(made_with, "-m", "venv", "--clear", venv)
        _do(python, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "-r", needs)
        _do(python, "-m", "pip", "uninstall", "--quiet", "--yes", "pip", "setuptools")


def _runs(program: str) -> bool:
    """Tell whether PROGRAM is one; a shim may stand on PATH without anything behind it."""
    found = shutil.which(program)
    return (
        found is not None
        and subprocess.run([found, "--version"], check=False, capture_output=True).returncode == 0
    )


def _do(*command: str | Path) -> None:
    subprocess.run(command, check=True)


@contextmanager
def started(bundle: Bundle, target: str, environment: Mapping[str, str], folder: Path) -> Iterator[Function]:
    """Run BUNDLE until the block ends, with nothing in its environment but what Cloud Run gives and ENVIRONMENT.

    Its log goes to FOLDER/log. Raises NotConfigured with the end of that log when it does not start.
    """
    port = free_port()
    programs = installed(bundle)
    given = {"PATH": str(programs), "HOST": "127.0.0.1", **as_cloud_run(target, port), **environment}
    command = ["env", "-i", *(f"{name}={value}" for name, value in given.items())]
    command += ["/bin/sh", "-c", 'cd "$0" && exec functions-framework', str(bundle.folder)]
    folder.mkdir(parents=True, exist_ok=True)
    with Server(command, folder, lambda: listens(port)) as server:
        yield Function(target, f"http://127.0.0.1:{port}", server)


def as_cloud_run(target: str, port: int) -> dict[str, str]:
    """Return the environment in which Cloud Run starts the function TARGET."""
    return {"PORT": str(port), "FUNCTION_TARGET": target, "THREADS": "1"}
