"""Cloud Run function: looks at every part, and tells the operator when something changes."""

from flask import Request, Response

from common.ops.health.watch import check_health


def health_check(request: Request) -> Response:
    """Answer one call of Cloud Scheduler's job health-checks."""
    return check_health(request)
