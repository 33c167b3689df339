"""The HTTP border of the public pages: one function takes every path, a table says which handler answers it."""

from collections.abc import Callable, Mapping
from io import BytesIO
from math import ceil

import flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, Rule

from common import logs
from common.errors import CapitolScopeError, DependencyDown, InvalidRequest, NotConfigured
from common.links import BadLink, ExpiredLink
from common.mail.events import NotSigned
from common.web import site as sites
from common.web.account import Gone
from common.web.exchange import Reply, Visit, message, stylesheet
from common.web.pages import confirm, events, law, mail, manage, my_data, rules, subscribe, unsubscribe
from common.web.rate_limit import TooMany
from common.web.rule_form import said
from common.web.site import Site

Handler = Callable[..., Reply]
"""Takes the site, the visit and what the path names."""
LOOK, ACT, BOTH = ("GET",), ("POST",), ("GET", "POST")
ROUTES: tuple[tuple[str, tuple[str, ...], Handler], ...] = (
    ("/", LOOK, subscribe.front),
    ("/subscribe", BOTH, subscribe.front),
    ("/sent", LOOK, subscribe.sent),
    ("/confirm/<token>", BOTH, confirm.confirm_page),
    ("/manage/<token>", LOOK, manage.manage),
    ("/manage/<token>/zone", ACT, manage.zone),
    ("/manage/<token>/pause", ACT, manage.pause),
    ("/manage/<token>/resume", ACT, manage.resume),
    ("/manage/<token>/rules/new", BOTH, rules.new_rule),
    ("/manage/<token>/rules/<int:rule_id>", BOTH, rules.one_rule),
    ("/manage/<token>/rules/<int:rule_id>/stop", BOTH, rules.stop_rule),
    ("/manage/<token>/data", LOOK, my_data.export_data),
    ("/manage/<token>/delete", BOTH, my_data.delete_data),
    ("/unsubscribe/<token>", BOTH, unsubscribe.unsubscribe),
    ("/stop/<token>", BOTH, unsubscribe.stop),
    ("/mail/<token>", LOOK, mail.whole_mail),
    ("/privacy", LOOK, law.privacy),
    ("/web.css", LOOK, lambda _site, _visit: stylesheet()),
    ("/events/sendgrid", ACT, events.sendgrid_events),
)
PATHS = Map(
    [Rule(path, methods=methods, endpoint=path) for path, methods, _ in ROUTES],
    strict_slashes=False,
    merge_slashes=False,
)
HANDLERS: Mapping[str, Handler] = {path: handler for path, _, handler in ROUTES}

LONGEST_FORM = 64 * 1024  # bytes
LONGEST_EVENTS = 4 * 1024 * 1024  # bytes; SendGrid sends some hundred events in one call
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # the addresses of pages hold tokens
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


FAULTS: Mapping[type[CapitolScopeError], tuple[int, str, str]] = {
    ExpiredLink: (
        410,
        "This link has expired",
        "Links to confirm work for seven days. Ask again, and a new one comes.",
    ),
    BadLink: (
        404,
        "This link does not work",
        "It may have been cut on its way. Copy it whole from the mail.",
    ),
    Gone: (
        410,
        "There is nothing here any more",
        "It was stopped or deleted. You can make a new alert at any time.",
    ),
    NotSigned: (403, "Not signed", "This is not what our mail provider signed today."),
    InvalidRequest: (422, "We could not take that", "Go back, and look at what you chose."),
    TooMany: (
        429,
        "That was a little too often",
        "Please try again later. Nothing was sent and nothing is lost.",
    ),
    DependencyDown: (
        503,
        "We cannot do that right now",
        "A part of this service does not answer. Try again in a few minutes.",
    ),
    NotConfigured: (503, "We are not ready yet", "This service is still being set up."),
}
"""Error -> status, heading and text of the page. The first class that fits counts."""
REFUSALS: Mapping[int, tuple[str, str]] = {
    404: ("There is no such page", "The address may have been cut on its way."),
    405: ("That does not work this way", "Follow a link or press a button of ours."),
    413: ("That is too much", "Ask for less at once."),
}
"""Status -> heading and text for requests that reach no handler."""


def answer(request: flask.Request, *, site: Callable[[], Site] = sites.wired) -> flask.Response:
    """Answer one request of the public. The log says which page it was for, but not its address, which holds a token."""
    try:
        stands_on = site()
    except NotConfigured as fault:
        logs.bind(function="web").error("web.not_configured", cause=fault)
        return _response(_sorry(fault))
    began = stands_on.clock()
    place, reply = _reply(request, stands_on)
    took = stands_on.clock() - began
    stands_on.log.info("web.answered", place=place, method=request.method, status=reply.status, seconds=took)
    return _response(reply)


def _reply(request: flask.Request, site: Site) -> tuple[str, Reply]:
    place = "nowhere"
    try:
        place, named = PATHS.bind_to_environ(request.environ).match()
        return place, HANDLERS[place](site, _visit(request, place), **named)
    except HTTPException as refusal:
        request.stream = BytesIO()  # the framework would read all that is left of a body
        return place, _refused(refusal)
    except tuple(FAULTS) as fault:
        reply = _sorry(fault)
        say = site.log.error if reply.status >= 500 else site.log.info  # noqa: PLR2004 - HTTP's own number
        say("web.refused", place=place, error=fault)
        return place, reply
    except Exception as bug:  # noqa: BLE001 - the framework would log the address of the page, and answer bare
        site.log.error("web.bug", place=place, cause=bug)
        return place, message(500, "Something is broken here", "It is our fault, and it has been noted.")


def _visit(request: flask.Request, place: str) -> Visit:
    request.max_content_length = LONGEST_EVENTS if place.startswith("/events") else LONGEST_FORM
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return Visit(
        method=request.method,
        body=request.get_data(),
        headers=dict(request.headers),
        form=request.form,
        query=request.args,
        # The front end appends whom it saw; what stands before that is the visitor's own story.
        client=forwarded or request.remote_addr or "",
    )


def _refused(refusal: HTTPException) -> Reply:
    status = refusal.code or 400
    heading, text = REFUSALS.get(
        status, ("We did not understand that", "Follow a link or press a button of ours.")
    )
    allowed = refusal.valid_methods if isinstance(refusal, MethodNotAllowed) else None
    return message(status, heading, text, headers={"Allow": ", ".join(allowed)} if allowed else None)


def _sorry(fault: CapitolScopeError) -> Reply:
    status, heading, text = next(FAULTS[kind] for kind in FAULTS if isinstance(fault, kind))
    line = said(fault) if isinstance(fault, InvalidRequest) else text
    return message(status, heading, line, headers=_wait(fault))


def _wait(fault: CapitolScopeError) -> dict[str, str]:
    if isinstance(fault, TooMany):
        return {"Retry-After": str(ceil(fault.wait.total_seconds()))}
    return {"Retry-After": "60"} if isinstance(fault, DependencyDown) else {}


def _response(reply: Reply) -> flask.Response:
    headers = {**HEADERS, **reply.headers}
    return flask.Response(reply.body, status=reply.status, headers=headers, content_type=reply.type)
