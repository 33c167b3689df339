"""The mail provider reports over real HTTP: signed, of this day, each event once, in any order."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from common.alerts.subscriptions.suppressions import address_hash
from common.db.alert_tables import messages, provider_events, suppressions
from common.errors import DependencyDown
from common.mail.events import Verifier
from local.standins.sendgrid import Taken
from local.standins.sendgrid_events import EventWebhook, body_of, event_of
from tests.support.alerts import PELOSI
from tests.support.trades import a_trade
from tests.support.web import ADDRESS_KEY, KYLE, Web


class Provider:
    """A mail that the provider took, and the provider that tells of it."""

    def __init__(self, web: Web) -> None:
        who = web.watch.subscriber()
        web.watch.rule(who, members=[PELOSI])
        web.watch.file(a_trade(), by=PELOSI)
        web.watch.plan()
        (message,) = web.rows(messages)
        web.watch.send(message.id)
        web.watch.set(messages, attempt=1)
        self.web = web
        self.taken = Taken("provider-1", f"{message.id}.1", KYLE, "Pelosi bought NVDA", None)
        self.webhook = EventWebhook(f"http://127.0.0.1:{web.port}/events/sendgrid")
        web.change(verifier=Verifier(self.webhook.public_key))

    def event(self, name: str, **more: str) -> dict[str, Any]:
        return event_of(self.taken, name, self.web.now, **more)

    def tell(self, *names: str, **how: Any) -> int:
        events = [self.event(name) for name in names]
        return self.webhook.tell(events, how.pop("at", self.web.now), **how)

    def post(self, body: bytes, headers: dict[str, str]) -> int:
        address = f"http://127.0.0.1:{self.web.port}/events/sendgrid"
        return httpx.post(address, content=body, headers=headers, timeout=20, verify=False).status_code

    @property
    def status(self) -> str:
        (message,) = self.web.rows(messages)
        status: str = message.status
        return status


@pytest.fixture
def provider(web: Web) -> Provider:
    return Provider(web)


@pytest.fixture
def both_providers(both_webs: Web) -> Provider:
    return Provider(both_webs)


def test_what_is_signed_is_believed(both_providers: Provider) -> None:
    assert both_providers.tell("processed", "delivered") == 204

    assert both_providers.status == "delivered"
    assert [row.kind for row in both_providers.web.rows(provider_events)] == ["delivered", "processed"]


def test_a_hard_bounce_suppresses_the_address_together_with_the_event(both_providers: Provider) -> None:
    assert both_providers.tell("bounce") == 204

    hashed = address_hash(ADDRESS_KEY, KYLE)
    assert both_providers.status == "bounced"
    assert [(row.address_hash, row.reason) for row in both_providers.web.rows(suppressions)] == [
        (hashed, "bounce")
    ]


@pytest.mark.parametrize(("event", "reason"), [("spamreport", "spam"), ("unsubscribe", "unsubscribe")])
def test_a_complaint_suppresses_the_address(provider: Provider, event: str, reason: str) -> None:
    provider.tell(event)

    assert [row.reason for row in provider.web.rows(suppressions)] == [reason]


@pytest.mark.parametrize("event", ["deferred", "dropped", "open"])
def test_other_events_do_not(provider: Provider, event: str) -> None:
    provider.tell(event)

    assert provider.web.rows(suppressions) == []


def test_the_same_event_counts_once_in_one_call_and_over_two(both_providers: Provider) -> None:
    both_providers.tell("delivered", twice=True)
    both_providers.tell("delivered")

    assert len(both_providers.web.rows(provider_events)) == 1
    assert both_providers.status == "delivered"


def test_the_order_does_not_matter(both_providers: Provider) -> None:
    both_providers.tell("processed", "deferred", "delivered", backwards=True)

    assert both_providers.status == "delivered"


def test_a_changed_body_is_refused_and_nothing_of_it_believed(provider: Provider) -> None:
    body = body_of([provider.event("bounce")])
    headers = provider.webhook.headers(body, provider.web.now)

    assert provider.post(body.rstrip(b"\r\n"), headers) == 403
    assert provider.post(body.replace(b"kyle", b"anne"), headers) == 403
    assert provider.post(body, {}) == 403
    assert provider.status == "accepted"
    assert provider.web.rows(suppressions) == []


@pytest.mark.parametrize("away", [timedelta(hours=-26), timedelta(minutes=10)])
def test_what_was_signed_long_ago_or_in_the_future_is_refused(provider: Provider, away: timedelta) -> None:
    assert provider.tell("bounce", at=provider.web.now + away) == 403

    assert provider.web.rows(provider_events) == []


def test_an_event_that_cannot_be_read_does_not_hold_up_the_others(provider: Provider) -> None:
    status = provider.webhook.tell([{"event": "bounce"}, provider.event("delivered")], provider.web.now)

    assert (status, provider.status) == (204, "delivered")
    assert any("web.strange_event" in line for line in provider.web.lines)


def test_an_event_of_mail_that_is_not_the_ledgers_still_suppresses(provider: Provider) -> None:
    provider.webhook.tell([provider.event("bounce", delivery_id="confirm-01JD")], provider.web.now)

    assert provider.status == "accepted"
    assert [row.reason for row in provider.web.rows(suppressions)] == ["bounce"]
    assert [row.message_id for row in provider.web.rows(provider_events)] == [None]


def test_no_address_is_kept_with_an_event_or_logged(provider: Provider) -> None:
    provider.webhook.tell([provider.event("bounce", reason=f"550 <{KYLE}> unknown")], provider.web.now)

    (event,) = provider.web.rows(provider_events)
    assert "kyle" not in str(event)
    assert not any("kyle" in line for line in provider.web.lines)


def test_while_the_database_is_down_the_provider_is_asked_to_come_again(provider: Provider) -> None:
    def gone() -> None:
        raise DependencyDown("database", "it did not answer")

    provider.web.change(require_schema=gone)

    assert provider.tell("delivered") == 503


def test_without_the_key_of_the_webhook_nothing_is_believed_and_nothing_lost(provider: Provider) -> None:
    provider.web.change(verifier=None)

    assert provider.tell("delivered") == 503
    assert any("SENDGRID_EVENT_KEY" in line for line in provider.web.lines)


def test_a_call_of_many_events_is_answered_within_a_second(provider: Provider) -> None:
    events = [provider.event("open", sg_event_id=f"event-{number}") for number in range(100)]

    began = provider.web.now
    status = provider.webhook.tell(events, began)

    assert (status, len(provider.web.rows(provider_events))) == (204, 100)


def test_a_body_without_end_is_refused(provider: Provider) -> None:

    assert provider.post(b"x" * (4 * 1024 * 1024 + 1), {}) == 413
