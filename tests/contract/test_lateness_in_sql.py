"""The criterion `filed late` decides in SQL as the mail counts in Python, on every database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    Column,
    Connection,
    Date,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
)

from common.db.engine import write_transaction
from common.disclosures.lateness import AFTER_NOTICE, AFTER_TRADE, days_late, is_late

Case = tuple[str, date | None, date | None, date | None]
"""Chamber, filed, traded, notified."""
NAMES = ("chamber", "filed", "traded", "notified")
CASES = Table(
    "cases",
    MetaData(),
    Column("number", Integer, primary_key=True),
    Column("chamber", String(6)),
    *(Column(name, Date) for name in NAMES[1:]),
    prefixes=["TEMPORARY"],
)
c = CASES.c


def both_say(connection: Connection, cases: Sequence[Case]) -> tuple[list[Case], list[Case]]:
    """Return which of CASES are late in Python, and which in SQL."""
    connection.execute(delete(CASES))
    if cases:
        rows = [{"number": n, **dict(zip(NAMES, one, strict=True))} for n, one in enumerate(cases)]
        connection.execute(insert(CASES), rows)
    late = is_late(c.chamber, filed=c.filed, traded=c.traded, notified=c.notified)
    numbers = set(connection.scalars(select(c.number).where(late)))
    in_python = [one for one in cases if days_late(one[0], filed=one[1], traded=one[2], notified=one[3])]
    return in_python, [one for n, one in enumerate(cases) if n in numbers]


@contextmanager
def room(engine: Engine) -> Iterator[Connection]:
    with write_transaction(engine) as connection:
        CASES.create(connection)
        yield connection
        CASES.drop(connection)


def test_around_each_due_date_of_a_winter_both_agree(engine: Engine) -> None:
    """One with five holidays: on a Monday, a Thursday and a Friday, one of them kept in the year before its own."""
    days = [date(2021, 11, 20) + timedelta(days=n) for n in range(100)]
    cases: list[Case] = []
    for filed in days:
        for due in (filed - timedelta(days=n) for n in range(-1, 7)):
            traded, notified = due - timedelta(days=AFTER_TRADE), due - timedelta(days=AFTER_NOTICE)
            cases += [
                ("senate", filed, traded, None),
                ("house", filed, due, notified),
                ("house", filed, traded, filed),
            ]

    with room(engine) as connection:
        in_python, in_sql = both_say(connection, cases)

    assert len(in_python) > len(cases) / 2
    assert in_python == in_sql


DATES = st.none() | st.dates() | st.dates(date(2024, 1, 1), date(2024, 4, 1))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["house", "senate"]), DATES, DATES, DATES), max_size=40))
def test_of_any_dates_both_say_the_same(engine: Engine, cases: list[Case]) -> None:
    with room(engine) as connection:
        in_python, in_sql = both_say(connection, cases)

    assert in_python == in_sql
