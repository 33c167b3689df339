"""The review queue: what callers send and are told of it."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from common.api.exchange import Asked, Told
from common.api.people import BIGGEST_ID

BIOGUIDE = r"^[A-Z][0-9]{6}$"
ROW = r"^[0-9A-Za-z-]{1,40}/[1-9][0-9]{0,5}$"


class ReviewsQuery(Asked):
    """Which reviews to list, by rising id."""

    kind: Literal["filer", "amendment"] | None = Field(default=None, description="only these")
    open: bool = Field(default=True, description="those that wait; false = those that are settled")
    after: int = Field(
        default=0, ge=0, le=BIGGEST_ID, description="review_id of the last one of the page before"
    )
    limit: int = Field(default=20, ge=1, le=100)


class Document(Told):
    """A filing to look at."""

    doc_id: str
    url: str
    filed: date | None


class Review(Told):
    """Something that no machine could settle."""

    review_id: int
    kind: str = Field(description="filer: who is it? amendment: which row does it restate?")
    about: str = Field(description="the filer as the source prints them, or DOCUMENT/ROW")
    reason: str
    evidence: dict[str, Any]
    opened_at: datetime
    closed_at: datetime | None
    decision: dict[str, Any] | None
    documents: list[Document]


class Reviews(Told):
    """A page of reviews."""

    reviews: list[Review]
    next: str | None = Field(description="path of the next page; null = this is the last")


class ReviewDecision(Asked):
    """What an operator says: `bioguide` of a filer, `original` of an amendment; null = nobody, nothing in our records."""

    bioguide: str | None = Field(default=None, pattern=BIOGUIDE)
    original: str | None = Field(default=None, pattern=ROW, description="DOCUMENT/ROW that it restates")


class ReviewUndo(Asked):
    """Which decision is to be taken back: the review's last one, as it was listed."""

    closed_at: AwareDatetime = Field(description="closed_at of the review as decided; another = refused")


class Decided(Told):
    """What a decision, or its undo, changed."""

    review_id: int
    versions: bool = Field(
        description="whether it changed facts, and so made versions that those concerned are told"
    )
    notifications: str | None = Field(
        description="the run that tells them at once; null = there is nothing to tell, or nobody took it and the next tick does"
    )
