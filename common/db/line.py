"""What pg8000 leaves undone about its line to the server: opening, round trips, silence, breaking and closing."""

import socket
import ssl
import struct
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any

from pg8000.converters import make_params
from pg8000.core import NULL_BYTE as UNNAMED
from pg8000.core import SYNC_MSG as SYNC
from pg8000.core import Context
from pg8000.dbapi import Connection, Error, InterfaceError

CONNECT_TIMEOUT = 5.0  # seconds
SILENCE = 7.0  # seconds without a byte from PostgreSQL after which it counts as down
PORT = 5432
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""Whether the server speaks TLS; it answers S or N. PostgreSQL's protocol, Message Formats, SSLRequest."""


class Line:
    """The file that pg8000 reads and writes; one that breaks is always an InterfaceError, also in the first byte.

    What is written is held back until it is flushed, so that what could not be said to its end can be unsaid.
    """

    def __init__(self, file: Any) -> None:
        self._file = file
        self._unsent = bytearray()

    def read(self, size: int) -> bytes:
        try:
            data: bytes = self._file.read(size)
        except OSError as error:
            raise InterfaceError("network error") from error
        return data

    def write(self, data: bytes) -> None:
        self._unsent += data

    def flush(self) -> None:
        data = bytes(self._unsent)
        self.unsay()
        try:
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            raise InterfaceError("network error") from error

    def unsay(self) -> None:
        """Forget what was written since the last flush."""
        self._unsent.clear()

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
            line = _encrypted_where_offered(line, host)
            failure.callback(line.close)
            connection = Connection(host=host, sock=line, ssl_context=False, **session)
        except (OSError, Error) as error:
            raise InterfaceError(f"cannot connect to {host}:{port}: {error}") from error
        failure.pop_all()
    return connection


def _encrypted_where_offered(line: socket.socket, host: str) -> socket.socket:
    """Return LINE within TLS, whoever answers, or as it is where the server has none: libpq's `sslmode=prefer`.

    pg8000 does the same, but reads all of the system's certificates each time, 20 ms, to look at none.
    """
    line.sendall(SSL_REQUEST)
    if line.recv(1) != b"S":
        return line
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(line, server_hostname=host)


def mend(connection: Any) -> None:
    """Make CONNECTION end a silence, name a break, and close its socket also when its farewell does not get through."""
    connection._sock = line = Line(connection._sock)  # noqa: SLF001
    connection.close = partial(_close, connection.close, line)
    connection.execute_unnamed = partial(_in_one_breath, connection, line)
    limit_silence(connection, SILENCE)
    # As libpq does: the end of a long statement must not wait for the server's thanks for its beginning, 40 ms.
    connection._usock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # noqa: SLF001


def _close(farewell: Any, line: Line) -> None:
    with suppress(InterfaceError):
        farewell()
    line.close()


def knock(connection: Any) -> bool:
    """Begin the next transaction on CONNECTION: nothing less shows whether the line holds, nothing more is needed.

    Raises InterfaceError where it does not. For `Dialect.do_ping`, which else costs a round trip of its own.
    """
    connection.execute_simple("begin transaction")
    return True


def _in_one_breath(
    connection: Any,
    line: Line,
    statement: str,
    *,
    vals: Sequence[Any] = (),
    oids: Sequence[int] = (),
    stream: Any = None,
) -> Context:
    """Have STATEMENT parsed, described, bound and executed in one round trip; pg8000 makes it three.

    It ends with the one Sync: after a fault the server skips to there. PostgreSQL's protocol, Extended Query.
    """
    context = Context(statement, stream=stream)
    try:
        connection.send_PARSE(UNNAMED, statement, oids)
        connection.send_DESCRIBE_STATEMENT(UNNAMED)
        connection.send_BIND(UNNAMED, make_params(connection.py_types, vals))
        connection.send_EXECUTE()
        line.write(SYNC)
    except BaseException:  # a value that has no UTF-8, or a signal: half a sentence would spoil the next one
        line.unsay()
        raise
    line.flush()
    connection.handle_messages(context)
    return context


def limit_silence(connection: Any, seconds: float) -> None:
    """Let CONNECTION wait SECONDS for each answer; pg8000 itself would wait as long for each as for connecting."""
    connection._usock.settimeout(seconds)  # noqa: SLF001
