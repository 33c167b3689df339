"""How each source answers: when it last did, and since when and why it does not."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from common.db.dialect import upsert
from common.db.tables import sources


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is kept of a source (house, senate, roster, prices, ...)."""

    source: str
    checked_at: datetime
    """When it was last asked."""
    succeeded_at: datetime | None
    """When it last answered in full; None = never."""
    fault: str | None = None
    """Why not, since `fault_since`; None = the last answer was whole."""
    fault_since: datetime | None = None


def note_success(tx: Connection, source: str, now: datetime) -> None:
    """Record that SOURCE answered in full."""
    _keep(tx, SourceState(source, checked_at=now, succeeded_at=now))


def note_fault(tx: Connection, source: str, fault: str, now: datetime) -> None:
    """Record why SOURCE did not answer; `fault_since` stays what it was while it goes on failing."""
    before = source_state(tx, source)
    _keep(
        tx,
        SourceState(
            source,
            checked_at=now,
            succeeded_at=before.succeeded_at if before else None,
            fault=fault,
            fault_since=(before and before.fault_since) or now,
        ),
    )


def source_state(connection: Connection, source: str) -> SourceState | None:
    """Return how SOURCE answered last; None while it was never asked."""
    row = connection.execute(select(sources).where(sources.c.source == source)).one_or_none()
    return SourceState(*row) if row else None


def _keep(tx: Connection, state: SourceState) -> None:
    row = asdict(state)
    upsert(tx, sources, [row], key=("source",), change=tuple(row))
