"""A server process on 127.0.0.1 that cannot outlive us."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from random import SystemRandom
from types import TracebackType
from typing import Self

import psutil

from common.errors import NotConfigured
from local.services import leash

POLL = 0.02  # seconds between two looks at a server that starts
OURS = range(15_000, 32_000)  # ports; Linux lends 32768 and above by itself, macOS 49152


class Server(AbstractContextManager["Server"]):
    """One started command, with everything that it starts; ended with us, by whatever signal we end.

    Enter and leave it, or ask for what chaos tests do: `kill`, `pause`, `resume`, `restart`.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        folder: Path,
        answers: Callable[[], bool],
        *,
        uid: int | None = None,
        remove: bool = False,
        patience: float = 30.0,
    ) -> None:
        """Keep the log in FOLDER, which goes with us if REMOVE; ANSWERS tells readiness, within PATIENCE seconds."""
        self._command = [str(part) for part in command]
        self._uid = "-" if uid is None else str(uid)
        self._removed = str(folder) if remove else "-"
        self._log = folder / "log"
        self._answers = answers
        self._patience = patience
        self._leash: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait until it answers. Raises NotConfigured with its log's end when it does not."""
        arguments = [self._uid, self._removed, *self._command]
        with self._log.open("ab") as log:
            self._leash = subprocess.Popen(
                [sys.executable, "-I", leash.__file__, *arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait_until_it_answers(self._leash)
        except BaseException:
            self.stop()
            raise

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        limit = time.monotonic() + self._patience
        while not self._answers():
            if process.poll() is not None or time.monotonic() > limit:
                tail = self._log.read_text(errors="replace")[-2000:]
                raise NotConfigured(f"{self._command[0]} does not start; its log ends:\n{tail}")
            time.sleep(POLL)

    def stop(self) -> None:
        """End it in order; nothing of it is left afterwards."""
        if self._leash is not None and self._leash.stdin is not None:
            self._leash.stdin.close()
            self._leash.wait()
            self._leash = None

    def processes(self) -> list[psutil.Process]:
        """Return the server's living processes, the first started first."""
        return leash.descendants(self._leash.pid) if self._leash else []

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._leash is not None:
            leash.tell(self.processes(), signal.SIGKILL)
            self._leash.wait()
            self.stop()

    def pause(self) -> None:
        """Stop it in its tracks; connections stay open and nothing answers."""
        leash.tell(self.processes(), signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused server go on."""
        leash.tell(self.processes(), signal.SIGCONT)

    def restart(self) -> None:
        """Kill it and start it again on the same port and data."""
        self.kill()
        self.start()


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens at the moment.

    None of those that the system lends by itself to whoever asks for any: in the time until our server takes it, and after
    it ended, a connection or another server would get it, and with it what was meant for ours.
    """
    while True:
        port = SystemRandom().choice(OURS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
