"""Each kind of mail as it leaves: golden files, and the promises that every mail keeps."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.mail import words
from common.mail.folder import message
from common.mail.model import Kind, Mail, News
from common.mail.page import page_of
from common.mail.render import CAUTION, LARGEST_HTML, NOTICE, render
from local.build_mail import BUILT, build
from local.build_mail import main as build_into
from tests.support.golden_mails import FOLDER, PARTS, golden
from tests.support.golden_mails import main as write_golden
from tests.support.mails import (
    DOUBT,
    EACH_KIND,
    FOLLOWED,
    HOSTILE,
    LARGE,
    LETTERHEAD,
    LINKS,
    MARSH,
    NVIDIA,
    mail,
    news,
    report,
)
from tests.support.seen_html import contrast, seen, tree

PROMISED = [
    *(
        "Theodora Ann Marsh",
        "Bought NVDA",
        "NVIDIA Corporation",
        "$1,001\N{EN DASH}$15,000",
        "Owner",
        "Spouse",
    ),
    *("Traded", "Apr 12, 2026", "Notified", "Apr 13, 2026", "Filed", "Jun 2, 2026", "filed 6 days late"),
    *(
        "page 1, row 1",
        "Open the filing",
        "Earlier by Marsh in NVDA",
        "Why you got this",
        "Everything by Marsh",
    ),
    *(
        "Stop this alert",
        "Manage your alerts",
        "Unsubscribe from all",
        "Ranges, not amounts",
        "5 U.S.C. 13107(c)",
    ),
    "12 Example Street",
]
NEWS = [name for name, one in EACH_KIND.items() if isinstance(one.content, News)]


@pytest.mark.parametrize("name", EACH_KIND)
def test_each_kind_is_as_it_was_looked_at(name: str) -> None:
    found = {ending: (FOLDER / f"{name}.{ending}").read_text(encoding="utf-8") for ending in PARTS}

    assert golden(name) == found, "see tests/data/mail/README.md"


def test_the_golden_files_are_those_of_the_kinds() -> None:
    found = {path.name for path in FOLDER.iterdir()} - {"README.md"}

    assert found == {f"{name}.{ending}" for name in EACH_KIND for ending in PARTS}
    assert {one.content.kind for one in EACH_KIND.values()} == set(Kind)


def test_the_built_templates_are_fresh() -> None:
    built = {path.name: path.read_text(encoding="utf-8") for path in BUILT.iterdir()}

    assert built == build(), "run: python -m local.build_mail"


@pytest.mark.parametrize("name", EACH_KIND)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_can_be_read(name: str, dark: bool) -> None:  # noqa: FBT001 - pytest's parameter
    texts = seen(render(EACH_KIND[name], LETTERHEAD).html, dark=dark)

    assert [text for text in texts if contrast(text.colour, text.ground) < 4.5] == []
    assert [text for text in texts if text.size < 14] == []


@pytest.mark.parametrize("name", EACH_KIND)
def test_no_rule_makes_text_small_on_phones(name: str) -> None:
    sizes = re.findall(r"font-size:\s*([\d.]+)(\w+)", render(EACH_KIND[name], LETTERHEAD).html)

    assert all(float(size) >= 14 and unit == "px" for size, unit in sizes)


@pytest.mark.parametrize("name", EACH_KIND)
def test_the_html_is_small_whole_and_harmless(name: str) -> None:
    source = render(EACH_KIND[name], LETTERHEAD).html
    elements = list(tree(source).elements())

    assert len(source.encode()) < LARGEST_HTML
    assert next(element for element in elements if element.tag == "html").attributes["lang"] == "en"
    assert not {element.tag for element in elements} & {"script", "svg", "form", "iframe", "link", "object"}
    assert all(element.attributes.get("alt") for element in elements if element.tag == "img")
    assert "base64" not in source
    assert "url(" not in source
    assert all(e.attributes.get("role") == "presentation" for e in elements if e.tag == "table")
    assert not [name for element in elements for name in element.attributes if name.startswith("on")]


@pytest.mark.parametrize("name", NEWS)
def test_a_list_mail_ends_with_the_ways_out_and_the_law(name: str) -> None:
    outgoing = render(EACH_KIND[name], LETTERHEAD)
    shown = tree(outgoing.html)
    links = {element.attributes["href"] for element in shown.elements() if element.tag == "a"}

    assert {LINKS.manage, LINKS.unsubscribe, FOLLOWED.stop_url} <= links
    for part in (shown.text(), outgoing.text):
        assert all(text in part for text in (CAUTION, NOTICE, LETTERHEAD.postal_address))
        assert all(link in outgoing.text for link in (LINKS.manage, LINKS.unsubscribe, FOLLOWED.stop_url))


@pytest.mark.parametrize("name", NEWS)
def test_a_list_mail_has_the_headers_of_a_list(name: str) -> None:
    assert render(EACH_KIND[name], LETTERHEAD).headers == {
        "List-Id": "CapitolScope alerts <capitolscope.alerts.example.org>",
        "List-Unsubscribe": f"<{LINKS.unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@pytest.mark.parametrize("name", ["confirm", "operator_alert"])
def test_other_mail_is_of_no_list_but_bears_the_postal_address(name: str) -> None:
    outgoing = render(EACH_KIND[name], LETTERHEAD)

    assert outgoing.headers == {}
    assert LETTERHEAD.postal_address in outgoing.html
    assert LETTERHEAD.postal_address in outgoing.text


@pytest.mark.parametrize(
    ("name", "together"),
    [
        ("alert", ["$1,001\N{EN DASH}$15,000"]),
        ("daily_digest", ["4 trades", "3 members"]),
        ("unreadable", []),
    ],
)
def test_a_heading_breaks_no_range_and_no_count_over_two_lines(name: str, together: list[str]) -> None:
    html = render(EACH_KIND[name], LETTERHEAD).html

    (heading,) = [element for element in tree(html).elements() if element.tag == "h1"]

    assert [part.text() for part in heading.elements() if part.tag == "span"] == together


def test_a_heading_shows_markup_as_text() -> None:
    html = render(mail(news(Kind.ALERT, report(replace(NVIDIA, ticker="<b>")))), LETTERHEAD).html

    assert "bought &lt;b&gt;, <span" in html


@pytest.mark.parametrize("name", EACH_KIND)
def test_both_parts_say_the_same(name: str) -> None:
    outgoing = render(EACH_KIND[name], LETTERHEAD)
    in_html = " ".join(tree(outgoing.html).text().split())
    in_text = " ".join(outgoing.text.split())

    said = set(words_of(page_of(EACH_KIND[name])))

    assert {words for words in said if words not in in_html} == set()
    assert {words for words in said if words not in in_text} == set()


def words_of(part: object) -> Iterator[str]:
    """Yield every text of a page that readers see, whatever it stands in."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for one in part:
            yield from words_of(one)
    elif is_dataclass(part):
        for field in fields(part):
            if field.name not in {"subject", "preview", "tone", "step"} and not field.name.endswith(
                ("url", "manage", "unsubscribe", "everything")
            ):
                yield from words_of(getattr(part, field.name))


