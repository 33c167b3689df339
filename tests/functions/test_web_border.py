"""The border of the public pages: methods, sizes, headers, hostile input, faults."""

import re
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import NotConfigured
from common.web.app import ROUTES, answer
from common.web.site import Site, site_of
from local.functions import serve
from tests.support.mails import HOSTILE
from tests.support.seen_html import contrast, tree
from tests.support.served import served
from tests.support.settings import some_settings
from tests.support.web import ASKED, BASE, Web

LOOKS = ["/", "/subscribe", "/sent", "/privacy"]
SAME = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(
    [HOSTILE, '"><b>', "'--"]
)


@pytest.mark.parametrize("path", LOOKS)
def test_every_page_is_guarded(web: Web, path: str) -> None:
    page = web.get(path)

    policy = page.headers["Content-Security-Policy"]
    assert page.status == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize("path", LOOKS)
def test_every_page_works_without_scripts_and_for_screen_readers(web: Web, path: str) -> None:
    page = web.get(path)

    elements = list(tree(page.html).elements())
    labelled = {element.attributes.get("for") for element in elements if element.tag == "label"}
    fields = [
        e
        for e in elements
        if e.tag in {"input", "select"} and e.attributes.get("type") not in {"checkbox", "radio"}
    ]
    assert page.elements("html")[0].attributes["lang"] == "en"
    assert len(page.elements("h1")) == 1
    assert {field.attributes["id"] for field in fields} <= labelled
    assert not any(
        e.tag == "script" or "style" in e.attributes or "onclick" in e.attributes for e in elements
    )


def test_what_is_wrong_is_tied_to_its_field(web: Web) -> None:
    page = web.post("/subscribe", ASKED | {"address": "kyle"})

    (field,) = [e for e in page.elements("input") if e.attributes.get("name") == "address"]
    assert field.attributes["aria-invalid"] == "true"
    assert field.attributes["aria-describedby"].strip() == "address-wrong"


def test_every_colour_of_a_text_is_easy_to_read_in_light_and_in_dark(web: Web) -> None:
    css = web.get("/web.css").html
    pairs = [
        *(("text", "card"), ("soft", "card"), ("link", "card"), ("wrong", "card"), ("soft", "ground")),
        *(("text", "ground"), ("link", "ground"), ("press-text", "press"), ("press-text", "press-over")),
        *(("press-text", "grave"), ("press-text", "grave-over"), ("link", "over")),
        *(("note-text", "note"), ("done-text", "done")),
    ]

    light, dark = re.findall(r":root \{(.*?)\}", css, re.DOTALL)

    for scheme in (light, dark):
        colours = dict(re.findall(r"--([\w-]+): (#\w{6})", scheme))
        assert {
            pair: contrast(colours[pair[0]], colours[pair[1]])
            for pair in pairs
            if contrast(colours[pair[0]], colours[pair[1]]) < 4.5
        } == {}
        assert contrast(colours["edge"], colours["card"]) >= 3


def test_the_style_sheet_is_kept_by_browsers_until_it_changes(web: Web) -> None:
    (link,) = [e for e in web.get("/").elements("link") if e.attributes["rel"] == "stylesheet"]

    sheet = web.get(link.attributes["href"])

    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in sheet.headers["Cache-Control"]
    assert "?v=" in link.attributes["href"]


def test_a_page_that_is_not_there_says_so(web: Web) -> None:
    for path in ("/nowhere", "/manage", "/manage/", "//evil.example.org/%2e%2e", "/manage/x/rules/1e9"):
        assert web.get(path).status == 404


@pytest.mark.parametrize(("path", "methods"), [route[:2] for route in ROUTES], ids=str)
def test_other_methods_are_refused_and_the_right_ones_named(
    web: Web, path: str, methods: tuple[str, ...]
) -> None:
    filled = path.replace("<token>", "x").replace("<int:rule_id>", "1")

    page = web.ask("DELETE", filled)

    assert page.status == 405
    assert set(page.headers["Allow"].split(", ")) - {"HEAD"} == set(methods)


