"""An operator's desk: the API beside what is filed, and what nobody but a person can settle."""

from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import insert, update

from common.db.engine import write_transaction
from common.db.tables import filers, filings, reviews, versions
from tests.support.alerts import GREENE, NOW, Watch
from tests.support.api import Api
from tests.support.restated import FIRST, SECOND, amended
from tests.support.trades import a_trade


@dataclass
class Desk:
    """The API beside what is filed."""

    api: Api
    watch: Watch

    def open(self, kind: str) -> dict[str, Any]:
        """Return the one review of KIND that waits."""
        (one,) = self.api.get(f"/admin/reviews?kind={kind}").json()["reviews"]
        found: dict[str, Any] = one
        return found

    def decide(self, review: dict[str, Any], **said: str | None) -> httpx.Response:
        return self.api.post(f"/admin/reviews/{review['review_id']}/decide", said)

    def decided(self) -> dict[str, Any]:
        """Return the one review that is settled."""
        (one,) = self.api.get("/admin/reviews?open=false").json()["reviews"]
        found: dict[str, Any] = one
        return found

    def undo(self, review: dict[str, Any]) -> httpx.Response:
        """Take back the decision of REVIEW as it was listed."""
        path = f"/admin/reviews/{review['review_id']}/undo"
        return self.api.post(path, {"closed_at": review["closed_at"]})

    def by_nobody(self, *said: Any, **listing: Any) -> int:
        """File something by a filer whom nobody knows, and who waits for review."""
        filing_id = self.watch.file(*said, by=None, **listing)
        (nobody,) = (row for row in self.watch.rows(filers) if row.name == "Hon. None")
        review = {
            "kind": "filer",
            "subject": str(nobody.id),
            "reason": "no member of that name",
            "evidence": {"candidates": [GREENE], "filed": "2025-03-05"},
            "opened_at": NOW,
        }
        is_first = not self.watch.rows(reviews)
        with write_transaction(self.api.engine) as tx:
            tx.execute(update(filings).where(filings.c.id == filing_id).values(filer_id=nobody.id))
            if is_first:
                tx.execute(insert(reviews).values(review))
        return filing_id

    @property
    def whose(self) -> dict[tuple[int, int], str | None]:
        return {(row.filing_id, row.version): row.bioguide for row in self.watch.rows(versions)}


def doubtful(desk: Desk) -> None:
    """File two alike trades, and an amendment that may restate either."""
    desk.watch.file(a_trade(), filed=FIRST)
    desk.watch.file(a_trade(), filed=FIRST)
    desk.watch.file(amended(owner="SP"), filed=SECOND)
