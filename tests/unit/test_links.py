"""Whoever holds a signed link may do what it is for, and nothing else."""

import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import NotConfigured
from common.links import CONFIRM_FOR, BadLink, ExpiredLink, Grant, Links, Purpose, Signer, links_of
from tests.support.settings import some_settings

NOW = datetime(2026, 11, 3, 13, tzinfo=UTC)
OLD, NEW = "old-" + "k" * 32, "new-" + "k" * 32
ALPHABET = string.ascii_letters + string.digits + "-_."
LINKS = Links("https://alerts.example.org", Signer([NEW]))


def token_of(link: str) -> str:
    return link.rpartition("/")[2]


@pytest.mark.parametrize("purpose", Purpose)
def test_a_link_says_what_was_signed(purpose: Purpose) -> None:
    grant = Grant(subscriber_id=12, rule_id=7, message_id=9, asked={"zone": "UTC", "name": "Ünï"})

    assert Signer([NEW]).read(purpose, Signer([NEW]).sign(purpose, grant), NOW) == grant


@pytest.mark.parametrize("made_for", Purpose)
def test_a_link_to_one_page_opens_no_other(made_for: Purpose) -> None:
    token = Signer([NEW]).sign(made_for, Grant(subscriber_id=1))

    for purpose in set(Purpose) - {made_for}:
        with pytest.raises(BadLink):
            Signer([NEW]).read(purpose, token, NOW)


def test_links_signed_before_the_keys_were_rotated_still_work() -> None:
    token = Signer([OLD]).sign(Purpose.MANAGE, Grant(subscriber_id=1))

    assert Signer([NEW, OLD]).read(Purpose.MANAGE, token, NOW).subscriber_id == 1


def test_the_first_key_signs() -> None:
    token = Signer([NEW, OLD]).sign(Purpose.MANAGE, Grant(subscriber_id=1))

    assert Signer([NEW]).read(Purpose.MANAGE, token, NOW).subscriber_id == 1


def test_links_of_a_dropped_key_work_no_more() -> None:
    token = Signer([OLD]).sign(Purpose.MANAGE, Grant(subscriber_id=1))

    with pytest.raises(BadLink, match="not signed by us"):
        Signer([NEW]).read(Purpose.MANAGE, token, NOW)


@given(st.data())
def test_a_link_with_any_character_changed_opens_nothing(data: st.DataObject) -> None:
    token = Signer([NEW]).sign(Purpose.UNSUBSCRIBE, Grant(subscriber_id=1234, rule_id=5))
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from([c for c in ALPHABET if c != token[at]]))

    with pytest.raises(BadLink):
        Signer([NEW]).read(Purpose.UNSUBSCRIBE, token[:at] + other + token[at + 1 :], NOW)


@given(st.text(max_size=60))
def test_no_text_of_a_stranger_opens_anything(text: str) -> None:
    with pytest.raises(BadLink):
        Signer([NEW]).read(Purpose.MANAGE, text, NOW)


def test_a_very_long_token_is_not_taken_even_if_signed() -> None:
    token = Signer([NEW]).sign(Purpose.CONFIRM, Grant(subscriber_id=1, asked=[str(n**5) for n in range(900)]))

    with pytest.raises(BadLink):
        Signer([NEW]).read(Purpose.CONFIRM, token, NOW)


def test_a_link_to_confirm_works_for_seven_days() -> None:
    token = token_of(LINKS.confirm(1, {}, NOW))
    last = NOW + CONFIRM_FOR - timedelta(seconds=1)

    assert LINKS.signer.read(Purpose.CONFIRM, token, last).subscriber_id == 1
    with pytest.raises(ExpiredLink):
        LINKS.signer.read(Purpose.CONFIRM, token, last + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("link", "purpose", "grant"),
    [
        (LINKS.manage(3), Purpose.MANAGE, Grant(subscriber_id=3)),
        (LINKS.unsubscribe(3), Purpose.UNSUBSCRIBE, Grant(subscriber_id=3)),
        (LINKS.stop(3, 4), Purpose.STOP, Grant(subscriber_id=3, rule_id=4)),
        (LINKS.everything(5), Purpose.MAIL, Grant(message_id=5)),
    ],
    ids=["manage", "unsubscribe", "stop", "everything"],
)
def test_each_link_leads_to_its_page_for_good(link: str, purpose: Purpose, grant: Grant) -> None:
    centuries_later = NOW + timedelta(days=100_000)

    assert link.startswith(f"https://alerts.example.org/{purpose}/")
    assert LINKS.signer.read(purpose, token_of(link), centuries_later) == grant


def test_a_fingerprint_tells_sameness_and_nothing_else() -> None:
    fingerprint = LINKS.signer.fingerprint("kyle@example.org")

    assert fingerprint == LINKS.signer.fingerprint("kyle@example.org")
    assert fingerprint != LINKS.signer.fingerprint("kyle@example.com")
    assert "kyle" not in fingerprint


def test_settings_name_everything_that_links_lack() -> None:
    with pytest.raises(NotConfigured, match="set PUBLIC_BASE_URL, LINK_KEYS"):
        links_of(some_settings())


@pytest.mark.parametrize("keys", ["short", f"{NEW},short", f"{NEW},", f"{NEW} {OLD}"])
def test_keys_that_could_be_guessed_are_refused(keys: str) -> None:
    with pytest.raises(ValueError, match="link_keys"):
        some_settings(link_keys=keys)


def test_the_settings_keys_sign_and_are_not_shown() -> None:
    chosen: dict[str, Any] = {"link_keys": f"{NEW},{OLD}", "public_base_url": "https://alerts.example.org"}

    links = links_of(some_settings(**chosen))

    assert token_of(links.manage(1)) == token_of(replace(LINKS, base="").manage(1))
    assert NEW not in repr(some_settings(**chosen))
