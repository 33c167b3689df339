"""The fence: the database's word on who may write for a scope, and the checkpoints written under it.

Redis elects a holder and may be wrong; the token that this issues rises with every holder, and each write transaction
checks it first (protocols, section 1, Fence).
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, literal, select, text
from sqlalchemy.exc import DBAPIError

from common.db.dialect import upsert
from common.db.engine import write_transaction
from common.db.failures import LOCK_TIMEOUT, answering, sqlstate
from common.db.tables import checkpoints, fences
from common.errors import LeaseLost

ADVISORY = 0x0FE7CE  # first key of our advisory locks: marks, in pg_locks, the backends that hold up a fence
PATIENCE = timedelta(seconds=5)  # that the next holder has with the last one's transaction, before it ends it
AFTERMATH = timedelta(seconds=2)  # for the end to take effect

NEXT_TOKEN = text("""
    INSERT INTO fences (scope, token) VALUES (:scope, 1)
    ON CONFLICT (scope) DO UPDATE SET token = fences.token + 1 RETURNING token
""")
# Whoever is in a transaction of the scope and not itself waiting. A recorded process id would not do: the connection
# that took the fence is seldom the one that writes under it.
END_HOLDERS = text("""
    SELECT pg_terminate_backend(held.pid) FROM pg_locks AS held
    WHERE held.locktype = 'advisory' AND held.classid = :class AND held.objid = :key AND held.objsubid = 2
      AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND held.granted AND NOT EXISTS (SELECT FROM pg_locks AS w WHERE w.pid = held.pid AND NOT w.granted)
""")


def take_fence(engine: Engine, scope: str, *, patience: timedelta = PATIENCE) -> int:
    """Return SCOPE's next token; writers with an earlier one are shut out from now on.

    On PostgreSQL a writer whose transaction stays open for longer than PATIENCE (its process is stopped, say) is ended.
    Raises DependencyDown("database") when the database does not answer, or cannot be unblocked.
    """
    with answering("database", f"issue a fence for {scope}"):
        try:
            return _next_token(engine, scope, patience)
        except DBAPIError as error:
            if sqlstate(error.orig) != LOCK_TIMEOUT:
                raise
        with write_transaction(engine) as connection:
            connection.execute(END_HOLDERS, {"class": ADVISORY, "key": _advisory_key(scope)})
        return _next_token(engine, scope, AFTERMATH)


def _next_token(engine: Engine, scope: str, patience: timedelta) -> int:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(select(_lock_timeout(patience), _marked(scope)))
        token: int = connection.execute(NEXT_TOKEN, {"scope": scope}).scalar_one()
        return token


@contextmanager
def fenced(engine: Engine, scope: str, token: int, *, repeatable: bool = False) -> Iterator[Connection]:
    """Yield a write transaction that commits only while TOKEN is SCOPE's. Raises LeaseLost when it is not."""
    with write_transaction(engine, repeatable=repeatable) as connection:
        if connection.execute(_HELD[engine.dialect.name](scope, token)).one_or_none() is None:
            raise LeaseLost(f"the fence of {scope} has passed {token}: another run holds it")
        yield connection


def _held_in_postgresql(scope: str, token: int) -> Select[Any]:
    """Hold the row until the commit, so that the next token waits for it."""
    return _row(scope, token, _marked(scope)).with_for_update(read=True)


def _held_in_sqlite(scope: str, token: int) -> Select[Any]:
    """BEGIN IMMEDIATE already keeps every other writer out until the commit."""
    return _row(scope, token, literal(1))


_HELD = {"postgresql": _held_in_postgresql, "sqlite": _held_in_sqlite}


def _row(scope: str, token: int, column: Any) -> Select[Any]:
    return select(column).where(fences.c.scope == scope, fences.c.token == token)


def _lock_timeout(patience: timedelta) -> Any:
    milliseconds = str(round(patience.total_seconds() * 1000))
    return func.set_config("lock_timeout", milliseconds, literal(value=True))  # true: for this transaction


def _marked(scope: str) -> Any:
    """Mark the transaction in pg_locks; a shared lock, so that it waits for nobody."""
    return func.pg_advisory_xact_lock_shared(ADVISORY, _advisory_key(scope))


def _advisory_key(scope: str) -> int:
    return int.from_bytes(hashlib.sha256(scope.encode()).digest()[:4]) >> 1  # pg_locks shows it unsigned


def save_checkpoint(
    connection: Connection, root: str, step: str, state: Mapping[str, Any], now: datetime
) -> None:
    """Keep STATE (JSON) as the last of STEP in the chain that began with run ROOT; commits with its work."""
    row = {"root": root, "step": step, "state": dict(state), "updated_at": now}
    upsert(connection, checkpoints, [row], key=["root", "step"], change=["state", "updated_at"])


def load_checkpoint(connection: Connection, root: str, step: str) -> dict[str, Any] | None:
    """Return what was last kept for STEP of the chain ROOT, or None."""
    state: dict[str, Any] | None = connection.scalar(
        select(checkpoints.c.state).where(checkpoints.c.root == root, checkpoints.c.step == step)
    )
    return state
