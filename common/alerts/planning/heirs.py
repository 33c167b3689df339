"""What became of rows that later filings restate."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from common.alerts.planning.disclosed import Disclosed, StoredTrade, load
from common.alerts.planning.restated import became


@dataclass(frozen=True, slots=True)
class Last:
    """How a row stands in the end: the last of the rows that restate it, and all the filings on the way."""

    of: Disclosed
    row: StoredTrade
    filing_ids: frozenset[int]

    def says_the_same_as(self, row: StoredTrade) -> bool:
        """Whether whoever was told ROW knows how it stands."""
        return not self.row.is_deleted and not became(row, self.row).changed


def last_words(connection: Connection, filing: Disclosed) -> Mapping[int, Last]:
    """Return how those rows of FILING stand in the end that other filings restate, by their ids."""
    last = {row.id: Last(filing, row, frozenset()) for row in filing.rows if row.heir}
    while wanted := {one.row.heir.version_id for one in last.values() if one.row.heir}:
        later = load(connection, wanted)
        last = {row_id: _next(one, later) for row_id, one in last.items()}
    return last


def _next(last: Last, later: Mapping[int, Disclosed]) -> Last:
    if last.row.heir is None:
        return last
    of = later[last.row.heir.version_id]
    return Last(of, of.by_id[last.row.heir.trade_id], last.filing_ids | {of.filing_id})
