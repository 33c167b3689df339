"""Where a server keeps its data."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


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