def test_a_form_that_is_too_large_is_refused(web: Web) -> None:
    page = web.post("/subscribe", ASKED | {"tickers": "A" * 70_000})

    assert (page.status, page.heading) == (413, "That is too much")


def test_a_large_body_for_nobody_is_not_read(web: Web) -> None:
    assert web.ask("POST", "/nowhere", content=b"x" * 12_000_000).status == 404


@pytest.mark.parametrize("body", [b"\xff\xfe=%ff&member=%00", b"&&&===", b"find=%ED%A0%80"])
def test_bytes_that_are_no_text_are_refused_like_any_form(web: Web, body: bytes) -> None:
    page = web.ask(
        "POST", "/subscribe", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )

    assert page.status == 422


@SAME
@given(
    field=st.sampled_from(
        ["find", "tickers", "address", "amount", "zone", "member", "party", "state", "name"]
    ),
    text=WORDS,
)
def test_whatever_is_typed_is_answered_and_shown_as_text(web: Web, field: str, text: str) -> None:
    page = web.post("/subscribe", ASKED | {"address": "nobody"} | {field: text})

    assert page.status == 422
    assert "<script" not in page.html
    assert "<b>" not in page.html
    tree(page.html)


@SAME
@given(token=WORDS, place=st.sampled_from(["manage", "unsubscribe", "confirm", "stop"]))
def test_whatever_stands_in_a_link_opens_nothing(web: Web, token: str, place: str) -> None:
    page = web.get(f"/{place}/{quote(token, safe='')}")

    assert page.status in {404, 405}


def test_a_fault_of_ours_is_logged_without_the_link_and_answered_kindly(web: Web) -> None:
    def broken() -> None:
        raise RuntimeError("the table kyle@example.org is on fire")

    web.change(require_schema=broken)
    link = web.links.manage(1)

    page = web.get(link)

    assert (page.status, page.heading) == (500, "Something is broken here")
    bug = next(line for line in web.lines if "web.bug" in line)
    assert "on fire" in bug
    assert "kyle" not in bug
    assert link.rpartition("/")[2] not in bug


def test_pages_that_lack_their_settings_say_so_and_name_them_in_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def unset() -> Site:
        raise NotConfigured("set LINK_KEYS; see README, Configuration")

    with served(lambda request: answer(request, site=unset)) as port:
        reply = httpx.get(f"http://127.0.0.1:{port}/", timeout=20)

    assert reply.status_code == 503
    assert "We are not ready yet" in reply.text
    assert "LINK_KEYS" not in reply.text
    assert "set LINK_KEYS" in capsys.readouterr().out


def test_the_function_answers_as_cloud_run_starts_it(sqlite_url: str, redis_url: str, tmp_path: Path) -> None:
    environment = {
        "DATABASE_URL": sqlite_url,
        "REDIS_URL": redis_url,
        "CONTACT": "tests@example.org",
        "MAIL_FROM": "alerts@example.org",
        "POSTAL_ADDRESS": "12 Example Street, Springfield",
        "PUBLIC_BASE_URL": BASE,
        "LINK_KEYS": "k" * 32,
        "ADDRESS_KEY": "a" * 32,
        "DATA_DIR": str(tmp_path),
    }

    with serve("web", environment, tmp_path / "web") as function:
        replies = [httpx.get(function.url + path, timeout=20) for path in ("/", "/privacy", "/manage/x")]
        asked = httpx.post(
            function.url + "/subscribe", data=ASKED | {"find": "", "chamber": "house"}, timeout=20
        )

    assert [reply.status_code for reply in replies] == [200, 200, 404]
    assert asked.status_code == 303
    assert len(list((tmp_path / "mail").glob("confirm-*.eml"))) == 1


def test_a_site_without_its_settings_names_them_all() -> None:
    with pytest.raises(NotConfigured, match="set ADDRESS_KEY, LINK_KEYS") as refusal:
        site_of(some_settings())

    assert "MAIL_FROM" in str(refusal.value)
