"""Every route of the API, once: what answers it, what it takes, what it tells. The OpenAPI file is written from here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from common.api.desk import Desk
from common.api.exchange import Answer, Asked, Call, Nothing, Told
from common.api.handlers import admin, health, itself, people, reviews, rules, tasks
from common.api.page import acts, front
from common.api.page.query import PageQuery
from common.api.people import (
    ExplainQuery,
    Explanation,
    Find,
    Forgotten,
    Invited,
    Move,
    NewRule,
    NewSubscriber,
    Rule,
    Rules,
    RulesQuery,
    RuleWish,
    SavedRule,
    StoppedRule,
    Subscriber,
    Subscribers,
    SubscribersQuery,
)
from common.api.reviews import Decided, ReviewDecision, Reviews, ReviewsQuery, ReviewUndo
from common.api.shapes import (
    RUN_ID,
    Alive,
    Health,
    Locks,
    OpenApi,
    Pause,
    QueueStatus,
    RecentQuery,
    RecentTasks,
    Released,
    RunStatus,
    Taken,
    TaskPaused,
    TaskRequest,
)
from common.tasks import TASKS

Handler = Callable[[Desk, Call], Answer]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a path that names something."""

    pattern: str
    description: str
    names: tuple[str, ...] = ()
    """All there are, where these are few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One thing that can be asked. Its handler's docstring says what it does."""

    method: str
    path: str
    handler: Handler
    says: Mapping[int, type[Told]]
    """Status -> what the caller is told, where it was done."""
    query: type[Asked] = Nothing
    body: type[Asked] | None = None
    form: type[Asked] | None = None
    """What a form of the page sends in a body's place."""
    keyed: bool = False
    """Whether it honours an Idempotency-Key."""
    timed: bool = False
    """Whether Cloud Scheduler may say for which tick it asks."""
    refuses: Mapping[int, str] = field(default_factory=dict)
    """Statuses of its own -> when."""


ID = r"^[1-9][0-9]{0,15}$"
PARTS: Mapping[str, Part] = {
    "task_id": Part(RUN_ID, "id of a run, as the answer that took it gives it"),
    "task": Part(r"^[a-z_]{1,50}$", "a task", tuple(TASKS)),
    "job": Part(r"^[a-z-]{1,50}$", "a task, with hyphens", tuple(tasks.JOBS)),
    "subscriber_id": Part(ID, "id of a subscriber"),
    "rule_id": Part(ID, "id of a rule"),
    "review_id": Part(ID, "id of a review"),
    "filing_id": Part(ID, "id of a filing"),
    "scope": Part(r"^[A-Za-z0-9_.-]{1,50}(/[A-Za-z0-9_.-]{1,50})?$", "a task, or task/shard"),
}
KEYS = r"^[\x21-\x7e]{1,255}$"
"""Idempotency keys: visible characters of ASCII."""
AT_WORK = "a sync is at work; ask again when it is done"
OTHERS_ASKED = "the run was asked for with other parameters"

