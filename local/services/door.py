"""A door in front of a server on 127.0.0.1: it can be shut, and it counts the round trips that pass through it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from select import select
from threading import Lock, Thread

CHUNK = 65536  # bytes


class Door:
    """Carries every connection on `port` to a server on PORT of this machine, until it is shut."""

    def __init__(self, port: int) -> None:
        """Open it on a free port of its own."""
        self.trips = 0
        """How often a client has spoken, after the start or an answer: each time it has to wait for the server."""
        self._server = port
        self._clients = set[socket.socket]()
        self._guard = Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._attend()

    def shut(self) -> None:
        """Cut every connection, and refuse new ones."""
        with self._guard:
            for end in (self._listener, *self._clients):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        self._thread.join()

    def open(self) -> None:
        """Let clients in again, on the same port."""
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        self._attend()

    def _attend(self) -> None:
        self._thread = Thread(target=self._let_in, args=(self._listener,), daemon=True)
        self._thread.start()

    def _let_in(self, listener: socket.socket) -> None:
        with suppress(OSError):  # it was shut
            while True:
                client, _ = listener.accept()
                with self._guard:
                    self._clients.add(client)
                Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(("127.0.0.1", self._server)) as server:
            self._pass_on(client, server)
        with self._guard:
            self._clients.discard(client)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        across = {client: server, server: client}
        for end in across:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        last = server
        while True:
            for speaker in select(list(across), [], [])[0]:
                if not (data := speaker.recv(CHUNK)):
                    return
                with self._guard:
                    self.trips += speaker is client is not last
                last = speaker
                across[speaker].sendall(data)


@contextmanager
def door_to(port: int) -> Iterator[Door]:
    """Lend a door to the server on PORT; nobody gets through it after the block."""
    door = Door(port)
    try:
        yield door
    finally:
        door.shut()
