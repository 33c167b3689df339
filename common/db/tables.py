"""Every table, once. Alembic's migrations must agree with this file (a test compares them).

Truth lives here; Redis and Firestore only help. Dollar bounds are whole dollars, times aware UTC.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from common.db.types import ExactDecimal, UtcDateTime

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)
Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only in INTEGER PRIMARY KEY

# ---- how runs keep out of each other's way (protocols, section 1)

fences = Table(
    "fences",
    metadata,
    Column("scope", String(100), primary_key=True),
    Column("token", BigInteger, nullable=False),  # rises with each holder; a write checks that it is its own
)
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("root", String(200), primary_key=True),  # run id of the chain's first run
    Column("step", String(100), primary_key=True),
    Column("state", JSON, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
task_runs = Table(
    "task_runs",
    metadata,
    Column("run_id", String(200), primary_key=True),
    Column("task", String(50), nullable=False),
    Column("status", String(20), nullable=False),
    Column("document", JSON, nullable=False),  # the record as Firestore would hold it
    Column("revision", BigInteger, nullable=False),  # every change is conditional on it
    Column("created_at", UtcDateTime, nullable=False),
    Column("expire_at", UtcDateTime, nullable=False),
    Index(None, "task", "created_at"),
)
task_states = Table(
    "task_states",
    metadata,
    Column("task", String(50), primary_key=True),
    Column("document", JSON, nullable=False),  # last success, last failure, paused
    Column("revision", BigInteger, nullable=False),
)

# ---- who

members = Table(
    "members",
    metadata,
    Column("bioguide", String(7), primary_key=True),
    Column("official_name", Text, nullable=False),
    Column("first", Text, nullable=False),
    Column("last", Text, nullable=False),
    Column("middle", Text, nullable=False, default=""),
    Column("suffix", Text, nullable=False, default=""),
    Column("nickname", Text, nullable=False, default=""),
    Column("other_names", JSON, nullable=False, default=list),  # surnames from other times of life
)
terms = Table(
    "terms",
    metadata,
    Column("bioguide", ForeignKey(members.c.bioguide), primary_key=True),
    Column("start", Date, primary_key=True),
    Column("end", Date, nullable=False),
    Column("chamber", String(6), nullable=False),  # house | senate
    Column("state", String(2), nullable=False),
    Column("district", Integer),  # 0 = at large; NULL in the Senate
    Column("party", Text, nullable=False),
)
roster_files = Table(
    "roster_files",
    metadata,
    Column("name", String(40), primary_key=True),  # of congress-legislators
    Column("etag", Text),  # verbatim, for If-None-Match
    Column("fetched_at", UtcDateTime, nullable=False),
)
filers = Table(
    "filers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("chamber", String(6), nullable=False),
    Column(
        "name", Text, nullable=False
    ),  # as the source prints it: prefix, first, last, suffix joined by blanks
    Column("state_district", String(10), nullable=False),
    Column("bioguide", ForeignKey(members.c.bioguide)),  # NULL = not settled; see the review queue
    Column("method", Text, nullable=False),  # how it was decided, or why not
    Column("decided_at", UtcDateTime, nullable=False),
    UniqueConstraint("chamber", "name", "state_district"),
)

# ---- what was filed

sources = Table(
    "sources",
    metadata,
    Column("source", String(20), primary_key=True),  # house | senate | roster | prices
    Column("checked_at", UtcDateTime, nullable=False),  # last asked
    Column("succeeded_at", UtcDateTime),  # last answered in full
    Column("fault", Text),  # why not, since then; NULL = it did
    Column("fault_since", UtcDateTime),
)
baselines = Table(
    "baselines",
    metadata,
    Column("chamber", String(6), primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("completed_at", UtcDateTime),  # until then the chamber's scheduled sync is `skipped: no baseline`
)
index_snapshots = Table(
    "index_snapshots",
    metadata,
    Column("chamber", String(6), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("rows", Integer, nullable=False),  # reports of the type we read; not what another year lists too
    Column("etag", Text),
    Column("last_modified", Text),  # verbatim, for If-Modified-Since
    Column("fetched_at", UtcDateTime, nullable=False),  # last 200
    Column("checked_at", UtcDateTime, nullable=False),  # last 200 or 304
    Column(
        "pinned_sha256", String(64)
    ),  # the snapshot that the baseline pinned; its rows are never alertable
)
filings = Table(
    "filings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("chamber", String(6), nullable=False),
    Column("doc_id", String(40), nullable=False),
    Column("year", Integer, nullable=False),  # of the index that lists it
    Column("url", Text, nullable=False),
    Column("filed", Date),  # the index's filing date = first disclosure
    Column("filer_id", ForeignKey(filers.c.id)),
    Column("filer_name", Text, nullable=False),
    Column("state_district", String(10), nullable=False),
    Column("listing", JSON, nullable=False),  # the source's own row, verbatim
    Column("first_seen", UtcDateTime, nullable=False),
    Column("missing_since", UtcDateTime),  # the source's index no longer lists it
    Column("alertable", Boolean, nullable=False),
    Column("state", String(10), nullable=False),  # listed | parsed | unread | failed
    Column("reason", Text),  # why it failed
    Column("transient", Boolean, nullable=False, default=False),  # the failure may pass
    Column("attempts", Integer, nullable=False, default=0),  # readings begun since one ended
    Column("first_failed_at", UtcDateTime),
    Column("next_attempt_at", UtcDateTime),
    Column("version", Integer, nullable=False, default=0),  # the current one; 0 = none yet
    UniqueConstraint("chamber", "doc_id"),
    Index(None, "chamber", "year", "state"),
)
versions = Table(
    "versions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("filing_id", ForeignKey(filings.c.id), nullable=False),
    Column("version", Integer, nullable=False),
    Column(
        "stored_at", UtcDateTime, nullable=False
    ),  # database clock: decides which rule revision was in force
    Column("planned_at", UtcDateTime),  # when it was matched; NULL = not yet, or a newer one came first
    Column("readable", Boolean, nullable=False),  # False = unread or failed, one class
    Column(
        "facts", String(64), nullable=False
    ),  # sha256 of what subscribers are told; a change makes a version
    Column("bioguide", ForeignKey(members.c.bioguide)),
    Column("sha256", String(64)),  # of the document; NULL where none could be fetched
    Column("posted", UtcDateTime),  # the document's Last-Modified
    Column("pages", Integer),
    Column("generation", String(10)),
    Column("signed", Date),
    Column("parser", String(20)),
    Column(
        "amendment", Integer, nullable=False, default=0, server_default="0"
    ),  # the Senate's number; 0 = an original
    UniqueConstraint("filing_id", "version"),
    Index(None, "bioguide"),  # a filer's amendments restate the filer's trades
)
trades = Table(
    "trades",
    metadata,
    Column("id", Id, primary_key=True),
    Column("version_id", ForeignKey(versions.c.id), nullable=False),
    Column("row", Integer, nullable=False),
    Column("page", Integer, nullable=False),
    Column("transaction_id", String(20)),
    Column("owner", String(2), nullable=False),  # SP, JT, DC; empty = the member
    Column("asset", Text, nullable=False),
    Column("asset_name", Text, nullable=False),
    Column("ticker", Text),
    Column("asset_type", Text),
    Column("transaction_type", Text, nullable=False),  # P, S, S (partial), E
    Column("transaction_date", Date),
    Column("notification_date", Date),
    Column("amount_text", Text, nullable=False),
    Column("amount_min", BigInteger),
    Column("amount_max", BigInteger),  # NULL beside a minimum = no upper bound
    Column("amount_exact", ExactDecimal(18, 2)),
    Column("cap_gains_over_200", Boolean),
    Column("filing_status", Text),
    Column("subholding_of", Text),
    Column("description", Text),
    Column("location", Text),
    Column("comments", Text),
    Column(
        "details", JSON, nullable=False, default=dict, server_default="{}"
    ),  # what only some of the Senate's rows say
    Column("raw", JSON, nullable=False),  # field -> text as printed
    Column("quarantine", JSON, nullable=False),  # reasons; empty list = sure
    UniqueConstraint("version_id", "row"),
    Index(None, "ticker"),
)

# ---- what must be told, and looked at

to_match = Table(
    "to_match",
    metadata,
    Column("filing_id", ForeignKey(filings.c.id), primary_key=True),
    Column("version", Integer, primary_key=True),
)
reviews = Table(
    "reviews",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(30), nullable=False),  # filer | amendment
    Column("subject", String(200), nullable=False),  # a filer's id; a row, `<doc id>/<row>`
    Column("reason", Text, nullable=False),
    Column("evidence", JSON, nullable=False, default=dict),  # for whoever decides: candidates, filing date
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("decision", JSON),
    UniqueConstraint("kind", "subject"),
)
findings = Table(
    "findings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("rule", String(50), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("detail", Text, nullable=False),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    UniqueConstraint("rule", "subject"),
)
