"""What becomes of a mail: each answer of the outside is one outcome, over real HTTP; a folder's file is a mail."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from common.mail.folder import FolderMailer
from common.mail.port import Accepted, Outcome, SurelyNotSent, Then, Unknown
from common.mail.render import render
from common.mail.sendgrid import SendGridMailer
from local.standins.sendgrid import (
    CUT_AFTER,
    CUT_BEFORE,
    KEY,
    Fault,
    Reply,
    SendGridStandin,
    lost,
    refused,
    slow,
)
from tests.support.mails import EACH_KIND, LETTERHEAD

NOW = datetime(2026, 6, 2, 14, 6, tzinfo=UTC)
MAIL = render(EACH_KIND["alert"], LETTERHEAD)
ADDRESS = MAIL.to


@pytest.fixture
def sendgrid() -> Iterator[SendGridStandin]:
    with SendGridStandin(sender="alerts@example.org") as standin:
        yield standin


def send(url: str, *, key: str = KEY, seconds: float = 5) -> Outcome:
    return SendGridMailer(key, lambda: NOW, url=url, timeout=timedelta(seconds=seconds)).send(MAIL)


def test_a_mail_that_is_taken_is_accepted_under_the_providers_name(sendgrid: SendGridStandin) -> None:
    outcome = send(sendgrid.url)

    taken = sendgrid.taken[0]
    assert outcome == Accepted(taken.provider_id)
    assert (taken.delivery_id, taken.to, taken.subject) == ("1042.1", ADDRESS, MAIL.subject)


def test_a_request_carries_both_parts_the_headers_and_no_tracking(sendgrid: SendGridStandin) -> None:
    send(sendgrid.url)

    request = sendgrid.taken[0].request
    assert request is not None
    assert request["from"] == {"email": "alerts@example.org", "name": "CapitolScope"}
    assert request["content"] == [
        {"type": "text/plain", "value": MAIL.text},
        {"type": "text/html", "value": MAIL.html},
    ]
    assert request["headers"] == MAIL.headers
    assert request["categories"] == ["alert"]
    assert not any(setting["enable"] for setting in request["tracking_settings"].values())


def test_a_sender_without_a_name_is_an_address(sendgrid: SendGridStandin) -> None:
    plain = render(
        EACH_KIND["confirm"], type(LETTERHEAD)("alerts@example.org", "12 Example Street", "https://x.example")
    )

    SendGridMailer(KEY, lambda: NOW, url=sendgrid.url).send(plain)

    request = sendgrid.taken[0].request
    assert request is not None
    assert request["from"] == {"email": "alerts@example.org"}


@pytest.mark.parametrize(
    ("status", "then"),
    [
        (400, Then.GIVE_UP),
        (401, Then.STOP),
        (403, Then.STOP),
        (404, Then.STOP),
        (413, Then.GIVE_UP),
        (429, Then.RETRY),
    ],
)
def test_a_refusal_says_what_to_do(sendgrid: SendGridStandin, status: int, then: Then) -> None:
    sendgrid.arm(refused(status))

    outcome = send(sendgrid.url)

    assert isinstance(outcome, SurelyNotSent)
    assert outcome.then is then
    assert outcome.reason.startswith(f"SendGrid answered {status}: ")
    assert sendgrid.taken == []


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_an_error_of_the_provider_leaves_open_whether_it_took_the_mail(
    sendgrid: SendGridStandin, status: int
) -> None:
    sendgrid.arm(lost(status))

    outcome = send(sendgrid.url)

    assert isinstance(outcome, Unknown)
    assert sendgrid.count() == {"1042.1": 1}


def test_a_success_that_is_none_of_the_documented_ones_is_unknown(sendgrid: SendGridStandin) -> None:
    sendgrid.arm(lost(200))

    assert send(sendgrid.url) == Unknown("SendGrid answered 200, neither a yes nor a no")


def test_an_acceptance_without_a_name_is_one(sendgrid: SendGridStandin) -> None:
    sendgrid.arm(lost(202))

    assert send(sendgrid.url) == Accepted(None)


@pytest.mark.parametrize("fault", [CUT_BEFORE, CUT_AFTER], ids=["before", "after"])
def test_a_connection_cut_after_the_upload_is_unknown(sendgrid: SendGridStandin, fault: Fault) -> None:
    sendgrid.arm(fault)

    outcome = send(sendgrid.url)

    assert isinstance(outcome, Unknown)
    assert outcome.reason.startswith("SendGrid's answer was lost: RemoteDisconnected")
    assert len(sendgrid.taken) == fault.takes


def test_an_answer_that_comes_too_late_is_unknown_though_the_mail_was_taken(
    sendgrid: SendGridStandin,
) -> None:
    sendgrid.arm(slow(0.4))

    outcome = send(sendgrid.url, seconds=0.1)

    assert outcome == Unknown("SendGrid's answer was lost: TimeoutError timed out")
    assert sendgrid.count() == {"1042.1": 1}


def test_a_refusal_that_breaks_off_is_unknown(sendgrid: SendGridStandin) -> None:
    sendgrid.arm(Fault(takes=False, reply=Reply(429, b"", {"Content-Length": "100"})))

    assert isinstance(send(sendgrid.url, seconds=0.2), Unknown)


def test_a_refused_connection_is_surely_not_sent() -> None:
    outcome = send("http://127.0.0.1:9")

    assert isinstance(outcome, SurelyNotSent)
    assert outcome.then is Then.RETRY
    assert "ConnectionRefusedError" in outcome.reason


def test_an_unknown_host_is_surely_not_sent() -> None:
    outcome = send("http://sendgrid.invalid")

    assert isinstance(outcome, SurelyNotSent)
    assert outcome.then is Then.RETRY


def test_a_connection_that_never_comes_about_is_surely_not_sent() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):  # the one that the queue has room for
            outcome = send(f"http://127.0.0.1:{port}", seconds=0.2)

    assert outcome == SurelyNotSent(Then.RETRY, "SendGrid could not be reached: TimeoutError timed out")


def test_a_wrong_key_stops_the_drain(sendgrid: SendGridStandin) -> None:
    outcome = send(sendgrid.url, key="SG.another")

    assert isinstance(outcome, SurelyNotSent)
    assert outcome.then is Then.STOP


def test_a_sender_that_is_not_verified_stops_the_drain() -> None:
    with SendGridStandin(sender="somebody@example.org") as strict:
        outcome = send(strict.url)

    assert isinstance(outcome, SurelyNotSent)
    assert outcome.then is Then.STOP
    assert "verified Sender Identity" in outcome.reason


def test_what_the_provider_says_is_kept_without_addresses(sendgrid: SendGridStandin) -> None:
    said = b'{"errors": [{"message": "kyle@example.com is no address", "field": "to", "help": null}, {"message": "x"}]}'
    sendgrid.arm(Fault(takes=False, reply=Reply(400, said)))
    sendgrid.arm(Fault(takes=False, reply=Reply(400, b"<html>kyle@example.com</html>")))
    sendgrid.arm(Fault(takes=False, reply=Reply(400, b'{"errors": ["strange"]}')))

    outcomes = [send(sendgrid.url) for _ in range(3)]

    assert outcomes == [
        SurelyNotSent(Then.GIVE_UP, "SendGrid answered 400: to: *** is no address; x"),
        SurelyNotSent(Then.GIVE_UP, "SendGrid answered 400: <html>***</html>"),
        SurelyNotSent(Then.GIVE_UP, 'SendGrid answered 400: {"errors": ["strange"]}'),
    ]


IN_30_SECONDS = str(int(NOW.timestamp()) + 30)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"X-RateLimit-Reset": IN_30_SECONDS}, timedelta(seconds=30)),
        ({"X-RateLimit-Reset": "1392815263"}, timedelta(0)),
        ({"X-RateLimit-Reset": str(10**30)}, None),
        ({"X-RateLimit-Reset": "soon"}, None),
        ({"Retry-After": "7", "X-RateLimit-Reset": IN_30_SECONDS}, timedelta(seconds=7)),
        ({"Retry-After": "9" * 400}, timedelta(hours=1)),
        ({"Retry-After": "Tue, 02 Jun 2026 14:06:45 GMT"}, timedelta(seconds=45)),
        ({"Retry-After": "Tue, 02 Jun 2026 14:06:45 -0000"}, timedelta(seconds=45)),
        ({"Retry-After": "Wed, 03 Jun 2026 14:06:45 GMT"}, timedelta(hours=1)),
        ({}, None),
    ],
)
def test_a_throttled_mail_waits_as_long_as_asked_within_an_hour(
    sendgrid: SendGridStandin, headers: dict[str, str], wait: timedelta | None
) -> None:
    sendgrid.arm(refused(429, headers))

    outcome = send(sendgrid.url)

    assert isinstance(outcome, SurelyNotSent)
    assert outcome.retry_after == wait


def test_a_fault_lasts_as_many_requests_as_it_was_armed_for(sendgrid: SendGridStandin) -> None:
    sendgrid.arm(refused(429), times=2)

    outcomes = [type(send(sendgrid.url)) for _ in range(3)]

    assert outcomes == [SurelyNotSent, SurelyNotSent, Accepted]


def test_a_folder_keeps_a_mail_as_it_would_travel(tmp_path: Path) -> None:
    outcome = FolderMailer(tmp_path / "mail").send(MAIL)

    kept = message_from_bytes((tmp_path / "mail" / "1042.1.eml").read_bytes(), policy=default)
    text, html = kept.iter_parts()
    assert outcome == Accepted("1042.1.eml")
    assert (kept["To"], kept["Subject"]) == (ADDRESS, MAIL.subject)
    assert kept["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().splitlines() == MAIL.text.splitlines()
    assert html.get_content().splitlines() == MAIL.html.splitlines()
    assert (tmp_path / "mail" / "1042.1.html").read_text(encoding="utf-8") == MAIL.html


def test_a_long_link_in_a_header_stays_whole(tmp_path: Path) -> None:
    link = f"<https://alerts.example.org/unsubscribe?t={'x' * 200}>"

    FolderMailer(tmp_path).send(replace(MAIL, headers={"List-Unsubscribe": link}))

    assert f"List-Unsubscribe: {link}\r\n".encode() in (tmp_path / "1042.1.eml").read_bytes()


def test_a_folder_holds_nothing_half_written(tmp_path: Path) -> None:
    FolderMailer(tmp_path).send(MAIL)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["1042.1.eml", "1042.1.html"]


def test_a_folder_that_cannot_be_written_stops_the_drain(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("not a folder")

    outcome = FolderMailer(tmp_path / "mail").send(MAIL)

    assert outcome == SurelyNotSent(Then.STOP, f"cannot write mails into {tmp_path / 'mail'}: File exists")
