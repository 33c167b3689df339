"""The stand-in refuses what SendGrid refuses, counts what it took, and tells of it as SendGrid does."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from common.mail.events import EventKind, Verifier, parse
from local.standins.sendgrid import KEY, SEND, TAKEN, SendGridStandin
from local.standins.sendgrid_events import EventWebhook, event_of
from local.standins.sendgrid_rules import LONGEST_BODY

NOW = datetime(2026, 6, 2, 14, 6, tzinfo=UTC)
ALLOWED = {"Authorization": f"Bearer {KEY}"}
SOUND: dict[str, Any] = {
    "personalizations": [{"to": [{"email": "kyle@example.com"}], "custom_args": {"delivery_id": "7.1"}}],
    "from": {"email": "alerts@example.org"},
    "subject": "a subject",
    "content": [{"type": "text/plain", "value": "a text"}, {"type": "text/html", "value": "<p>a text</p>"}],
    "headers": {"List-Unsubscribe": "<https://alerts.example.org/u>"},
    "categories": ["alert"],
}
TO = SOUND["personalizations"][0]


@pytest.fixture(scope="module")
def sendgrid() -> Iterator[SendGridStandin]:
    with SendGridStandin(keep=False) as standin:
        yield standin


def post(standin: SendGridStandin, request: object, path: str = SEND) -> httpx.Response:
    return httpx.post(standin.url + path, json=request, headers=ALLOWED, verify=False)


def test_a_sound_request_is_taken_and_counted(sendgrid: SendGridStandin) -> None:
    answers = [post(sendgrid, SOUND) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert len({answer.headers["X-Message-Id"] for answer in answers}) == 2
    assert sendgrid.count() == httpx.get(sendgrid.url + TAKEN).json() == {"7.1": 2}
    assert sendgrid.taken[0].request is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"personalizations": []}, "personalizations"),
        ({"personalizations": [TO] * 1_001}, "personalizations"),
        ({"personalizations": [{}]}, "personalizations.0.to"),
        ({"personalizations": [TO, {"to": [{"email": "nobody"}]}]}, "personalizations.1.to.0.email"),
        ({"personalizations": [TO | {"custom_args": {"a": "x" * 10_000}}]}, "personalizations.0.custom_args"),
        ({"from": {}}, "from.email"),
        ({"subject": ""}, "subject"),
        ({"content": []}, "content"),
        ({"content": SOUND["content"][::-1]}, "content"),
        ({"content": [{"type": "text/plain", "value": ""}]}, "content.0.value"),
        ({"headers": {"Reply-To": "x@example.com"}}, "headers"),
        ({"categories": ["x"] * 11}, "categories"),
    ],
)
def test_an_unsound_request_is_refused_by_its_field(
    sendgrid: SendGridStandin, wrong: dict[str, Any], field: str
) -> None:
    answer = post(sendgrid, SOUND | wrong)

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("request_", ["not an object", 7])
def test_what_is_no_request_is_a_bad_one(sendgrid: SendGridStandin, request_: object) -> None:
    assert post(sendgrid, request_).status_code == 400


def test_broken_json_is_a_bad_request(sendgrid: SendGridStandin) -> None:
    assert httpx.post(sendgrid.url + SEND, content=b"{", headers=ALLOWED).status_code == 400


def test_a_body_over_thirty_megabytes_is_too_large(sendgrid: SendGridStandin) -> None:
    answer = httpx.post(sendgrid.url + SEND, content=bytes(LONGEST_BODY + 1), headers=ALLOWED)

    assert answer.status_code == 413


def test_other_addresses_are_not_found(sendgrid: SendGridStandin) -> None:
    assert post(sendgrid, SOUND, "/v3/mail/sent").status_code == 404
    assert httpx.get(sendgrid.url + "/").status_code == 404


class Ear:
    """A webhook that keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                ear.heard.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/events"


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    Thread(target=ear.server.serve_forever, args=(0.02,), daemon=True).start()
    yield ear
    ear.server.shutdown()
    ear.server.server_close()


def test_events_come_signed_twice_and_backwards_when_asked(sendgrid: SendGridStandin, ear: Ear) -> None:
    post(sendgrid, SOUND)
    webhook = EventWebhook(ear.url)
    events = [event_of(sendgrid.taken[-1], kind, NOW) for kind in ("processed", "delivered")]

    status = webhook.tell(events, NOW, twice=True, backwards=True)

    headers, body = ear.heard[0]
    told = parse(body).events
    assert status == 204
    assert Verifier(webhook.public_key).verify(body, headers, NOW) == NOW
    assert [event.kind for event in told] == [EventKind.DELIVERED] * 2 + [EventKind.PROCESSED] * 2
    assert len({event.event_id for event in told}) == 2
    assert {event.delivery_id for event in told} == {"7.1"}
    assert {event.provider_id for event in told} == {sendgrid.taken[-1].provider_id}


def test_it_serves_as_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "local.standins.sendgrid", "--key", "SG.own"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()

        answer = httpx.post(url + SEND, content=json.dumps(SOUND), headers={"Authorization": "Bearer SG.own"})

        process.terminate()
    assert answer.status_code == 202
