"""The operator's page, over real HTTP: everything at a glance, without scripts, whatever is down."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from common.db.engine import write_transaction
from common.db.ops_tables import health
from common.errors import DependencyDown
from common.runtime.lock import RedisLock
from common.runtime.records import Kind, RunRecord, Status
from common.runtime.task_state import pause
from common.tasks import TASKS
from local.services.server import free_port
from tests.support.alerts import BROKEN, GREENE, SCAN, Watch
from tests.support.api import MAILING, NOW, Api, an_api
from tests.support.restated import FIRST, SECOND, amended
from tests.support.seen_html import tree
from tests.support.trades import a_trade

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def api(database_url: str, redis_url: str) -> Iterator[Api]:
    with an_api(database_url, redis_url, **MAILING) as api:
        yield api


def words(page: httpx.Response) -> str:
    """Return what a reader sees of PAGE, in one line."""
    return " ".join(tree(page.text).text().split())


def links(page: httpx.Response) -> dict[str, str]:
    """Return where each of PAGE's links leads, by its words."""
    found = (one for one in tree(page.text).elements() if one.tag == "a")
    return {one.text(): one.attributes["href"] for one in found}


def ran(api: Api, task: str, number: int, status: Status = Status.SUCCEEDED, **fields: Any) -> None:
    run_id = f"{task}-{number:02}"
    record = RunRecord(
        run_id,
        task,
        task,
        run_id,
        Kind.MANUAL,
        status,
        {},
        NOW - timedelta(hours=1) + timedelta(minutes=number),
    )
    assert api.parts.history.create(replace(record, **fields))


def test_each_task_is_shown_with_its_next_run_its_lock_and_its_last_twenty_runs(api: Api) -> None:
    for number in range(22):
        ran(api, "notifications", number)
    ran(api, "stock_prices", 1, Status.FAILED_BUG, error="LookupError: no such split")
    api.hold_lock("notifications-21", "notifications")
    pause(api.parts.history, "congressional_sync", "the Clerk moves house", NOW)

    page = api.get("/")

    runs = [to for to in links(page).values() if to.startswith("/tasks/notifications-")]
    assert page.status_code == 200
    assert all(name in words(page) for name in TASKS)
    assert "Next run Tue 13:30 UTC Lock notifications-21" in words(page)
    assert page.text.count("/tasks/notifications-") == 21
    assert len(set(runs)) == 20
    assert "failed: bug : LookupError: no such split" in words(page).replace("bug:", "bug :")
    assert "Paused: the Clerk moves house" in words(page)


def test_how_health_check_found_everything_stands_first(api: Api) -> None:
    def found(component: str, color: str, *, since: int, seen: int) -> dict[str, Any]:
        times = {"since": NOW - timedelta(minutes=since), "seen_at": NOW - timedelta(minutes=seen)}
        return {"component": component, "color": color, "number": "3 due", "told": True, **times}

    silent = api.get("/")
    with write_transaction(api.engine) as tx:
        tx.execute(insert(health), [found("queue", "well", since=90, seen=5)])
        tx.execute(insert(health), [found("gone", "down", since=90, seen=60)])
    well = api.get("/")
    with write_transaction(api.engine) as tx:
        tx.execute(insert(health), [found("queue", "down", since=4, seen=4)])
        tx.execute(insert(health), [found("redis", "well", since=90, seen=4)])
    down = api.get("/")

    assert "No health check looked in the last 25 minutes." in words(silent)
    assert "Health at 12:55 UTC: all 1 well." in words(well)
    assert "Health at 12:56 UTC: 1 well, 1 not." in words(down).replace("not .", "not.")
    assert "queue down since 03 Nov 12:56: 3 due" in words(down)


def test_a_press_of_a_button_hands_the_run_over_and_comes_back(api: Api) -> None:
    pressed = api.post("/run/notifications", headers=OWN)
    page = api.get(pressed.headers["Location"])

    (record,) = api.parts.history.recent()
    assert (pressed.status_code, record.status) == (303, Status.QUEUED)
    assert f"Asked for: {record.run_id}" in words(page)
    assert [asked.path for asked in api.queue.taken] == ["/notifications"]


def test_a_browser_says_of_the_page_that_it_sent_a_form(api: Api) -> None:
    # Under `no-referrer` a browser writes `Origin: null` for a form (Fetch, section 3.2), which another site's does too.
    own = {"Origin": f"http://127.0.0.1:{api.port}", **OWN}
    opaque = {"Origin": "null", **OWN}

    policy = api.get("/").headers["Referrer-Policy"]
    pressed = api.post("/run/notifications", headers=opaque if policy == "no-referrer" else own)

    assert (policy, pressed.status_code) == ("same-origin", 303)


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {}])
def test_a_button_that_no_page_of_its_own_shows_does_nothing(api: Api, headers: dict[str, str]) -> None:
    refused = api.post("/run/notifications", headers=headers)

    assert (refused.status_code, api.queue.taken) == (403, [])


def test_how_far_a_run_is_stands_beside_it(api: Api) -> None:
    ran(api, "congressional_sync", 1, Status.RUNNING, progress={"done": 40, "total": 120})

    page = api.get("/")

    assert "running: 40 of 120" in words(page)


