"""What watching the system leaves behind. Same metadata as common/db/tables.py."""

from sqlalchemy import DDL, JSON, Boolean, Column, Date, String, Table, Text, event

from common.db.tables import metadata
from common.db.types import UtcDateTime

health = Table(
    "health",
    metadata,
    Column("component", String(100), primary_key=True),
    Column("since", UtcDateTime, primary_key=True),  # a row for each stretch of time in which it was so
    Column("color", String(20), nullable=False),  # common.ops.health.verdict.Color
    Column("number", Text, nullable=False),  # as measured last
    Column("seen_at", UtcDateTime, nullable=False),
    Column("told", Boolean, nullable=False),  # the operator was mailed, or need not be
)
quality_reports = Table(
    "quality_reports",
    metadata,
    Column("day", Date, primary_key=True),  # in UTC
    Column("made_at", UtcDateTime, nullable=False),
    Column("report", JSON, nullable=False),  # common.ops.maintenance.quality.Quality
    Column("mailed_at", UtcDateTime),  # to the operator, once a week
)

# PostgreSQL counts a table for its owner alone, and skips it for others without an error; functions own none.
ANALYZE_TABLE = DDL(  # type: ignore[no-untyped-call]
    """
CREATE OR REPLACE FUNCTION analyze_table(name text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ BEGIN EXECUTE pg_catalog.format('ANALYZE %%I', name); END $$
"""
)
event.listen(metadata, "after_create", ANALYZE_TABLE.execute_if(dialect="postgresql"))
