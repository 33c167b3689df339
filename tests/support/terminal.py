"""A shell on a terminal, into which text is pasted as a person would paste it."""

import os
import pty
import select
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 300.0  # seconds for what a shell should print


class Terminal:
    """What is pasted, and what was printed since the last question."""

    def __init__(self, side: int) -> None:
        self._side = side
        self.shown = ""

    def paste(self, text: str) -> None:
        """Type TEXT at once, whoever reads it."""
        os.write(self._side, text.encode())

    def wait_for(self, text: str) -> str:
        """Return what was printed up to TEXT and forget it. Raises AssertionError when it does not come."""
        limit = time.monotonic() + PATIENCE
        while text not in self.shown:
            ready, _, _ = select.select([self._side], [], [], limit - time.monotonic())
            assert ready, f"no {text!r} in {self.shown[-2000:]!r}"
            self.shown += os.read(self._side, 65536).decode(errors="replace")
        before, _, self.shown = self.shown.partition(text)
        return before

    def status(self) -> int:
        """Return the exit status of the last command, once the shell is ready for the next."""
        self.paste("printf 'status%s=%s\\n' '' \"$?\"\n")
        self.wait_for("status=")
        return int(self.wait_for("\r\n"))


@contextmanager
def shell(folder: Path, environment: Mapping[str, str]) -> Iterator[Terminal]:
    """Lend a bash on a terminal of its own, in FOLDER, until the block ends."""
    ours, theirs = pty.openpty()
    bash = subprocess.Popen(
        ["bash", "--noprofile", "--norc"],
        cwd=folder,
        env=dict(environment),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(ours)
    finally:
        bash.kill()
        bash.wait()
        os.close(ours)
