"""The operator's page: how everything is, every task and its runs, the mails on their way, and what waits for somebody."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from common.api.desk import Desk
from common.api.exchange import Answer, Call, NotFound
from common.api.handlers import admin, people
from common.api.page.finding import find, run_named
from common.api.page.health import LATELY, found_lately
from common.api.page.query import PageQuery
from common.api.page.waiting import decided, review_now, waiting
from common.api.people import ExplainQuery
from common.api.shapes import Holder
from common.errors import DependencyDown
from common.runtime.records import RunRecord
from common.tasks import TASKS, Task
from common.web.exchange import stylesheet

FOLDER = Path(__file__).parents[1] / "templates"
HTML, CSS = "text/html; charset=utf-8", "text/css; charset=utf-8"
SAFE = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Type": HTML,
    "Content-Security-Policy": SAFE,
    "Referrer-Policy": "same-origin",  # under no-referrer a browser hides from us which page sent a form
}
RUNS = 20
DIGITS = 15  # of a subscriber's id


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task as the page shows it; None = what would say so is down."""

    task: Task
    job: str
    due: datetime
    paused: str
    holders: list[Holder] | None
    runs: list[RunRecord] | None


def front(desk: Desk, call: Call) -> Answer:
    """Show everything at once."""
    return shown(desk, call.query)


def shown(desk: Desk, query: PageQuery, *, fault: str = "", status: int = 200) -> Answer:
    """Return the page with the FAULT of what somebody asked there; what cannot be read now is said, and hides nothing else."""
    faults = [fault] if fault else []
    down = set[str]()

    def read(part: Callable[[], Any], instead: Any, of: str = "") -> Any:
        if of in down:  # it is asked for each task, and may take 8 s to say nothing
            return instead
        try:
            return part()
        except DependencyDown as silent:
            faults.append(str(silent))
            down.add(silent.dependency)
            return instead

    held = read(desk.parts.lock.held, None)
    missing, versions = read(lambda: _why(desk, query), ("", []))
    parts = {
        "tasks": [_task(desk, task, held, read) for task in TASKS.values()],
        "health": read(lambda: found_lately(desk), None),
        "queue": read(lambda: admin.queue_status(desk, Call(path={})).body, None),
        "waiting": read(lambda: waiting(desk, query), []),
        "decided": read(lambda: decided(desk), []),
        "review": read(lambda: review_now(desk, query.review or 0), None) if query.review else None,
        "asked": read(lambda: run_named(desk, query.asked or ""), None, "history") if query.asked else None,
        "found": read(lambda: find(desk, query.q or ""), None) if query.q else None,
    }
    html = _templates().get_template("front.html").render(
        now=desk.parts.clock(), lately=LATELY, query=query, missing=missing, versions=versions,
        faults=list(dict.fromkeys(faults)), **parts,
    )  # fmt: skip
    return Answer(status, html, HEADERS)


def sheet(desk: Desk, call: Call) -> Answer:
    """Return the public pages' style sheet with what this page adds."""
    del desk, call
    own = (FOLDER / "page.css").read_text(encoding="utf-8")
    return Answer(200, stylesheet().body + own, {"Content-Type": CSS})


def _task(desk: Desk, task: Task, held: Mapping[str, str] | None, read: Callable[..., Any]) -> TaskView:
    history = desk.parts.history
    state = read(lambda: history.read_state(task.name).state, None, "history")
    return TaskView(
        task=task,
        job=task.name.replace("_", "-"),
        due=next(CronSim(task.schedule, desk.parts.clock().astimezone(ZoneInfo(task.zone)))),
        paused=(state.paused_reason or "") if state and state.paused_at else "",
        holders=None if held is None else _holders(task, held),
        runs=read(lambda: history.recent(task=task.name, limit=RUNS), None, "history"),
    )


def _holders(task: Task, held: Mapping[str, str]) -> list[Holder]:
    mine = {scope: value for scope, value in held.items() if scope.partition("/")[0] == task.name}
    return [Holder(scope=scope, task_id=admin.run_of(mine[scope])) for scope in sorted(mine)]


def _why(desk: Desk, query: PageQuery) -> tuple[str, list[Any]]:
    """Return what is wrong with the question, or the decisions about each version."""
    subscriber, doc_id = (query.subscriber_id or "").strip(), (query.doc_id or "").strip()
    if not (subscriber or doc_id):
        return "", []
    if not subscriber.isdecimal() or len(subscriber) > DIGITS:
        return "A subscriber's id is a number.", []
    asked = ExplainQuery.model_construct(subscriber_id=int(subscriber), doc_id=doc_id)
    try:
        told: Any = people.why(desk, Call(path={}, query=asked)).body
    except NotFound as unknown:
        return str(unknown), []
    return "", told.versions


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
