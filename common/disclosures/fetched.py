"""What came of asking a chamber's site for a report."""

from dataclasses import dataclass
from datetime import datetime

from common.errors import SourceChanged, SourceUnavailable


@dataclass(frozen=True, slots=True)
class FetchedDocument:
    """A report as it was sent."""

    body: bytes
    sha256: str
    last_modified: datetime | None
    """When it was posted, where the answer says so; aware, UTC."""
    url: str


SourceFault = SourceUnavailable | SourceChanged
Outcome = FetchedDocument | SourceFault
