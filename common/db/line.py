"""What pg8000 leaves undone about its line to the server: opening, silence, breaking and closing."""

import socket
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any

from pg8000.dbapi import Connection, Error, InterfaceError

CONNECT_TIMEOUT = 5.0  # seconds
SILENCE = 7.0  # seconds without a byte from PostgreSQL after which it counts as down
PORT = 5432


class Line:
    """The file that pg8000 reads and writes; one that breaks is always an InterfaceError, also in the first byte."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        try:
            data: bytes = self._file.read(size)
        except OSError as error:
            raise InterfaceError("network error") from error
        return data

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        with suppress(OSError):
            self._file.close()


def connect(host: str, port: int = PORT, **session: Any) -> Connection:
    """Return a connection. Raises InterfaceError within 5 s, and leaves no socket, whatever keeps us out."""
    with ExitStack() as failure:
        try:
            line = socket.create_connection((host, port), CONNECT_TIMEOUT)
            failure.callback(line.close)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            connection = Connection(host=host, sock=line, **session)
        except (OSError, Error) as error:
            raise InterfaceError(f"cannot connect to {host}:{port}: {error}") from error
        failure.pop_all()
    return connection


def mend(connection: Any) -> None:
    """Make CONNECTION end a silence, name a break, and close its socket also when its farewell does not get through."""
    connection._sock = line = Line(connection._sock)  # noqa: SLF001
    connection.close = partial(_close, connection.close, line)
    limit_silence(connection, SILENCE)


def _close(farewell: Any, line: Line) -> None:
    with suppress(InterfaceError):
        farewell()
    line.close()


def limit_silence(connection: Any, seconds: float) -> None:
    """Let CONNECTION wait SECONDS for each answer; pg8000 itself would wait as long for each as for connecting."""
    connection._usock.settimeout(seconds)  # noqa: SLF001
