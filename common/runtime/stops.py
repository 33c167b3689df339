"""Why a use case ends before its work does, other than by an error."""


class Skip(Exception):
    """There is nothing to do now, and that is no fault; the message is the reason (`market closed`)."""


class Stopped(BaseException):
    """The run must stop at once. Like KeyboardInterrupt, no handler in the work may take it for an error."""


class OutOfTime(Stopped):
    """The platform would soon end the request; a continuation goes on from the checkpoint."""


class Terminated(Stopped):
    """The platform ends this process; the caller's next request goes on from the checkpoint."""