def test_what_waits_for_somebody_is_shown_with_its_document(api: Api) -> None:
    watch = Watch(api.engine)
    watch.file(a_trade(), filed=FIRST)
    watch.file(a_trade(), filed=FIRST)
    watch.file(amended(owner="SP"), filed=SECOND)
    watch.file(SCAN)
    watch.file(BROKEN)

    page = api.get("/")

    assert (
        "To be reviewed: unread scans (1), failed parses (1), unmatched filers (0), uncertain amendments (1)."
        in words(page)
    )
    assert links(page)["20090003/1"] == "http://127.0.0.1/20090003.pdf"
    assert links(page)["20090001/1"] == "http://127.0.0.1/20090001.pdf"
    assert "owner spouse amount $1,001 - $15,000 Does it restate 20090001/1?" in words(page)
    assert "20090004 Hon. G000596 House, filed 2025-03-05" in words(page)
    assert "20090005 Hon. G000596 House, filed 2025-03-05 no table of transactions" in words(page)


def test_why_somebody_got_a_mail_or_not_is_answered_on_the_page(api: Api) -> None:
    watch = Watch(api.engine)
    kyle = watch.subscriber()
    watch.rule(kyle, name="Her sales", members=[GREENE], side="sell")
    watch.file(a_trade())
    watch.plan()

    asked = api.post("/why", data={"who": "Kyle@example.org ", "doc_id": "20090001"}, headers=OWN)
    by_id = api.post("/why", data={"who": str(kyle), "doc_id": "20090001"}, headers=OWN)
    page = api.get(asked.headers["Location"])

    assert asked.headers["Location"] == f"/?subscriber_id={kyle}&doc_id=20090001#why"
    assert by_id.headers["Location"] == asked.headers["Location"]
    assert "Version 1 : not planned: no rule matched" in words(page).replace("1:", "1 :")
    assert "Her sales: did not match; side: wanted sell, found buy" in words(page)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("subscriber_id=kyle&doc_id=1", "A subscriber's id is a number"),
        ("subscriber_id=99&doc_id=1", "there is no subscriber 99"),
        ("q=Nobody", "Nothing of that name."),
    ],
)
def test_a_question_that_leads_nowhere_is_answered_with_what_is_wrong(
    api: Api, query: str, said: str
) -> None:
    page = api.get(f"/?{query}")

    assert (page.status_code, said in words(page)) == (200, True)


@pytest.mark.parametrize(
    ("who", "said"),
    [("nobody@example.org", "nobody has this address"), ("no @ddress", "Write one e-mail address")],
)
def test_an_address_that_nobody_has_is_said_and_is_in_no_address(api: Api, who: str, said: str) -> None:
    page = api.post("/why", data={"who": who, "doc_id": "1"}, headers=OWN)

    assert (page.status_code in {404, 422}, said in words(page)) == (True, True)
    assert not any("nobody@" in line for line in api.lines)


def test_a_search_finds_a_member_a_ticker_and_a_run(api: Api) -> None:
    watch = Watch(api.engine)
    watch.file(a_trade(ticker="BRK.B"), filer_name="As printed")
    ran(api, "notifications", 7)

    by_name, by_id = api.get("/?q=marjorie greene"), api.get(f"/?q={GREENE.lower()}")
    by_ticker, by_run = api.get("/?q=brk-b"), api.get("/?q=notifications-07")

    assert "Marjorie Greene (R, GA-14) G000596" in words(by_name).replace("  ", " ")
    assert "20090001" in links(by_name)
    assert "20090001" in links(by_id)
    assert "20090001 row 1: As printed, BRK.B P, 2025-03-03, $1,001 - $15,000" in words(by_ticker)
    assert links(by_run)["notifications-07"] == "/tasks/notifications-07/status"


def test_filings_are_found_by_name_and_by_id_and_nothing_is_taken_for_markup(api: Api) -> None:
    watch = Watch(api.engine)
    watch.file(a_trade(), filer_name="Hon. <b>Bold</b> 100%")
    watch.file(a_trade())

    by_name, by_id = api.get("/?q=bold</b> 100%25"), api.get("/?q=20090002")

    assert "20090001 Hon. <b>Bold</b> 100%" in words(by_name)
    assert "<b>Bold" not in by_name.text
    assert "20090002" in links(by_id)
    assert "20090001" not in links(by_id)


def test_a_history_that_does_not_answer_is_waited_for_once(api: Api) -> None:
    asked: list[str] = []

    class Silent:
        def __getattr__(self, name: str) -> Callable[..., Any]:
            def ask(*_: Any, **__: Any) -> Any:
                asked.append(name)
                raise DependencyDown("history", "no answer within 8 s")

            return ask

    api.change(history=Silent())

    page = api.get("/")

    assert (page.status_code, len(asked)) == (200, 1)
    assert "history: no answer within 8 s" in words(page)
    assert "did not run in the last 90 days" not in words(page)


def test_what_is_down_is_said_and_hides_nothing_else(api: Api) -> None:
    ran(api, "notifications", 1)
    down = RedisLock.at(f"redis://127.0.0.1:{free_port()}/0")
    api.change(lock=down)

    page = api.get("/")

    assert page.status_code == 200
    assert "redis: no answer about the lock of any scope" in words(page)
    assert ("Lock unknown" in words(page), "Lock free" in words(page)) == (True, False)
    assert "/tasks/notifications-01/status" in page.text


def test_it_loads_its_own_style_and_nothing_else(api: Api) -> None:
    page, sheet = api.get("/"), api.get("/page.css")

    assert "script" not in page.text
    assert "default-src 'none'; style-src 'self'" in page.headers["Content-Security-Policy"]
    assert (sheet.status_code, sheet.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert ".sheet.wide" in sheet.text


def test_an_address_of_it_that_no_form_makes_is_refused(api: Api) -> None:
    assert api.get("/?q=a%00b").status_code == 422
