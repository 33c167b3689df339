"""The page with every row of a mail, for a filing that has more than fit."""

from common.db.alert_tables import messages
from tests.support.alerts import PELOSI
from tests.support.trades import a_trade
from tests.support.web import Web
from tests.support.web_drain import drained

ROWS = 40


def test_a_mail_with_more_rows_than_fit_leads_to_all_of_them(both_webs: Web, redis_url: str) -> None:
    watch = both_webs.watch
    watch.rule(watch.subscriber(), members=[PELOSI])
    watch.file(
        *(a_trade(row=n + 1, asset_name=f"Company {n:02}", ticker=f"C{n:02}") for n in range(ROWS)), by=PELOSI
    )
    watch.plan()
    (sent,) = drained(both_webs, redis_url)
    (message,) = both_webs.rows(messages)
    link = both_webs.links.everything(message.id)

    page = both_webs.get(link)

    assert link in sent.html
    assert page.status == 200
    assert [f"Company {n:02}" in sent.html for n in range(ROWS)].count(True) == 25
    assert all(f"Company {n:02}" in page.html for n in range(ROWS))
    assert "are not in this mail" not in page.html
    assert "script" not in page.headers["Content-Security-Policy"]


def test_a_mail_whose_alerts_were_stopped_is_gone(web: Web) -> None:
    watch = web.watch
    rule = watch.rule(watch.subscriber(), members=[PELOSI])
    watch.file(a_trade(), by=PELOSI)
    watch.plan()

    web.post(web.links.stop(1, rule))

    assert web.get(web.links.everything(1)).status == 410


def test_a_mail_that_never_was_is_gone(web: Web) -> None:
    assert web.get(web.links.everything(99)).status == 410
    assert web.get(web.links.manage(1).replace("/manage/", "/mail/")).status == 404
