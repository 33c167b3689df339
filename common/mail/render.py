"""From the model to a mail: subject, HTML and text made from the same words, and the headers of a list."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from common.mail.headline import EN_DASH
from common.mail.model import Mail, News
from common.mail.page import ConfirmPage, IncidentPage, NewsPage, Page, page_of
from common.mail.port import Outgoing
from common.mail.view import MOST_ROWS

FOLDER = Path(__file__).parent / "templates"
CAUTION = "Ranges, not amounts; disclosed up to 45 days later; not advice."
NOTICE = (
    "Public filings may not be used for commercial purposes other than by news and communications media for "
    "dissemination to the general public (5 U.S.C. 13107(c))."
)
TEMPLATES: dict[type[Page], str] = {NewsPage: "news", ConfirmPage: "confirm", IncidentPage: "incident"}
EVERY_ROW = 1_000_000
LARGEST_HTML = 80_000  # bytes; Gmail clips near 102 KB
BLANK_LINES = re.compile(r"\n{3,}")
TOGETHER = re.compile(rf"\$[\d,]+{EN_DASH}\$[\d,]+|\d+ [a-z]+")  # `$1,001-$15,000`, `3 trades`


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What all mail of this house has in common."""

    sender: str
    postal_address: str
    public_base_url: str


def render(mail: Mail, letterhead: Letterhead) -> Outgoing:
    """Make MAIL ready to leave."""
    return _made(mail, letterhead, *_html_that_fits(mail, letterhead))


def render_whole(mail: Mail, letterhead: Letterhead) -> Outgoing:
    """Make MAIL with every row, however many; too large to leave, but a page to look at."""
    page = page_of(mail, EVERY_ROW)
    return _made(mail, letterhead, page, _set(_html(), "html", page, letterhead))


def _made(mail: Mail, letterhead: Letterhead, page: Page, html: str) -> Outgoing:
    text = _set(_text(), "txt", page, letterhead)
    return Outgoing(
        to=mail.to,
        sender=letterhead.sender,
        subject=page.subject,
        text=BLANK_LINES.sub("\n\n", text),
        html=html,
        headers=_headers(mail, letterhead),
        delivery_id=mail.delivery_id,
        category=mail.content.kind,
        made_at=mail.made_at,
    )


def _html_that_fits(mail: Mail, letterhead: Letterhead) -> tuple[Page, str]:
    """Return MAIL with as many of its rows, at most 25, as make an HTML that is small enough."""
    rows = MOST_ROWS
    page = page_of(mail, rows)
    html = _set(_html(), "html", page, letterhead)
    while len(html.encode()) >= LARGEST_HTML and rows > 1:
        rows //= 2
        page = page_of(mail, rows)
        html = _set(_html(), "html", page, letterhead)
    return page, html


def _set(templates: Environment, ending: str, page: Page, letterhead: Letterhead) -> str:
    template = templates.get_template(f"{TEMPLATES[type(page)]}.{ending}")
    return template.render(page=page, letterhead=letterhead, caution=CAUTION, notice=NOTICE)


def _headers(mail: Mail, letterhead: Letterhead) -> dict[str, str]:
    """Return what a list's mail must carry (RFC 2919, RFC 2369, RFC 8058); other mail carries none of it."""
    if not isinstance(mail.content, News):
        return {}
    host = urlsplit(letterhead.public_base_url).hostname
    return {
        "List-Id": f"CapitolScope alerts <capitolscope.{host}>",
        "List-Unsubscribe": f"<{mail.content.links.unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@cache
def _html() -> Environment:
    # Statements are comments, so that a program that reads HTML only, the inliner of local/build_mail, keeps them.
    made = Environment(
        loader=FileSystemLoader(FOLDER / "built"),
        autoescape=True,
        undefined=StrictUndefined,
        block_start_string="<!--%",
        block_end_string="%-->",
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["unbroken"] = _unbroken
    return made


def _unbroken(text: str) -> Markup:
    """Return TEXT as HTML that breaks neither a range of dollars nor a count over two lines where one has room for it."""
    return Markup(TOGETHER.sub(r'<span style="display:inline-block">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped


@cache
def _text() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=False,  # noqa: S701 - plain text, not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
