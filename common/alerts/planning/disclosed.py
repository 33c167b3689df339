"""What was disclosed, as rules see it: versions of filings and their rows, as SQL to match and as records to show.

Both forms come from the same columns: what `match` decides is what `explain` and the mails repeat.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, not_, or_, select

from common.db.tables import filings, members, terms, trades, versions
from common.disclosures.facts import SIDES
from common.disclosures.lateness import days_late, is_late
from common.disclosures.records import Trade
from common.tickers import spelled_in_sql

STATE_LETTERS = 2  # of the district that a source prints: GA14


@dataclass(frozen=True, slots=True)
class StoredTrade:
    """A row of a version; `late` as `lateness.days_late` says."""

    id: int
    trade: Trade
    late: int | None

    @property
    def is_sure(self) -> bool:
        """Whether the parser trusts it; one that it does not is quarantined."""
        return not self.trade.quarantine

    @property
    def side(self) -> str:
        """`buy`, `sell`, `exchange`, or what the form prints."""
        return SIDES.get(self.trade.transaction_type, self.trade.transaction_type)


@dataclass(frozen=True, kw_only=True, eq=False)
class Disclosed:
    """One version of a filing, with every row; the same only as itself."""

    version_id: int
    filing_id: int
    version: int
    chamber: str
    doc_id: str
    url: str
    filed: date | None
    first_seen: datetime
    posted: datetime | None
    stored_at: datetime
    planned_at: datetime | None
    alertable: bool
    readable: bool
    fetched: bool
    """Whether there was a document at all."""
    filing_state: str
    reason: str | None
    filer_name: str
    state_district: str
    bioguide: str | None
    name: str | None
    """The member's official name; None = the filer is not settled."""
    last: str | None
    party: str | None
    """Of the member's term at the filing date."""
    state: str
    district: int | None
    rows: tuple[StoredTrade, ...]

    @cached_property
    def by_id(self) -> dict[int, StoredTrade]:
        """Its rows by trade id."""
        return {row.id: row for row in self.rows}


def news(*, where: ColumnElement[bool]) -> Select[Any]:
    """Return one row for each version, with what rules ask of a filing as a whole.

    `tells` = it is news in itself; a report without a single row is not.
    """
    has_rows = select(trades.c.id).where(trades.c.version_id == versions.c.id).exists()
    return (
        select(
            versions.c.id.label("version_id"),
            versions.c.filing_id,
            versions.c.version,
            versions.c.stored_at,
            versions.c.readable,
            versions.c.bioguide,
            filings.c.first_seen,
            filings.c.filed,
            filings.c.chamber,
            terms.c.party,
            _STATE.label("state"),
            or_(not_(versions.c.readable), has_rows).label("tells"),
        )
        .select_from(_FROM)
        .where(where)
    )


def sure_rows(*, where: ColumnElement[bool]) -> Select[Any]:
    """Return the rows that the parser trusts, with what rules ask of a trade."""
    return (
        select(
            trades.c.version_id,
            spelled_in_sql(trades.c.ticker).label("ticker"),
            case(SIDES, value=trades.c.transaction_type).label("side"),
            trades.c.owner,
            trades.c.asset_type,
            trades.c.amount_min,
            trades.c.amount_max,
            is_late(
                filings.c.chamber,
                filed=filings.c.filed,
                traded=trades.c.transaction_date,
                notified=trades.c.notification_date,
            ).label("is_late"),
        )
        .select_from(versions.join(filings).join(trades, trades.c.version_id == versions.c.id))
        .where(where, func.json_array_length(trades.c.quarantine) == 0)
    )


def load(connection: Connection, version_ids: Collection[int]) -> dict[int, Disclosed]:
    """Return the versions with these ids, in the order in which their filings were first seen."""
    found = connection.execute(
        select(*_SHOWN)
        .select_from(_FROM.outerjoin(members, members.c.bioguide == versions.c.bioguide))
        .where(versions.c.id.in_(version_ids))
        .order_by(filings.c.first_seen, filings.c.id, versions.c.version)
    ).mappings()
    heads = [dict(row) for row in found]
    rows: dict[int, list[Any]] = {head["version_id"]: [] for head in heads}
    of_these = select(trades).where(trades.c.version_id.in_(rows)).order_by(trades.c.version_id, trades.c.row)
    for row in connection.execute(of_these):
        rows[row.version_id].append(row)
    return {head["version_id"]: _disclosed(head, rows[head["version_id"]]) for head in heads}


def _disclosed(head: dict[str, Any], rows: list[Any]) -> Disclosed:
    return Disclosed(**head, rows=tuple(_stored(head, row) for row in rows))


def _stored(head: dict[str, Any], row: Any) -> StoredTrade:
    said = {name: getattr(row, name) for name in _TRADE_FIELDS}
    trade = Trade(**said | {"quarantine": tuple(row.quarantine)})
    late = days_late(
        head["chamber"],
        filed=head["filed"],
        traded=trade.transaction_date,
        notified=trade.notification_date,
    )
    return StoredTrade(row.id, trade, late if not trade.quarantine else None)


_TRADE_FIELDS = tuple(field.name for field in fields(Trade))
# The term that had begun last on the filing date: what is filed after a member left is still theirs.
_earlier = terms.alias("earlier")
_BEGUN_LAST = (
    select(func.max(_earlier.c.start))
    .where(
        _earlier.c.bioguide == versions.c.bioguide,
        _earlier.c.chamber == filings.c.chamber,
        _earlier.c.start <= filings.c.filed,
    )
    .scalar_subquery()
)
_FROM = versions.join(filings).outerjoin(
    terms, and_(terms.c.bioguide == versions.c.bioguide, terms.c.start == _BEGUN_LAST)
)
_STATE = func.coalesce(terms.c.state, func.substr(filings.c.state_district, 1, STATE_LETTERS))
_SHOWN = (
    versions.c.id.label("version_id"),
    versions.c.filing_id,
    versions.c.version,
    filings.c.chamber,
    filings.c.doc_id,
    filings.c.url,
    filings.c.filed,
    filings.c.first_seen,
    versions.c.posted,
    versions.c.stored_at,
    versions.c.planned_at,
    filings.c.alertable,
    versions.c.readable,
    versions.c.sha256.is_not(None).label("fetched"),
    filings.c.state.label("filing_state"),
    filings.c.reason,
    filings.c.filer_name,
    filings.c.state_district,
    versions.c.bioguide,
    members.c.official_name.label("name"),
    members.c.last,
    terms.c.party,
    _STATE.label("state"),
    terms.c.district,
)