ROUTES: tuple[Route, ...] = (
    Route(method="GET", path="/openapi.json", handler=itself.openapi, says={200: OpenApi}),
    Route(method="GET", path="/health", handler=health.alive, says={200: Alive}),
    Route(method="GET", path="/health/detailed", handler=health.detailed, says={200: Health, 503: Health}),
    Route(
        method="POST",
        path="/tasks/execute",
        handler=tasks.execute,
        body=TaskRequest,
        keyed=True,
        says={202: Taken},
        refuses={409: OTHERS_ASKED},
    ),
    Route(method="GET", path="/tasks/{task_id}/status", handler=tasks.status, says={200: RunStatus}),
    Route(
        method="POST",
        path="/scheduled/{job}",
        handler=tasks.scheduled,
        body=Nothing,
        keyed=True,
        timed=True,
        says={202: Taken},
        refuses={409: OTHERS_ASKED},
    ),
    Route(method="GET", path="/admin/queue-status", handler=admin.queue_status, says={200: QueueStatus}),
    Route(
        method="GET",
        path="/admin/recent-tasks",
        handler=tasks.recent,
        query=RecentQuery,
        says={200: RecentTasks},
        refuses={404: "no run has the id in `before`"},
    ),
    Route(
        method="POST",
        path="/admin/tasks/{task}/pause",
        handler=admin.pause_task,
        body=Pause,
        says={200: TaskPaused},
    ),
    Route(
        method="POST",
        path="/admin/tasks/{task}/resume",
        handler=admin.resume_task,
        body=Nothing,
        says={200: TaskPaused},
    ),
    Route(method="GET", path="/admin/locks", handler=admin.locks, says={200: Locks}),
    Route(
        method="POST",
        path="/admin/locks/{scope}/release",
        handler=admin.release,
        body=Nothing,
        says={200: Released},
        refuses={409: "its holder gave it back meanwhile"},
    ),
    Route(
        method="GET",
        path="/admin/subscribers",
        handler=people.everybody,
        query=SubscribersQuery,
        says={200: Subscribers},
    ),
    Route(
        method="POST",
        path="/admin/subscribers",
        handler=people.invite,
        body=NewSubscriber,
        says={202: Invited},
        refuses={429: "this address was asked often enough today"},
    ),
    Route(
        method="POST",
        path="/admin/find-subscriber",
        handler=people.find,
        body=Find,
        says={200: Subscriber},
        refuses={404: "nobody has this address"},
    ),
    Route(
        method="GET", path="/admin/subscribers/{subscriber_id}", handler=people.one, says={200: Subscriber}
    ),
    Route(
        method="PUT",
        path="/admin/subscribers/{subscriber_id}",
        handler=people.change,
        body=Move,
        says={200: Subscriber},
    ),
    Route(
        method="DELETE",
        path="/admin/subscribers/{subscriber_id}",
        handler=people.delete,
        says={200: Forgotten},
    ),
    Route(method="GET", path="/admin/rules", handler=rules.listed, query=RulesQuery, says={200: Rules}),
    Route(
        method="POST",
        path="/admin/rules",
        handler=rules.add,
        body=NewRule,
        says={201: SavedRule},
        refuses={404: "there is no such subscriber", 409: "they have as many rules as there is room for"},
    ),
    Route(method="GET", path="/admin/rules/{rule_id}", handler=rules.one, says={200: Rule}),
    Route(
        method="PUT",
        path="/admin/rules/{rule_id}",
        handler=rules.change,
        body=RuleWish,
        says={200: SavedRule},
    ),
    Route(method="DELETE", path="/admin/rules/{rule_id}", handler=rules.stop, says={200: StoppedRule}),
    Route(
        method="GET",
        path="/alerts/explain",
        handler=people.why,
        query=ExplainQuery,
        says={200: Explanation},
        refuses={404: "there is no such subscriber or filing"},
    ),
    Route(
        method="GET", path="/admin/reviews", handler=reviews.listed, query=ReviewsQuery, says={200: Reviews}
    ),
    Route(
        method="POST",
        path="/admin/reviews/{review_id}/decide",
        handler=reviews.decide,
        body=ReviewDecision,
        says={200: Decided},
        refuses={409: AT_WORK},
    ),
    Route(
        method="POST",
        path="/admin/reviews/{review_id}/undo",
        handler=reviews.undo,
        body=ReviewUndo,
        says={200: Decided},
        refuses={409: f"{AT_WORK}; or this is no operator's decision, or not the last one"},
    ),
)

PAGES: tuple[Route, ...] = (
    Route(method="GET", path="/", handler=front.front, query=PageQuery, says={}),
    Route(method="GET", path="/page.css", handler=front.sheet, says={}),
    Route(method="POST", path="/run/{job}", handler=acts.run, form=Nothing, says={}),
    Route(method="POST", path="/why", handler=acts.why, form=acts.WhyForm, says={}),
    Route(
        method="POST",
        path="/reviews/{review_id}/decide",
        handler=acts.decide,
        form=acts.DecisionForm,
        says={},
    ),
    Route(method="POST", path="/reviews/{review_id}/undo", handler=acts.undo, form=ReviewUndo, says={}),
    Route(
        method="POST", path="/filings/{filing_id}/read-again", handler=acts.read_again, form=Nothing, says={}
    ),
)
"""What a person sees in a browser; no part of the OpenAPI file."""


def named_in(path: str) -> tuple[str, ...]:
    """Return the names of PATH's parts that name something."""
    return tuple(part[1:-1] for part in path.split("/") if part.startswith("{"))


REFUSED: Mapping[int, str] = {
    400: "the body is not JSON",
    403: "a page of another site asked",
    404: "there is nothing of that name",
    413: "the body is too long",
    415: "the body is not said to be JSON",
    422: "a field, header or part of the path is wrong; `field` names it",
    503: "something that it takes is down or not configured; ask again",
}
"""Status -> when; what each route refuses of these, `refusals` says."""
ACTS = frozenset({"POST", "PUT", "DELETE"})


def refusals(route: Route) -> dict[int, str]:
    """Return every status with which ROUTE refuses, and when."""
    possible = {
        400: route.body is not None,
        403: route.method in ACTS,
        404: bool(named_in(route.path)),
        413: route.body is not None,
        415: route.body is not None,
        422: True,
        503: True,
    }
    usual = {status: REFUSED[status] for status, may_be in possible.items() if may_be}
    return dict(sorted({**usual, **route.refuses}.items()))
