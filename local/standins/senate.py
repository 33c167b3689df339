"""The Senate's site on this machine: its form of agreement, sessions, search and pages, and the faults of the real one.

Requests are answered as Django answers them: a form needs its csrf token in cookie and form or header, and a Referer.
`python -m local.standins.senate --port 0` serves our own reports and prints its URL.
"""

import json
import re
import secrets
import signal
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from http import HTTPStatus
from http.cookies import SimpleCookie
from random import Random
from urllib.parse import parse_qs

import click

from local.standins.senate_filings import own_reports
from local.standins.senate_pages import (
    SenateReport,
    landing_page,
    report_page,
    search_answer,
    search_page,
)
from local.standins.site import Fault, Reply, Request, Site

HOME, SEARCH, DATA = "/search/home/", "/search/", "/search/report/data/"
REPORT = re.compile(r"/search/view/(ptr|paper)/([0-9A-Fa-f-]{36})/")
MOST_ROWS = 100  # of one search answer, whatever LENGTH asks for
HTML = {"Content-Type": "text/html; charset=utf-8"}
SORTS: Mapping[str, Callable[[SenateReport], str]] = {
    "0": lambda report: report.first,
    "1": lambda report: report.last,
    "2": lambda report: report.office,
    "3": lambda report: report.title,
    "4": lambda report: report.received.isoformat(),
}
"""Column of the search's table -> what it is sorted by; ties are left as they come."""


def refused_by_akamai() -> Fault:
    """Answer as the site's guard does, before Django sees anything: no cookie, and not a word why."""
    body = (
        b"<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\n<H1>Access Denied</H1>\n"
        b"You don't have permission to access this server.<P>\nReference&#32;&#35;18&#46;7f0b1702&#46;0\n</BODY>\n</HTML>\n"
    )
    return lambda _: Reply(HTTPStatus.FORBIDDEN, body, {"Content-Type": "text/html"})


def led_home() -> Fault:
    """Answer with the form of agreement, 200, whatever was asked for."""
    return lambda _: Reply(HTTPStatus.OK, landing_page(_token()), HTML)


def drifted(old: str, new: str) -> Fault:
    """Answer rightly, but in another layout: every OLD is a NEW."""
    return lambda reply: replace(reply, body=reply.body.replace(old.encode(), new.encode()))


def repeated_row() -> Fault:
    """Answer a search with one row twice, and without its last."""

    def repeat(reply: Reply) -> Reply:
        answer = json.loads(reply.body)
        return replace(
            reply, body=json.dumps(answer | {"data": [answer["data"][0], *answer["data"][:-1]]}).encode()
        )

    return repeat


@dataclass
class _Session:
    csrf: str
    left: int


