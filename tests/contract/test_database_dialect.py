"""What both databases must say alike: types, insert-ignore, upsert, the clock."""

import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import JSON, Column, Engine, Integer, MetaData, Table, func, insert, select, text
from sqlalchemy.exc import StatementError

from common.clock import utc_now
from common.db.dialect import analyze, database_now, insert_ignore, upsert
from common.db.engine import make_engine, read_transaction, write_transaction
from common.db.tables import fences
from common.db.types import ExactDecimal, UtcDateTime
from tests.support.settings import some_settings

samples = Table(
    "samples",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("moment", UtcDateTime),
    Column("amount", ExactDecimal(18, 2)),
    Column("document", JSON(none_as_null=True)),
)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=zones)  # noqa: DTZ001 - strategy's bounds
amounts = st.decimals(Decimal("-9e15"), Decimal("9e15"), places=2)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
on_a_database = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def types(engine: Engine) -> Iterator[Engine]:
    """Lend an engine whose database has the table `samples` meanwhile."""
    samples.metadata.create_all(engine)
    yield engine
    samples.metadata.drop_all(engine)


def round_trip(engine: Engine, **columns: Any) -> Any:
    with write_transaction(engine) as connection:
        connection.execute(samples.delete())
        connection.execute(insert(samples).values(id=1, **columns))
    with read_transaction(engine) as connection:
        return connection.execute(select(samples)).one()


@on_a_database
@given(moment=moments)
def test_a_moment_comes_back_in_utc(types: Engine, moment: datetime) -> None:
    back = round_trip(types, moment=moment).moment

    assert back == moment
    assert back.tzinfo is UTC or back.utcoffset() == timedelta(0)


@on_a_database
@given(amount=amounts)
@example(amount=Decimal("8999999999999999.99"))  # a float would lose the cents
def test_an_amount_comes_back_to_the_cent(types: Engine, amount: Decimal) -> None:
    back = round_trip(types, amount=amount).amount

    assert isinstance(back, Decimal)
    assert back == amount


@on_a_database
@given(document=documents)
def test_a_document_comes_back_as_it_was(types: Engine, document: Any) -> None:
    assert round_trip(types, document=document).document == document


def test_nothing_comes_back_as_nothing(types: Engine) -> None:
    assert tuple(round_trip(types, moment=None, amount=None, document=None)) == (1, None, None, None)


def test_moments_are_ordered_by_time_and_not_by_text(types: Engine) -> None:
    early = datetime(2026, 11, 3, 9, tzinfo=timezone(timedelta(hours=9)))
    late = datetime(2026, 11, 3, 8, 59, tzinfo=UTC)
    with write_transaction(types) as connection:
        connection.execute(insert(samples), [{"id": 1, "moment": late}, {"id": 2, "moment": early}])

    with read_transaction(types) as connection:
        in_order = connection.scalars(select(samples.c.id).order_by(samples.c.moment)).all()
        after = connection.scalars(select(samples.c.id).where(samples.c.moment > early)).all()

    assert in_order == [2, 1]
    assert after == [1]


def test_amounts_can_be_added_and_compared(types: Engine) -> None:
    with write_transaction(types) as connection:
        rows = [{"id": 1, "amount": Decimal("0.10")}, {"id": 2, "amount": Decimal("0.20")}]
        connection.execute(insert(samples), rows)

    with read_transaction(types) as connection:
        total = connection.scalar(select(func.sum(samples.c.amount, type_=ExactDecimal(18, 2))))
        large = connection.scalars(select(samples.c.id).where(samples.c.amount > Decimal("0.15"))).all()

    assert total == Decimal("0.30")
    assert large == [2]


def test_a_naive_moment_is_refused(types: Engine) -> None:
    naive = datetime(2026, 11, 3)  # noqa: DTZ001 - the fault

    with pytest.raises(StatementError, match=r"naive time .* pass an aware one"):
        round_trip(types, moment=naive)


