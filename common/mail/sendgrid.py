"""The way out through SendGrid's v3 API; the only importer of its package (https://www.twilio.com/docs/sendgrid/api-reference/mail-send)."""

import json
import urllib.error
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr, parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from common.clock import Clock
from common.mail.port import Accepted, Outcome, Outgoing, SurelyNotSent, Then, Unknown
from common.mail.words import plain, without_addresses

URL = "https://api.sendgrid.com"
TIMEOUT = timedelta(seconds=10)  # of each wait for the network; the package has none of its own
LONGEST_REASON = 300  # characters kept of what the provider says
LONGEST_WAIT = timedelta(hours=1)
REFUSALS = {  # any other status leaves open whether the mail was taken
    HTTPStatus.BAD_REQUEST: Then.GIVE_UP,
    HTTPStatus.UNAUTHORIZED: Then.STOP,  # a wrong key, or no credits left
    HTTPStatus.FORBIDDEN: Then.STOP,  # a sender not verified, or a key without this scope
    HTTPStatus.NOT_FOUND: Then.STOP,  # SENDGRID_URL leads elsewhere
    HTTPStatus.METHOD_NOT_ALLOWED: Then.STOP,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Then.GIVE_UP,
    HTTPStatus.TOO_MANY_REQUESTS: Then.RETRY,
}
UNTRACKED = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},  # so that our own List-Unsubscribe stays (RFC 8058)
}


class SendGridMailer:
    """Hands mails to SendGrid, or to a stand-in at URL. One mailer may serve several threads."""

    def __init__(self, api_key: str, clock: Clock, *, url: str = URL, timeout: timedelta = TIMEOUT) -> None:
        api = SendGridAPIClient(api_key, host=url)
        api.client.timeout = timeout.total_seconds()
        self._send: Callable[[Mapping[str, Any]], Any] = api.send
        self._clock = clock

    def send(self, mail: Outgoing) -> Outcome:
        """Hand MAIL over once. A request that broke off while it was written was never whole, so nobody took it."""
        try:
            answer = self._send(_request(mail))
        except HTTPError as error:
            _close(error.__context__)
            return _refused(error, self._clock())
        except (
            URLError
        ) as error:  # raised while connecting or writing; reading an answer raises the bare error
            return SurelyNotSent(Then.RETRY, f"SendGrid could not be reached: {_named(error.reason)}")
        except (OSError, HTTPException) as error:
            return Unknown(f"SendGrid's answer was lost: {_named(error)}")
        if answer.status_code != HTTPStatus.ACCEPTED:
            return Unknown(f"SendGrid answered {answer.status_code}, neither a yes nor a no")
        return Accepted(answer.headers.get("X-Message-Id"))


def refusal_of(api_key: str, *, url: str = URL, timeout: timedelta = TIMEOUT) -> str | None:
    """Return why SendGrid takes no mail with API_KEY; None = it does (GET /v3/scopes lists `mail.send`)."""
    api = SendGridAPIClient(api_key, host=url)
    api.client.timeout = timeout.total_seconds()
    try:
        answer = api.client.scopes.get()
        scopes = json.loads(answer.body)["scopes"]
    except HTTPError as error:
        _close(error.__context__)
        return f"SendGrid answered {error.status_code}: {_said(error.body)}"
    except (OSError, HTTPException) as error:
        return f"SendGrid could not be reached: {_named(error)}"
    except (ValueError, KeyError, TypeError):
        return "SendGrid did not say what the key allows"
    return None if "mail.send" in scopes else "the key lacks the scope mail.send"


def _close(answer: BaseException | None) -> None:
    """Close the answer that the package raised its own error for; it leaves that to chance."""
    if isinstance(answer, urllib.error.HTTPError):
        answer.close()


def _request(mail: Outgoing) -> dict[str, Any]:
    name, address = parseaddr(mail.sender)
    return {
        "personalizations": [{"to": [{"email": mail.to}], "custom_args": {"delivery_id": mail.delivery_id}}],
        "from": {"email": address, **({"name": name} if name else {})},
        "subject": mail.subject,
        "content": [
            {"type": "text/plain", "value": mail.text},
            {"type": "text/html", "value": mail.html},
        ],
        "headers": dict(mail.headers),
        "categories": [mail.category],
        "tracking_settings": UNTRACKED,
    }


def _refused(error: HTTPError, now: datetime) -> Outcome:
    said = f"SendGrid answered {error.status_code}: {_said(error.body)}"
    then = REFUSALS.get(error.status_code)
    if then is None:
        return Unknown(said)
    return SurelyNotSent(then, said, _wait(error.headers, now) if then is Then.RETRY else None)


def _said(body: bytes) -> str:
    """Return the messages of an error's body, `{"errors": [{"message", "field", "help"}]}`, or the body itself."""
    text = body.decode("utf-8", "replace")
    try:
        errors = [(error.get("field"), error["message"]) for error in json.loads(text)["errors"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return plain(without_addresses(text), LONGEST_REASON)
    texts = (f"{field}: {message}" if field else str(message) for field, message in errors)
    return plain(without_addresses("; ".join(texts)), LONGEST_REASON)


def _wait(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long Retry-After (seconds or a date) or X-RateLimit-Reset (Unix time) asks to wait, at most an hour."""
    after, reset = headers.get("Retry-After", ""), headers.get("X-RateLimit-Reset", "")
    if after.isdecimal():
        wait = timedelta(seconds=min(int(after), LONGEST_WAIT.total_seconds()))
    elif at := _date(after) or _unix(reset):
        wait = at - now
    else:
        return None
    return min(max(wait, timedelta(0)), LONGEST_WAIT)


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _unix(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _named(error: object) -> str:
    return plain(without_addresses(f"{type(error).__name__} {error}"), LONGEST_REASON)
