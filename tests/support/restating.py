"""Rows of one filer's filings, as decisions about amendments see them."""

from datetime import date, timedelta
from typing import Any

from common.disclosures.amendments.deciding import Name, Restatements, Row, restatements

FIRST_DAY = date(2025, 3, 1)
SAID = {"asset": "nvda", "type": "P", "traded": date(2025, 2, 1), "owner": "", "amount": (1001, 15000)}


def a_row(
    doc_id: str,
    row: int = 1,
    *,
    day: int = 0,
    status: str | None = None,
    transaction_id: str | None = None,
    amendment: int = 0,
    beside: tuple[object, ...] = (),
    **said: Any,
) -> Row:
    """Return a row of a filing of the DAY after the first; SAID replaces what it says."""
    return Row(
        name=Name(doc_id, row),
        filed=FIRST_DAY + timedelta(days=day),
        amendment=amendment,
        status=status,
        transaction_id=transaction_id,
        agreed=tuple((SAID | said).values()),
        beside=beside,
    )


def links(chamber: str, *rows: Row, decided: dict[Name, Name | None] | None = None) -> dict[str, str]:
    """Return what restates what, by name."""
    found = restatements(chamber, rows, decided).links
    return {str(name): str(link.original) for name, link in found.items()}


def unsure(found: Restatements) -> dict[str, list[str]]:
    """Return who is unsure among whom."""
    return {str(name): [str(one) for one in among] for name, among in found.unsure.items()}