class SenateStandin(Site):
    """Serves REPORTS on 127.0.0.1 until the context is left; faults can be armed at any time.

    A session ends after SESSION_LENGTH requests. UNSTABLE = ties are sorted anew for each answer, so that one page of a
    search repeats what another had, and some reports are on none.
    """

    def __init__(
        self,
        reports: Iterable[SenateReport] = (),
        *,
        session_length: int = 10_000,
        unstable: bool = False,
        port: int = 0,
    ) -> None:
        super().__init__(port=port)
        self.reports = tuple(reports)
        self.session_length = session_length
        self.unstable = unstable
        self._chance = Random(100)  # noqa: S311  # the same disorder each time
        self._sessions: dict[str, _Session] = {}

    def reply(self, request: Request) -> Reply:
        """Return what the site says to REQUEST."""
        cookies = {name: cookie.value for name, cookie in SimpleCookie(request.headers.get("Cookie")).items()}
        if request.method == "POST" and not self._is_safe(request, cookies):
            return _csrf_failed()
        if request.path == HOME:
            return self._agree(request) if request.method == "POST" else _landing(cookies)
        if not self._is_known(cookies):
            return _landing(cookies) if request.path == DATA else _redirect(HOME)
        if request.path == DATA:
            return self._search(_form(request))
        return self._page(request.path)

    def end_sessions(self) -> None:
        """Forget everybody who agreed."""
        self._sessions.clear()

    def _is_safe(self, request: Request, cookies: Mapping[str, str]) -> bool:
        """Whether REQUEST comes from a page of this site, as Django judges that."""
        token = request.headers.get("X-CSRFToken") or _form(request).get("csrfmiddlewaretoken", "")
        known = cookies.get("csrftoken", "")
        from_here = request.headers.get("Referer", "").startswith(f"{self.url}/")
        return from_here and bool(known) and token in {known, _masked(known)}

    def _is_known(self, cookies: Mapping[str, str]) -> bool:
        """Whether the session of COOKIES goes on; this request is counted."""
        session = self._sessions.get(cookies.get("sessionid", ""))
        if session is None or session.left == 0 or session.csrf != cookies.get("csrftoken"):
            return False
        session.left -= 1
        return True

    def _agree(self, request: Request) -> Reply:
        if _form(request).get("prohibition_agreement") != "1":
            return _landing({})
        name, csrf = secrets.token_hex(16), _token()
        self._sessions[name] = _Session(csrf, self.session_length)
        cookies = (f"sessionid={name}; HttpOnly; Path=/", f"csrftoken={csrf}; Path=/")
        return replace(_redirect(SEARCH), cookies=cookies)

    def _search(self, asked: Mapping[str, str]) -> Reply:
        reports = list(self.reports)
        if self.unstable:
            self._chance.shuffle(reports)
        return Reply(HTTPStatus.OK, answer_to(asked, reports), {"Content-Type": "application/json"})

    def _page(self, path: str) -> Reply:
        asked = REPORT.fullmatch(path)
        if asked is None:
            return Reply(HTTPStatus.OK, search_page(), HTML)
        for report in self.reports:
            if (report.kind, report.uuid) == asked.groups():
                return Reply(HTTPStatus.OK, report_page(report), HTML)
        return Reply(HTTPStatus.NOT_FOUND, b"<h1>Not Found</h1>", HTML)


def answer_to(asked: Mapping[str, str], reports: Iterable[SenateReport]) -> bytes:
    """Return the search's answer to the form ASKED; of two REPORTS that tie, the first comes first."""
    backwards = asked.get("order[0][dir]") == "desc"
    ordered = sorted(reports, key=SORTS[asked.get("order[0][column]", "1")], reverse=backwards)
    found = [report for report in ordered if _is_wanted(report, asked)]
    start, length = int(asked["start"]), min(int(asked["length"]), MOST_ROWS)
    return search_answer(found[start : start + length], total=len(found), draw=int(asked["draw"]))


def _is_wanted(report: SenateReport, asked: Mapping[str, str]) -> bool:
    first, last = _day(asked["submitted_start_date"]), _day(asked["submitted_end_date"])
    return asked["report_types"] == "[11]" and (first or date.min) <= report.received <= (last or date.max)


def _day(text: str) -> date | None:
    """Read `MM/DD/YYYY 00:00:00`; empty = no bound."""
    if not text:
        return None
    return date(int(text[6:10]), int(text[:2]), int(text[3:5]))


def _form(request: Request) -> dict[str, str]:
    read = parse_qs(request.body.decode(), keep_blank_values=True)
    return {name: values[-1] for name, values in read.items()}


def _landing(cookies: Mapping[str, str]) -> Reply:
    csrf = cookies.get("csrftoken") or _token()
    given = (f"csrftoken={csrf}; Path=/",)
    return Reply(HTTPStatus.OK, landing_page(_masked(csrf)), HTML, cookies=given)


def _redirect(path: str) -> Reply:
    return Reply(HTTPStatus.FOUND, b"", {"Location": path})


def _csrf_failed() -> Reply:
    body = b"<h1>Forbidden <span>(403)</span></h1><p>CSRF verification failed. Request aborted.</p>"
    return Reply(HTTPStatus.FORBIDDEN, body, HTML)


def _token() -> str:
    return secrets.token_hex(32)


def _masked(csrf: str) -> str:
    """Return what the form holds of the cookie's CSRF: never the cookie itself."""
    return sha256(csrf.encode()).hexdigest()


@click.command(help=__doc__)
@click.option("--port", default=0, help="0 = a free one")
def main(port: int) -> None:
    """Serve our own reports until ended by a signal."""
    with SenateStandin(own_reports(), port=port) as senate:
        print(senate.url, flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
