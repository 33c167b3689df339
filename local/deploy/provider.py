"""What SendGrid's account says of itself: the domains that it signs for, and where its events go.

https://www.twilio.com/docs/sendgrid/api-reference/domain-authentication/list-all-authenticated-domains and
https://www.twilio.com/docs/sendgrid/api-reference/webhooks; a key needs the scopes `whitelabel.read` and
`user.webhooks.event.settings.read` for it, which the functions' own does not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from common.errors import NotConfigured
from common.mail.events import Verifier
from local.deploy.finding import Finding, doubt, ill, unseen, well
from local.deploy.sender import Record, Sender

DOMAINS = "/v3/whitelabel/domains"
WEBHOOK = "/v3/user/webhooks/event/settings"
SIGNED = "/v3/user/webhooks/event/settings/signed"
EVENTS_AT = "/events/sendgrid"
WANTED = ("delivered", "bounce", "dropped", "deferred", "processed", "spam_report", "unsubscribe")
PATIENCE = 10.0  # seconds
WHERE = "SendGrid, Settings > Mail Settings > Event Webhooks; docs/email.md, The event webhook"
SCOPES = "keep a key with the scopes that docs/email.md, The doctor names, or look yourself: "


class NotSaid(Exception):
    """The account does not answer this key; the message says how."""


@dataclass(frozen=True, slots=True)
class Account:
    """Asks SendGrid's API with one key."""

    url: str
    key: str

    def ask(self, path: str) -> Any:
        """Return the JSON at PATH. Raises NotSaid where there is none for this key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        try:
            answer = httpx.get(f"{self.url}{path}", headers=headers, timeout=PATIENCE)
            answer.raise_for_status()
            return answer.json()
        except httpx.HTTPStatusError as error:
            raise NotSaid(f"SendGrid answered {error.response.status_code} at {path}") from error
        except (httpx.HTTPError, ValueError) as error:
            raise NotSaid(f"SendGrid did not answer at {path}: {type(error).__name__}") from error


def sender(account: Account, domain: str) -> tuple[Sender, Finding]:
    """Return who speaks for DOMAIN, the domain of From, by the ACCOUNT's authenticated domains."""
    try:
        found = account.ask(DOMAINS)
    except NotSaid as fault:
        return Sender(domain), unseen("authenticated domain", str(fault), f"{SCOPES}Sender Authentication")
    for each in found:
        named = str(each["domain"]).lower()
        if domain == named or domain.endswith(f".{named}"):
            return _sender(domain, named, each), _validity(named, each)
    known = ", ".join(str(each["domain"]) for each in found) or "none"
    what_to_do = "authenticate it: SendGrid, Settings > Sender Authentication; docs/email.md, DNS"
    return Sender(domain), ill("authenticated domain", f"{domain} is not among them: {known}", what_to_do)


def _sender(domain: str, named: str, each: Mapping[str, Any]) -> Sender:
    records = tuple(Record(one["host"].lower(), one["data"]) for one in each["dns"].values())
    path = f"{each['subdomain']}.{named}".lower() if each.get("subdomain") else None
    return Sender(domain, return_path=path, signed_as=named, records=records)


def _validity(named: str, each: Mapping[str, Any]) -> Finding:
    if each["valid"]:
        return well("authenticated domain", f"SendGrid signs for {named}")
    wrong = ", ".join(one["host"] for one in each["dns"].values() if not one["valid"])
    return ill(
        "authenticated domain", f"SendGrid does not see {wrong}", "make these records, then press Verify"
    )


def webhook(account: Account, base_url: str, event_key: str | None) -> Iterator[Finding]:
    """Yield whether events go to BASE_URL's page, signed with EVENT_KEY."""
    wanted = f"{base_url}{EVENTS_AT}"
    try:
        settings, signed = account.ask(WEBHOOK), account.ask(SIGNED)
    except NotSaid as fault:
        yield unseen("event webhook", str(fault), f"{SCOPES}{WHERE}")
        return
    if not settings.get("enabled") or settings.get("url") != wanted:
        state = "enabled" if settings.get("enabled") else "off"
        yield ill(
            "event webhook",
            f"{state}, and goes to {settings.get('url') or 'nowhere'}",
            f"set {wanted}: {WHERE}",
        )
    elif missing := [name for name in WANTED if not settings.get(name)]:
        yield doubt("event webhook", f"does not tell {', '.join(missing)}", f"tick them: {WHERE}")
    else:
        yield well("event webhook", wanted)
    yield _signature(signed.get("public_key"), event_key)


def _signature(shown: str | None, ours: str | None) -> Finding:
    if shown and shown == ours:
        return well("webhook's key", "is the one that events are checked with")
    found = "differs from SENDGRID_EVENT_KEY" if shown else "is off: events are not signed"
    how = f"switch Signed Event Webhook on and set the key that it shows: {WHERE}"
    return ill("webhook's key", found, how)


def event_key(key: str | None) -> Finding:
    """Judge the public KEY that events are checked with."""
    how = "./deploy.sh env set SENDGRID_EVENT_KEY=..., then ./deploy.sh deploy"
    if not key:
        return ill("SENDGRID_EVENT_KEY", "is not set: no event is believed", how)
    try:
        Verifier(key)
    except NotConfigured as fault:
        return ill("SENDGRID_EVENT_KEY", str(fault), how)
    return well("SENDGRID_EVENT_KEY", "is a public key")


def address_of_events(base_url: str) -> Finding:
    """Judge whether web answers an unsigned event as it should: 403, from the internet."""
    url = f"{base_url}{EVENTS_AT}"
    try:
        status = httpx.post(url, content=b"[]", timeout=PATIENCE).status_code
    except httpx.HTTPError as error:
        return ill(
            "events' address",
            f"{url}: {type(error).__name__}",
            "is web deployed, and PUBLIC_BASE_URL its name?",
        )
    if status == HTTPStatus.FORBIDDEN:
        return well("events' address", f"{url} turns away what is not signed")
    return ill("events' address", f"{url} answered {status}, not 403", "./deploy.sh logs web --errors")
