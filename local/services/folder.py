"""Where a server keeps its data, and who works there."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from common.errors import NotConfigured


@dataclass(frozen=True)
class Place:
    """A folder; `ours` = made for this server and removed with it."""

    path: Path
    ours: bool


@contextmanager
def data_folder(folder: Path | None, *, owner: int | None = None) -> Iterator[Place]:
    """Yield FOLDER, made where missing, or a temporary one; OWNER (a user id) may then write to it."""
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="capitolscope-", ignore_cleanup_errors=True) as temporary:
            yield Place(_owned(Path(temporary), owner), ours=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    yield Place(_owned(folder.absolute(), owner), ours=False)


def _owned(folder: Path, owner: int | None) -> Path:
    if owner is not None:
        os.chown(folder, owner, -1)
    return folder


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep FOLDER for this process until the block ends, or the process does, whatever ends it.

    Raises NotConfigured, naming the process that has it, or what forbids to write there.
    """
    with _lock(folder) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            lock.seek(0)
            holder = lock.read()
            raise NotConfigured(
                f"process {holder} is at work in {folder}; end it first: kill {holder}"
            ) from taken
        lock.truncate(0)
        print(os.getpid(), end="", file=lock, flush=True)
        yield


def _lock(folder: Path) -> TextIO:
    """Open the file beside FOLDER, which may be cleared while it is held."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        return folder.with_name(f"{folder.name}.lock").open("a+")
    except OSError as fault:
        raise NotConfigured(
            f"{folder.parent} cannot be written to ({fault.strerror}); use a clone of your own"
        ) from fault
