"""What was disclosed, as rules see it: versions of filings and their rows, as SQL to match and as records to show.

Both forms come from the same columns: what `match` decides is what `explain` and the mails repeat.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, not_, or_, select

from common.db.amendment_tables import restatements
from common.db.tables import filings, members, terms, trades, versions
from common.disclosures.amendments.chains import IS_SURE, TELLS, Heir, Original, first_filed, heirs, originals
from common.disclosures.amendments.deciding import DELETED, STATUSES
from common.disclosures.facts import SIDES
from common.disclosures.lateness import days_late, is_late
from common.disclosures.records import Trade
from common.tickers import spelled_in_sql

STATE_LETTERS = 2  # of the district that a source prints: GA14


@dataclass(frozen=True, slots=True)
class StoredTrade:
    """A row of a version; `late` as `lateness.days_late` says, from the trade's first disclosure."""

    id: int
    trade: Trade
    late: int | None
    amends: bool = False
    """Whether it restates an earlier row, known or not."""
    origin: "Origin | None" = None
    """The row that it restates; None of one that amends = the original is not in our records."""
    heir: Heir | None = None
    """The row of a later filing that restates it now."""

    @property
    def is_sure(self) -> bool:
        """Whether the parser trusts it; one that it does not is quarantined."""
        return not self.trade.quarantine

    @property
    def is_deleted(self) -> bool:
        """Whether it takes its original back."""
        return self.is_sure and self.trade.filing_status == DELETED

    @property
    def tells(self) -> bool:
        """Whether its own filing tells it: no later one restates it, and it takes nothing back."""
        return self.heir is None and not self.is_deleted

    @property
    def side(self) -> str:
        """`buy`, `sell`, `exchange`, or what the form prints."""
        return SIDES.get(self.trade.transaction_type, self.trade.transaction_type)


@dataclass(frozen=True, slots=True)
class Origin:
    """What a row restates: a row of a version of an earlier filing."""

    of: "Disclosed"
    row: StoredTrade


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
    amendment: int = 0
    """The Senate's number; 0 = an original."""

    @cached_property
    def by_id(self) -> dict[int, StoredTrade]:
        """Its rows by trade id."""
        return {row.id: row for row in self.rows}

    @cached_property
    def restates(self) -> Mapping[int, Mapping["Disclosed", Mapping[int, StoredTrade]]]:
        """Which of its rows restate which, directly or not: filing -> its version -> trade id there -> the row here."""
        found: dict[int, dict[Disclosed, dict[int, StoredTrade]]] = {}
        for row in self.rows:
            for origin in _origins(row):
                rows = found.setdefault(origin.of.filing_id, {}).setdefault(origin.of, {})
                rows[origin.row.id] = row
        return found

    @cached_property
    def amends(self) -> tuple[int, ...]:
        """The filings whose rows it restates, directly or not, as they were filed."""
        filed = [(str(of.filed), of.amendment, of.filing_id) for its in self.restates.values() for of in its]
        return tuple(dict.fromkeys(filing_id for _, _, filing_id in sorted(filed)))


def _origins(row: StoredTrade) -> Iterator[Origin]:
    while origin := row.origin:
        yield origin
        row = origin.row


def news(*, where: ColumnElement[bool]) -> Select[Any]:
    """Return one row for each version, with what rules ask of a filing as a whole.

    `tells` = it is news in itself; a report without a single row that it tells is not.
    """
    has_rows = select(trades.c.id).where(trades.c.version_id == versions.c.id, TELLS).exists()
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
    """Return the rows that the parser trusts and their filings tell, with what rules ask of a trade."""
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
                filed=first_filed(),
                traded=trades.c.transaction_date,
                notified=trades.c.notification_date,
            ).label("is_late"),
        )
        .select_from(
            versions.join(filings)
            .join(trades, trades.c.version_id == versions.c.id)
            .outerjoin(restatements, restatements.c.trade_id == trades.c.id)
        )
        .where(where, IS_SURE, TELLS)
    )


def load(connection: Connection, version_ids: Collection[int]) -> dict[int, Disclosed]:
    """Return the versions with these ids, in the order in which their filings were first seen."""
    found = connection.execute(
        select(*_SHOWN)
        .select_from(_FROM.outerjoin(members, members.c.bioguide == versions.c.bioguide))
        .where(versions.c.id.in_(version_ids))
        .order_by(filings.c.first_seen, filings.c.id, versions.c.version)
    ).mappings()
    heads = {head["version_id"]: dict(head) for head in found}
    rows: dict[int, list[Any]] = {version_id: [] for version_id in heads}
    of_these = select(trades).where(trades.c.version_id.in_(rows)).order_by(trades.c.version_id, trades.c.row)
    for row in connection.execute(of_these):
        rows[row.version_id].append(row)
    chains = _chains(connection, heads)
    return {
        version_id: Disclosed(**head, rows=tuple(_stored(head, row, chains) for row in rows[version_id]))
        for version_id, head in heads.items()
    }


@dataclass(frozen=True, slots=True)
class _Chains:
    """What rows restate and are restated by, by their trade ids."""

    originals: Mapping[int, Original]
    heirs: Mapping[int, Heir]
    earlier: Mapping[int, Disclosed]
    """The versions that hold the originals, with what these restate."""

    def first_filed(self, trade_id: int) -> date | None:
        link = self.originals.get(trade_id)
        return link.first_filed if link else None

    def origin(self, trade_id: int) -> Origin | None:
        link = self.originals.get(trade_id)
        of = self.earlier[link.version_id] if link else None
        return Origin(of, of.by_id[link.trade_id]) if link and of else None


def _chains(connection: Connection, version_ids: Collection[int]) -> _Chains:
    links = originals(connection, version_ids)
    earlier = load(connection, {link.version_id for link in links.values()}) if links else {}
    return _Chains(links, heirs(connection, version_ids), earlier)


def _stored(head: Mapping[str, Any], row: Any, chains: _Chains) -> StoredTrade:
    said = {name: getattr(row, name) for name in _TRADE_FIELDS}
    trade = Trade(**said | {"quarantine": tuple(row.quarantine)})
    amends = head["amendment"] > 0 or trade.filing_status in STATUSES
    late = days_late(
        head["chamber"],
        filed=chains.first_filed(row.id) if amends else head["filed"],
        traded=trade.transaction_date,
        notified=trade.notification_date,
    )
    return StoredTrade(
        row.id,
        trade,
        late if not trade.quarantine else None,
        amends,
        chains.origin(row.id),
        chains.heirs.get(row.id),
    )


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
    versions.c.amendment,
    versions.c.bioguide,
    members.c.official_name.label("name"),
    members.c.last,
    terms.c.party,
    _STATE.label("state"),
    terms.c.district,
)
