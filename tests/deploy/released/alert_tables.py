"""What subscribers asked for, what each must be told, and each mail on its way (protocols, sections 2 and 3).

Same metadata as common/db/tables.py. Moments that decide something (effective_from, planned_at) are the database's clock.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from tests.deploy.released.tables import Id, members, metadata, trades
from tests.deploy.released.types import UtcDateTime

# ---- who asked, and for what

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Id, primary_key=True),
    Column(
        "address", Text, unique=True
    ),  # lower case; NULL once deleted: only its keyed hash stays, in suppressions
    Column("zone", String(64), nullable=False),  # IANA name; digests go out at 08:00 there
    Column("created_at", UtcDateTime, nullable=False),  # until it is confirmed: when it was last given
    Column("confirmed_at", UtcDateTime),  # the second opt-in; NULL = nothing but the confirmation may be sent
    Column("deleted_at", UtcDateTime),
)
consents = Table(
    "consents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber_id", ForeignKey(subscribers.c.id), nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    Column("wording", Text, nullable=False),  # what the form said, verbatim
)
suppressions = Table(
    "suppressions",
    metadata,
    Column("address_hash", String(64), primary_key=True),  # keyed, so that a deleted address is still known
    Column(
        "reason", String(12), primary_key=True
    ),  # bounce | spam | unsubscribe; a new opt-in lifts the last alone
    Column("since", UtcDateTime, nullable=False),
)
rules = Table(
    "rules",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber_id", ForeignKey(subscribers.c.id), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("stopped_at", UtcDateTime),
    Index(None, "subscriber_id"),
)
rule_revisions = Table(
    "rule_revisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("rule_id", ForeignKey(rules.c.id), nullable=False),
    Column("revision", Integer, nullable=False),
    Column(
        "subscriber_id", ForeignKey(subscribers.c.id), nullable=False
    ),  # the rule's; spares matching a join
    Column("effective_from", UtcDateTime, nullable=False),
    Column("effective_until", UtcDateTime),  # the next revision's beginning, or the stop; NULL = in force
    Column("frequency", String(9), nullable=False),  # immediate | daily | weekly
    Column("shape", String(200), nullable=False),  # names of the criteria that are set; one statement each
    Column("chamber", String(6)),  # each criterion: NULL = any
    Column("party", Text),
    Column("state", String(2)),
    Column("side", String(8)),  # buy | sell | exchange
    Column("owner", String(2)),  # empty = the member
    Column("asset_type", Text),
    Column("amount_mode", String(8)),  # at_least | possibly
    Column("amount", BigInteger),  # whole dollars
    Column("filed_late", Boolean),
    UniqueConstraint("rule_id", "revision"),
    Index(None, "shape"),
    Index(None, "subscriber_id"),
)
rule_members = Table(
    "rule_members",
    metadata,
    Column("revision_id", ForeignKey(rule_revisions.c.id), primary_key=True),
    Column("bioguide", ForeignKey(members.c.bioguide), primary_key=True),
    Index(None, "bioguide"),
)
rule_tickers = Table(
    "rule_tickers",
    metadata,
    Column("revision_id", ForeignKey(rule_revisions.c.id), primary_key=True),
    Column("ticker", String(20), primary_key=True),
    Index(None, "ticker"),
)

# ---- what must be told, and telling it once
#
# Messages and notices come by the hundred thousand, in statements that have just read what they refer to. PostgreSQL
# would spend more than half of planning on checking foreign keys row by row (bench/match), so these have none; nobody
# deletes a subscriber, filing or message.

messages = Table(
    "messages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber_id", Id, nullable=False),
    Column("channel", String(10), nullable=False),  # email
    Column("key", String(60), nullable=False),  # f/<filing>/<version> | d/<local date> | s/<UTC hour>
    Column("kind", String(14), nullable=False),  # as planned; common.mail.model.Kind
    Column(
        "status", String(13), nullable=False
    ),  # planned, claimed, sending, accepted ... (protocols, section 3)
    Column("attempt", Integer, nullable=False, default=0),  # counted here alone; delivery id = <id>.<attempt>
    Column("next_attempt_at", UtcDateTime, nullable=False),
    Column("enqueued_at", UtcDateTime),
    Column("waits_for", Id),  # another message: not to be claimed while that one is `sending`
    Column("claim_token", String(40)),
    Column("lease_until", UtcDateTime),
    Column("planned_at", UtcDateTime, nullable=False),
    Column("sending_at", UtcDateTime),
    Column("accepted_at", UtcDateTime),
    Column("delivered_at", UtcDateTime),
    Column("unknown_at", UtcDateTime),
    Column("resent_at", UtcDateTime),  # once, by RESEND_UNKNOWN
    Column("provider_id", Text),  # X-Message-Id
    Column("detail", Text),  # the last thing that went wrong
    UniqueConstraint("subscriber_id", "channel", "key"),
    Index(None, "status", "next_attempt_at"),
    Index(None, "planned_at"),  # how many this hour
)
notices = Table(
    "notices",
    metadata,
    Column("subscriber_id", Id, primary_key=True, autoincrement=False),
    Column("filing_id", Id, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("channel", String(10), primary_key=True),
    Column("frequency", String(9), nullable=False),  # of the fastest rule that matched: its carrier
    Column("planned_at", UtcDateTime, nullable=False),
    Column("message_id", Id),  # exactly one; NULL = waits for its digest
    Index(None, "filing_id", "version"),
    Index(None, "message_id"),
)
told = Table(
    "told",
    metadata,
    Column("message_id", ForeignKey(messages.c.id), primary_key=True),
    Column("trade_id", ForeignKey(trades.c.id), primary_key=True),
    Column("said", String(9), nullable=False),  # new | corrected | withdrawn | doubt
    Index(None, "trade_id"),
)
provider_events = Table(
    "provider_events",
    metadata,
    Column("sg_event_id", String(100), primary_key=True),
    Column("message_id", Id, index=True),  # NULL: an event about nothing that we know
    Column("attempt", Integer),
    Column("kind", String(20), nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("signed_at", UtcDateTime, nullable=False, index=True),  # by the provider: its webhook worked then
    Column("received_at", UtcDateTime, nullable=False),
    Column("event", JSON, nullable=False),  # as signed, without the address
)
