"""What stands behind the laptop's gateway in a test: every function, in this process."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from local.cloud.gateway import Answer

PATIENCE = 5.0  # seconds, far more than needed


@dataclass(frozen=True)
class Instance:
    """An instance that runs."""

    url: str


@dataclass
class Crowd:
    """What stands behind the gateway: every function in this process, and who answered what."""

    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Function, path and headers."""
    may_answer: Event = field(default_factory=Event)
    is_asked: Event = field(default_factory=Event)
    ended: list[str] = field(default_factory=list)
    reply: Answer = field(default_factory=lambda: Answer(200))
    breaks_off: bool = False

    def start(self, name: str) -> Callable[[int], AbstractContextManager[Instance]]:
        """Return what starts an instance of the function NAME."""

        @contextmanager
        def started(number: int) -> Iterator[Instance]:
            server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(f"{name}-{number}"))
            Thread(target=server.serve_forever, args=(0.01,)).start()
            yield Instance(f"http://127.0.0.1:{server.server_port}")
            self.ended.append(f"{name}-{number}")
            server.shutdown()
            server.server_close()

        return started

    def _handler(self, name: str) -> type[BaseHTTPRequestHandler]:
        crowd = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                crowd.asked.append((name, self.path, dict(self.headers.items())))
                crowd.is_asked.set()
                crowd.may_answer.wait(PATIENCE)
                if crowd.breaks_off:
                    return
                self.send_response_only(crowd.reply.status)
                for header in crowd.reply.headers:
                    self.send_header(*header)
                self.end_headers()
                self.wfile.write(crowd.reply.body or body)

            do_GET = do_POST  # noqa: N815 - the base class calls it so

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
                """Say nothing."""

        return Handler

    @property
    def answered(self) -> list[tuple[str, str]]:
        return [(name, path) for name, path, _ in self.asked]
