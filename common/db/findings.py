"""What looks wrong and stops nothing: kept for whoever looks at the quality of the data."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from common.db.dialect import upsert
from common.db.tables import findings


def note_findings(tx: Connection, rule: str, details: Mapping[str, str], now: datetime) -> None:
    """Keep that RULE does not hold of these subjects, each with its detail; one found before keeps its first day."""
    rows = [
        {"rule": rule, "subject": subject, "detail": detail, "first_seen": now, "last_seen": now}
        for subject, detail in details.items()
    ]
    upsert(tx, findings, rows, key=("rule", "subject"), change=("detail", "last_seen"))
