"""Rules, notices and messages."""

import sqlalchemy as sa
from alembic import op

import common.db.types

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _create_provider_events()
    _create_subscribers()
    _create_suppressions()
    _create_consents()
    _create_messages()
    _create_rules()
    _create_rule_revisions()
    _create_notices()
    _create_rule_members()
    _create_rule_tickers()
    _create_told()
    _add_planned_at_to_versions()


def _create_provider_events() -> None:
    op.create_table(
        "provider_events",
        sa.Column("sg_event_id", sa.String(length=100), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("occurred_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("signed_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("received_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("event", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sg_event_id", name=op.f("pk_provider_events")),
    )
    op.create_index(op.f("ix_provider_events_message_id"), "provider_events", ["message_id"], unique=False)
    op.create_index(op.f("ix_provider_events_signed_at"), "provider_events", ["signed_at"], unique=False)


def _create_subscribers() -> None:
    op.create_table(
        "subscribers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("created_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
        sa.UniqueConstraint("address", name=op.f("uq_subscribers_address")),
    )


def _create_suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("since", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", "reason", name=op.f("pk_suppressions")),
    )


def _create_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("given_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_consents_subscriber_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=14), nullable=False),
        sa.Column("status", sa.String(length=13), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("enqueued_at", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("waits_for", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("claim_token", sa.String(length=40), nullable=True),
        sa.Column("lease_until", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("planned_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("sending_at", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("unknown_at", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("resent_at", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint(
            "subscriber_id", "channel", "key", name=op.f("uq_messages_subscriber_id_channel_key")
        ),
    )
    op.create_index(op.f("ix_messages_planned_at"), "messages", ["planned_at"], unique=False)
    op.create_index(
        op.f("ix_messages_status_next_attempt_at"), "messages", ["status", "next_attempt_at"], unique=False
    )


def _create_rules() -> None:
    op.create_table(
        "rules",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscribers.id"], name=op.f("fk_rules_subscriber_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
    )
    op.create_index(op.f("ix_rules_subscriber_id"), "rules", ["subscriber_id"], unique=False)


def _create_rule_revisions() -> None:
    op.create_table(
        "rule_revisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rule_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("effective_from", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("effective_until", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("frequency", sa.String(length=9), nullable=False),
        sa.Column("shape", sa.String(length=200), nullable=False),
        sa.Column("chamber", sa.String(length=6), nullable=True),
        sa.Column("party", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=2), nullable=True),
        sa.Column("side", sa.String(length=8), nullable=True),
        sa.Column("owner", sa.String(length=2), nullable=True),
        sa.Column("asset_type", sa.Text(), nullable=True),
        sa.Column("amount_mode", sa.String(length=8), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("filed_late", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name=op.f("fk_rule_revisions_rule_id")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_rule_revisions_subscriber_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_revisions")),
        sa.UniqueConstraint("rule_id", "revision", name=op.f("uq_rule_revisions_rule_id_revision")),
    )
    op.create_index(op.f("ix_rule_revisions_shape"), "rule_revisions", ["shape"], unique=False)
    op.create_index(
        op.f("ix_rule_revisions_subscriber_id"), "rule_revisions", ["subscriber_id"], unique=False
    )


def _create_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("subscriber_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("filing_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("frequency", sa.String(length=9), nullable=False),
        sa.Column("planned_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("subscriber_id", "filing_id", "version", "channel", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_filing_id_version"), "notices", ["filing_id", "version"], unique=False)
    op.create_index(op.f("ix_notices_message_id"), "notices", ["message_id"], unique=False)


def _create_rule_members() -> None:
    op.create_table(
        "rule_members",
        sa.Column("revision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bioguide", sa.String(length=7), nullable=False),
        sa.ForeignKeyConstraint(["bioguide"], ["members.bioguide"], name=op.f("fk_rule_members_bioguide")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["rule_revisions.id"], name=op.f("fk_rule_members_revision_id")
        ),
        sa.PrimaryKeyConstraint("revision_id", "bioguide", name=op.f("pk_rule_members")),
    )
    op.create_index(op.f("ix_rule_members_bioguide"), "rule_members", ["bioguide"], unique=False)


def _create_rule_tickers() -> None:
    op.create_table(
        "rule_tickers",
        sa.Column("revision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticker", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["rule_revisions.id"], name=op.f("fk_rule_tickers_revision_id")
        ),
        sa.PrimaryKeyConstraint("revision_id", "ticker", name=op.f("pk_rule_tickers")),
    )
    op.create_index(op.f("ix_rule_tickers_ticker"), "rule_tickers", ["ticker"], unique=False)


def _create_told() -> None:
    op.create_table(
        "told",
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("trade_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("said", sa.String(length=9), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_told_message_id")),
        sa.ForeignKeyConstraint(["trade_id"], ["trades.id"], name=op.f("fk_told_trade_id")),
        sa.PrimaryKeyConstraint("message_id", "trade_id", name=op.f("pk_told")),
    )
    op.create_index(op.f("ix_told_trade_id"), "told", ["trade_id"], unique=False)


def _add_planned_at_to_versions() -> None:
    op.add_column(
        "versions", sa.Column("planned_at", common.db.types.UtcDateTime(timezone=True), nullable=True)
    )
