"""What SendGrid tells: believed when it is signed and of this day, read event by event."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from common.errors import NotConfigured
from common.mail.events import OLDEST, SIGNATURE, TIMESTAMP, EventKind, NotSigned, Verifier, parse
from local.standins.sendgrid import Taken
from local.standins.sendgrid_events import EventWebhook, body_of, event_of

NOW = datetime(2026, 6, 2, 14, 6, tzinfo=UTC)
TAKEN = Taken("LRzXl_NHStOGhQ4kofSm_A", "1042.1", "kyle@example.com", "a subject", None)
WEBHOOK = EventWebhook("http://127.0.0.1:9")
VERIFIER = Verifier(WEBHOOK.public_key)
BODY = body_of([event_of(TAKEN, "delivered", NOW)])


def test_a_signed_body_is_believed() -> None:
    assert VERIFIER.verify(BODY, WEBHOOK.headers(BODY, NOW), NOW) == NOW


@pytest.mark.parametrize("changed", [BODY.rstrip(), BODY + b" ", BODY.replace(b"delivered", b"bounce"), b""])
def test_a_changed_body_is_not(changed: bytes) -> None:
    with pytest.raises(NotSigned, match="not of this body"):
        VERIFIER.verify(changed, WEBHOOK.headers(BODY, NOW), NOW)


def test_a_changed_time_is_not() -> None:
    headers = WEBHOOK.headers(BODY, NOW - timedelta(days=30)) | {TIMESTAMP: str(int(NOW.timestamp()))}

    with pytest.raises(NotSigned, match="not of this body"):
        VERIFIER.verify(BODY, headers, NOW)


def test_another_key_is_not() -> None:
    with pytest.raises(NotSigned, match="not of this body"):
        VERIFIER.verify(BODY, EventWebhook("http://127.0.0.1:9").headers(BODY, NOW), NOW)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {SIGNATURE: "!", TIMESTAMP: "1"},
        {SIGNATURE: "\u00e4", TIMESTAMP: "1"},
        {SIGNATURE: "", TIMESTAMP: "\ud800"},
    ],
)
def test_missing_or_malformed_headers_are_not(headers: dict[str, str]) -> None:
    with pytest.raises(NotSigned):
        VERIFIER.verify(BODY, headers, NOW)


@pytest.mark.parametrize("timestamp", ["never", "9" * 30])
def test_a_signed_time_that_is_none_is_not(timestamp: str) -> None:
    with pytest.raises(NotSigned, match="malformed"):
        VERIFIER.verify(BODY, WEBHOOK.signed(BODY, timestamp), NOW)


@pytest.mark.parametrize("away", [-OLDEST - timedelta(seconds=1), timedelta(minutes=6)])
def test_an_old_or_a_future_signature_is_refused(away: timedelta) -> None:
    with pytest.raises(NotSigned, match="not of this day"):
        VERIFIER.verify(BODY, WEBHOOK.headers(BODY, NOW + away), NOW)


@pytest.mark.parametrize("away", [-OLDEST, -timedelta(hours=24), timedelta(minutes=5)])
def test_a_day_of_retries_is_believed(away: timedelta) -> None:
    assert VERIFIER.verify(BODY, WEBHOOK.headers(BODY, NOW + away), NOW) == NOW + away


def test_a_key_that_is_none_is_named() -> None:
    strange = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()
    der = strange.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    for key in ("not base64!", b64encode(b"not a key").decode(), b64encode(der).decode()):
        with pytest.raises(NotConfigured, match="SENDGRID_EVENT_KEY"):
            Verifier(key)


def test_the_providers_own_example_is_believed_to_the_last_byte(corpus: Path) -> None:
    vector = json.loads((corpus.parent / "sendgrid" / "event_webhook_signature_vector.json").read_text())
    headers = {SIGNATURE: vector["signature"], TIMESTAMP: vector["timestamp"]}
    verifier, body = Verifier(vector["public_key"]), vector["payload"].encode()
    signed_at = datetime.fromtimestamp(int(vector["timestamp"]), UTC)

    assert vector["signature_header"] == SIGNATURE
    assert vector["timestamp_header"] == TIMESTAMP
    assert verifier.verify(body, headers, signed_at) == signed_at
    assert parse(body).events[0].kind is EventKind.DROPPED
    with pytest.raises(NotSigned):
        verifier.verify(body.rstrip(), headers, signed_at)
    with pytest.raises(NotSigned, match="not of this day"):
        verifier.verify(body, headers, NOW)


def test_the_providers_documented_events_are_all_read(corpus: Path) -> None:
    batch = parse((corpus.parent / "sendgrid" / "event_webhook.docs-sample.json").read_bytes())

    assert batch.strange == ()
    assert [event.kind for event in batch.events] == [
        EventKind.PROCESSED,
        EventKind.DEFERRED,
        EventKind.DELIVERED,
        EventKind.BOUNCED,
        EventKind.DROPPED,
        EventKind.SPAM_REPORT,
        EventKind.UNSUBSCRIBED,
        EventKind.UNSUBSCRIBED,
    ]


@pytest.mark.parametrize(
    ("event", "more", "kind"),
    [
        ("processed", {}, EventKind.PROCESSED),
        ("deferred", {}, EventKind.DEFERRED),
        ("delivered", {}, EventKind.DELIVERED),
        ("bounce", {"type": "bounce"}, EventKind.BOUNCED),
        ("bounce", {}, EventKind.BOUNCED),
        ("bounce", {"type": "blocked"}, EventKind.BLOCKED),
        ("dropped", {}, EventKind.DROPPED),
        ("spamreport", {}, EventKind.SPAM_REPORT),
        ("unsubscribe", {}, EventKind.UNSUBSCRIBED),
        ("group_unsubscribe", {}, EventKind.UNSUBSCRIBED),
        ("group_resubscribe", {}, EventKind.RESUBSCRIBED),
        ("open", {}, EventKind.OTHER),
        ("something new", {}, EventKind.OTHER),
    ],
)
def test_an_event_has_a_kind(event: str, more: dict[str, str], kind: EventKind) -> None:
    batch = parse(body_of([event_of(TAKEN, event, NOW, **more)]))

    assert [told.kind for told in batch.events] == [kind]


def test_an_event_says_which_mail_it_is_about_and_names_no_address_in_its_reason() -> None:
    told = parse(
        body_of([event_of(TAKEN, "bounce", NOW, reason="550 <kyle@example.com> unknown\r\n")])
    ).events[0]

    assert (told.delivery_id, told.provider_id) == ("1042.1", TAKEN.provider_id)
    assert (told.address, told.at, told.reason) == ("kyle@example.com", NOW, "550 <***> unknown")


def test_mail_that_is_not_ours_has_no_delivery_id() -> None:
    event = event_of(TAKEN, "delivered", NOW)
    del event["delivery_id"], event["sg_message_id"]

    told = parse(body_of([event])).events[0]

    assert (told.delivery_id, told.provider_id) == (None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sg_event_id": ""},
        {"sg_event_id": 7},
        {"sg_event_id": "x" * 101},
        {"sg_event_id": "a\0b"},
        {"email": "\ud800@example.org"},
        {"timestamp": "soon"},
        {"timestamp": 10**30},
        {"email": None},
        {"event": ["bounce"]},
        {"delivery_id": 7},
        {"sg_message_id": ["x"]},
    ],
)
def test_an_event_that_cannot_be_read_does_not_hold_up_the_others(wrong: dict[str, Any]) -> None:
    good = event_of(TAKEN, "delivered", NOW)

    batch = parse(body_of([good | wrong, good]))

    assert [event.kind for event in batch.events] == [EventKind.DELIVERED]
    assert len(batch.strange) == 1
    assert "kyle" not in batch.strange[0]


@pytest.mark.parametrize("body", [b"", b"\xff", b"{}", b"7"])
def test_a_body_without_a_list_is_strange(body: bytes) -> None:
    batch = parse(body)

    assert batch.events == ()
    assert len(batch.strange) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = (
    "sg_event_id",
    "event",
    "timestamp",
    "email",
    "delivery_id",
    "sg_message_id",
    "type",
    "reason",
    "response",
)


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), JSON) | JSON, max_size=4))
def test_whatever_comes_each_item_is_an_event_or_strange(items: list[Any]) -> None:
    batch = parse(json.dumps(items).encode())

    assert len(batch.events) + len(batch.strange) == len(items)
