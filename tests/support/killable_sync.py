"""congressional_sync with a lease so short that a killed run is soon gone, and as many attempts as a test kills."""

from dataclasses import replace
from datetime import timedelta

from flask import Request, Response

from common.disclosures.sync import SyncParameters, sync_disclosures
from common.runtime.runner import run
from common.tasks import CONGRESSIONAL_SYNC

KILLABLE = replace(
    CONGRESSIONAL_SYNC, lock_ttl=timedelta(seconds=1), heartbeat=timedelta(seconds=0.3), attempts=100
)


def congressional_sync(request: Request) -> Response:
    """Answer as the real function does."""
    return run(request, KILLABLE, sync_disclosures, SyncParameters)
