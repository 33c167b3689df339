"""Planning's work space: temporary tables that hold a batch and its matches, so that none of it passes through Python."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
    or_,
    select,
)

from common.alerts.planning.disclosed import news, sure_rows
from common.alerts.planning.match import Asked, matching
from common.db.alert_tables import rule_revisions, rules, subscribers
from common.db.tables import versions
from common.db.types import UtcDateTime

space = MetaData()
pending = Table(
    "pending",
    space,
    Column("version_id", BigInteger),
    Column("filing_id", BigInteger),
    Column("version", Integer),
    Column("stored_at", UtcDateTime),
    Column("readable", Boolean),
    Column("bioguide", String(7)),
    Column("first_seen", UtcDateTime),
    Column("filed", Date),
    Column("chamber", String(6)),
    Column("party", Text),
    Column("state", String(2)),
    Column("tells", Boolean),
    prefixes=["TEMPORARY"],
)
pending_rows = Table(
    "pending_rows",
    space,
    Column("version_id", BigInteger),
    Column("ticker", Text),
    Column("side", Text),
    Column("owner", String(2)),
    Column("asset_type", Text),
    Column("amount_min", BigInteger),
    Column("amount_max", BigInteger),
    Column("is_late", Boolean),
    prefixes=["TEMPORARY"],
)
matched = Table(
    "matched",
    space,
    Column("version_id", BigInteger),
    Column("subscriber_id", BigInteger),
    Column("revision_id", BigInteger),
    Column("frequency", String(9)),
    prefixes=["TEMPORARY"],
)
drafts = Table(
    "drafts",
    space,
    Column("version_id", BigInteger),
    Column("subscriber_id", BigInteger),
    Column("speed", Integer),
    Column("kind", String(14)),
    prefixes=["TEMPORARY"],
)


@contextmanager
def work_space(tx: Connection) -> Iterator[None]:
    """Lend the temporary tables, empty; a transaction that fails takes them with it."""
    space.create_all(tx, checkfirst=False)
    yield
    space.drop_all(tx, checkfirst=False)


def match_batch(tx: Connection, version_ids: Collection[int]) -> int:
    """Fill `pending`, `pending_rows` and `matched` for these versions; return how many rules matched a version.

    Only rules that go on, of subscribers who had confirmed when the version was stored.
    """
    of_batch = versions.c.id.in_(version_ids)
    for table, found in ((pending, news(where=of_batch)), (pending_rows, sure_rows(where=of_batch))):
        tx.execute(insert(table).from_select(list(table.c), found))
        _count_rows(tx, table)
    asks = (
        _goes_on(),
        subscribers.c.id == rule_revisions.c.subscriber_id,
        subscribers.c.confirmed_at <= pending.c.stored_at,
        subscribers.c.deleted_at.is_(None),
    )
    count = 0
    for shape in _shapes(tx):
        found = matching(shape, pending, pending_rows, Asked()).where(*asks)
        count += tx.execute(insert(matched).from_select(list(matched.c), found)).rowcount
    _count_rows(tx, matched)
    return count


def _goes_on() -> ColumnElement[bool]:
    """Whether a revision's rule was not stopped: that ends its last revision, so that only of an older one it is asked."""
    rule = select(rules.c.id).where(rules.c.id == rule_revisions.c.rule_id, rules.c.stopped_at.is_(None))
    return or_(rule_revisions.c.effective_until.is_(None), rule.exists())


def _shapes(tx: Connection) -> list[str]:
    oldest = select(pending.c.stored_at).order_by(pending.c.stored_at).limit(1).scalar_subquery()
    until = rule_revisions.c.effective_until
    in_use = select(rule_revisions.c.shape).distinct().where(or_(until.is_(None), until > oldest))
    return list(tx.scalars(in_use.order_by(rule_revisions.c.shape)))


def _count_rows(tx: Connection, table: Table) -> None:
    """Let PostgreSQL know how large a new table is; without, it plans for a handful of rows."""
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql(f"ANALYZE {table.name}")
