"""Asks for another run: a continuation, or work handed over."""

import json
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Protocol

from common.errors import DependencyDown, NotConfigured
from common.runtime.trigger import Trigger, headers_of
from common.tasks import Task

SECONDS = 4.0  # the answer to the run that hands over must be out within 10 s


class Dispatcher(Protocol):
    """Sees to it that somebody asks for a run until it is answered 2xx."""

    def dispatch(self, task: Task, trigger: Trigger) -> None:
        """Have TRIGGER's run asked for. Raises DependencyDown("dispatch") when that is not certain."""
        ...


@dataclass(frozen=True, slots=True)
class HttpDispatcher:
    """Posts to a laptop's queue at URL/<task>, which answers 2xx once it has taken the request to repeat it."""

    url: str

    def dispatch(self, task: Task, trigger: Trigger) -> None:
        request = urllib.request.Request(  # noqa: S310 - the URL is the operator's own setting
            f"{self.url.rstrip('/')}/{task.name}",
            data=json.dumps(dict(trigger.parameters)).encode(),
            headers={"Content-Type": "application/json", **headers_of(trigger)},
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310
                pass
        except (OSError, HTTPException) as error:  # URLError is an OSError
            raise DependencyDown(
                "dispatch", f"{trigger.run_id} was not taken by {self.url}: {error}"
            ) from error


@dataclass(frozen=True, slots=True)
class LateDispatcher:
    """Dispatches through what MAKE returns, which is made when the first run hands over: its library loads slowly."""

    make: Callable[[], Dispatcher]

    def dispatch(self, task: Task, trigger: Trigger) -> None:
        self.make().dispatch(task, trigger)


@dataclass(frozen=True, slots=True)
class NoDispatcher:
    """Stands where nothing is configured: a run that would hand over is interrupted instead, and asked for again."""

    def dispatch(self, task: Task, trigger: Trigger) -> None:  # noqa: ARG002 - the port's signature
        raise NotConfigured("set DISPATCH_URL, or CLOUD_TASKS_QUEUE in the cloud; see README, Configuration")
