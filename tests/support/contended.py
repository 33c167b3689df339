"""A run whose transactions find, once they have begun, that others were at work, too."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from common.runtime.context import RunContext
from common.runtime.database import SqlDatabase
from local.mail_load import run_context
from tests.support.settings import some_settings

NOW = datetime(2025, 3, 6, 15, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Contended(SqlDatabase):
    """A database on which somebody does the next of MEANWHILE while each transaction is under way."""

    meanwhile: list[Callable[[], object]] = field(default_factory=list)

    @contextmanager
    def writing(self, scope: str, token: int, *, repeatable: bool = False) -> Iterator[Connection]:
        with SqlDatabase.writing(self, scope, token, repeatable=repeatable) as tx:
            if self.meanwhile:
                self.meanwhile.pop(0)()
            yield tx


def a_run(engine: Engine, *, meanwhile: list[Callable[[], object]] | None = None) -> RunContext:
    """Return a run's context on ENGINE; the first transactions are each disturbed by one of MEANWHILE."""
    url = engine.url.render_as_string(hide_password=False)
    run = run_context(some_settings(database_url=url), engine, "notifications", lambda: NOW, write=print)
    return replace(run, database=Contended(engine, meanwhile=meanwhile or []))
