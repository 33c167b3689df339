"""Runs a command that ends, with every process it started, when whoever runs this ends.

    leash.py UID FOLDER COMMAND...

UID runs the command as that user; `-` keeps the present one. FOLDER is removed when the caller goes; `-` removes nothing.

The caller holds the other end of this process's standard input. The system closes it when the caller dies, by SIGKILL too,
and neither a wrapper script (gcloud) nor a process that started its own session (PostgreSQL's backends) gets away.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any

import psutil

PR_SET_PDEATHSIG = 1  # linux/prctl.h
PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 3.0  # seconds that a server may take over an orderly end


def prctl(option: int, value: int) -> None:
    """Set one attribute of this process; Linux only, elsewhere the pipe alone has to do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def run(uid: str, folder: str, command: list[str]) -> int:
    """Run COMMAND until it ends or standard input does; return its exit status, no descendant being left."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)  # orphans of the command become our children, not init's
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: prctl(PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509 - no thread runs yet
        **_identity(uid),
    )
    caller_gone = threading.Event()
    threading.Thread(target=_end_with_caller, args=(child, caller_gone), daemon=True).start()
    status = child.wait()
    kill_descendants()
    if folder != "-" and caller_gone.is_set():
        shutil.rmtree(folder, ignore_errors=True)
    return status


def _identity(uid: str) -> dict[str, Any]:
    if uid == "-":
        return {}
    return {"user": int(uid), "group": pwd.getpwuid(int(uid)).pw_gid, "extra_groups": []}


def _end_with_caller(child: subprocess.Popen[bytes], gone: threading.Event) -> None:
    os.read(sys.stdin.fileno(), 1)  # nobody writes; it returns when the other end closes
    gone.set()
    tell(descendants(), signal.SIGCONT)
    child.send_signal(signal.SIGINT)  # PostgreSQL: disconnect clients and stop; Redis, gcloud: stop
    time.sleep(PATIENCE)
    kill_descendants()


def descendants(pid: int | None = None) -> list[psutil.Process]:
    """Return every living process below PID, this process by default."""
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def tell(processes: list[psutil.Process], number: signal.Signals) -> None:
    """Send signal NUMBER to those of PROCESSES that still are."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def kill_descendants() -> None:
    """Kill every process below this one, stopped ones too, until none is left."""
    while processes := descendants():
        tell(processes, signal.SIGKILL)
        psutil.wait_procs(processes, timeout=1)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], sys.argv[2], sys.argv[3:]))
