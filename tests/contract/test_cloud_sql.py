"""The way to Cloud SQL, up to the network's edge: a stand-in for Google's admin API."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from google.auth.credentials import Credentials
from pg8000.dbapi import InterfaceError

from common.db import cloud_sql
from common.db.cloud_sql import CloudSql
from common.db.engine import make_engine, read_transaction
from common.errors import DependencyDown
from tests.support.settings import some_settings

INSTANCE = "project:us-west1:instance"


class SomeonesCredentials(Credentials):
    """A service account whose token is `let me in`."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def refresh(self, request: object) -> None:
        self.token = "let me in"


KNOWN = {
    "region": "us-west1",
    "databaseVersion": "POSTGRES_16",
    "ipAddresses": [{"type": "PRIMARY", "ipAddress": "127.0.0.1"}],
}


@dataclass
class AdminApi:
    """What was asked of the stand-in."""

    url: str = ""
    tokens: list[tuple[str, str]] = field(default_factory=list)
    certificate_request: dict[str, Any] = field(default_factory=dict)
    instance_asked: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def admin_api() -> Iterator[AdminApi]:
    """Lend a stand-in for the Cloud SQL admin API that knows the instance and refuses a certificate."""
    api = AdminApi()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            api.tokens.append((self.path, self.headers["Authorization"]))
            body = json.dumps(KNOWN).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            api.instance_asked.set()

        def do_POST(self) -> None:
            api.tokens.append((self.path, self.headers["Authorization"]))
            api.certificate_request |= json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            api.instance_asked.wait(5)  # a refusal makes the connector drop its other question
            self.send_error(403, "not for you")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever).start()
    api.url = f"http://127.0.0.1:{server.server_port}"
    yield api
    server.shutdown()
    server.server_close()


def test_it_asks_for_the_instance_and_a_certificate_that_carries_the_iam_login(admin_api: AdminApi) -> None:
    cloud = CloudSql(INSTANCE, credentials=SomeonesCredentials(), endpoint=admin_api.url)

    with pytest.raises(InterfaceError, match=f"cannot connect to Cloud SQL {INSTANCE}: .*403"):
        cloud.connect(user="sync@project.iam", db="capitolscope")

    cloud.close()
    place = "/sql/v1beta4/projects/project/instances/instance"
    assert sorted(admin_api.tokens) == [
        (f"{place}/connectSettings", "Bearer let me in"),
        (f"{place}:generateEphemeralCert", "Bearer let me in"),
    ]
    assert admin_api.certificate_request["access_token"] == "let me in"


def test_a_silent_admin_api_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cloud_sql.PATIENCE < 8
    monkeypatch.setattr(cloud_sql, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        cloud = CloudSql(INSTANCE, credentials=SomeonesCredentials(), endpoint=endpoint)

        for _ in range(2):
            with pytest.raises(InterfaceError, match="Timeout"):
                cloud.connect(user="sync@project.iam", db="capitolscope")

        cloud.close()


def test_an_engine_for_an_instance_goes_through_the_connector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/no/such/key.json")
    url = "postgresql+pg8000://sync%40project.iam@/capitolscope"
    engine = make_engine(some_settings(database_url=url, cloud_sql_instance=INSTANCE))

    with pytest.raises(DependencyDown, match=INSTANCE), read_transaction(engine):
        pass

    engine.dispose()
