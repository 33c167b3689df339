"""Sending refuses to start without a sender, a postal address and a base URL, and names all that is missing."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from common.errors import NotConfigured
from common.mail.folder import FolderMailer
from common.mail.render import Letterhead
from common.mail.sendgrid import SendGridMailer
from common.mail.sending import letterhead_of, mailer_of
from tests.support.settings import some_settings

NOW = datetime(2026, 6, 2, 14, 6, tzinfo=UTC)
ENOUGH = {
    "mail_from": "CapitolScope <alerts@example.org>",
    "postal_address": "12 Example Street, Springfield, IL 62701, USA",
    "public_base_url": "https://alerts.example.org",
}


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(NotConfigured) as refusal:
        mailer_of(some_settings(mail="sendgrid"), lambda: NOW)

    assert str(refusal.value) == (
        "set MAIL_FROM, POSTAL_ADDRESS, PUBLIC_BASE_URL, SENDGRID_API_KEY; see README, Configuration"
    )


@pytest.mark.parametrize("name", ENOUGH)
def test_a_folder_needs_a_sender_an_address_and_a_base_url_too(name: str) -> None:
    settings = some_settings(**{key: value for key, value in ENOUGH.items() if key != name})

    with pytest.raises(NotConfigured, match=f"set {name.upper()};"):
        letterhead_of(settings)
    with pytest.raises(NotConfigured, match=f"set {name.upper()};"):
        mailer_of(settings, lambda: NOW)


def test_the_letterhead_is_what_the_settings_say() -> None:
    assert letterhead_of(some_settings(**ENOUGH)) == Letterhead(
        ENOUGH["mail_from"], ENOUGH["postal_address"], ENOUGH["public_base_url"]
    )


def test_mail_leaves_into_a_folder_unless_sendgrid_is_named(tmp_path: Path) -> None:
    embedded = mailer_of(some_settings(**ENOUGH, data_dir=tmp_path), lambda: NOW)
    real = mailer_of(some_settings(**ENOUGH, mail="sendgrid", sendgrid_api_key="SG.x"), lambda: NOW)

    assert isinstance(embedded, FolderMailer)
    assert isinstance(real, SendGridMailer)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mail", "pigeon"),
        ("mail_from", "nobody"),
        ("mail_from", "A <a@example.org>\r\nBcc: all@example.org"),
        ("mail_from", "a@example.org <"),
        ("postal_address", "here"),
        ("postal_address", "12 Example Street\nSpringfield"),
        ("public_base_url", "http://alerts.example.org"),
        ("public_base_url", "https://alerts.example.org/"),
        ("public_base_url", "https://alerts.example.org\nx"),
    ],
)
def test_what_cannot_stand_in_a_mail_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=name):
        some_settings(**ENOUGH | {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mail_from", "alerts@example.org"),
        ("public_base_url", "http://127.0.0.1:8080"),
        ("public_base_url", "http://localhost"),
        ("public_base_url", "https://alerts.example.org:8443"),
    ],
)
def test_what_can_is_taken(name: str, value: str) -> None:
    assert getattr(some_settings(**ENOUGH | {name: value}), name) == value


def test_the_key_is_not_shown() -> None:
    assert "SG.secret" not in repr(some_settings(sendgrid_api_key="SG.secret"))
