"""What a run needs of the database: its fence, fenced transactions, checkpoints."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Engine

from common.db.engine import read_transaction, write_transaction
from common.runtime.fence import fenced, load_checkpoint, save_checkpoint, take_fence


class Database(Protocol):
    """The fence's side of a run. Every method raises DependencyDown("database") when it does not answer."""

    def take_fence(self, scope: str) -> int:
        """Return SCOPE's next token; writers with an earlier one are shut out from now on."""
        ...

    def writing(
        self, scope: str, token: int, *, repeatable: bool = False
    ) -> AbstractContextManager[Connection]:
        """Lend a write transaction that commits only while TOKEN is SCOPE's. Raises LeaseLost when it is not.

        REPEATABLE = every statement sees the same state of the database, as in `engine.write_transaction`.
        """
        ...

    def recording(self) -> AbstractContextManager[Connection]:
        """Lend a write transaction outside the fence."""
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """Lend a connection that can only read."""
        ...

    def save_checkpoint(
        self, tx: Connection, root: str, step: str, state: Mapping[str, Any], now: datetime
    ) -> None:
        """Keep STATE as the last of STEP in the chain ROOT; commits with its work."""
        ...

    def load_checkpoint(self, root: str, step: str) -> dict[str, Any] | None:
        """Return what was last kept for STEP of the chain ROOT, or None."""
        ...


@dataclass(frozen=True, slots=True)
class SqlDatabase:
    """The database behind ENGINE."""

    engine: Engine
    require_schema: Callable[[], None] = lambda: None
    """Raises WrongSchema on a schema that this code does not know."""

    def take_fence(self, scope: str) -> int:
        self.require_schema()
        return take_fence(self.engine, scope)

    def writing(
        self, scope: str, token: int, *, repeatable: bool = False
    ) -> AbstractContextManager[Connection]:
        return fenced(self.engine, scope, token, repeatable=repeatable)

    def recording(self) -> AbstractContextManager[Connection]:
        self.require_schema()
        return write_transaction(self.engine)

    def reading(self) -> AbstractContextManager[Connection]:
        self.require_schema()
        return read_transaction(self.engine)

    def save_checkpoint(
        self, tx: Connection, root: str, step: str, state: Mapping[str, Any], now: datetime
    ) -> None:
        save_checkpoint(tx, root, step, state, now)

    def load_checkpoint(self, root: str, step: str) -> dict[str, Any] | None:
        with self.reading() as connection:
            return load_checkpoint(connection, root, step)
