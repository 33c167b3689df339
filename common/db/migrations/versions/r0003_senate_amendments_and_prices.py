"""The Senate's rows, amendments, prices, and how each source answers."""

import sqlalchemy as sa
from alembic import op

import common.db.types

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _create_sources()
    _add_what_the_senate_says()
    _create_health()
    _create_roster_files()
    _create_prices()
    _create_what_happens_to_securities()
    _create_restatements()


def _create_sources() -> None:
    op.create_table(
        "sources",
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("checked_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("succeeded_at", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("fault_since", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_sources")),
    )


def _add_what_the_senate_says() -> None:
    op.add_column("trades", sa.Column("details", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("versions", sa.Column("amendment", sa.Integer(), nullable=False, server_default="0"))


def _create_health() -> None:
    op.create_table(
        "health",
        sa.Column("component", sa.String(length=100), nullable=False),
        sa.Column("since", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("color", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("seen_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("component", "since", name=op.f("pk_health")),
    )


def _create_prices() -> None:
    op.create_table(
        "securities",
        sa.Column("ticker", sa.String(length=20), nullable=False),
        sa.Column("seen_since", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("wanted_from", sa.Date(), nullable=False),
        sa.Column("bars_from", sa.Date(), nullable=True),
        sa.Column("bars_through", sa.Date(), nullable=True),
        sa.Column("refused_at", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("ticker", name=op.f("pk_securities")),
    )
    op.create_table(
        "quotes",
        sa.Column("ticker", sa.String(length=20), nullable=False),
        sa.Column("price", common.db.types.ExactDecimal(18, 6), nullable=False),
        sa.Column("at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("ticker", name=op.f("pk_quotes")),
    )
    op.create_table(
        "bars",
        sa.Column("ticker", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("open", common.db.types.ExactDecimal(18, 6), nullable=False),
        sa.Column("high", common.db.types.ExactDecimal(18, 6), nullable=False),
        sa.Column("low", common.db.types.ExactDecimal(18, 6), nullable=False),
        sa.Column("close", common.db.types.ExactDecimal(18, 6), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("ticker", "day", name=op.f("pk_bars")),
    )


def _create_what_happens_to_securities() -> None:
    op.create_table(
        "splits",
        sa.Column("ticker", sa.String(length=20), nullable=False),
        sa.Column("effective", sa.Date(), nullable=False),
        sa.Column("new_rate", common.db.types.ExactDecimal(18, 6), nullable=False),
        sa.Column("old_rate", common.db.types.ExactDecimal(18, 6), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("ticker", "effective", name=op.f("pk_splits")),
    )
    op.create_table(
        "renames",
        sa.Column("old", sa.String(length=20), nullable=False),
        sa.Column("effective", sa.Date(), nullable=False),
        sa.Column("new", sa.String(length=20), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("old", "effective", name=op.f("pk_renames")),
    )
    op.create_table(
        "actions_read",
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("through", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_actions_read")),
    )


def _create_roster_files() -> None:
    op.create_table(
        "roster_files",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("fetched_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_roster_files")),
    )


def _create_restatements() -> None:
    op.create_table(
        "restatements",
        sa.Column("trade_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("original_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("first_filed", sa.Date(), nullable=True),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["original_id"], ["trades.id"], name=op.f("fk_restatements_original_id")),
        sa.ForeignKeyConstraint(["trade_id"], ["trades.id"], name=op.f("fk_restatements_trade_id")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_restatements_version_id")),
        sa.PrimaryKeyConstraint("trade_id", name=op.f("pk_restatements")),
    )
    op.create_index(op.f("ix_restatements_original_id"), "restatements", ["original_id"])
    op.create_index(op.f("ix_restatements_version_id"), "restatements", ["version_id"])
    op.create_index(op.f("ix_versions_bioguide"), "versions", ["bioguide"])
