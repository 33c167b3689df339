"""The HTTP border of the API: one function takes every path, a table says which handler answers it."""

import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from io import BytesIO
from math import ceil
from typing import Any

import flask
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, Rule

from common import logs
from common.api import desk as desks
from common.api.desk import Desk
from common.api.exchange import Answer, Call, NotFound, Nothing, Problem
from common.api.handlers.tasks import job_of
from common.api.refusals import FAULTS, REFUSALS, Malformed, NotJson
from common.api.routes import ACTS, KEYS, PAGES, PARTS, ROUTES, Route
from common.api.same_site import refuse_other_sites
from common.errors import InvalidRequest, NotConfigured
from common.runtime.trigger import KEY, schedule_time, trace_of
from common.web.rate_limit import TooMany

LONGEST_BODY = 64 * 1024  # bytes; a rule that follows every member takes 8
JSON = "application/json"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
NUL = b"\\u0000"  # in JSON; PostgreSQL holds it in no text
ANY_SLASHES = {"scope"}
"""Parts of paths that may hold a slash."""


def _rule(number: int, route: Route) -> Rule:
    path = re.sub(
        r"\{(\w+)\}", lambda part: f"<{'path:' if part[1] in ANY_SLASHES else ''}{part[1]}>", route.path
    )
    return Rule(path, methods=[route.method], endpoint=number)


EVERYTHING = (*ROUTES, *PAGES)
PATHS = Map(
    [_rule(number, route) for number, route in enumerate(EVERYTHING)],
    strict_slashes=False,
    merge_slashes=False,
)


def answer(request: flask.Request, *, desk: Callable[[], Desk] = desks.wired) -> flask.Response:
    """Answer one request of an operator or a machine. The log says which route it was for."""
    try:
        stands_on = desk()
    except NotConfigured as fault:
        logs.bind(function=desks.NAME).error("api.not_configured", cause=fault)
        return _response(_problem(fault))
    clock = stands_on.parts.clock
    began = clock()
    place, reply = _reply(request, stands_on)
    took = (clock() - began).total_seconds()
    stands_on.log.info("api.answered", place=place, method=request.method, status=reply.status, seconds=took)
    return _response(reply)


def _reply(request: flask.Request, desk: Desk) -> tuple[str, Answer]:
    place = "nowhere"
    try:
        number, named = PATHS.bind_to_environ(request.environ).match()
        route = EVERYTHING[number]
        place = route.path
        return place, route.handler(desk, _call(request, route, named))
    except HTTPException as refusal:
        request.stream = BytesIO()  # the framework would read all that is left of a body
        return place, _refused(refusal)
    except tuple(FAULTS) as fault:
        reply = _problem(fault)
        say = desk.log.error if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR else desk.log.info
        say("api.refused", place=place, error=fault)
        return place, reply
    except Exception as bug:  # noqa: BLE001 - the framework would answer in HTML
        desk.log.error("api.bug", place=place, cause=bug)
        return place, Answer(500, Problem(error="a bug of ours", what_next="look at the log of api"))


def _call(request: flask.Request, route: Route, named: Mapping[str, str]) -> Call:
    if route.method in ACTS:
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        refuse_other_sites(site, origin, request.host, is_form=route.form is not None)
    for name, value in named.items():
        if not re.fullmatch(PARTS[name].pattern, value):
            raise InvalidRequest(name, f"does not match {PARTS[name].pattern}")
    return Call(
        path=named,
        query=_query(request, route.query),
        body=_form(request, route.form) if route.form else _body(request, route.body) if route.body else None,
        key=_key(request) if route.keyed else None,
        due=schedule_time(request, job_of(named["job"])) if route.timed else None,
        trace=trace_of(request),
    )


def _query(request: flask.Request, model: type[BaseModel]) -> BaseModel:
    for name, values in request.args.lists():
        if len(values) > 1:
            raise InvalidRequest(name, "is given more than once")
    return _valid(lambda: model.model_validate(request.args.to_dict()))


def _body(request: flask.Request, model: type[BaseModel]) -> BaseModel:
    request.max_content_length = LONGEST_BODY
    body = request.get_data()
    if not body and model is Nothing:
        return Nothing()
    if request.mimetype != JSON:
        raise NotJson(f"the body is {request.mimetype or 'of no type'}, not {JSON}")
    if NUL in body:
        raise InvalidRequest("body", "holds the character NUL, which no field takes")
    return _valid(lambda: model.model_validate_json(body, strict=True))


def _form(request: flask.Request, model: type[BaseModel]) -> BaseModel:
    request.max_content_length = LONGEST_BODY
    for name, values in request.form.lists():
        if len(values) > 1:
            raise InvalidRequest(name, "is given more than once")
    return _valid(lambda: model.model_validate(request.form.to_dict()))


def _valid(read: Callable[[], BaseModel]) -> BaseModel:
    try:
        return read()
    except ValidationError as error:
        fault = error.errors()[0]
        if fault["type"] == "json_invalid":
            raise Malformed(fault["msg"]) from error
        raise InvalidRequest(".".join(map(str, fault["loc"])) or "body", fault["msg"]) from error


def _key(request: flask.Request) -> str | None:
    key = request.headers.get(KEY)
    if key is not None and not re.fullmatch(KEYS, key):
        raise InvalidRequest(KEY, "write 1 to 255 visible characters of ASCII")
    return key


def _refused(refusal: HTTPException) -> Answer:
    status = refusal.code or 400
    error, what_next = REFUSALS.get(status, ("the request is not HTTP as we know it", None))
    allowed = refusal.valid_methods if isinstance(refusal, MethodNotAllowed) else None
    headers = {"Allow": ", ".join(sorted(allowed))} if allowed else {}
    return Answer(status, Problem(error=error, what_next=what_next), headers)


def _problem(fault: Exception) -> Answer:
    status, what_next = next(FAULTS[kind] for kind in FAULTS if isinstance(fault, kind))
    if isinstance(fault, NotFound):
        what_next = fault.what_next or what_next
    field = fault.field if isinstance(fault, InvalidRequest) else None
    return Answer(status, Problem(error=str(fault), field=field, what_next=what_next), _wait(fault, status))


def _wait(fault: Exception, status: int) -> dict[str, str]:
    if isinstance(fault, TooMany):
        return {"Retry-After": str(ceil(fault.wait.total_seconds()))}
    return {"Retry-After": "30"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}


def _response(reply: Answer) -> flask.Response:
    headers = {"Content-Type": JSON, **HEADERS, **reply.headers}
    return flask.Response(_text(reply.body), status=reply.status, headers=headers)


def _text(body: BaseModel | Mapping[str, Any] | str) -> str:
    if isinstance(body, str):
        return body
    if isinstance(body, BaseModel):
        return body.model_dump_json(exclude_none=isinstance(body, Problem))
    return json.dumps(body)
