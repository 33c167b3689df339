"""What a caller may ask of a sync."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

ChamberName = Literal["house", "senate"]
FIRST_YEAR = 2012
"""The STOCK Act (Pub. L. 112-105) made periodic transaction reports due from July 2012."""
CHAMBERS: tuple[ChamberName, ...] = ("house", "senate")

Year = Annotated[int, Field(ge=FIRST_YEAR, le=2100)]
DocId = Annotated[str, Field(pattern=r"^(\d{4,12}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$")]
"""The House numbers its reports; the Senate's have UUIDs, the old ones in capitals."""


class SyncParameters(BaseModel):
    """What a caller may ask of a sync; without any, it reads this and last year's indexes of both chambers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    chambers: Annotated[tuple[ChamberName, ...], Field(min_length=1)] = CHAMBERS
    years: Annotated[tuple[Year, ...], Field(min_length=1)] | None = None
    doc_ids: tuple[DocId, ...] = ()
    """Read exactly these again, whatever their state, as far as the indexes of `years` list them."""
    baseline: bool = False
    """Take what is listed now as history that nobody is mailed; by default that of every year."""
    reread: Literal["outdated", "all"] | None = None
    """Read again what is archived, asking no source: what another parser than today's has read, or everything; by default
    of every year. `doc_ids` names exactly those."""
    limit: Annotated[int, Field(gt=0)] | None = None
    """At most so many documents of each chamber; the rest waits."""

    @model_validator(mode="after")
    def _asks_or_does_not(self) -> Self:
        if self.baseline and self.reread:
            raise ValueError("a baseline asks the sources and reread does not; ask for one of them")
        return self

    @property
    def is_partial(self) -> bool:
        """Whether documents may still wait when all that was asked for is done."""
        return bool(self.limit or self.doc_ids)
