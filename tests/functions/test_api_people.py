"""Subscribers, their rules and why they got a mail or not, through the API, over real HTTP."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from common.alerts.subscriptions.suppressions import address_hash
from common.db.alert_tables import consents, rules, subscribers, suppressions
from common.mail.port import SurelyNotSent, Then
from common.web.app import answer as web_answer
from tests.support.alerts import GREENE, PELOSI, SCAN, Watch
from tests.support.api import MAILING, Api, an_api
from tests.support.trades import a_trade
from tests.support.web import ADDRESS_KEY, BASE, KYLE, Outbox

WISH = {"frequency": "immediate", "criteria": {"members": [PELOSI]}}
INVITED = {"address": KYLE, "zone": "America/New_York", "rule": WISH}


@dataclass
class Bureau:
    """The API beside what subscribers do, and the mails that it sends."""

    api: Api
    watch: Watch
    outbox: Outbox

    def rule(self, subscriber_id: int, **changes: Any) -> dict[str, Any]:
        answer = self.api.post("/admin/rules", {"subscriber_id": subscriber_id, **WISH, **changes})
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def follow(self, link: str) -> httpx.Response:
        """Press the button behind a LINK of a mail."""
        path = urlsplit(link).path
        self.api.beside[path] = partial(web_answer, site=self.api.desk.site)
        return self.api.post(path)


@pytest.fixture
def bureau(database_url: str, redis_url: str) -> Iterator[Bureau]:
    with an_api(database_url, redis_url, **MAILING) as api:
        api.now = datetime(2025, 3, 6, 15, 0, tzinfo=UTC)
        outbox = Outbox()
        site = replace(api.desk.site(), mailer=outbox)
        api.desk = replace(api.desk, site=lambda: site)
        yield Bureau(api, Watch(api.engine), outbox)
        site.limiter.close()
        site.engine.dispose()


def test_whom_an_operator_invites_is_asked_and_nothing_is_on_until_they_agree(bureau: Bureau) -> None:
    invited = bureau.api.post("/admin/subscribers", INVITED)

    (mail,) = bureau.outbox.sent
    link = re.search(rf"{BASE}/confirm/\S+", mail.text)
    assert (invited.status_code, invited.json()["confirmed"], mail.to) == (202, False, KYLE)
    assert bureau.watch.rows(rules) == bureau.watch.rows(consents) == []
    assert link
    assert bureau.follow(link[0]).status_code == 303
    shown = bureau.api.get(f"/admin/subscribers/{invited.json()['subscriber_id']}").json()
    assert shown["confirmed_at"] is not None
    assert [rule["criteria"] for rule in shown["rules"]] == [{"members": [PELOSI]}]


def test_an_address_is_asked_three_times_a_day_at_most(bureau: Bureau) -> None:
    answers = [bureau.api.post("/admin/subscribers", INVITED) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    assert len(bureau.outbox.sent) == 3
    assert 86_000 < int(answers[-1].headers["Retry-After"]) <= 86_400


def test_a_question_that_surely_did_not_leave_may_be_asked_again(bureau: Bureau) -> None:
    bureau.outbox.outcome = SurelyNotSent(Then.RETRY, "the provider is away")

    assert bureau.api.post("/admin/subscribers", INVITED).status_code == 503


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": "kyle"}, "address"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"rule": {**WISH, "criteria": {}}}, "criteria"),
        ({"rule": {**WISH, "criteria": {"members": ["X000001"]}}}, "members"),
        ({"rule": {**WISH, "criteria": {"weather": "rain"}}}, "weather"),
        ({"rule": {**WISH, "frequency": "hourly"}}, "rule.frequency"),
        ({"rule": {**WISH, "name": "a\u0000b"}}, "body"),
    ],
)
def test_nobody_is_asked_about_what_cannot_be(bureau: Bureau, change: dict[str, Any], field: str) -> None:
    answer = bureau.api.post("/admin/subscribers", INVITED | change)

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert bureau.outbox.sent == []


def test_a_list_of_subscribers_has_no_address_and_pages(bureau: Bureau) -> None:
    ids = [bureau.watch.subscriber(name) for name in ("ann", "bob", "cyd")]

    first = bureau.api.get("/admin/subscribers?limit=2")
    second = bureau.api.get(first.json()["next"])

    assert [one["subscriber_id"] for one in first.json()["subscribers"]] == ids[:2]
    assert [one["subscriber_id"] for one in second.json()["subscribers"]] == ids[2:]
    assert second.json()["next"] is None
    assert first.json()["subscribers"][0]["hint"] == "a…@example.org"
    assert "ann@" not in first.text


def test_a_subscriber_is_found_by_address_without_one_in_a_url_or_a_log_line(bureau: Bureau) -> None:
    kyle = bureau.watch.subscriber()

    found = bureau.api.post("/admin/find-subscriber", {"address": "Kyle@example.org"})
    nobody = bureau.api.post("/admin/find-subscriber", {"address": "nobody@example.org"})

    assert (found.json()["subscriber_id"], found.json()["address"]) == (kyle, KYLE)
    assert nobody.status_code == 404
    assert not any("example.org" in line for line in bureau.api.lines)


def test_a_subscriber_moves_to_another_zone(bureau: Bureau) -> None:
    kyle = bureau.watch.subscriber()

    moved = bureau.api.ask("PUT", f"/admin/subscribers/{kyle}", json={"zone": "Asia/Tokyo"})
    nowhere = bureau.api.ask("PUT", f"/admin/subscribers/{kyle}", json={"zone": "Mars/Olympus"})

    assert (moved.status_code, moved.json()["zone"]) == (200, "Asia/Tokyo")
    assert (nowhere.status_code, nowhere.json()["field"]) == (422, "zone")


def test_deleting_a_subscriber_leaves_a_hash_alone(bureau: Bureau) -> None:
    kyle = bureau.watch.subscriber()
    bureau.rule(kyle)

    deleted = bureau.api.ask("DELETE", f"/admin/subscribers/{kyle}")
    again = bureau.api.ask("DELETE", f"/admin/subscribers/{kyle}")

    (row,) = bureau.watch.rows(subscribers)
    assert (deleted.json(), again.status_code) == ({"subscriber_id": kyle, "deleted": True}, 404)
    assert (row.address, bureau.watch.rows(rules)[0].name) == (None, "alert")
    assert [one.address_hash for one in bureau.watch.rows(suppressions)] == [address_hash(ADDRESS_KEY, KYLE)]
    assert bureau.api.get("/admin/subscribers").json()["subscribers"] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/admin/subscribers/99", None),
        ("PUT", "/admin/subscribers/99", {"zone": "UTC"}),
        ("DELETE", "/admin/subscribers/99", None),
        ("GET", "/admin/rules/99", None),
        ("PUT", "/admin/rules/99", WISH),
        ("DELETE", "/admin/rules/99", None),
        ("POST", "/admin/rules", {"subscriber_id": 99, **WISH}),
        ("GET", "/alerts/explain?subscriber_id=99&doc_id=20090001", None),
    ],
)
def test_what_is_not_there_is_not_found(bureau: Bureau, method: str, path: str, body: object) -> None:
    answer = bureau.api.ask(method, path, **({"json": body} if body else {}))

    assert answer.status_code == 404
    assert answer.json()["what_next"]


def test_a_rule_is_saved_with_the_mails_that_it_would_have_sent(bureau: Bureau) -> None:
    kyle = bureau.watch.subscriber()
    bureau.watch.file(a_trade(), by=PELOSI)

    saved = bureau.rule(kyle)

    assert (saved["name"], saved["revision"], saved["mails_last_year"]) == ("Nancy Pelosi", 1, 1)
    assert bureau.api.get(f"/admin/rules/{saved['rule_id']}").json() == {
        name: value for name, value in saved.items() if name not in {"remarks", "mails_last_year"}
    }


def test_a_changed_rule_has_another_revision_and_a_stopped_one_is_gone(bureau: Bureau) -> None:
    kyle = bureau.watch.subscriber()
    path = f"/admin/rules/{bureau.rule(kyle)['rule_id']}"
    wish = {"frequency": "daily", "name": "Georgia", "criteria": {"members": [GREENE], "owner": "spouse"}}

    changed = bureau.api.ask("PUT", path, json=wish)
    stopped = bureau.api.ask("DELETE", path)

    told = changed.json()
    assert (told["revision"], told["name"], told["frequency"]) == (2, "Georgia", "daily")
    assert told["criteria"] == {"members": [GREENE], "owner": "spouse"}
    assert (stopped.status_code, stopped.json()["notices"]) == (200, 0)
    assert bureau.api.get(path).status_code == bureau.api.ask("DELETE", path).status_code == 404


def test_rules_are_listed_for_one_subscriber_page_by_page(bureau: Bureau) -> None:
    kyle, ann = bureau.watch.subscriber(), bureau.watch.subscriber("ann")
    ids = [bureau.rule(kyle, name=f"Rule {number}")["rule_id"] for number in range(3)]
    bureau.rule(ann)

    first = bureau.api.get(f"/admin/rules?subscriber_id={kyle}&limit=2").json()
    second = bureau.api.get(first["next"]).json()

    assert [rule["rule_id"] for rule in [*first["rules"], *second["rules"]]] == ids
    assert len(bureau.api.get("/admin/rules").json()["rules"]) == 4


def test_there_is_room_for_fifty_rules(bureau: Bureau) -> None:
    kyle = bureau.watch.subscriber()
    for number in range(50):
        bureau.watch.rule(kyle, name=f"Rule {number}", members=[GREENE])

    answer = bureau.api.post("/admin/rules", {"subscriber_id": kyle, **WISH})

    assert answer.status_code == 409


def test_why_a_mail_came_or_not_is_explained_with_near_misses(bureau: Bureau) -> None:
    kyle = bureau.watch.subscriber()
    hit = bureau.rule(kyle, criteria={"members": [GREENE]})["rule_id"]
    miss = bureau.rule(kyle, criteria={"members": [GREENE], "side": "exchange"})["rule_id"]
    bureau.watch.file(a_trade())
    bureau.watch.plan()

    told = bureau.api.get(f"/alerts/explain?subscriber_id={kyle}&doc_id=20090001").json()

    (version,) = told["versions"]
    by_rule = {one["rule_id"]: one for one in version["rules"]}
    assert version["verdict"].startswith("in message ")
    assert (by_rule[hit]["matched"], by_rule[hit]["rows"]) == (True, [1])
    assert by_rule[miss]["near_misses"] == [
        {"row": 1, "lacked": [{"criterion": "side", "wanted": "exchange", "found": "buy"}]}
    ]


def test_a_filing_that_could_not_be_read_nearly_matches_as_a_whole(bureau: Bureau) -> None:
    kyle = bureau.watch.subscriber()
    bureau.rule(kyle, criteria={"members": [GREENE], "side": "buy"})
    bureau.watch.file(SCAN)

    told = bureau.api.get(f"/alerts/explain?subscriber_id={kyle}&doc_id=20090001").json()

    assert told["versions"][0]["rules"][0]["near_misses"][0]["row"] is None
