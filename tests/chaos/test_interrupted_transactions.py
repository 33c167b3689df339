"""A signal may strike a transaction anywhere."""

import os
import subprocess
import sys

from sqlalchemy import Engine, select

from common.db.engine import read_transaction
from common.db.tables import fences


def unmeasured() -> dict[str, str]:
    """Return the environment of a process without coverage: a signal that strikes within its lock stops it for ever."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}  # noqa: TID251 - handed on


def test_a_signal_at_any_moment_leaves_whole_transactions_and_a_usable_engine(engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)

    writer = subprocess.run(
        [sys.executable, "-m", "tests.support.interrupted_writer", url],
        capture_output=True,
        check=False,
        timeout=60,
        env=unmeasured(),
    )

    assert writer.stdout == b"done\n", writer.stderr.decode()
    with read_transaction(engine) as connection:
        halves = [scope.split(".") for scope in connection.scalars(select(fences.c.scope))]
    assert {name for name, half in halves if half == "a"} == {name for name, half in halves if half == "b"}
    assert 1 < len(halves) / 2 < 41
