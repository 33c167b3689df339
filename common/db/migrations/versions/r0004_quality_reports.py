"""Quality reports; and a way for functions, which do not own the tables, to have them counted."""

import sqlalchemy as sa
from alembic import op

import common.db.types

ANALYZE_TABLE = """
CREATE OR REPLACE FUNCTION analyze_table(name text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ BEGIN EXECUTE pg_catalog.format('ANALYZE %I', name); END $$
"""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _create_quality_reports()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(ANALYZE_TABLE)


def _create_quality_reports() -> None:
    op.create_table(
        "quality_reports",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("mailed_at", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_quality_reports")),
    )
