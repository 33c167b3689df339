"""What the suites about the House client share."""

from dataclasses import replace
from datetime import timedelta

from common.disclosures.house.client import Wanted
from common.download import Patience
from local.standins.shelf import OwnShelf
from local.standins.site import Fault, Reply

CLERK = "https://disclosures-clerk.house.gov"
CONTACT = "ops@example.org"
QUICK = Patience(attempts=3, first_wait=timedelta(milliseconds=5), total=timedelta(seconds=5))
GREENE = Wanted(2025, "20990101")
GONE = Wanted(2025, "20990301")


def reports(shelf: OwnShelf) -> list[Wanted]:
    """Return every report that SHELF serves."""
    return [Wanted(entry.row.year, entry.row.doc_id) for entry in shelf.entries if entry.pdf]


def with_header(name: str, value: str) -> Fault:
    """Answer rightly but for one header."""

    def change(reply: Reply) -> Reply:
        return replace(reply, headers={**reply.headers, name: value})

    return change