def test_the_order_of_contents_is_the_promised_one() -> None:
    outgoing = render(EACH_KIND["alert_of_several"], LETTERHEAD)

    for part in (tree(outgoing.html).text(), outgoing.text):
        rest = " ".join(part.split())
        for said in PROMISED:
            assert said in rest, said
            rest = rest.partition(said)[2]


def hostile(text: str) -> Mail:
    row = replace(NVIDIA, asset=text, ticker=text, asset_type=text or None)
    doubt = replace(DOUBT, text=text, reason=text)
    reasons = (replace(FOLLOWED, name=text, criteria=text), LARGE)
    member = replace(MARSH, name=text, last=text)
    filing = report(row, replace(row, row=2), doubts=(doubt,), member=member)
    return mail(news(Kind.ALERT, filing, reasons=reasons))


def shape(source: str) -> list[str]:
    """Return the tags but for spans: a heading keeps `2 trades` on one line, also where a name reads like that."""
    return [element.tag for element in tree(source).elements() if element.tag != "span"]


ORDINARY = shape(render(hostile("Example"), LETTERHEAD).html)
EXPECTED_HEADERS = [*message(render(hostile("Example"), LETTERHEAD)).keys()]


@settings(max_examples=50)  # each renders a mail
@given(st.text(st.characters(), min_size=1, max_size=80).filter(lambda text: bool(words.plain(text))))
def test_whatever_a_filing_prints_the_mail_keeps_its_shape(text: str) -> None:
    outgoing = render(hostile(text), LETTERHEAD)
    headers = message_from_bytes(message(outgoing).as_bytes(), policy=default)

    assert shape(outgoing.html) == ORDINARY
    assert [*headers.keys()] == EXPECTED_HEADERS


def test_markup_in_a_name_is_shown_not_obeyed() -> None:
    outgoing = render(hostile(HOSTILE), LETTERHEAD)

    assert "<script" not in outgoing.html
    assert "\u202e" not in outgoing.html + outgoing.text + outgoing.subject
    assert "{{ 7*7 }}" in outgoing.text
    assert "\n" not in outgoing.subject
    assert not any(line.startswith("Bcc") for line in outgoing.text.splitlines())


def test_the_writers_write_what_the_tests_compare(tmp_path: Path) -> None:
    build_into(tmp_path / "built")
    write_golden(tmp_path / "mail")

    assert {p.name: p.read_bytes() for p in (tmp_path / "built").iterdir()} == {
        p.name: p.read_bytes() for p in BUILT.iterdir()
    }
    assert {p.name for p in (tmp_path / "mail").iterdir()} == {p.name for p in FOLDER.iterdir()} - {
        "README.md"
    }
