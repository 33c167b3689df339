"""What a caller may ask of a run of notifications."""

from pydantic import BaseModel, ConfigDict


class NotifyParameters(BaseModel):
    """A run of notifications takes no parameters: the database says what there is to do."""

    model_config = ConfigDict(frozen=True, extra="forbid")
