"""Google's Firestore emulator: gcloud and Java, else the command to type."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

from common.errors import NotConfigured
from local.services.folder import data_folder
from local.services.server import Server, free_port

SHORT_LIVED = "JAVA_TOOL_OPTIONS=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""It ends before Java's second compiler and its side-by-side collector pay: a third less work without them."""


@dataclass(frozen=True)
class Firestore:
    """A Firestore emulator that answers."""

    host: str
    """`127.0.0.1:port`, as FIRESTORE_EMULATOR_HOST takes it."""
    describe: str
    server: Server

    @property
    def url(self) -> str:
        """Where it speaks HTTP."""
        return f"http://{self.host}"

    def flush(self, project: str) -> None:
        """Forget every document of PROJECT."""
        _status(self.host, "DELETE", f"/emulator/v1/projects/{project}/databases/(default)/documents")


@contextmanager
def firestore_emulator(folder: Path | None = None) -> Iterator[Firestore]:
    """Yield an emulator of our own that ends with the block, after about 4 s.

    Raises NotConfigured, saying what to type, without gcloud, its emulator component or Java.
    """
    missing = [name for name in ("gcloud", "java") if not shutil.which(name)]
    if missing:
        raise NotConfigured(
            f"no {' and no '.join(missing)} on PATH for the Firestore emulator; "
            "type: sudo apt-get install google-cloud-cli-firestore-emulator default-jre-headless"
        )
    host = f"127.0.0.1:{free_port()}"
    gcloud = ["gcloud", "emulators", "firestore", "start", f"--host-port={host}", "--quiet"]
    with (
        data_folder(folder) as place,
        Server(
            ["env", SHORT_LIVED, *gcloud],
            place.path,
            lambda: answers(host),
            remove=place.ours,
            patience=60,
        ) as server,
    ):
        yield Firestore(host, "Google's Firestore emulator", server)


def answers(host: str) -> bool:
    """Tell whether an emulator answers on HOST."""
    try:
        return _status(host, "GET", "/") == HTTPStatus.OK
    except OSError:
        return False


def _status(host: str, method: str, path: str) -> int:
    connection = HTTPConnection(host, timeout=10)
    try:
        connection.request(method, path)
        return connection.getresponse().status
    finally:
        connection.close()
