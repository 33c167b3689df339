"""Cloud Run function: what nobody does by day; sources and database compared, old data deleted, leftovers put right."""

from flask import Request, Response

from common.ops.maintenance.maintain import maintain
from common.ops.maintenance.parameters import MaintenanceParameters
from common.runtime.runner import run
from common.tasks import DAILY_MAINTENANCE


def daily_maintenance(request: Request) -> Response:
    """Answer one call of Cloud Scheduler's job daily-maintenance."""
    return run(request, DAILY_MAINTENANCE, maintain, MaintenanceParameters)
