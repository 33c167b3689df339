"""What a run costs, estimated.

List prices of Cloud Run, tier 1 regions (us-west1 among them), request-based billing, in dollars:
https://cloud.google.com/run/pricing, 2026-11. Free tier and the price per request left out.
"""

from datetime import timedelta

from common.tasks import Task

VCPU_SECOND = 0.000024
GIB_SECOND = 0.0000025
GIB = {"Gi": 1.0, "Mi": 1 / 1024}


def estimate(task: Task, duration: timedelta) -> float:
    """Return the dollars that TASK's instance costs for DURATION."""
    memory = float(task.memory[:-2]) * GIB[task.memory[-2:]]
    return round(duration.total_seconds() * (task.cpu * VCPU_SECOND + memory * GIB_SECOND), 6)
