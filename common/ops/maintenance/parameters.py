"""What a caller may ask of daily_maintenance."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

StepName = Literal[
    "roster", "retry", "reconcile", "reread", "prices", "queue", "retention", "report", "analyze"
]


class MaintenanceParameters(BaseModel):
    """What a caller may ask of daily_maintenance; without any, it takes every step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: StepName | None = None
    """Take this one alone."""
