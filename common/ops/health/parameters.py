"""What a caller may ask of a check."""

from pydantic import BaseModel, ConfigDict, Field

COMPONENTS = (
    "database",
    "redis",
    "history",
    "archive",
    "mail",
    "webhook",
    "operator",
    "sources",
    "parsing",
    "books",
    "tasks",
    "open runs",
    "messages",
    "queue",
    "reputation",
)
"""What is looked at, dependencies first; watch.CHECKS says how."""
OLDER_NAMES = {"congress": "sources"}
EVERYTHING = "everything"


class HealthParameters(BaseModel):
    """What a caller may ask of a check; without any, it looks at everything."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    component: str = Field(
        default=EVERYTHING, pattern=f"^({'|'.join([EVERYTHING, *COMPONENTS, *OLDER_NAMES])})$"
    )
    """Look at this alone."""
