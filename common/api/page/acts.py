"""What the page's forms do: each acts, then has the browser look at the page again; what is refused is said there."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from pydantic import ValidationError
from sqlalchemy import select

from common.api.desk import Desk
from common.api.exchange import Answer, Asked, Call, NotFound, Nothing
from common.api.handlers import people, reviews, tasks
from common.api.page.front import HTML, shown
from common.api.page.query import PageQuery, Typed
from common.api.people import Find
from common.api.refusals import FAULTS
from common.api.reviews import BIOGUIDE, ReviewDecision
from common.api.runs import read_request
from common.api.shapes import Taken
from common.db.tables import filings
from common.errors import InvalidRequest
from common.tasks import CONGRESSIONAL_SYNC
from common.web.rule_form import said

Act = Callable[[Desk, Call], Answer]
Model = TypeVar("Model", bound=Asked)
NOBODY, OTHER = "nobody", "other"
"""What the form about a filer says in place of a candidate's id."""


class WhyForm(Asked):
    """Whose mail, by id or address, and about which filing."""

    who: Typed
    doc_id: Typed


class DecisionForm(Asked):
    """What an operator says of a filer, or of an amendment."""

    bioguide: Typed = ""
    other: Typed = ""
    original: Typed | None = None


def saying_refusals(act: Act) -> Act:
    """Let what ACT refuses be said on the page."""

    @wraps(act)
    def acting(desk: Desk, call: Call) -> Answer:
        try:
            return act(desk, call)
        except tuple(FAULTS) as fault:
            status, _ = next(FAULTS[kind] for kind in FAULTS if isinstance(fault, kind))
            desk.log.info("api.refused", place="page", error=str(fault))
            says = said(fault) if isinstance(fault, InvalidRequest) else str(fault)
            return shown(desk, PageQuery(), fault=says, status=status)

    return acting


@saying_refusals
def run(desk: Desk, call: Call) -> Answer:
    """Hand over a task's work."""
    return _asked_for(tasks.scheduled(desk, replace(call, body=Nothing())))


@saying_refusals
def why(desk: Desk, call: Call) -> Answer:
    """Find who is meant, so that no address is in the answer's own address."""
    asked: WhyForm = call.body
    who = asked.who.strip()
    if "@" in who:
        found = people.find(desk, Call(path={}, body=_of(Find, address=who))).body
        who = str(getattr(found, "subscriber_id", ""))
    return _back("why", subscriber_id=who, doc_id=asked.doc_id.strip())


@saying_refusals
def decide(desk: Desk, call: Call) -> Answer:
    """Settle a review that still waits."""
    return _reviewed(reviews.decide(desk, replace(call, body=_decision(call.body)), if_open=True))


@saying_refusals
def undo(desk: Desk, call: Call) -> Answer:
    """Take back the decision that the page showed."""
    return _reviewed(reviews.undo(desk, call))


@saying_refusals
def read_again(desk: Desk, call: Call) -> Answer:
    """Have one filing fetched and read again."""
    f = filings.c
    with desk.parts.database.reading() as connection:
        found = connection.execute(select(filings).where(f.id == int(call.path["filing_id"]))).one_or_none()
    if found is None:
        raise NotFound(f"there is no filing {call.path['filing_id']}")
    asked = {"chambers": [found.chamber], "years": [found.year], "doc_ids": [found.doc_id]}
    return _asked_for(tasks.handed_over(desk, call, *read_request(CONGRESSIONAL_SYNC.name, asked)))


def _decision(form: DecisionForm) -> ReviewDecision:
    if form.original is not None:
        return _of(ReviewDecision, original=form.original or None)
    chosen = form.other.strip().upper() if form.bioguide == OTHER else form.bioguide
    if chosen != NOBODY and not re.fullmatch(BIOGUIDE, chosen):
        raise InvalidRequest("bioguide", "choose who it is, or write another's id, such as G000596")
    return _of(ReviewDecision, bioguide=None if chosen == NOBODY else chosen)


def _of(model: type[Model], **fields: str | None) -> Model:
    """Return what a caller of the API would have sent. Raises InvalidRequest."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        fault = error.errors()[0]
        raise InvalidRequest(str(fault["loc"][0]), fault["msg"]) from error


def _asked_for(answer: Answer) -> Answer:
    taken = answer.body
    return _back("", asked=taken.task_id if isinstance(taken, Taken) else "")


def _reviewed(answer: Answer) -> Answer:
    made: Any = answer.body  # Decided, as nothing was refused
    more = {"asked": made.notifications} if made.notifications else {}
    return _back("", review=str(made.review_id), **more)


def _back(place: str, **query: str) -> Answer:
    to = f"/?{urlencode(query)}" + (f"#{place}" if place else "")
    return Answer(303, "", {"Content-Type": HTML, "Location": to})
