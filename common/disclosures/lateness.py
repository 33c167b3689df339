"""How late a trade was disclosed: days from the due date to the first disclosure; never a legal verdict.

Due (5 U.S.C. 13105(l)): the earlier of 30 days after the notification and 45 days after the trade. The Senate prints
no notification date, so there it is the latter. What a missing date leaves open is not established.

What falls due on a weekend or a federal holiday is due on the next working day, as both committees tell their filers: House
Committee on Ethics, Instruction Guide for Financial Disclosure Statements and Periodic Transaction Reports; Senate Select
Committee on Ethics, Financial Disclosure Instructions.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, case, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from common.disclosures.working_days import HOLIDAYS, MONDAY, SUNDAY, next_working_day, working_day_before

AFTER_NOTICE = 30  # days
AFTER_TRADE = 45  # days
PRINTS_NO_NOTICE = "senate"
DAY_ZERO = date(1, 1, 1)
"""A Monday, so that the days since then, modulo 7, count weekdays as date.weekday does."""


def days_late(chamber: str, *, filed: date | None, traded: date | None, notified: date | None) -> int | None:
    """Return how many days after its due date a trade was filed; 0 = not late, None = not established."""
    if filed is None or traded is None:
        return None
    overdue = (filed - traded).days - AFTER_TRADE
    if chamber != PRINTS_NO_NOTICE:
        if notified is None:
            return None
        overdue = max(overdue, (filed - notified).days - AFTER_NOTICE)
    if overdue <= 0:
        return 0
    return max(0, (filed - next_working_day(filed - timedelta(days=overdue))).days)


def is_late(
    chamber: ColumnElement[Any],
    *,
    filed: ColumnElement[Any],
    traded: ColumnElement[Any],
    notified: ColumnElement[Any],
) -> ColumnElement[bool]:
    """Return the SQL that tells whether `days_late` would be above 0: a working day went by between due and filed."""
    weekday_before = _number(filed) - case({MONDAY: 3, SUNDAY: 2}, value=_number(filed) % 7, else_=1)
    after_trade, after_notice = _number(traded) + AFTER_TRADE, _number(notified) + AFTER_NOTICE
    due = case(
        (chamber == PRINTS_NO_NOTICE, after_trade),
        (after_notice < after_trade, after_notice),
        else_=after_trade,
    )
    return case(
        (filed.is_(None) | traded.is_(None), False),
        ((chamber != PRINTS_NO_NOTICE) & notified.is_(None), False),
        else_=before_holiday(weekday_before) >= due,
    ).cast(Boolean)


def _number(day: ColumnElement[Any]) -> ColumnElement[int]:
    """Return the SQL of DAY as a number of days."""
    return days_between(literal(DAY_ZERO), day)


class before_holiday(GenericFunction[int]):  # noqa: N801 - SQLAlchemy names a function after its class
    """The last working day before a holiday, any other day itself; all by their numbers."""

    type = Integer()
    inherit_cache = True


_WHEN_HOLIDAY = " ".join(
    f"WHEN {(day - DAY_ZERO).days} THEN {(working_day_before(day) - DAY_ZERO).days}"
    for day in sorted(HOLIDAYS)
)
"""The holidays stand in the SQL itself, so that it cannot count otherwise than Python does."""


@compiles(before_holiday)
def _in_sql(element: before_holiday, compiler: SQLCompiler, **options: Any) -> str:
    number, otherwise = (compiler.process(element.clauses, **options) for _ in range(2))
    return f"CASE ({number}) {_WHEN_HOLIDAY} ELSE ({otherwise}) END"


class days_between(GenericFunction[int]):  # noqa: N801 - as above
    """Days from the first date to the second, the same number on both databases."""

    type = Integer()
    inherit_cache = True


@compiles(days_between, "sqlite")
def _in_sqlite(element: days_between, compiler: SQLCompiler, **options: Any) -> str:
    earlier, later = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


@compiles(days_between, "postgresql")
def _in_postgresql(element: days_between, compiler: SQLCompiler, **options: Any) -> str:
    earlier, later = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({later} - {earlier})"
