"""The `gcloud` that stands first on PATH: a small script, behind which this process answers from a project's state."""

import shutil
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
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
    """A folder to put first on PATH, and the project that its `gcloud` works on; put another one there at any time.

    OTHERS answer for more commands, by name.
    """

    folder: Path
    others: Mapping[str, Callable[[Call], Answer]] = field(default_factory=dict)
    project: Project = field(default_factory=new_project)
    turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def answer(self, command: str, call: Call) -> Answer:
        """Answer one call of COMMAND, one at a time."""
        with self.turn:
            return self.others.get(command, self.project.answer)(call)


@contextmanager
def recording(folder: Path, **others: Callable[[Call], Answer]) -> Iterator[Recorder]:
    """Lend a recorder whose commands lie in FOLDER, until the block ends: `gcloud`, and those that OTHERS name."""
    recorder = Recorder(folder, others)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(_encoded(recorder.answer(_field(self.rfile), _read(self.rfile))))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        _put_clients(folder, server.server_address[1], ("gcloud", *others))
        try:
            yield recorder
        finally:
            server.shutdown()


def _put_clients(folder: Path, port: int, names: tuple[str, ...]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "port").write_text(f"{port}\n")
    bash = shutil.which("bash") or "/bin/bash"  # without `env`, a process less for each call
    for name in names:
        (folder / name).write_text(CLIENT.read_text().replace("#!/usr/bin/env bash", f"#!{bash}"))
        (folder / name).chmod(0o755)


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
