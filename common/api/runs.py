"""Runs as a caller asks for them by name: which task it is, and what it takes."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from common.alerts.parameters import NotifyParameters
from common.disclosures.parameters import SyncParameters
from common.errors import InvalidRequest
from common.ops.health.parameters import HealthParameters
from common.ops.maintenance.parameters import MaintenanceParameters
from common.prices.parameters import PriceParameters
from common.runtime.trigger import valid_parameters
from common.tasks import TASKS, Task

PARAMETERS: Mapping[str, type[BaseModel]] = {
    "congressional_sync": SyncParameters,
    "stock_prices": PriceParameters,
    "notifications": NotifyParameters,
    "health_check": HealthParameters,
    "daily_maintenance": MaintenanceParameters,
}
"""Task -> what a run of it may be asked."""
_RENAMED: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "comprehensive_data_ingestion": ("congressional_sync", {}),
    "sync_congressional_members": ("daily_maintenance", {"step": "roster"}),
    "update_stock_prices": ("stock_prices", {}),
    "process_pending_notifications": ("notifications", {}),
    "system_health_check": ("health_check", {}),
    "health_check_congress_api": ("health_check", {"component": "congress"}),
}
OLDER_NAMES = {older: new for older, new in _RENAMED.items() if new[0] in TASKS}
"""Name that older callers use -> task, and the parameters that it stands for."""
NAMES = (*TASKS, *OLDER_NAMES)


def read_request(name: str, parameters: Mapping[str, Any]) -> tuple[Task, dict[str, Any]]:
    """Return the task that NAME means and its valid parameters. Raises InvalidRequest naming the field."""
    if name not in NAMES:
        raise InvalidRequest("task_name", f"{name} is no task; choose {', '.join(NAMES)}")
    task, meant = OLDER_NAMES.get(name, (name, {}))
    if meant and parameters:
        raise InvalidRequest("parameters", f"{name} takes none; ask for {task}")
    return TASKS[task], _valid(task, meant or parameters)


def _valid(task: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return valid_parameters(json.dumps(parameters).encode(), PARAMETERS[task])
    except InvalidRequest as fault:
        inner = "" if fault.field == "body" else f".{fault.field}"
        message = str(fault).removeprefix(f"{fault.field}: ")
        raise InvalidRequest(f"parameters{inner}", message) from fault
