"""What a bundle installs: its part of requirements.lock, worked out from the packages installed here, without a network."""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from common.errors import NotConfigured

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "3.13"
"""What Cloud Run runs the bundles with: the base image python313."""
TARGET = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": f"{PYTHON}.0",
    "python_version": PYTHON,
    "sys_platform": "linux",
}
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+).*(?:\n[ \t]+--hash=.*)+", re.MULTILINE)


def declared(extras: Collection[str]) -> list[str]:
    """Return the packages that pyproject.toml names for every function and for EXTRAS.

    Raises NotConfigured naming an extra that it lacks.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]
    if unknown := sorted(set(extras) - set(optional)):
        raise NotConfigured(
            f"pyproject.toml has no extra {', '.join(unknown)}; see common/tasks.py, packages"
        )
    return [
        line for lines in (project["dependencies"], *(optional[extra] for extra in extras)) for line in lines
    ]


def requirements(named: Iterable[str], *, lock: Path = ROOT / "requirements.lock") -> str:
    """Return the lines of LOCK, with their hashes, of the packages NAMED and of all that they need on Cloud Run.

    Raises NotConfigured where a package is not in LOCK, or not installed here.
    """
    pins = _pins(lock)
    names = sorted(_closure(map(Requirement, named)))
    if unpinned := [name for name in names if name not in pins]:
        raise NotConfigured(f"{lock.name} lacks {', '.join(unpinned)}; lock again, see CONTRIBUTING.md")
    return "".join(f"{pins[name]}\n" for name in names)


def versions_in(text: str) -> dict[str, str]:
    """Return name -> version of the packages that a requirements file with TEXT pins."""
    return {canonicalize_name(pin["name"]): pin["version"] for pin in PIN.finditer(text)}


def _pins(lock: Path) -> Mapping[str, str]:
    return {canonicalize_name(pin["name"]): pin[0].rstrip(" \\") for pin in PIN.finditer(lock.read_text())}


def _closure(named: Iterable[Requirement]) -> set[str]:
    """Return the names of the packages NAMED and of all that they need in turn."""
    waiting = [need for need in named if _applies(need.marker)]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        need = waiting.pop()
        name, extras = canonicalize_name(need.name), frozenset(need.extras)
        if (name, extras) not in seen:
            seen.add((name, extras))
            waiting += _needs(name, extras)
    return {name for name, _ in seen}


def _needs(name: str, extras: frozenset[str]) -> list[Requirement]:
    try:
        lines = requires(name) or []
    except PackageNotFoundError as missing:
        raise NotConfigured(f"{name} is not installed here; type ./dev.sh setup") from missing
    needs = [Requirement(line) for line in lines]
    return [need for need in needs if any(_applies(need.marker, extra) for extra in ("", *extras))]


def _applies(marker: Marker | None, extra: str = "") -> bool:
    return marker is None or marker.evaluate({**TARGET, "extra": extra})
