"""Cloud Run function: new House and Senate filings become stored trades."""

from flask import Request, Response

from common.disclosures.parameters import SyncParameters
from common.disclosures.sync import sync_disclosures
from common.runtime.runner import run
from common.tasks import CONGRESSIONAL_SYNC


def congressional_sync(request: Request) -> Response:
    """Answer one call of Cloud Scheduler's job congressional-data-sync."""
    return run(request, CONGRESSIONAL_SYNC, sync_disclosures, SyncParameters)
