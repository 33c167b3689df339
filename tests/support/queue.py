"""A laptop's queue: takes requests over HTTP and keeps them, as Cloud Tasks would to repeat them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that the queue took."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Queue:
    """What was taken so far; answers STATUS."""

    url: str = ""
    status: int = 202
    taken: list[Taken] = field(default_factory=list)


@contextmanager
def a_queue() -> Iterator[Queue]:
    """Serve a queue on a free port."""
    queue = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            queue.taken.append(Taken(self.path, dict(self.headers), body))
            self.send_response(queue.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    queue.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield queue
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
