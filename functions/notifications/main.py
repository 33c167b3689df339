"""Cloud Run function: stored filings become notices, and notices become mail."""

from flask import Request, Response

from common.alerts.notify import notify
from common.alerts.parameters import NotifyParameters
from common.runtime.runner import run
from common.tasks import NOTIFICATIONS


def notifications(request: Request) -> Response:
    """Answer one call of Cloud Scheduler's job notification-processing, or of a sync that stored something."""
    return run(request, NOTIFICATIONS, notify, NotifyParameters)
