"""Writes pairs of rows while signals strike it: `interrupted_writer.py URL`; prints `done` when it still can."""

import signal
import sys
import time
from contextlib import suppress
from types import FrameType

from sqlalchemy import Connection, insert

from common.db.engine import make_engine, write_transaction
from common.db.tables import fences
from tests.support.settings import some_settings

STRIKES = [0.0003 * 1.16**number for number in range(40)]  # seconds after the start of each transaction


class Terminated(BaseException):
    """What the handler raises, wherever the program happens to be."""


def strike(number: int, frame: FrameType | None) -> None:
    """Interrupt whatever is going on."""
    raise Terminated


def write_pair(connection: Connection, name: str) -> None:
    """Write two rows that belong together."""
    for half in ("a", "b"):
        connection.execute(insert(fences).values(scope=f"{name}.{half}", token=1))


def main(url: str) -> None:
    """Write a pair per strike, and one in peace."""
    engine = make_engine(some_settings(database_url=url))
    signal.signal(signal.SIGALRM, strike)
    for number, seconds in enumerate(STRIKES):
        with suppress(Terminated):
            signal.setitimer(signal.ITIMER_REAL, seconds)
            with write_transaction(engine) as connection:
                write_pair(connection, str(number))
            time.sleep(1)
    with write_transaction(engine) as connection:
        write_pair(connection, "last")
    print("done")  # noqa: T201 - the parent waits for it


if __name__ == "__main__":
    main(sys.argv[1])
