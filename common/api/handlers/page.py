"""The operator's page: every task and its runs, the mails on their way, and what waits for somebody. It works without scripts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from cronsim import CronSim
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import StringConstraints
from sqlalchemy import or_, select

from common.api.desk import Desk
from common.api.exchange import Answer, Asked, Call, NotFound
from common.api.handlers import admin, people, reviews, tasks
from common.api.people import ExplainQuery
from common.api.reviews import ReviewsQuery
from common.api.shapes import Holder, Taken
from common.db.tables import filings
from common.errors import DependencyDown
from common.runtime.records import RunRecord
from common.tasks import TASKS, Task
from common.web.exchange import stylesheet

FOLDER = Path(__file__).parents[1] / "templates"
HTML, CSS = "text/html; charset=utf-8", "text/css; charset=utf-8"
SAFE = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
RUNS, FOUND = 20, 20
LEFT = ("unread", "failed")
"""States of filings that somebody has to look at."""


Typed = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class PageQuery(Asked):
    """What the page's own forms ask; a run that was just asked for."""

    subscriber_id: Typed | None = None
    doc_id: Typed | None = None
    q: Typed | None = None
    asked: Typed | None = None


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task as the page shows it."""

    task: Task
    job: str
    due: datetime
    paused: str
    holders: list[Holder]
    runs: list[RunRecord]


def front(desk: Desk, call: Call) -> Answer:
    """Show everything at once; what cannot be read now is said, and hides nothing else."""
    query: PageQuery = call.query
    faults: list[str] = []

    def read(part: Callable[[], Any], instead: Any) -> Any:
        try:
            return part()
        except DependencyDown as fault:
            faults.append(str(fault))
            return instead

    held = read(desk.parts.lock.held, {})
    missing, versions = read(lambda: _why(desk, query), ("", []))
    shown = {
        "tasks": [_task(desk, task, held, read) for task in TASKS.values()],
        "queue": read(lambda: admin.queue_status(desk, call).body, None),
        "reviews": read(lambda: _reviews(desk), []),
        "unread": read(lambda: _filings(desk, filings.c.state.in_(LEFT)), []),
        "filings": read(lambda: _search(desk, query.q or ""), []) if query.q else [],
    }
    page = _templates().get_template("front.html")
    html = page.render(
        now=desk.parts.clock(), query=query, asked=query.asked, missing=missing, versions=versions,
        faults=list(dict.fromkeys(faults)), **shown,
    )  # fmt: skip
    return Answer(200, html, {"Content-Type": HTML, "Content-Security-Policy": SAFE})


def run(desk: Desk, call: Call) -> Answer:
    """Hand over a task's work, and go back to the page."""
    taken = tasks.scheduled(desk, call).body
    run_id = taken.task_id if isinstance(taken, Taken) else ""
    return Answer(303, "", {"Content-Type": HTML, "Location": f"/?asked={run_id}"})


def sheet(desk: Desk, call: Call) -> Answer:
    """Return the public pages' style sheet with what this page adds."""
    del desk, call
    own = (FOLDER / "page.css").read_text(encoding="utf-8")
    return Answer(200, stylesheet().body + own, {"Content-Type": CSS})


def _task(desk: Desk, task: Task, held: Mapping[str, str], read: Callable[..., Any]) -> TaskView:
    history = desk.parts.history
    state = read(lambda: history.read_state(task.name).state, None)
    mine = {scope: value for scope, value in held.items() if scope.partition("/")[0] == task.name}
    return TaskView(
        task=task,
        job=task.name.replace("_", "-"),
        due=next(CronSim(task.schedule, desk.parts.clock().astimezone(ZoneInfo(task.zone)))),
        paused=(state.paused_reason or "") if state and state.paused_at else "",
        holders=[Holder(scope=scope, task_id=admin.run_of(mine[scope])) for scope in sorted(mine)],
        runs=read(lambda: history.recent(task=task.name, limit=RUNS), []),
    )


def _why(desk: Desk, query: PageQuery) -> tuple[str, list[Any]]:
    """Return what is wrong with the question, or the decisions about each version."""
    subscriber, doc_id = query.subscriber_id or "", (query.doc_id or "").strip()
    if not (subscriber or doc_id):
        return "", []
    if not subscriber.strip().isdecimal() or len(subscriber) > 15:  # noqa: PLR2004 - digits of an id
        return "A subscriber's id is a number.", []
    asked = ExplainQuery.model_construct(subscriber_id=int(subscriber), doc_id=doc_id)
    try:
        told: Any = people.why(desk, Call(path={}, query=asked)).body
    except NotFound as unknown:
        return str(unknown), []
    return "", told.versions


def _reviews(desk: Desk) -> Any:
    told: Any = reviews.listed(desk, Call(path={}, query=ReviewsQuery())).body
    return told.reviews


def _search(desk: Desk, text: str) -> Any:
    c = filings.c
    return _filings(
        desk, or_(c.doc_id == text.strip(), c.filer_name.icontains(text.strip(), autoescape=True))
    )


def _filings(desk: Desk, where: Any) -> Any:
    c = filings.c
    found = select(c.doc_id, c.url, c.filer_name, c.filed, c.state, c.reason).where(where)
    with desk.parts.database.reading() as connection:
        return connection.execute(found.order_by(c.first_seen.desc(), c.id.desc()).limit(FOUND)).all()


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
