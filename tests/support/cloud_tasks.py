"""Cloud Tasks' CreateTask on this machine: a real gRPC server that speaks the library's own messages."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

from common.runtime.dispatch_cloud_tasks import CloudTasksDispatcher

QUEUE = "projects/capitol/locations/us-west1/queues/runs"
CALLER = "tasks@capitol.iam.gserviceaccount.com"
FUNCTIONS = "https://{function}-123456789012.us-west1.run.app"


@dataclass
class CloudTasks:
    """What it took, by name; the next calls fail with the codes in `faults`."""

    target: str = ""
    taken: dict[str, tasks_v2.CreateTaskRequest] = field(default_factory=dict)
    faults: list[grpc.StatusCode] = field(default_factory=list)
    calls: int = 0

    def create_task(self, request: tasks_v2.CreateTaskRequest, context: Any) -> tasks_v2.Task:
        self.calls += 1
        if self.faults:
            context.abort(self.faults.pop(0), "as the test asked")
        if request.task.name in self.taken:
            context.abort(grpc.StatusCode.ALREADY_EXISTS, "it was there before")
        self.taken[request.task.name] = request
        return request.task


@contextmanager
def cloud_tasks() -> Iterator[CloudTasks]:
    """Serve Cloud Tasks on a free port."""
    service = CloudTasks()
    create = grpc.unary_unary_rpc_method_handler(
        service.create_task,
        request_deserializer=tasks_v2.CreateTaskRequest.deserialize,
        response_serializer=tasks_v2.Task.serialize,
    )
    server = grpc.server(ThreadPoolExecutor(2))
    name = "google.cloud.tasks.v2.CloudTasks"
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(name, {"CreateTask": create})])
    service.target = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield service
    finally:
        server.stop(0.2).wait()


@contextmanager
def dispatching(target: str) -> Iterator[CloudTasksDispatcher]:
    """Lend a dispatcher that finds Cloud Tasks at TARGET, without credentials."""
    with grpc.insecure_channel(target) as channel:
        transport = CloudTasksGrpcTransport(channel=channel)
        client = tasks_v2.CloudTasksClient(transport=transport)
        yield CloudTasksDispatcher(QUEUE, CALLER, FUNCTIONS, connect=lambda: client)
