"""The second opt-in: the link of the mail, and its button."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest

from common.alerts.subscriptions.rules import save_rule
from common.alerts.subscriptions.subscribers import move
from common.alerts.subscriptions.suppressions import Reason, address_hash, suppress
from common.db.alert_tables import consents, rules, subscribers, suppressions
from common.db.engine import write_transaction
from common.links import BadLink, Purpose
from common.web.pages.confirm import WORDING
from tests.support.alerts import PELOSI, a_draft
from tests.support.trades import a_trade
from tests.support.web import ADDRESS_KEY, KYLE, Web


def refuse(web: Web, reason: Reason, address: str = KYLE) -> None:
    with write_transaction(web.site.engine) as tx:
        suppress(tx, address_hash(ADDRESS_KEY, address), reason, web.now)


def test_the_link_shows_what_it_would_switch_on_and_changes_nothing(both_webs: Web) -> None:
    both_webs.watch.file(a_trade(), by=PELOSI)
    link = both_webs.asked()

    page = both_webs.get(link)

    assert page.status == 200
    assert "Nancy Pelosi" in page.text
    assert "In the last year it would have sent 1 mail ." in page.text.replace("mail.", "mail .")
    assert WORDING in page.text
    assert "k…@example.org" in page.text
    assert both_webs.rows(consents) == []
    assert both_webs.rows(rules) == []


def test_the_button_records_the_wording_and_switches_the_alert_on(both_webs: Web) -> None:
    reply = both_webs.post(both_webs.asked())

    page = both_webs.get(reply.headers["Location"])
    assert reply.status == 303
    assert [row.wording for row in both_webs.rows(consents)] == [WORDING]
    assert [row.name for row in both_webs.rows(rules)] == ["Nancy Pelosi"]
    assert both_webs.rows(subscribers)[0].confirmed_at is not None
    assert "Thank you. Your alert is on." in page.text


def test_the_button_pressed_twice_makes_one_alert(web: Web) -> None:
    link = web.asked()

    web.post(link)
    web.post(link)

    assert len(web.rows(rules)) == 1


def test_a_second_click_waits_for_the_first_and_adds_nothing(both_webs: Web) -> None:
    both_webs.subscribed(find="Greene")
    link = both_webs.asked()

    with ThreadPoolExecutor(1) as second:
        with write_transaction(both_webs.site.engine) as tx:
            move(tx, 1, "America/New_York")
            save_rule(tx, 1, a_draft(members=[PELOSI]))
            click = second.submit(both_webs.post, link)
            has_waited = not wait([click], timeout=0.5).done
        page = click.result()

    assert (has_waited, page.status) == (True, 303)
    assert [row.name for row in both_webs.rows(rules)] == ["Marjorie Greene", "A rule"]


def test_a_second_alert_is_added_and_the_zone_follows_the_form(web: Web) -> None:
    web.subscribed()

    web.subscribed(find="Warren", zone="Europe/Berlin")

    assert [row.name for row in web.rows(rules)] == ["Nancy Pelosi", "Elizabeth Warren"]
    assert [row.zone for row in web.rows(subscribers)] == ["Europe/Berlin"]


def test_a_new_opt_in_lifts_an_unsubscribe(web: Web) -> None:
    refuse(web, Reason.UNSUBSCRIBE)

    web.subscribed()

    assert web.rows(suppressions) == []


def test_a_report_of_spam_outlives_an_opt_in(web: Web) -> None:
    link = web.asked()
    refuse(web, Reason.SPAM)

    web.post(link)

    assert [row.reason for row in web.rows(suppressions)] == ["spam"]


def test_following_somebody_who_left_is_said_before_the_button(web: Web) -> None:
    page = web.get(web.asked(find="Mark Green"))

    assert "Mark Green has left office" in page.text


def test_a_link_to_confirm_expires(web: Web) -> None:
    link = web.asked()
    web.now += timedelta(days=7)

    for page in (web.get(link), web.post(link)):
        assert (page.status, page.heading) == (410, "This link has expired")
    assert web.rows(rules) == []


def test_a_link_to_confirm_is_of_no_use_after_the_data_were_deleted(web: Web) -> None:
    link = web.asked()
    web.post(web.links.manage(1) + "/delete")

    assert web.post(link).status == 410


def test_a_confirmation_works_for_nothing_else(web: Web) -> None:
    token = web.asked().rpartition("/")[2]

    for purpose in set(Purpose) - {Purpose.CONFIRM, Purpose.MAIL}:
        assert web.get(f"/{purpose}/{token}").status == 404
    with pytest.raises(BadLink):
        web.links.signer.read(Purpose.MANAGE, token, web.now)
