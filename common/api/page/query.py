"""What the page's own links and forms say in an address; no address of a subscriber is among it."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from common.api.exchange import Asked
from common.api.people import BIGGEST_ID, Id

Typed = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Kind = Literal["unread", "failed", "filer", "amendment"]
"""What waits for somebody: filings that nobody could read, and questions that no machine could settle."""


class PageQuery(Asked):
    """Where on the page somebody is, and what they just changed there; how that stands, the database says."""

    subscriber_id: Typed | None = None
    doc_id: Typed | None = None
    q: Typed | None = None
    asked: Typed | None = None
    """The run that was asked for."""
    review: Id | None = None
    """The review that was decided, or whose decision was taken back."""
    show: Kind | None = None
    after: int = Field(default=0, ge=0, le=BIGGEST_ID)
    """The last one of the page before, of those that `show` names."""
