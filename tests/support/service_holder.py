"""Holds servers until it is killed: `service_holder.py redis postgres firestore`; prints their process ids when they answer."""

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import partial

from local.services import (
    FAST,
    Firestore,
    Postgres,
    Redis,
    firestore_emulator,
    postgres_server,
    redis_server,
)

STARTERS: dict[str, Callable[[], AbstractContextManager[Redis | Postgres | Firestore]]] = {
    "redis": partial(redis_server, own=True),
    "postgres": partial(postgres_server, own=True, settings=FAST),
    "firestore": firestore_emulator,
}


def main(names: list[str]) -> None:
    """Start what NAMES say and wait for the end."""
    with ExitStack() as stack:
        parts = [stack.enter_context(STARTERS[name]()) for name in names]
        pids = [process.pid for part in parts if part.server for process in part.server.processes()]
        print(*pids, flush=True)  # noqa: T201 - the parent waits for it
        time.sleep(60)


if __name__ == "__main__":
    main(sys.argv[1:])
