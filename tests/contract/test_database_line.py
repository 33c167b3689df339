"""The line to a PostgreSQL server that speaks TLS: a door that offers it, and reads what comes in first."""

import socket
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pg8000.dbapi import InterfaceError

from common.db.line import SSL_REQUEST, connect

ISSUED = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def identity(tmp_path: Path) -> ssl.SSLContext:
    """Lend a server's certificate that nobody has signed but itself, as managed databases have."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "postgres.example")])
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), ISSUED, ISSUED + timedelta(days=36500)
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = tmp_path / "identity.pem"
    file.write_bytes(secret + builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@contextmanager
def door(answer: Callable[[socket.socket], bytes]) -> Iterator[tuple[int, Future[bytes]]]:
    """Let one client in, who asks for TLS, and ANSWER; yield the port and what the client then says."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as background:

        def open_up() -> bytes:
            client, _ = listener.accept()
            with client:
                assert client.recv(100) == SSL_REQUEST
                return answer(client)

        yield listener.getsockname()[1], background.submit(open_up)


def test_a_server_that_has_tls_is_spoken_to_within_it(identity: ssl.SSLContext) -> None:
    def within(client: socket.socket) -> bytes:
        client.sendall(b"S")
        with identity.wrap_socket(client, server_side=True) as hidden:
            return hidden.recv(1000)

    with door(within) as (port, heard), pytest.raises(InterfaceError, match=f"127.0.0.1:{port}"):
        connect("127.0.0.1", port, user="kyle", database="trades")

    assert b"user\0kyle\0database\0trades\0" in heard.result()


def test_a_server_that_has_none_is_spoken_to_as_it_is() -> None:
    def plainly(client: socket.socket) -> bytes:
        client.sendall(b"N")
        return client.recv(1000)

    with door(plainly) as (port, heard), pytest.raises(InterfaceError, match=f"127.0.0.1:{port}"):
        connect("127.0.0.1", port, user="kyle", database="trades")

    assert b"user\0kyle\0database\0trades\0" in heard.result()


def test_a_server_that_offers_tls_and_hangs_up_is_down() -> None:
    def nothing(client: socket.socket) -> bytes:
        client.sendall(b"S")
        return b""

    with door(nothing) as (port, _), pytest.raises(InterfaceError, match=f"127.0.0.1:{port}"):
        connect("127.0.0.1", port, user="kyle", database="trades")
