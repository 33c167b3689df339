"""A signal may strike a transaction anywhere."""

import subprocess
import sys

from sqlalchemy import Engine, select

from common.db.engine import read_transaction
from common.db.tables import fences


def test_a_signal_at_any_moment_leaves_whole_transactions_and_a_usable_engine(engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)

    writer = subprocess.run(
        [sys.executable, "-m", "tests.support.interrupted_writer", url], capture_output=True, check=False
    )

    assert writer.stdout == b"done\n", writer.stderr.decode()
    with read_transaction(engine) as connection:
        halves = [scope.split(".") for scope in connection.scalars(select(fences.c.scope))]
    assert {name for name, half in halves if half == "a"} == {name for name, half in halves if half == "b"}
    assert 1 < len(halves) / 2 < 41
