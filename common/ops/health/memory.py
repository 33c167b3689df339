"""What the last check found, so that the operator hears of changes: in history, and in the database beside it.

Either may be what is down. No lock and no fence: two checks at once write the same rows.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Connection, func, select

from common.db.dialect import upsert
from common.db.ops_tables import health
from common.errors import DependencyDown
from common.ops.health.dependencies import DEPENDENCIES
from common.ops.health.verdict import Color, Verdict
from common.runtime.database import Database
from common.runtime.records import History, StoredState

TASK = "health_check"


@dataclass(frozen=True, slots=True)
class Known:
    """How a component was found last, since when, and whether the operator knows."""

    color: Color
    since: datetime
    told: bool


@dataclass(frozen=True, slots=True)
class Memory:
    """All that a check needs of those before it."""

    components: Mapping[str, Known] = field(default_factory=dict)
    watched: Mapping[str, datetime] = field(default_factory=dict)
    """Task -> since when it is expected to run."""

    def noting(self, component: str, *, told: bool) -> Self:
        """Return it with whether the operator knows how COMPONENT is."""
        one = replace(self.components[component], told=told)
        return replace(self, components={**self.components, component: one})

    def as_notes(self) -> dict[str, Any]:
        """Return it as JSON."""
        known = {
            name: asdict(one) | {"since": one.since.isoformat()} for name, one in self.components.items()
        }
        return {
            "components": known,
            "watched": {task: since.isoformat() for task, since in self.watched.items()},
        }

    @classmethod
    def from_notes(cls, notes: Mapping[str, Any]) -> Self:
        """Read what `as_notes` returned; nothing = nothing known."""
        return cls(
            {
                name: Known(Color(one["color"]), datetime.fromisoformat(one["since"]), one["told"])
                for name, one in notes.get("components", {}).items()
            },
            {task: datetime.fromisoformat(since) for task, since in notes.get("watched", {}).items()},
        )


def after(memory: Memory, verdicts: Sequence[Verdict], now: datetime) -> Memory:
    """Return MEMORY once VERDICTS are known; what could not be looked at stays as it was, if a dependency is red.

    The operator need not be told that something was well from the beginning.
    """
    excused = any(verdict.component in DEPENDENCIES and verdict.is_red for verdict in verdicts)
    components = dict(memory.components)
    for verdict in verdicts:
        before = components.get(verdict.component)
        if verdict.color is Color.UNSEEN and excused:
            continue
        if before is None or before.color != verdict.color:
            components[verdict.component] = Known(verdict.color, now, told=not _is_news(before, verdict))
    return replace(memory, components=components)


def _is_news(before: Known | None, verdict: Verdict) -> bool:
    """Whether the operator is to hear of it: it turned red, or is red no longer."""
    was_red = before is not None and before.color in {Color.RED, Color.UNSEEN}
    return verdict.is_red != was_red


def read(history: History, database: Database) -> tuple[Memory, StoredState | None]:
    """Return what is known: from history, or else (None beside it) from the database.

    Raises DependencyDown when neither answers.
    """
    try:
        stored = history.read_state(TASK)
    except DependencyDown:
        with database.reading() as connection:
            return _from_database(connection), None
    return Memory.from_notes(stored.state.notes), stored


def _from_database(connection: Connection) -> Memory:
    latest = select(health.c.component, func.max(health.c.since).label("since")).group_by(health.c.component)
    newest = latest.subquery()
    same = (health.c.component == newest.c.component) & (health.c.since == newest.c.since)
    rows = connection.execute(select(health).join(newest, same))
    return Memory({row.component: Known(Color(row.color), row.since, row.told) for row in rows})


def keep_in_history(history: History, stored: StoredState, memory: Memory) -> StoredState | None:
    """Keep MEMORY in history, and return it as it is kept; None = that does not answer, and the next check will keep it.

    Raises StaleRecord where another check wrote meanwhile.
    """
    with suppress(DependencyDown):
        return history.replace_state(stored, replace(stored.state, notes=memory.as_notes()))
    return None


def keep_in_database(tx: Connection, memory: Memory, verdicts: Sequence[Verdict], now: datetime) -> None:
    """Keep how each component is, one row for each stretch of time in which it was so."""
    numbers = {verdict.component: verdict.number for verdict in verdicts}
    rows = [
        {
            "component": name,
            "since": known.since,
            "color": known.color.value,
            "number": numbers[name],
            "seen_at": now,
            "told": known.told,
        }
        for name, known in memory.components.items()
        if name in numbers
    ]
    upsert(tx, health, rows, key=("component", "since"), change=("color", "number", "seen_at", "told"))
