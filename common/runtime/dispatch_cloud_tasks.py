"""Continuations and hand-overs through Cloud Tasks.

Import it only where CLOUD_TASKS_QUEUE is set, and only to hand over: it costs 220 ms, and most runs hand nothing over.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property

from google.api_core.exceptions import AlreadyExists, GoogleAPIError, ServiceUnavailable
from google.api_core.retry import Retry, if_exception_type
from google.auth.exceptions import GoogleAuthError
from google.cloud import tasks_v2
from google.protobuf.duration_pb2 import Duration

from common.errors import DependencyDown
from common.runtime.trigger import Trigger, headers_of
from common.tasks import Task

SECONDS = 3.0  # for all attempts together; the answer to the run that hands over must be out within 10 s
# A connection that broke while this process slept shows at once. Asking again is safe: the second is ALREADY_EXISTS.
_BRIEFLY = Retry(predicate=if_exception_type(ServiceUnavailable), initial=0.1, maximum=0.4, timeout=1.0)
LEEWAY = timedelta(seconds=15)
"""How much longer Cloud Tasks waits for an answer than the function may take; as Scheduler's attempt deadline."""
NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]")  # CreateTaskRequest, google/cloud/tasks/v2/cloudtasks.proto


class CloudTasksDispatcher:
    """Creates a named task in QUEUE for each run; one that is there already counts as taken.

    QUEUE is `projects/P/locations/L/queues/Q`; FUNCTION_URL holds `{function}` in place of a function's name; the task
    calls it in the name of SERVICE_ACCOUNT. May be used by several threads.
    """

    def __init__(
        self,
        queue: str,
        service_account: str,
        function_url: str,
        *,
        connect: Callable[[], tasks_v2.CloudTasksClient] = tasks_v2.CloudTasksClient,
    ) -> None:
        self._queue = queue
        self._service_account = service_account
        self._function_url = function_url
        self._connect = connect

    def dispatch(self, task: Task, trigger: Trigger) -> None:
        """Have TRIGGER's run asked for. Raises DependencyDown("dispatch") within 4 s when that is not certain."""
        try:
            self._client.create_task(
                parent=self._queue, task=self._queued(task, trigger), retry=_BRIEFLY, timeout=SECONDS
            )
        except AlreadyExists:
            return
        except (GoogleAPIError, GoogleAuthError) as error:
            raise DependencyDown(
                "dispatch", f"{trigger.run_id} was not taken by {self._queue}: {error}"
            ) from error

    @cached_property
    def _client(self) -> tasks_v2.CloudTasksClient:
        return self._connect()

    def _queued(self, task: Task, trigger: Trigger) -> tasks_v2.Task:
        url = function_url(self._function_url, task)
        deadline = Duration()
        deadline.FromTimedelta(task.timeout + LEEWAY)
        return tasks_v2.Task(
            name=f"{self._queue}/tasks/{task_id(trigger)}",
            dispatch_deadline=deadline,
            http_request=tasks_v2.HttpRequest(
                url=url,
                http_method=tasks_v2.HttpMethod.POST,
                headers={"Content-Type": "application/json", **headers_of(trigger)},
                body=json.dumps(dict(trigger.parameters)).encode(),
                oidc_token=tasks_v2.OidcToken(service_account_email=self._service_account, audience=url),
            ),
        )


def function_url(template: str, task: Task) -> str:
    """Return where TASK's function answers; a Cloud Run service has hyphens where its function has underscores."""
    return template.replace("{function}", task.name.replace("_", "-"))


def task_id(trigger: Trigger) -> str:
    """Return the name under which TRIGGER is queued once; a name stays taken for a day after its task is done.

    A hash leads it, as Cloud Tasks asks for: names that begin alike slow a queue down.
    """
    digest = hashlib.sha256(f"{trigger.run_id}\0{trigger.again}".encode()).hexdigest()
    return f"{digest[:20]}-{NOT_IN_A_NAME.sub('-', trigger.run_id)}"
