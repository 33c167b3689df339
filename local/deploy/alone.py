"""A bundle on its own: installed in a virtual environment that holds nothing else, started as Cloud Run starts it."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import Distribution, distribution
from pathlib import Path

from common.errors import NotConfigured
from common.tasks import SERVICES
from local.deploy.bundle import ROOT, Bundle
from local.deploy.requirements import PYTHON
from local.functions import Function, listens
from local.services.server import Server, free_port

KEPT = ROOT / ".cache" / "bundles"


def python_of_the_cloud() -> str:
    """Return the interpreter that Cloud Run's base image has, where this machine has it and uv; else the one at work."""
    found = shutil.which(f"python{PYTHON}")
    return found if found and _runs(found) and _runs("uv") else sys.executable


def installed(bundle: Bundle, python: str = sys.executable, kept: Path = KEPT) -> Path:
    """Return the folder of programs of a virtual environment with BUNDLE's packages alone, made once and KEPT.

    With uv they come from the package index by their hashes; without, they are linked from this environment, where they
    were installed by the same hashes: pip would take ten seconds. Raises NotConfigured where one is not here as pinned,
    CalledProcessError when uv fails.
    """
    needs = (bundle.folder / "requirements.txt").read_bytes()
    version = subprocess.run([python, "-VV"], check=True, capture_output=True).stdout
    venv = kept / sha256(needs + version).hexdigest()[:16]
    done = venv / "installed"
    kept.mkdir(parents=True, exist_ok=True)
    with venv.with_suffix(".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not done.exists():
            make = _sync if _runs("uv") else _link
            make(bundle, venv, python)
            done.touch()
    return venv / "bin"


def _sync(bundle: Bundle, venv: Path, python: str) -> None:
    uv, needs = "uv", bundle.folder / "requirements.txt"
    _do(uv, "venv", "--quiet", "--clear", "--python", python, venv)
    _do(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", venv / "bin" / "python", needs)


def _link(bundle: Bundle, venv: Path, python: str) -> None:
    _do(python, "-m", "venv", "--clear", "--without-pip", venv)
    (packages,) = venv.glob("lib/python*/site-packages")
    for name, version in bundle.pins.items():
        package = distribution(name)
        if package.version != version:
            raise NotConfigured(f"{name} is {package.version} here, not {version}; type ./dev.sh setup")
        _link_package(package, packages, venv / "bin")


def _link_package(package: Distribution, packages: Path, programs: Path) -> None:
    for file in package.files or []:
        source = Path(str(file.locate()))
        if file.parts[0] != ".." and "__pycache__" not in file.parts:
            (packages / file).parent.mkdir(parents=True, exist_ok=True)
            os.link(source, packages / file)
        elif source.parent.name == "bin":
            _, _, rest = source.read_text().partition("\n")
            (programs / source.name).write_text(f"#!{programs / 'python'}\n{rest}")
            (programs / source.name).chmod(0o755)


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
    threads = SERVICES[target].concurrency if target in SERVICES else 1
    return {"PORT": str(port), "FUNCTION_TARGET": target, "THREADS": str(threads)}
