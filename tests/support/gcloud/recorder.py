"""The `gcloud` that stands first on PATH: a small script, behind which this process answers from a project's state."""

import shutil
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedIOBase
from pathlib import Path

from tests.support.gcloud import commands, policies
from tests.support.gcloud.call import Call
from tests.support.gcloud.cloud import Answer, Project

CLIENT = Path(__file__).with_name("client")


def new_project() -> Project:
    """Return a project in which nothing was made yet."""
    return Project({**commands.COMMANDS, **policies.COMMANDS})


@dataclass
class Recorder:
    """A folder to put first on PATH, and the project that its `gcloud` works on; put another one there at any time."""

    folder: Path
    project: Project = field(default_factory=new_project)
    turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def answer(self, call: Call) -> Answer:
        """Answer one call, one at a time."""
        with self.turn:
            return self.project.answer(call)


@contextmanager
def recording(folder: Path) -> Iterator[Recorder]:
    """Lend a recorder whose `gcloud` lies in FOLDER, until the block ends."""
    recorder = Recorder(folder)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(_encoded(recorder.answer(_read(self.rfile))))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        _put_client(folder / "gcloud", server.server_address[1])
        yield recorder
        server.shutdown()


def _put_client(path: Path, port: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    bash = shutil.which("bash") or "/bin/bash"  # without `env`, a process less for each call
    path.write_text(CLIENT.read_text().replace("#!/usr/bin/env bash", f"#!{bash}"))
    path.with_name("port").write_text(f"{port}\n")
    path.chmod(0o755)


def _read(stream: BufferedIOBase) -> Call:
    argv = tuple(_field(stream) for _ in range(int(_field(stream))))
    folder, stdin, environment = (_field(stream) for _ in range(3))
    return Call(argv, stdin, Path(folder), environment)


def _field(stream: BufferedIOBase) -> str:
    text = bytearray()
    while (byte := stream.read(1)) not in {b"\0", b""}:
        text += byte
    return text.decode()


def _encoded(answer: Answer) -> bytes:
    return "".join(f"{part}\0" for part in (answer.status, answer.out, answer.err)).encode()
