"""Links are a function of what is stored: whatever came first, was read twice, or was read otherwise at first."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.db.engine import make_engine, write_transaction
from common.disclosures.amendments.chains import IS_SURE
from common.disclosures.amendments.deciding import restatements
from common.disclosures.amendments.rows import Filer, rows_of
from common.disclosures.records import Trade
from tests.support.alerts import GREENE, Watch
from tests.support.restated import FIRST, ID, linked
from tests.support.settings import some_settings
from tests.support.trades import a_trade

SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture
def watch(sqlite_url: str) -> Iterator[Watch]:
    engine = make_engine(some_settings(database_url=sqlite_url))
    yield Watch(engine)
    engine.dispose()


rows = st.fixed_dictionaries(
    {
        "asset": st.sampled_from(["NVIDIA [ST]", "AMD [ST]"]),
        "owner": st.sampled_from(["", "SP"]),
        "filing_status": st.sampled_from(["New", "New", "Amended", "Deleted"]),
        "transaction_id": st.sampled_from([None, ID, "2000000002"]),
        "quarantine": st.sampled_from([(), (), (), ("amount: odd",)]),
    }
)
readings = st.lists(rows, min_size=1, max_size=3)


def said(reading: list[dict[str, Any]]) -> list[Trade]:
    return [a_trade(row=number, **one) for number, one in enumerate(reading, start=1)]


@given(st.data(), st.lists(st.lists(readings, min_size=1, max_size=2), min_size=2, max_size=4))
@settings(max_examples=15, suppress_health_check=SLOW)
def test_links_are_a_function_of_what_is_stored(
    watch: Watch, data: st.DataObject, filings: list[list[list[dict[str, Any]]]]
) -> None:
    watch.forget()
    ids = [watch.listed(filed=FIRST + timedelta(days=day)) for day in range(len(filings))]
    steps = data.draw(st.permutations([number for number, read in enumerate(filings) for _ in read]))
    left = {number: list(read) for number, read in enumerate(filings)}

    for number in steps:
        watch.restate(ids[number], *said(left[number].pop(0)))
    again = [watch.restate(ids[number], *said(read[-1])) for number, read in enumerate(filings)]

    with write_transaction(watch.engine) as tx:
        stored = rows_of(tx, Filer("house", GREENE), IS_SURE)
    wanted = restatements("house", [one.row for one in stored])
    names = {one.row.name: f"{one.filing_id}/{one.row.name.row}" for one in stored}
    assert linked(watch) == {names[name]: names[link.original] for name, link in wanted.links.items()}
    assert not any(again)
