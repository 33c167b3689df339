"""A Cloud Storage bucket on this machine: the three requests of its XML API that an archive makes, over real HTTP."""

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import Self
from urllib.parse import unquote

from local.standins.server import StandinServer

CREATE_ONLY = "x-goog-if-generation-match"  # 0 = only where there is no object yet


class BucketStandin:
    """Keeps objects in memory on 127.0.0.1 until the context is left.

    `refusing` makes it answer 403 to all, `forgetting` take what it does not keep.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.writes = 0
        self.refusing = self.forgetting = False
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.bucket = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.02,), name="bucket", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(StandinServer):
    bucket: BucketStandin


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_PUT(self) -> None:
        bucket, path = self.server.bucket, self._path()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if bucket.refusing:
            self._answer(HTTPStatus.FORBIDDEN)
        elif self.headers.get(CREATE_ONLY) == "0" and path in bucket.objects:
            self._answer(HTTPStatus.PRECONDITION_FAILED)
        else:
            bucket.objects |= {} if bucket.forgetting else {path: body}
            bucket.writes += 1
            self._answer(HTTPStatus.OK)

    def do_GET(self) -> None:
        bucket, body = self.server.bucket, self.server.bucket.objects.get(self._path())
        if bucket.refusing:
            self._answer(HTTPStatus.FORBIDDEN)
        else:
            self._answer(HTTPStatus.NOT_FOUND if body is None else HTTPStatus.OK, body or b"")

    def do_HEAD(self) -> None:
        self.do_GET()

    def _path(self) -> str:
        return unquote(self.path).lstrip("/")

    def _answer(self, status: HTTPStatus, body: bytes = b"") -> None:
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{self.server.bucket.writes}"')
        self.send_header("Last-Modified", "Mon, 02 Jun 2025 12:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class calls it so
        """Say nothing: tests look at what is kept."""
