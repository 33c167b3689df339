"""A server that takes connections and never says a word, as one whose machine hangs."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silent_server() -> Iterator[int]:
    """Yield its port on 127.0.0.1; the kernel accepts for it."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        port: int = listener.getsockname()[1]
        yield port
