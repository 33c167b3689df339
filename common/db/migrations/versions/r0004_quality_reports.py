"""Quality reports."""

import sqlalchemy as sa
from alembic import op

import common.db.types

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _create_quality_reports()


def _create_quality_reports() -> None:
    op.create_table(
        "quality_reports",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("mailed_at", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_quality_reports")),
    )
