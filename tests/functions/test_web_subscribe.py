"""Somebody subscribes: the form, the mail that asks, the button that switches the alert on."""

from typing import Any

import httpx
import pytest

from common.alerts.subscriptions.suppressions import Reason, address_hash, suppress
from common.db.alert_tables import rule_members, rules, subscribers
from common.db.engine import write_transaction
from common.mail.port import SurelyNotSent, Then, Unknown
from tests.support.alerts import GREEN, GREENE, PELOSI
from tests.support.web import ADDRESS_KEY, ASKED, KYLE, Outbox, Web


def refuse(web: Web, reason: Reason, address: str = KYLE) -> None:
    with write_transaction(web.site.engine) as tx:
        suppress(tx, address_hash(ADDRESS_KEY, address), reason, web.now)


def test_the_front_page_says_what_this_is_and_asks(web: Web) -> None:
    page = web.get("/")

    assert page.status == 200
    assert page.heading == "Hear of a trade when it is disclosed"
    assert page.complaints == {}
    assert "5 U.S.C. 13107(c)" in page.text


def test_who_serves_is_offered_by_name_and_who_left_is_not(web: Web) -> None:
    offered = [option.attributes["value"] for option in web.get("/").elements("option")]

    assert "Marjorie Greene (R, GA-14)" in offered
    assert "Elizabeth Warren (D, MA senator)" in offered
    assert not any("Mark Green" in label for label in offered)


def test_somebody_new_is_asked_by_mail_and_nothing_else_happens(both_webs: Web) -> None:
    both_webs.asked()

    (question,) = both_webs.outbox.sent
    (row,) = both_webs.rows(subscribers)
    assert (question.to, question.category) == (KYLE, "confirm")
    assert "Nancy Pelosi" in question.text
    assert "At once, one mail per filing" in question.text
    assert (row.address, row.confirmed_at) == (KYLE, None)
    assert both_webs.rows(rules) == []


def test_a_stranger_learns_and_changes_nothing_about_an_address_that_is_known(web: Web) -> None:
    unknown = web.post("/subscribe", ASKED | {"address": "new@example.org"})
    web.subscribed()
    before = web.rows(rules)

    known = web.post("/subscribe", ASKED | {"find": "Warren", "zone": "Asia/Tokyo"})

    assert (known.status, known.html) == (unknown.status, unknown.html)
    assert known.headers["Location"] == unknown.headers["Location"]
    assert web.rows(rules) == before
    assert [row.zone for row in web.rows(subscribers)] == ["America/New_York", "America/New_York"]


@pytest.mark.parametrize("reason", [Reason.BOUNCE, Reason.SPAM])
def test_an_address_that_came_back_or_complained_is_not_even_asked(web: Web, reason: Reason) -> None:
    refuse(web, reason)

    reply = web.post("/subscribe", ASKED)

    assert reply.headers["Location"] == "/sent"
    assert web.outbox.sent == []


def test_the_page_after_the_form_names_nobody(web: Web) -> None:
    page = web.get("/sent")

    assert page.heading == "Now look in your inbox"


@pytest.mark.parametrize(
    ("change", "field", "complaint"),
    [
        ({"address": "kyle"}, "address", "Write one e-mail address, like name@example.com."),
        ({"address": ""}, "address", "Write one e-mail address, like name@example.com."),
        (
            {"address": "a@b.org\r\nBcc: c@d.org"},
            "address",
            "Write one e-mail address, like name@example.com.",
        ),
        ({"zone": "Mars/Olympus"}, "zone", "'Mars/Olympus' is not in the tz database"),
        ({"find": "Nobody Atall"}, "find", "We know no member of Congress by that name."),
        ({"find": ""}, "criteria", "Choose at least one member, ticker or other condition."),
        ({"tickers": "N!"}, "tickers", "'N!' is no ticker; write it like NVDA or BRK.B."),
        ({"amount": "lots"}, "amount", "Write whole dollars, like 50,001."),
        ({"party": "Whig"}, "party", "Choose one of the list."),
        ({"frequency": "hourly"}, "frequency", "Choose how often to hear of it."),
        ({"find": "", "member": "X999999"}, "members", "Nobody in our roster has the id X999999."),
        ({"chamber": "lords"}, "chamber", "should be 'house' or 'senate'."),
    ],
    ids=str,
)
def test_what_is_wrong_stands_beside_its_field(
    web: Web, change: dict[str, Any], field: str, complaint: str
) -> None:
    page = web.post("/subscribe", ASKED | change)

    assert page.status == 422
    assert complaint in page.complaints[field]
    assert web.outbox.sent == []


def test_all_that_is_wrong_is_said_at_once_and_what_was_typed_stays(web: Web) -> None:
    page = web.post(
        "/subscribe", ASKED | {"address": "kyle@", "zone": "Nowhere", "frequency": "", "tickers": "NVDA"}
    )

    assert page.complaints.keys() == {"address", "zone", "frequency"}
    assert 'value="kyle@"' in page.html
    assert 'value="NVDA"' in page.html
    assert page.members == {PELOSI: True}


