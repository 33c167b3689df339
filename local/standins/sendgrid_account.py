"""What SendGrid's API tells of an account, on this machine: its authenticated domains and its event webhook."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import Any, Self

from local.standins.server import StandinServer

READER = "SG.reader"
"""The key that may read the account; any other may not."""


@dataclass
class AccountStandin:
    """Answers GET with PAGES, path -> what it tells; any POST is web's, and is answered EVENTS_STATUS."""

    pages: Mapping[str, Any]
    events_status: int = 403

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.account = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(StandinServer):
    account: AccountStandin


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        if self.headers["Authorization"] != f"Bearer {READER}":
            self._answer(403, {"errors": [{"field": None, "message": "access forbidden"}]})
        elif self.path in self.server.account.pages:
            self._answer(200, self.server.account.pages[self.path])
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(self.server.account.events_status, {})

    def _answer(self, status: int, told: Any) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the terminal for what matters."""
