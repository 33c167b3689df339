"""Runs: asked for, followed to their end, and listed."""

from collections.abc import Iterator
from urllib.parse import quote, urlencode

from common.api.desk import Desk
from common.api.exchange import Answer, Call, NotFound
from common.api.hand_over import hand_over
from common.api.runs import read_request
from common.api.shapes import Link, RecentQuery, RecentTasks, Taken, TaskRequest, run_of, status_of
from common.errors import InvalidRequest
from common.ops.operator_mail import LOGS
from common.runtime.decide import FINAL
from common.runtime.records import RunRecord, Status
from common.runtime.trigger import asked_by
from common.settings import Settings
from common.tasks import TASKS, Task

LONGEST_CHAIN = 100  # links that are followed; a whole replay has some twenty
JOBS = {task.name.replace("_", "-"): task for task in TASKS.values()}
"""Name in the path of /scheduled -> task."""


def execute(desk: Desk, call: Call) -> Answer:
    """Ask for a run of a task by name; its function does it, and the answer says under which id."""
    asked: TaskRequest = call.body
    task, parameters = read_request(asked.task_name, asked.parameters)
    return handed_over(desk, call, task, parameters)


def scheduled(desk: Desk, call: Call) -> Answer:
    """Ask for a task's scheduled work, once for each tick, as Cloud Scheduler does."""
    return handed_over(desk, call, job_of(call.path["job"]), {})


def job_of(name: str) -> Task:
    """Return the task of the job NAME. Raises NotFound."""
    if name not in JOBS:
        raise NotFound(f"{name} is not scheduled", f"choose {', '.join(JOBS)}")
    return JOBS[name]


def handed_over(desk: Desk, call: Call, task: Task, parameters: dict[str, object]) -> Answer:
    """Hand over a run of TASK with PARAMETERS."""
    now = desk.parts.clock()
    trigger = asked_by(task, parameters, now, key=call.key, due=call.due, trace=call.trace)
    record = hand_over(desk.parts, task, trigger)
    desk.log.info("task.handed_over", wanted=record.run_id, status=record.status)
    url = f"/tasks/{quote(record.run_id)}/status"
    taken = Taken(task_id=record.run_id, task=task.name, status=record.status, status_url=url)
    return Answer(202, taken, {"Location": url})


def status(desk: Desk, call: Call) -> Answer:
    """Show how a run stands, and the runs that went on where it stopped."""
    record = _record(desk, call.path["task_id"])
    links = list(_chain(desk, record))
    log = log_of(desk.parts.settings, record)
    return Answer(200, status_of(record, links, log, settled=links[-1].status in FINAL))


def log_of(settings: Settings, record: RunRecord) -> str:
    """Return where RECORD's log is: a URL in the cloud, a command on a laptop."""
    if not settings.google_cloud_project:
        return f"./dev.sh logs {record.task} --run {record.run_id}"
    query = quote(f'labels.run_id="{record.run_id}"', safe="")
    return LOGS.format(query=query, project=settings.google_cloud_project)


def recent(desk: Desk, call: Call) -> Answer:
    """List the runs of the last 90 days, the newest first."""
    query: RecentQuery = call.query
    if query.task is not None and query.task not in TASKS:
        raise InvalidRequest("task", f"{query.task} is no task; choose {', '.join(TASKS)}")
    before = _record(desk, query.before) if query.before else None
    wanted = {"task": query.task, "status": query.status}
    # One more than is shown tells whether there is another page.
    found = desk.parts.history.recent(**wanted, before=before, limit=query.limit + 1)  # type: ignore[arg-type]
    shown, more = found[: query.limit], found[query.limit :]
    following = (
        {**query.model_dump(mode="json", exclude_none=True), "before": shown[-1].run_id} if more else None
    )
    path = f"/admin/recent-tasks?{urlencode(following)}" if following else None
    return Answer(200, RecentTasks(tasks=[run_of(record) for record in shown], next=path))


def _record(desk: Desk, run_id: str) -> RunRecord:
    stored = desk.parts.history.read(run_id)
    if stored is None:
        raise NotFound(
            f"no run has the id {run_id}", "GET /admin/recent-tasks lists runs of the last 90 days"
        )
    return stored.record


def _chain(desk: Desk, record: RunRecord) -> Iterator[Link]:
    """Yield the links from RECORD on."""
    yield _link(record)
    for _ in range(LONGEST_CHAIN):
        if record.continuation is None:
            return
        stored = desk.parts.history.read(record.continuation)
        if stored is None:  # dispatched, and not begun yet
            yield Link(task_id=record.continuation, status=Status.QUEUED)
            return
        record = stored.record
        yield _link(record)


def _link(record: RunRecord) -> Link:
    return Link(task_id=record.run_id, status=record.status, progress=dict(record.progress))
