"""Alerts behind a subscriber's own link: made, changed, stopped."""

from typing import Any

import pytest

from common.db.alert_tables import (
    rule_revisions,
    rules,
)
from tests.support.alerts import GREEN, GREENE, PELOSI
from tests.support.trades import a_trade
from tests.support.web import Web

NEW = {"do": "save", "find": "Warren", "frequency": "daily", "name": "Warren, daily"}


def manage(web: Web, who: int = 1) -> str:
    return web.links.manage(who)


def test_a_new_alert_is_looked_at_first_and_then_saved(both_webs: Web) -> None:
    both_webs.watch.subscriber()
    link = manage(both_webs) + "/rules/new"

    blank = both_webs.get(link)
    shown = both_webs.post(link, NEW | {"do": "preview"})
    nothing_yet = both_webs.rows(rules)
    saved = both_webs.post(link, NEW)

    assert blank.heading == "New alert"
    assert "In the last year it would have sent no mail." in shown.text
    assert nothing_yet == []
    assert saved.headers["Location"].endswith("?said=saved")
    assert [row.name for row in both_webs.rows(rules)] == ["Warren, daily"]
    assert "Your alert is saved." in both_webs.get(saved.headers["Location"]).text


def test_several_filings_in_one_digest_are_told_apart(web: Web) -> None:
    web.watch.subscriber()
    web.watch.file(a_trade(), by=PELOSI)
    web.watch.file(a_trade(), by=PELOSI)

    page = web.post(manage(web) + "/rules/new", NEW | {"do": "preview", "find": "Pelosi"})

    assert "In the last year it would have sent 1 mail, about 2 filings." in page.text


def test_an_alert_is_changed_by_a_new_revision(both_webs: Web) -> None:
    who = both_webs.watch.subscriber()
    rule = both_webs.watch.rule(who, members=[PELOSI], name="Pelosi trades", owner="spouse")
    link = f"{manage(both_webs)}/rules/{rule}"

    form = both_webs.get(link)
    saved = both_webs.post(link, {"do": "save", "member": PELOSI, "tickers": "NVDA", "frequency": "weekly"})

    assert form.members == {PELOSI: True}
    assert 'value="Pelosi trades"' in form.html
    assert '<option value="spouse" selected>' in form.html
    assert saved.status == 303
    assert [row.revision for row in both_webs.rows(rule_revisions)] == [1, 2]
    assert [row.name for row in both_webs.rows(rules)] == ["Nancy Pelosi; NVDA"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"find": ""}, "criteria"),
        ({"frequency": ""}, "frequency"),
        ({"amount": "-1"}, "amount"),
        ({"find": "green"}, "find"),
    ],
    ids=str,
)
def test_what_is_wrong_is_not_saved(web: Web, change: dict[str, Any], field: str) -> None:
    web.watch.subscriber()

    page = web.post(manage(web) + "/rules/new", NEW | change)

    assert page.status == 422
    assert page.complaints.keys() == {field}
    assert web.rows(rules) == []


def test_a_name_of_an_alert_that_is_too_long_is_refused_beside_it(web: Web) -> None:
    web.watch.subscriber()

    page = web.post(manage(web) + "/rules/new", NEW | {"name": "x" * 81})

    assert page.complaints == {"name": "Write 1 to 80 characters."}


def test_members_are_added_one_by_one(web: Web) -> None:
    web.watch.subscriber()

    page = web.post(manage(web) + "/rules/new", {"do": "find", "find": "green"})

    assert (page.status, page.members) == (200, {GREEN: False, GREENE: False})
    assert page.complaints.keys() == {"find"}


def test_there_is_an_end_to_alerts(web: Web) -> None:
    who = web.watch.subscriber()
    for number in range(50):
        web.watch.rule(who, members=[PELOSI], name=f"Rule {number}")

    page = web.post(manage(web) + "/rules/new", NEW)

    assert (page.status, len(web.rows(rules))) == (409, 50)


@pytest.mark.parametrize("path", ["", "/stop"])
def test_an_alert_of_somebody_else_is_not_there(web: Web, path: str) -> None:
    web.watch.subscriber()
    theirs = web.watch.rule(web.watch.subscriber("ann"), members=[PELOSI])

    page = web.post(f"{manage(web)}/rules/{theirs}{path}", NEW)

    assert page.heading in {"There is nothing here any more", "The alert is stopped"}
    assert [(row.name, row.stopped_at) for row in web.rows(rules)] == [("A rule", None)]


def test_an_alert_is_stopped_after_a_question(web: Web) -> None:
    rule = web.watch.rule(web.watch.subscriber(), members=[PELOSI], name="Pelosi trades")
    link = f"{manage(web)}/rules/{rule}/stop"

    asked = web.get(link)
    going_on = web.rows(rules)[0].stopped_at
    stopped = web.post(link)

    assert (asked.heading, going_on) == ("Stop this alert?", None)
    assert stopped.heading == "The alert is stopped"
    assert web.rows(rules)[0].stopped_at is not None
    assert web.get(f"{manage(web)}/rules/{rule}").status == 410
