"""Why a use case ends before its work does, other than by an error."""

from collections.abc import Mapping
from typing import Any


class Skip(Exception):
    """There is nothing to do now, and that is no fault; the message is the reason (`market closed`)."""


class DoneInPart(Exception):
    """Some of the work failed, all the rest is done: what was counted, and the CAUSE that decides how the run ends."""

    def __init__(self, counts: Mapping[str, Any], cause: Exception) -> None:
        super().__init__(str(cause))
        self.counts = counts
        self.cause = cause


class Stopped(BaseException):
    """The run must stop at once. Like KeyboardInterrupt, no handler in the work may take it for an error."""


class OutOfTime(Stopped):
    """The platform would soon end the request; a continuation goes on from the checkpoint."""


class Terminated(Stopped):
    """The platform ends this process; the caller's next request goes on from the checkpoint."""
