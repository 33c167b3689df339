"""A function of ours in its own process, started as Cloud Run starts it."""

import socket
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx

from common.tasks import TASKS
from local.services.server import Server, free_port

ROOT = Path(__file__).resolve().parent.parent
Lent = TypeVar("Lent")


class RunFailed(Exception):
    """A function answered that its run did not succeed."""


@dataclass(frozen=True)
class Function:
    """A running function; `server` kills, pauses and restarts it on the same port."""

    name: str
    url: str
    server: Server

    def ask(self, parameters: Mapping[str, Any], *, due: datetime | None = None) -> dict[str, Any]:
        """Call it and return its JSON answer: as Cloud Scheduler does for the tick DUE, else as an operator does.

        Raises RunFailed with the answer, unless it is a success.
        """
        tick = {"X-CloudScheduler-ScheduleTime": due.isoformat()} if due else {}
        answer = httpx.post(
            self.url, json=dict(parameters), headers=tick, timeout=TASKS[self.name].timeout.seconds
        )
        if not answer.is_success:
            raise RunFailed(f"{self.name} answered {answer.status_code}: {answer.text[:2000]}")
        told: dict[str, Any] = answer.json()
        return told


@contextmanager
def serve(
    name: str,
    environment: Mapping[str, str],
    folder: Path,
    *,
    source: Path | None = None,
    port: int | None = None,
) -> Iterator[Function]:
    """Run function NAME under functions-framework and gunicorn with one worker, until the block ends.

    The worker has one thread, unless ENVIRONMENT gives THREADS. SOURCE defaults to functions/NAME/main.py, PORT to a free
    one; the process's log goes to FOLDER/log.
    """
    port = port or free_port()
    settings = {"PYTHONPATH": str(ROOT), "PORT": str(port), "THREADS": "1", **environment}
    code = source or ROOT / "functions" / name / "main.py"
    command: list[str | Path] = ["env", *(f"{key}={value}" for key, value in settings.items())]
    command += [
        Path(sys.executable).with_name("functions-framework"),
        "--target",
        name,
        "--source",
        code,
        "--host",
        "127.0.0.1",
    ]
    folder.mkdir(parents=True, exist_ok=True)
    with Server(command, folder, lambda: listens(port)) as server:
        yield Function(name, f"http://127.0.0.1:{port}", server)


def listens(port: int) -> bool:
    """Tell whether somebody accepts connections on PORT of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def side_by_side(contexts: Mapping[str, AbstractContextManager[Lent]]) -> Iterator[dict[str, Lent]]:
    """Enter CONTEXTS all at once, and leave them so: a function takes a second to start, and one to end."""
    places = [(ExitStack(), context) for context in contexts.values()]
    with ThreadPoolExecutor(len(places)) as pool:
        entered = [pool.submit(stack.enter_context, context) for stack, context in places]
        try:
            yield {name: one.result() for name, one in zip(contexts, entered, strict=True)}
        finally:
            wait(entered)
            for left in [pool.submit(stack.close) for stack, _ in places]:
                left.result()
