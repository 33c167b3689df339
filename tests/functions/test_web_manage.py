"""A subscriber's own pages: see, change, stop, take away, delete."""

import pytest

from common.alerts.subscriptions.suppressions import Reason, address_hash, suppress
from common.db.alert_tables import (
    consents,
    rules,
    subscribers,
    suppressions,
)
from common.db.engine import write_transaction
from common.web.pages.confirm import WORDING
from tests.support.alerts import GREEN, GREENE, PELOSI
from tests.support.mails import HOSTILE
from tests.support.trades import a_trade
from tests.support.web import ADDRESS_KEY, KYLE, Web

NEW = {"do": "save", "find": "Warren", "frequency": "daily", "name": "Warren, daily"}


def manage(web: Web, who: int = 1) -> str:
    return web.links.manage(who)


def test_it_lists_what_a_subscriber_follows_and_nobody_elses(both_webs: Web) -> None:
    watch = both_webs.watch
    who, other = watch.subscriber(), watch.subscriber("ann")
    watch.rule(who, members=[PELOSI], name="Pelosi trades")
    watch.rule(other, members=[GREENE], name="Of somebody else")
    watch.file(a_trade(), by=PELOSI)

    page = both_webs.get(manage(both_webs, who))

    assert page.status == 200
    assert "Pelosi trades Nancy Pelosi At once, one mail per filing. In the last year: 1 mail." in page.text
    assert "Of somebody else" not in page.text
    assert KYLE not in page.html


def test_an_alert_on_somebody_who_left_says_so(web: Web) -> None:
    web.watch.rule(web.watch.subscriber(), members=[GREEN])

    assert "Mark Green has left office" in web.get(manage(web)).text


def test_without_alerts_it_says_so(web: Web) -> None:
    web.watch.subscriber()

    assert "You follow nothing at the moment." in web.get(manage(web)).text


def test_a_zone_is_changed(web: Web) -> None:
    web.watch.subscriber()

    reply = web.post(manage(web) + "/zone", {"zone": "Europe/Berlin"})

    assert "Your time zone is changed." in web.get(reply.headers["Location"]).text
    assert web.rows(subscribers)[0].zone == "Europe/Berlin"


def test_an_unknown_zone_is_refused_beside_its_field(web: Web) -> None:
    web.watch.subscriber()

    page = web.post(manage(web) + "/zone", {"zone": "Mars/Olympus"})

    assert page.status == 422
    assert "not in the tz database" in page.complaints["zone"]
    assert web.rows(subscribers)[0].zone == "America/New_York"


def test_a_zone_that_the_list_lacks_stays_chosen(web: Web) -> None:
    web.watch.subscriber(zone="America/Indiana/Knox")

    assert '<option value="America/Indiana/Knox" selected>' in web.get(manage(web)).html


def test_all_mail_is_stopped_and_started_again_by_a_new_opt_in(both_webs: Web) -> None:
    both_webs.watch.subscriber()

    paused = both_webs.get(both_webs.post(manage(both_webs) + "/pause").headers["Location"])
    while_paused = [row.reason for row in both_webs.rows(suppressions)]
    resumed = both_webs.get(both_webs.post(manage(both_webs) + "/resume").headers["Location"])

    assert "All mail is stopped. Your alerts are kept." in paused.text
    assert WORDING in paused.text
    assert while_paused == ["unsubscribe"]
    assert "Your alerts are on again." in resumed.text
    assert both_webs.rows(suppressions) == []
    assert both_webs.rows(consents)[-1].wording == WORDING


@pytest.mark.parametrize(
    ("reason", "text"),
    [(Reason.SPAM, "reported as spam"), (Reason.BOUNCE, "came back for good")],
)
def test_why_an_address_gets_nothing_is_said_and_cannot_be_pressed_away(
    web: Web, reason: Reason, text: str
) -> None:
    web.watch.subscriber()
    with write_transaction(web.site.engine) as tx:
        suppress(tx, address_hash(ADDRESS_KEY, KYLE), reason, web.now)

    web.post(manage(web) + "/resume")

    assert text in web.get(manage(web)).text
    assert [row.reason for row in web.rows(suppressions)] == [reason]


def test_a_word_in_the_address_that_is_none_of_ours_says_nothing(web: Web) -> None:
    web.watch.subscriber()

    page = web.get(manage(web) + "?said=<b>hello</b>")

    assert "hello" not in page.html


def test_what_was_done_once_is_not_said_when_it_is_so_no_longer(web: Web) -> None:
    web.watch.subscriber()

    never = web.get(manage(web) + "?said=paused")
    web.post(manage(web) + "/pause")
    no_longer = [web.get(f"{manage(web)}?said={word}") for word in ("confirmed", "resumed")]

    assert "All mail is stopped" not in never.text
    assert not any("on again" in page.text or "alert is on" in page.text for page in no_longer)
    assert all("All mail is stopped" in page.text for page in no_longer)


@pytest.mark.parametrize("path", ["", "/rules/new", "/rules/1", "/rules/1/stop", "/data", "/delete"])
def test_a_link_that_is_not_ours_opens_no_page(web: Web, path: str) -> None:
    web.watch.rule(web.watch.subscriber(), members=[PELOSI])
    forged = manage(web)[:-3] + "AAA"

    page = web.get(forged + path)

    assert (page.status, page.heading) == (404, "This link does not work")


@pytest.mark.parametrize(
    "path", ["/zone", "/pause", "/resume", "/rules/new", "/rules/1", "/rules/1/stop", "/delete"]
)
def test_a_link_that_is_not_ours_does_nothing(web: Web, path: str) -> None:
    web.watch.rule(web.watch.subscriber(), members=[PELOSI])
    before = (web.rows(subscribers), web.rows(rules), web.rows(suppressions))

    page = web.post(manage(web)[:-3] + "AAA" + path, NEW | {"zone": "UTC"})

    assert page.status == 404
    assert (web.rows(subscribers), web.rows(rules), web.rows(suppressions)) == before


def test_what_people_write_is_shown_and_never_run(web: Web) -> None:
    web.watch.subscriber()
    name = " ".join(HOSTILE.split())[:80]
    web.post(manage(web) + "/rules/new", NEW | {"name": name})

    for path in ("", "/rules/1", "/rules/1/stop"):
        page = web.get(manage(web) + path)
        assert "<script" not in page.html
        assert "alert(1)" in page.html
        assert "49" not in page.text
