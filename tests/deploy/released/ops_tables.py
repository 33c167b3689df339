"""What watching the system leaves behind. Same metadata as common/db/tables.py."""

from sqlalchemy import Boolean, Column, String, Table, Text

from tests.deploy.released.tables import metadata
from tests.deploy.released.types import UtcDateTime

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
