"""A whole report: who filed it and when, and its rows."""

from common.disclosures.records import Filing
from common.disclosures.senate.ptr.fields import trade_of
from common.disclosures.senate.ptr.pages import Page, page_of


def parse_ptr(page: bytes, *, doc_id: str) -> Filing:
    """Read an electronic periodic transaction report; every row is kept, uncertain ones with their `quarantine`.

    Raises SessionExpired for the form of agreement, NoTextLayer for a report on paper, and SourceChanged for anything else
    that is no complete report: another page, one whose rows do not add up.
    """
    return filing_of(page_of(page, uuid=doc_id), doc_id=doc_id)


def filing_of(page: Page, *, doc_id: str) -> Filing:
    """Return what PAGE says as records."""
    filed = page.filed.date()
    return Filing(
        doc_id=doc_id,
        filer_name=page.filer_name,
        filer_status="",
        state_district="",
        signed_date=filed,
        signed_text=page.filed_text,
        pages=1,
        generation="page",
        trades=tuple(trade_of(row, number, filed=filed) for number, row in enumerate(page.rows, 1)),
        amendment=page.amendment,
    )
