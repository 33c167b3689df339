"""Acceptance scenario 10: one click ends it, a scanner's visit changes nothing, suppression beats a queued mail."""

from datetime import timedelta

from common.alerts.subscriptions.suppressions import Reason, address_hash, suppress
from common.db.alert_tables import messages, notices, rules, subscribers, suppressions
from common.db.engine import write_transaction
from common.links import Links, Signer
from tests.support.alerts import GREENE, PELOSI
from tests.support.trades import a_trade
from tests.support.web import ADDRESS_KEY, KYLE, Web
from tests.support.web_drain import drained

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def test_one_click_ends_all_mail_however_often_it_is_pressed(both_webs: Web) -> None:
    who = both_webs.watch.subscriber()

    pages = [both_webs.post(both_webs.links.unsubscribe(who), ONE_CLICK) for _ in range(3)]

    assert {(page.status, page.heading) for page in pages} == {(200, "You get no more mail from us")}
    hashed = address_hash(ADDRESS_KEY, KYLE)
    assert [(row.address_hash, row.reason) for row in both_webs.rows(suppressions)] == [
        (hashed, "unsubscribe")
    ]


def test_the_click_needs_no_form_and_no_cookie(web: Web) -> None:
    who = web.watch.subscriber()

    page = web.ask("POST", web.links.unsubscribe(who))

    assert page.status == 200
    assert "Set-Cookie" not in page.headers
    assert len(web.rows(suppressions)) == 1


def test_a_scanner_that_follows_every_link_changes_nothing(both_webs: Web) -> None:
    who = both_webs.watch.subscriber()
    rule = both_webs.watch.rule(who, members=[GREENE])
    manage, links = both_webs.links.manage(who), both_webs.links
    tables = (subscribers, rules, suppressions, notices, messages)
    before = [both_webs.rows(table) for table in tables]
    pages = (
        "",
        "/pause",
        "/resume",
        "/zone",
        "/delete",
        "/data",
        "/rules/new",
        f"/rules/{rule}",
        f"/rules/{rule}/stop",
    )

    replies = [
        both_webs.ask(method, link)
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE")
        for link in (links.unsubscribe(who), links.stop(who, rule), *(manage + page for page in pages))
    ]

    assert {reply.status for reply in replies} <= {200, 405}
    assert [both_webs.rows(table) for table in tables] == before


def test_the_link_asks_before_it_ends_anything(web: Web) -> None:
    who = web.watch.subscriber()

    page = web.get(web.links.unsubscribe(who))

    assert page.heading == "Stop all mail?"
    assert [form.attributes["method"] for form in page.elements("form")] == ["post"]
    assert "k…@example.org" in page.text
    assert KYLE not in page.html


def test_a_mail_that_waits_in_the_queue_never_leaves_after_the_click(both_webs: Web, redis_url: str) -> None:
    watch = both_webs.watch
    who, other = watch.subscriber(), watch.subscriber("ann")
    for subscriber in (who, other):
        watch.rule(subscriber, members=[PELOSI])
    watch.file(a_trade(), by=PELOSI)
    watch.plan()

    both_webs.post(both_webs.links.unsubscribe(who), ONE_CLICK)
    sent = drained(both_webs, redis_url)

    assert [mail.to for mail in sent] == ["ann@example.org"]
    assert {row.subscriber_id: row.status for row in both_webs.rows(messages)} == {
        who: "suppressed",
        other: "accepted",
    }


def test_the_links_of_a_mail_that_left_lead_to_their_pages(both_webs: Web, redis_url: str) -> None:
    watch = both_webs.watch
    who = watch.subscriber()
    rule = watch.rule(who, members=[PELOSI], name="Pelosi trades")
    watch.file(a_trade(), by=PELOSI)
    watch.plan()

    (mail,) = drained(both_webs, redis_url)
    link = mail.headers["List-Unsubscribe"].strip("<>")

    assert both_webs.links.stop(who, rule) in mail.html
    assert both_webs.get(both_webs.links.stop(who, rule)).heading == "Stop this alert?"
    assert both_webs.get(link).heading == "Stop all mail?"
    assert both_webs.post(link, ONE_CLICK).status == 200
    assert KYLE not in link


def test_stopping_one_alert_takes_back_its_mail_and_leaves_the_others(both_webs: Web, redis_url: str) -> None:
    watch = both_webs.watch
    who = watch.subscriber()
    rule = watch.rule(who, members=[PELOSI], name="Pelosi trades")
    watch.rule(who, members=[GREENE], name="Greene trades")
    watch.file(a_trade(), by=PELOSI)
    watch.file(a_trade(), by=GREENE)
    watch.plan()

    pages = [both_webs.post(both_webs.links.stop(who, rule)) for _ in range(2)]
    sent = drained(both_webs, redis_url)

    assert [page.heading for page in pages] == ["The alert is stopped"] * 2
    assert "Pelosi trades" in pages[0].text
    assert [mail.subject for mail in sent] == ["Greene (R-GA) bought NVDA, $1,001-$15,000"]


def test_a_link_stops_no_alert_of_somebody_else(web: Web) -> None:
    who, other = web.watch.subscriber(), web.watch.subscriber("ann")
    rule = web.watch.rule(other, members=[PELOSI])

    page = web.post(web.links.stop(who, rule))

    assert page.heading == "The alert is stopped"
    assert [row.stopped_at for row in web.rows(rules)] == [None]


def test_leaving_works_after_the_data_were_deleted(web: Web) -> None:
    who = web.watch.subscriber()
    web.post(web.links.manage(who) + "/delete")

    for page in (web.get(web.links.unsubscribe(who)), web.post(web.links.unsubscribe(who), ONE_CLICK)):
        assert (page.status, page.heading) == (200, "You get no more mail from us")


def test_links_of_long_ago_still_work_with_the_old_key_behind_the_new(web: Web) -> None:
    who = web.watch.subscriber()
    link = web.links.unsubscribe(who)
    web.now += timedelta(days=3650)
    old = "link-key-" + "k" * 32

    web.change(links=Links(web.links.base, Signer(["n" * 40, old])))
    assert web.get(link).status == 200

    web.change(links=Links(web.links.base, Signer(["n" * 40])))
    assert (web.get(link).status, web.post(link, ONE_CLICK).status) == (404, 404)
    assert web.rows(suppressions) == []


def test_a_link_that_was_tampered_with_does_nothing(web: Web) -> None:
    who = web.watch.subscriber()
    link = web.links.unsubscribe(who)

    for bad in (link[:-1], link + "A", link.replace("/unsubscribe/", "/stop/"), web.links.manage(who + 99)):
        assert web.post(bad, ONE_CLICK).status in {404, 405}
    assert web.get(web.links.manage(who + 99)).status == 410
    assert web.rows(suppressions) == []


def test_an_address_that_left_before_stays_left(web: Web) -> None:
    who = web.watch.subscriber()
    with write_transaction(web.site.engine) as tx:
        suppress(tx, address_hash(ADDRESS_KEY, KYLE), Reason.SPAM, web.now)

    web.post(web.links.unsubscribe(who), ONE_CLICK)

    assert sorted(row.reason for row in web.rows(suppressions)) == ["spam", "unsubscribe"]
