"""The public pages, served over real HTTP, with an outbox that remembers and a clock that is set by hand."""

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import Row, Table, select

from common.links import Links
from common.mail.port import Accepted, Outcome, Outgoing
from common.web.app import answer
from common.web.site import Site, site_of
from tests.support.alerts import Watch
from tests.support.seen_html import Element, tree
from tests.support.served import served
from tests.support.settings import some_settings

NOW = datetime(2025, 3, 6, 15, 0, tzinfo=UTC)
BASE = "https://alerts.example.org"
ADDRESS_KEY = "address-key-" + "a" * 32
KYLE = "kyle@example.org"
ASKED = {
    "do": "send",
    "find": "Pelosi",
    "frequency": "immediate",
    "address": KYLE,
    "zone": "America/New_York",
}
"""What Kyle writes into the front page's form."""
TAKEN = Accepted("provider-1")


@dataclass
class Outbox:
    """A way out that remembers the mails."""

    outcome: Outcome = TAKEN
    sent: list[Outgoing] = field(default_factory=list)

    def send(self, mail: Outgoing) -> Outcome:
        self.sent.append(mail)
        return self.outcome


@dataclass(frozen=True)
class Seen:
    """A page as a browser got it."""

    status: int
    headers: httpx.Headers
    html: str

    @property
    def text(self) -> str:
        """Return what a reader sees, in one line."""
        words = re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<(title|datalist)>?.*?</\1>", " ", self.html))
        return " ".join(html.unescape(words).split())

    @property
    def heading(self) -> str:
        return self.elements("h1")[0].text()

    def elements(self, tag: str) -> list[Element]:
        return [element for element in tree(self.html).elements() if element.tag == tag]

    @property
    def complaints(self) -> dict[str, str]:
        """Return what stands beside each field, by the field's name."""
        return {
            p.attributes["id"].removesuffix("-wrong"): p.text()
            for p in self.elements("p")
            if p.attributes.get("id", "").endswith("-wrong")
        }

    @property
    def members(self) -> dict[str, bool]:
        """Return the members that the form shows, and whether each is ticked."""
        ticks = [e.attributes for e in self.elements("input") if e.attributes.get("name") == "member"]
        return {tick["value"]: "checked" in tick for tick in ticks}


class Web:
    """What tests do: visit pages, and look at what came of it."""

    def __init__(self, site: Site, watch: Watch, lines: list[str]) -> None:
        self.site = site
        self.watch = watch
        self.lines = lines
        self.outbox = Outbox()
        self.browser = httpx.Client(timeout=20, verify=False, trust_env=False)
        self.now = NOW
        self.port = 0

    @property
    def links(self) -> Links:
        return self.site.links

    def current(self) -> Site:
        return self.site

    def change(self, **parts: Any) -> None:
        """Let the pages stand on other parts from now on."""
        self.site = replace(self.site, **parts)

    def get(self, link: str, **how: Any) -> Seen:
        return self.ask("GET", link, **how)

    def post(self, link: str, form: Mapping[str, Any] | None = None, **how: Any) -> Seen:
        return self.ask("POST", link, data=form or {}, **how)

    def ask(self, method: str, link: str, **how: Any) -> Seen:
        """Ask for LINK, whatever host it names, without following redirects."""
        path = urlsplit(link)._replace(scheme="", netloc="").geturl()
        reply = self.browser.request(method, f"http://127.0.0.1:{self.port}{path}", **how)
        return Seen(reply.status_code, reply.headers, reply.text)

    def asked(self, **changes: Any) -> str:
        """Send the front page's form; return the link of the mail that it caused."""
        reply = self.post("/subscribe", ASKED | changes)
        assert (reply.status, reply.headers["Location"]) == (303, "/sent"), reply.text
        return self.link_in_mail()

    def link_in_mail(self) -> str:
        found = re.search(rf"{BASE}/confirm/\S+", self.outbox.sent[-1].text)
        assert found
        return found[0]

    def subscribed(self, **changes: Any) -> str:
        """Subscribe and confirm; return the link of the page to manage it."""
        reply = self.post(self.asked(**changes))
        assert reply.status == 303, reply.text
        return reply.headers["Location"].partition("?")[0]

    def rows(self, table: Table) -> list[Row[Any]]:
        with self.site.engine.connect() as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key.columns)))


@contextmanager
def web_served(database_url: str, redis_url: str, **settings: Any) -> Iterator[Web]:
    """Serve the public pages on a database with a small Congress."""
    chosen = some_settings(
        database_url=database_url,
        redis_url=redis_url,
        mail_from="CapitolScope <alerts@example.org>",
        postal_address="CapitolScope, 12 Example Street, Springfield",
        public_base_url=BASE,
        link_keys="link-key-" + "k" * 32,
        address_key=ADDRESS_KEY,
        **settings,
    )
    lines: list[str] = []
    site = site_of(chosen, lambda: web.now, lines.append)
    web = Web(site, Watch(site.engine), lines)
    web.change(mailer=web.outbox)
    with served(partial(answer, site=web.current)) as port:
        web.port = port
        yield web
    web.browser.close()
    web.site.limiter.close()
    web.site.engine.dispose()