@pytest.mark.parametrize("amount", ["0.001", "1e16", "-1e16", "NaN", "Infinity"])
def test_an_amount_that_does_not_fit_is_refused(types: Engine, amount: str) -> None:
    with pytest.raises(StatementError, match=r"does not fit below 1000+ in steps of 0\.01"):
        round_trip(types, amount=Decimal(amount))


def scopes(engine: Engine) -> dict[str, int]:
    with read_transaction(engine) as connection:
        return {row.scope: row.token for row in connection.execute(select(fences))}


def rows(**tokens: int) -> list[dict[str, Any]]:
    return [{"scope": scope, "token": token} for scope, token in tokens.items()]


def test_insert_ignore_adds_what_is_new_keeps_what_is_there_and_counts_the_new(engine: Engine) -> None:
    with write_transaction(engine) as connection:
        first = insert_ignore(connection, fences, rows(a=1, b=1))
        second = insert_ignore(connection, fences, rows(b=2, c=2))

    assert (first, second) == (2, 1)
    assert scopes(engine) == {"a": 1, "b": 1, "c": 2}


def test_insert_ignore_counts_right_in_large_batches(engine: Engine) -> None:
    many = {f"scope {number}": number for number in range(5000)}

    with write_transaction(engine) as connection:
        insert_ignore(connection, fences, rows(**dict(list(many.items())[::2])))
        new = insert_ignore(connection, fences, rows(**many))

    assert new == 2500
    assert scopes(engine) == many


def test_upsert_adds_what_is_new_and_changes_what_is_there(engine: Engine) -> None:
    with write_transaction(engine) as connection:
        upsert(connection, fences, rows(a=1, b=1), key=["scope"], change=["token"])
        upsert(connection, fences, rows(b=2, c=2), key=["scope"], change=["token"])

    assert scopes(engine) == {"a": 1, "b": 2, "c": 2}


def test_no_rows_are_no_work(engine: Engine) -> None:
    with write_transaction(engine) as connection:
        upsert(connection, fences, [], key=["scope"], change=["token"])

        assert insert_ignore(connection, fences, []) == 0
    assert scopes(engine) == {}


def test_the_databases_clock_is_aware_and_moves_within_a_transaction(engine: Engine) -> None:
    before = utc_now() - timedelta(seconds=1)  # SQLite counts milliseconds

    with read_transaction(engine) as connection:
        first = database_now(connection)
        time.sleep(0.005)
        second = database_now(connection)

    assert before <= first < second <= utc_now() + timedelta(seconds=1)
    assert first.tzinfo is UTC


def test_in_a_simulation_the_databases_clock_is_the_simulations(sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "ahead"
    file.write_text("86400")
    engine = make_engine(some_settings(database_url=sqlite_url, clock_file=file))

    with read_transaction(engine) as connection:
        ahead = database_now(connection) - utc_now()
    engine.dispose()

    assert ahead > timedelta(hours=23)


def test_a_table_is_counted_for_whoever_may_use_it(engine: Engine) -> None:
    """On PostgreSQL, a login that does not own it; SQLite has no logins."""
    counted = {
        "postgresql": "SELECT reltuples FROM pg_class WHERE relname = 'fences'",
        "sqlite": "SELECT stat FROM sqlite_stat1 WHERE tbl = 'fences'",
    }[engine.dialect.name]
    with write_transaction(engine) as tx:
        tx.execute(insert(fences), [{"scope": str(number), "token": 1} for number in range(3)])
        if tx.dialect.name == "postgresql":
            login = f"reader_{secrets.token_hex(4)}"
            tx.execute(text(f"CREATE ROLE {login}"))
            tx.execute(text(f"SET LOCAL ROLE {login}"))

        analyze(tx, fences)

        assert float(str(tx.scalar(text(counted))).split()[0]) == 3
        tx.rollback()
