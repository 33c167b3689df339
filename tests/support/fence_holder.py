"""A run's process that stands in the middle of something when it is stopped: python -m tests.support.fence_holder."""

import sys
import time

from sqlalchemy import Connection, Engine, event, func, insert, select

from common.db.engine import make_engine
from common.db.tables import findings
from common.errors import DependencyDown, LeaseLost
from common.runtime import fence
from tests.support.settings import some_settings

MOMENT = 1.0  # seconds between two steps: long enough to be stopped in, on a busy machine too


def stand_idle(engine: Engine, scope: str, token: int) -> None:
    """Write, and think for a while before the commit."""
    with fence.fenced(engine, scope, token) as connection:
        write_something(connection)
        think(connection)


def read_on(engine: Engine, scope: str, token: int) -> None:
    """Write, and read far more than the sockets between us hold."""
    with fence.fenced(engine, scope, token) as connection:
        write_something(connection)
        say("inside")
        connection.execute(
            select(func.repeat("x", 1_000_000)).select_from(func.generate_series(1, 300))
        ).all()


def take(engine: Engine, scope: str, token: int) -> None:
    """Take the next token, and think for a while before the commit."""
    event.listen(engine, "commit", think, once=True)
    fence.take_fence(engine, scope)


def think(_: Connection) -> None:
    say("inside")
    time.sleep(MOMENT)


def write_something(connection: Connection) -> None:
    when = func.current_timestamp()
    finding = {"rule": "written", "subject": "by a holder", "detail": ""}
    connection.execute(insert(findings).values(**finding, first_seen=when, last_seen=when))


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main(url: str, scope: str, token: str, deed: str) -> None:
    """Say how the deed ended, then how the next write under the same token does."""
    engine = make_engine(some_settings(database_url=url))
    for act in ({"idle": stand_idle, "read": read_on, "take": take}[deed], stand_idle):
        try:
            act(engine, scope, int(token))
            say("committed")
        except (DependencyDown, LeaseLost) as error:
            say(type(error).__name__)


if __name__ == "__main__":
    main(*sys.argv[1:])
