"""However a test run ends, none of its servers outlives it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

REPOSITORY = Path(__file__).parents[2]


def start_holder(names: list[str], folder: Path) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    holder = subprocess.Popen(
        [sys.executable, "-m", "tests.support.service_holder", *names],
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "TMPDIR": str(folder)},  # noqa: TID251 - handed on, not read
    )
    assert holder.stdout is not None
    return holder, [found for pid in holder.stdout.readline().split() if (found := _process(int(pid)))]


def _process(pid: int) -> psutil.Process | None:
    """Return the process, None where it ended by itself meanwhile, as PostgreSQL's helpers of its start do."""
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lend a temporary folder that PostgreSQL's user can reach too."""
    folder = tmp_path_factory.mktemp("left")
    for place in (folder, *folder.parents):
        if place == Path(tempfile.gettempdir()):
            break
        place.chmod(0o755)
    return folder


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_servers_and_their_data_go_with_whoever_started_them(how: signal.Signals, folder: Path) -> None:
    holder, servers = start_holder(["redis", "postgres"], folder)

    holder.send_signal(how)
    holder.communicate()

    _, alive = psutil.wait_procs(servers, timeout=10)
    assert len(servers) > 2
    assert alive == []
    limit = time.monotonic() + 10
    while list(folder.iterdir()) and time.monotonic() < limit:
        time.sleep(0.05)
    assert list(folder.iterdir()) == []


def test_paused_servers_go_too(folder: Path) -> None:
    holder, servers = start_holder(["redis", "postgres"], folder)
    for server in servers:
        server.suspend()

    holder.kill()
    holder.communicate()

    _, alive = psutil.wait_procs(servers, timeout=10)
    assert alive == []


def test_the_emulator_goes_with_its_wrapper_scripts(folder: Path, firestore_emulator: object) -> None:
    holder, servers = start_holder(["firestore"], folder)
    assert "java" in {server.name() for server in servers}

    holder.kill()
    holder.communicate()

    _, alive = psutil.wait_procs(servers, timeout=10)
    assert alive == []


def test_servers_go_when_their_leash_is_killed(folder: Path) -> None:
    holder, servers = start_holder(["redis", "postgres"], folder)

    parents = {parent for server in servers if (parent := server.parent())}

    for leash in [parent for parent in parents if "leash" in " ".join(parent.cmdline())]:
        leash.kill()

    _, alive = psutil.wait_procs(servers, timeout=10)
    assert alive == []
    holder.kill()
    holder.communicate()
