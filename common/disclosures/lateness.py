"""How late a trade was disclosed: days from the due date to the first disclosure; never a legal verdict.

Due (5 U.S.C. 13105(l)): the earlier of 30 days after the notification and 45 days after the trade. The Senate prints
no notification date, so there it is the latter. What a missing date leaves open is not established.
"""

from datetime import date
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, case
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

AFTER_NOTICE = 30  # days
AFTER_TRADE = 45  # days
PRINTS_NO_NOTICE = "senate"


def days_late(chamber: str, *, filed: date | None, traded: date | None, notified: date | None) -> int | None:
    """Return how many days after its due date a trade was filed; 0 = not late, None = not established."""
    if filed is None or traded is None:
        return None
    after_trade = (filed - traded).days - AFTER_TRADE
    if chamber == PRINTS_NO_NOTICE:
        return max(0, after_trade)
    return max(0, after_trade, (filed - notified).days - AFTER_NOTICE) if notified else None


def is_late(
    chamber: ColumnElement[Any],
    *,
    filed: ColumnElement[Any],
    traded: ColumnElement[Any],
    notified: ColumnElement[Any],
) -> ColumnElement[bool]:
    """Return the SQL that tells whether `days_late` would be above 0."""
    after_trade = days_between(traded, filed) > AFTER_TRADE
    after_notice = days_between(notified, filed) > AFTER_NOTICE
    return case(
        (filed.is_(None) | traded.is_(None), False),
        (chamber == PRINTS_NO_NOTICE, after_trade),
        (notified.is_(None), False),
        else_=after_trade | after_notice,
    ).cast(Boolean)


class days_between(GenericFunction[int]):  # noqa: N801 - SQLAlchemy names a function after its class
    """Days from the first date to the second, the same number on both databases."""

    type = Integer()
    inherit_cache = True


@compiles(days_between, "sqlite")
def _in_sqlite(element: days_between, compiler: SQLCompiler, **options: Any) -> str:
    earlier, later = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(julianday({later}) - julianday({earlier}))"


@compiles(days_between, "postgresql")
def _in_postgresql(element: days_between, compiler: SQLCompiler, **options: Any) -> str:
    earlier, later = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({later} - {earlier})"
