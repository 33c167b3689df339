"""health_check, from request to answer. It takes no lock and no fence, and runs whatever is down."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from common import logs
from common.alerts.sending.queue import RedisQueue
from common.errors import ConflictingRequest, DependencyDown
from common.logs import Log
from common.ops.health import dependencies, filings, mails, memory, operator, runs
from common.ops.health.look import Check, Look, look_at
from common.ops.health.memory import Memory
from common.ops.health.parameters import EVERYTHING, OLDER_NAMES, HealthParameters
from common.ops.health.verdict import Verdict, is_healthy
from common.runtime import wiring
from common.runtime.decide import REFUSALS, refusal
from common.runtime.records import Kind, RunRecord, StaleRecord, Status, Stored, StoredState
from common.runtime.trigger import Request, Response, Trigger, read_trigger, respond
from common.runtime.wiring import Parts
from common.tasks import HEALTH_CHECK, TASKS

CHECKS: Mapping[str, Check] = {
    "database": Check(dependencies.database),
    "redis": Check(dependencies.redis),
    "history": Check(dependencies.history),
    "archive": Check(dependencies.archive),
    "mail": Check(dependencies.mail),
    "webhook": Check(dependencies.webhook, needs=("database",)),
    "operator": Check(operator.operator),
    "sources": Check(filings.sources, needs=("database",)),
    "parsing": Check(filings.parsing, needs=("database",)),
    "books": Check(filings.books, needs=("database",)),
    "tasks": Check(runs.tasks, needs=("history", "redis")),
    "open runs": Check(runs.open_runs, needs=("history", "redis")),
    "messages": Check(mails.ledger, needs=("database",)),
    "queue": Check(mails.queue, needs=("database", "redis")),
    "reputation": Check(mails.reputation, needs=("database",)),
}
"""What is looked at, dependencies first."""


def check_health(request: Request, *, parts: Callable[[], Parts] = wiring.parts) -> Response:
    """Answer REQUEST with how every component is: 200 when all are well, 503 when one is not.

    A queue that was handed the check is answered 200 in any case: it would ask again, and find the same.
    The answer is JSON: run_id, healthy, and each component with its color, number and next step. A tick that is
    delivered twice is answered with what its first delivery found.
    """
    try:
        made = parts()
        trigger = read_trigger(request, HEALTH_CHECK, HealthParameters, made.clock())
        stored = _record(made, trigger)
    except tuple(REFUSALS) as refused:
        return respond(refusal(refused), {"healthy": False, "error": str(refused)})
    if stored and stored.record.status is Status.SUCCEEDED:
        return _answer(trigger, stored.record.counts)
    found = _found(made, trigger)
    if stored:
        _close(made, stored, found)
    return _answer(trigger, found)


def _answer(trigger: Trigger, found: Mapping[str, Any]) -> Response:
    settled = found["healthy"] or trigger.kind is Kind.HANDOVER
    return respond(200 if settled else 503, {"run_id": trigger.run_id, **found})


def _record(made: Parts, trigger: Trigger) -> Stored | None:
    """Return this check's record, the one of its first delivery if there was one; None = history does not answer.

    Raises ConflictingRequest where that was asked for with other parameters.
    """
    now = made.clock()
    fresh = _begun(made, trigger, trigger.queued(HEALTH_CHECK, now), now)
    try:
        stored = made.history.create(fresh) or made.history.read(trigger.run_id)
        if stored and stored.record.status is Status.QUEUED:
            stored = made.history.replace(stored, _begun(made, trigger, stored.record, now))
    except (DependencyDown, StaleRecord):  # stale: another delivery began it, and keeps what it finds
        return None
    if stored and stored.record.parameters != trigger.parameters:
        raise ConflictingRequest(f"{trigger.run_id} was asked for with other parameters")
    return stored


def _begun(made: Parts, trigger: Trigger, queued: RunRecord, now: datetime) -> RunRecord:
    """Return what stands QUEUED, as this process begins it."""
    return replace(
        queued,
        status=Status.RUNNING,
        attempt=1,
        started_at=now,
        trace=trigger.trace or queued.trace,
        revision=made.settings.k_revision,
    )


def _close(made: Parts, stored: Stored, found: Mapping[str, Any]) -> None:
    now = made.clock()
    seconds = (now - (stored.record.started_at or now)).total_seconds()
    done = replace(
        stored.record, status=Status.SUCCEEDED, finished_at=now, seconds=round(seconds, 3), counts=found
    )
    with suppress(DependencyDown, StaleRecord):  # then the next check says so
        made.history.replace(stored, done)


def _found(made: Parts, trigger: Trigger) -> dict[str, Any]:
    """Look, tell the operator what changed, and return what the caller is told."""
    log = _log(made, trigger)
    before, stored = recall(made, log)
    look = look_of(made, log, before or Memory())
    component = trigger.parameters.get("component", EVERYTHING)
    wanted = OLDER_NAMES.get(component, component)
    verdicts = list(look_at(look, {name: CHECKS[name] for name in CHECKS if wanted in {EVERYTHING, name}}))
    for verdict in verdicts:
        say = log.error if verdict.is_red else log.info
        say("health.component", found=said(verdict), figures=verdict.figures)
    if before is not None:
        known = replace(memory.after(before, verdicts, look.now), watched=look.watched)
        with suppress(StaleRecord):  # another check at the same moment keeps what it found, and tells it
            _keep(made, look, stored, known, verdicts)
    return {"healthy": is_healthy(verdicts), "components": [said(verdict) for verdict in verdicts]}


def said(verdict: Verdict) -> dict[str, str]:
    """Return VERDICT as a caller is told it."""
    return {name: str(getattr(verdict, name)) for name in ("component", "color", "number", "next_step")}


def _log(made: Parts, trigger: Trigger) -> Log:
    settings = made.settings
    return logs.bind(
        function=HEALTH_CHECK.name,
        task=HEALTH_CHECK.name,
        run_id=trigger.run_id,
        trace=trigger.trace,
        project=settings.google_cloud_project,
        folder=settings.log_folder,
        clock=made.clock,
        write=made.write,
    )


def look_of(made: Parts, log: Log, before: Memory) -> Look:
    """Return what the checks look at now; BEFORE tells since when each task is expected to run."""
    now = made.clock()
    return Look(
        now=now,
        settings=made.settings,
        history=made.history,
        lock=made.lock,
        queue=_queue(made.settings.redis_url),
        database=made.database,
        dispatcher=made.dispatcher,
        log=log,
        watched={task: before.watched.get(task, now) for task in TASKS},
    )


_queue = cache(RedisQueue.at)


def recall(made: Parts, log: Log) -> tuple[Memory | None, StoredState | None]:
    """Return what the checks before found; no memory when history and the database are both down."""
    try:
        return memory.read(made.history, made.database)
    except DependencyDown as down:
        log.error("health.no_memory", reason=str(down))
        return None, None


def _keep(
    made: Parts, look: Look, stored: StoredState | None, known: Memory, verdicts: Sequence[Verdict]
) -> None:
    """Keep what is KNOWN, and mail each change that the operator does not know of.

    It is kept as told before its mail leaves, and as untold again where that surely did not: after that a process may end,
    or an answer be lost. Of two checks at once only the first to keep what it found goes on.
    """
    stored = _kept(made, stored, known, verdicts)
    for verdict in verdicts:
        one = known.components.get(verdict.component)
        if one and one.color is verdict.color and not one.told:
            known = known.noting(verdict.component, told=True)
            stored = _kept(made, stored, known, verdicts)
            if not operator.tell_operator(look, verdict, one):
                known = known.noting(verdict.component, told=False)
                stored = _kept(made, stored, known, verdicts)


def _kept(
    made: Parts, stored: StoredState | None, known: Memory, verdicts: Sequence[Verdict]
) -> StoredState | None:
    """Keep KNOWN in the database, and in history, where that answers; return it as it is kept there."""
    kept = memory.keep_in_history(made.history, stored, known) if stored else None
    with suppress(DependencyDown), made.database.recording() as tx:
        memory.keep_in_database(tx, known, verdicts, made.clock())
    return kept
