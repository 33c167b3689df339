"""How every component was when health_check last looked."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select

from common.api.desk import Desk
from common.db.ops_tables import health

LATELY = timedelta(minutes=25)  # two ticks of health_check, and time to look


def found_lately(desk: Desk) -> Sequence[Row[Any]]:
    """Return how each component stands that was looked at LATELY; none = health_check is silent."""
    h = health.c
    seen = select(health).where(h.seen_at > desk.parts.clock() - LATELY).order_by(h.component, h.since)
    with desk.parts.database.reading() as connection:
        newest = {row.component: row for row in connection.execute(seen)}
    return list(newest.values())
