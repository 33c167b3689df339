"""The HTTP border of every task: a request becomes a Trigger, an outcome becomes a response.

Cloud Run's IAM has authenticated the caller before this reads a header.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Request, Response
from pydantic import BaseModel, ValidationError
from ulid import ULID

from common.errors import InvalidRequest
from common.runtime.decide import keyed_id, manual_id, scheduled_id
from common.runtime.records import Kind, RunRecord, Status
from common.tasks import Task

__all__ = ["Request", "Response", "Trigger", "headers_of", "read_trigger", "respond"]

JOB = "X-CloudScheduler-JobName"
SCHEDULE_TIME = "X-CloudScheduler-ScheduleTime"  # constant over Scheduler's retries of one tick
KEY = "Idempotency-Key"
TRACEPARENT = "traceparent"
RUN = "CapitolScope-Run"
ROOT = "CapitolScope-Root"
SHARD = "CapitolScope-Shard"
AGAIN = "CapitolScope-Again"

TRACE = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")  # W3C Trace Context, section 3.2
NAME = re.compile(r"[A-Za-z0-9_.-]{1,180}")  # what Firestore ids, URLs and Redis keys all take


@dataclass(frozen=True, slots=True)
class Trigger:
    """Who asks for which run, and with what."""

    kind: Kind
    run_id: str
    root: str
    scope: str
    parameters: Mapping[str, Any]
    due: datetime | None = None
    """The tick that a scheduled run answers."""
    trace: str | None = None
    again: str = ""
    """For the queue alone: parts this request from earlier ones for the same run; those alike are taken once."""

    def queued(self, task: Task, now: datetime) -> RunRecord:
        """Return the record that TASK's run has from NOW until it begins."""
        return RunRecord(
            run_id=self.run_id,
            task=task.name,
            scope=self.scope,
            root=self.root,
            kind=self.kind,
            status=Status.QUEUED,
            parameters=self.parameters,
            created_at=now,
            due=self.due,
            trace=self.trace,
        )


def read_trigger(request: Request, task: Task, model: type[BaseModel], now: datetime) -> Trigger:
    """Return what REQUEST asks of TASK. Raises InvalidRequest naming the field or header that is wrong."""
    parameters = valid_parameters(request.get_data(), model)
    due = schedule_time(request, task)
    kind, run_id = _identity(request, task, due, now)
    shard = _name(request, SHARD)
    return Trigger(
        kind=kind,
        run_id=run_id,
        root=_name(request, ROOT) or run_id,
        scope=f"{task.name}/{shard}" if shard else task.name,
        parameters=parameters,
        due=due if kind is Kind.SCHEDULED else None,
        trace=trace_of(request),
    )


def headers_of(trigger: Trigger) -> dict[str, str]:
    """Return the headers with which another process asks for TRIGGER's run."""
    shard = trigger.scope.partition("/")[2]
    values = {
        RUN: trigger.run_id,
        ROOT: trigger.root,
        SHARD: shard,
        AGAIN: trigger.again,
        TRACEPARENT: f"00-{trigger.trace}-{trigger.trace[:16]}-01" if trigger.trace else "",
    }
    return {name: value for name, value in values.items() if value}


def respond(status: int, body: Mapping[str, Any]) -> Response:
    """Return BODY as a JSON response."""
    return Response(json.dumps(body, default=str), status=status, mimetype="application/json")


def asked_by(
    task: Task,
    parameters: Mapping[str, Any],
    now: datetime,
    *,
    key: str | None = None,
    due: datetime | None = None,
    trace: str | None = None,
) -> Trigger:
    """Return the trigger of the run that a caller asks for NOW: with an idempotency KEY, for a tick DUE, or by hand."""
    kind, run_id = _own_identity(task, key, due, now)
    tick = due if kind is Kind.SCHEDULED else None
    return Trigger(kind, run_id, run_id, task.name, parameters, due=tick, trace=trace)


def trace_of(request: Request) -> str | None:
    """Return the trace id of REQUEST, None where it has none."""
    trace = TRACE.fullmatch(request.headers.get(TRACEPARENT, ""))
    return trace and trace[1]


def schedule_time(request: Request, task: Task) -> datetime | None:
    """Return the tick for which Cloud Scheduler sent REQUEST; None = somebody else did. Raises InvalidRequest."""
    job = request.headers.get(JOB, task.job).rpartition("/")[2]
    if job != task.job:
        raise InvalidRequest(JOB, f"{job} is not {task.name}'s job, which is {task.job}")
    text = request.headers.get(SCHEDULE_TIME)
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
        in_utc = time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(SCHEDULE_TIME, f"{text!r} is not an RFC 3339 time") from error
    if time.tzinfo is None:
        raise InvalidRequest(SCHEDULE_TIME, f"{text!r} has no zone")
    return in_utc


def _identity(request: Request, task: Task, due: datetime | None, now: datetime) -> tuple[Kind, str]:
    if run_id := _name(request, RUN):
        if not run_id.startswith(f"{task.name}-"):
            raise InvalidRequest(RUN, f"{run_id} is no run of {task.name}")
        continues = run_id.startswith(f"{request.headers.get(ROOT, run_id)}.c")
        return (Kind.CONTINUATION if continues else Kind.HANDOVER), run_id
    return _own_identity(task, request.headers.get(KEY), due, now)


def _own_identity(task: Task, key: str | None, due: datetime | None, now: datetime) -> tuple[Kind, str]:
    if key:
        return Kind.KEYED, keyed_id(task.name, key)
    if due is not None:
        return scheduled_id(task.name, due, now)
    return Kind.MANUAL, manual_id(task.name, str(ULID.from_datetime(now)))


def valid_parameters(body: bytes, model: type[BaseModel]) -> dict[str, Any]:
    """Return the valid parameters of BODY, without those left at their defaults: a default may change meanwhile.

    Raises InvalidRequest naming the first field that is wrong.
    """
    try:
        return model.model_validate_json(body or b"{}", strict=True).model_dump(
            mode="json", exclude_defaults=True
        )
    except ValidationError as error:
        fault = error.errors()[0]
        raise InvalidRequest(".".join(map(str, fault["loc"])) or "body", fault["msg"]) from error


def _name(request: Request, header: str) -> str | None:
    value = request.headers.get(header)
    if value is not None and not NAME.fullmatch(value):
        raise InvalidRequest(header, f"{value!r} is not a name of letters, digits, '_', '.' and '-'")
    return value
