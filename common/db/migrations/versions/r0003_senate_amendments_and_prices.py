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