def test_a_name_that_fits_several_is_asked_back(web: Web) -> None:
    page = web.post("/subscribe", ASKED | {"find": "green"})

    assert page.complaints == {"find": "Several names fit; tick whom you mean."}
    assert page.members == {GREEN: False, GREENE: False}
    assert "Mark Green (R, TN-7, until 1 Feb 2025)" in page.text.replace("Feb 1, 2025", "1 Feb 2025")


def test_members_are_added_one_by_one_without_other_complaints(web: Web) -> None:
    one = web.post("/subscribe", {"do": "find", "find": "Pelosi"})

    two = web.post("/subscribe", {"do": "find", "find": "Warren", "member": list(one.members)})

    assert (one.status, one.complaints) == (200, {})
    assert two.members == {PELOSI: True, "W000817": True}


def test_the_page_comes_back_at_the_members_that_were_added(web: Web) -> None:
    (add,) = (one for one in web.get("/").elements("button") if one.text() == "Add")

    added = web.post(add.attributes["formaction"], ASKED | {"do": "find"})

    (place,) = (one for one in added.elements("fieldset") if one.attributes.get("id") == "members")
    assert add.attributes["formaction"].endswith("#members")
    assert "Nancy Pelosi" in place.text()


def test_enter_beside_a_name_adds_the_member_and_sends_once_there_is_an_address(web: Web) -> None:
    entered = {"do": "enter", "find": "Pelosi"}

    added = web.post("/subscribe", ASKED | entered | {"address": ""})
    nothing = web.post("/subscribe", ASKED | entered | {"address": "", "find": " "})
    sent = web.post("/subscribe", ASKED | entered)

    assert (added.status, added.members, added.complaints) == (200, {PELOSI: True}, {})
    assert nothing.status == 422
    assert sent.status == 303


def test_a_member_added_twice_is_there_once(web: Web) -> None:
    page = web.post("/subscribe", {"do": "find", "find": "Nancy Pelosi (D, CA-11)", "member": PELOSI})

    assert (page.members, page.complaints) == ({PELOSI: True}, {})


def test_every_condition_reaches_the_alert(web: Web) -> None:
    web.subscribed(
        find="",
        member=[PELOSI, GREENE],
        tickers="nvda, BRK.B",
        chamber="house",
        party="Democrat",
        state="CA",
        side="buy",
        owner="self",
        asset_type="ST",
        amount="$50,001",
        amount_mode="possibly",
        filed_late="yes",
        frequency="weekly",
    )

    (rule,) = web.rows(rules)
    assert "BRK-B or NVDA" in rule.name
    assert {row.bioguide for row in web.rows(rule_members)} == {PELOSI, GREENE}
    page = web.get(web.links.manage(1) + f"/rules/{rule.id}")
    assert 'value="50001"' in page.html
    assert page.html.count(" selected>") == 7
    assert "checked" in page.html.partition("filed_late")[2][:60]


def test_a_stranger_names_no_alert_of_somebody_else(web: Web) -> None:
    manage = web.subscribed(name="You won! See evil.example")

    assert "evil.example" not in web.get(manage).text
    assert [rule.name for rule in web.rows(rules)] == ["Nancy Pelosi"]


def test_more_than_a_link_can_carry_is_refused(web: Web) -> None:
    tickers = " ".join(f"{chr(65 + n % 26)}{n * 7919 % 100000}X{n}" for n in range(480))

    page = web.post("/subscribe", ASKED | {"tickers": tickers})

    assert page.status == 422
    assert "too much for one link" in page.complaints["rule"]
    assert web.outbox.sent == []


def test_no_address_is_in_any_link_or_line_of_the_log(web: Web) -> None:
    manage = web.subscribed()

    web.get(manage)
    web.get(manage + "/data")

    for line in [*web.lines, manage, web.link_in_mail()]:
        assert "kyle" not in line
        assert "***@***" not in line
    assert not any(manage.rpartition("/")[2] in line for line in web.lines)


def test_a_mail_that_cannot_be_sent_is_said_and_can_be_asked_for_again(web: Web) -> None:
    web.change(mailer=Outbox(SurelyNotSent(Then.STOP, "no key")))

    page = web.post("/subscribe", ASKED)

    assert (page.status, page.headers["Retry-After"]) == (503, "60")
    assert page.heading == "We cannot do that right now"


def test_a_mail_of_which_nobody_knows_is_taken_as_sent(web: Web) -> None:
    web.change(mailer=Outbox(Unknown("timeout")))

    assert web.post("/subscribe", ASKED).headers["Location"] == "/sent"


def test_a_file_as_a_form_is_no_form(web: Web) -> None:
    page = web.post("/subscribe", {}, files={"address": ("x", b"kyle@example.org")})

    assert isinstance(page.headers, httpx.Headers)
    assert page.status == 422
