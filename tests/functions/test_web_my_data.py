"""What we hold about a subscriber: theirs to take away, and to have deleted."""

from common.alerts.subscriptions.personal_data import forget
from common.alerts.subscriptions.suppressions import address_hash
from common.db.alert_tables import (
    messages,
    notices,
    rule_members,
    rules,
    subscribers,
    suppressions,
)
from common.db.engine import write_transaction
from tests.support.alerts import GREENE, PELOSI
from tests.support.trades import a_trade
from tests.support.web import ADDRESS_KEY, KYLE, Web

NEW = {"do": "save", "find": "Warren", "frequency": "daily", "name": "Warren, daily"}


def manage(web: Web, who: int = 1) -> str:
    return web.links.manage(who)


def test_all_data_can_be_taken_away(both_webs: Web) -> None:
    watch = both_webs.watch
    who = watch.subscriber()
    watch.rule(who, members=[PELOSI], name="Pelosi trades")
    watch.rule(watch.subscriber("ann"), members=[GREENE], name="Of somebody else")
    watch.file(a_trade(), by=PELOSI)
    watch.plan()

    file = both_webs.get(manage(both_webs) + "/data")

    assert file.headers["Content-Type"] == "application/json"
    assert 'filename="capitolscope-my-data.json"' in file.headers["Content-Disposition"]
    for text in (KYLE, "Send me mail.", "Pelosi trades", PELOSI, "America/New_York", '"status": "planned"'):
        assert text in file.html
    assert "somebody else" not in file.html
    assert "ann@example.org" not in file.html


def test_all_data_can_be_deleted_after_a_question(both_webs: Web) -> None:
    watch = both_webs.watch
    who = watch.subscriber()
    watch.rule(who, members=[PELOSI], name="What my boss buys")
    watch.file(a_trade(), by=PELOSI)
    watch.plan()
    link = manage(both_webs) + "/delete"

    asked = both_webs.get(link)
    still_there = both_webs.rows(subscribers)[0].address
    deleted = both_webs.post(link)

    assert (asked.heading, still_there) == ("Delete your data?", KYLE)
    assert deleted.heading == "Your data are deleted"
    (row,) = both_webs.rows(subscribers)
    assert row.address is None
    assert row.deleted_at is not None
    assert [row.address_hash for row in both_webs.rows(suppressions)] == [address_hash(ADDRESS_KEY, KYLE)]
    assert [row.status for row in both_webs.rows(messages)] == ["cancelled"]
    assert (both_webs.rows(notices), both_webs.rows(rule_members)) == ([], [])
    assert [row.name for row in both_webs.rows(rules)] == ["alert"]


def test_deleting_twice_changes_nothing_more(web: Web) -> None:
    who = web.watch.subscriber()
    web.post(manage(web) + "/delete")
    before = web.rows(subscribers)

    again = web.post(manage(web) + "/delete")
    with write_transaction(web.site.engine) as tx:
        forget(tx, who, ADDRESS_KEY)

    assert again.status == 410
    assert web.rows(subscribers) == before


def test_who_deleted_their_data_may_come_back(web: Web) -> None:
    first = web.subscribed()
    web.post(first + "/delete")

    second = web.subscribed()

    assert web.get(first).status == 410
    assert web.get(second).status == 200
    assert web.rows(suppressions) == []
    assert [row.address for row in web.rows(subscribers)] == [None, KYLE]
