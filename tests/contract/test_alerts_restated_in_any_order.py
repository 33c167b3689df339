"""Whoever hears of everything believes in the end what stands, in whatever order filings that restate each other come."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from common.alerts.planning.contents import Contents
from common.alerts.planning.disclosed import StoredTrade, load
from common.alerts.sending.tell import tell
from common.db.alert_tables import messages
from common.db.engine import make_engine
from common.db.tables import filings, versions
from tests.support.alerts import GREENE, Watch
from tests.support.restated import FIRST, ID
from tests.support.settings import some_settings
from tests.support.trades import a_trade

SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
Value = tuple[str, str]


@dataclass
class Belief:
    """What somebody takes for true, and which rows they were told are none."""

    values: Counter[Value] = field(default_factory=Counter)
    gone: set[int] = field(default_factory=set)

    def take(self, told: Contents) -> None:
        for section in ("new", "corrected", "withdrawn"):
            event(section if getattr(told, section) else "")
        taken_up = self.gone & {changed.before.id for changed in told.corrected}
        self.values.update(value(fresh.row) for fresh in told.new)
        self.values.update(value(changed.after) for changed in told.corrected)
        self.values.subtract(value(one.before) for one in told.corrected if one.before.id not in taken_up)
        self.values.subtract(value(gone.row) for gone in told.withdrawn)
        self.gone |= {gone.row.id for gone in told.withdrawn}
        self.gone -= taken_up


@pytest.fixture
def watch(sqlite_url: str) -> Iterator[Watch]:
    engine = make_engine(some_settings(database_url=sqlite_url))
    yield Watch(engine)
    engine.dispose()


rows = st.fixed_dictionaries(
    {
        "asset": st.sampled_from(["NVIDIA [ST]", "AMD [ST]"]),
        "owner": st.sampled_from(["", "SP", "JT"]),
        "filing_status": st.sampled_from(["New", "New", "Amended", "Deleted"]),
        "transaction_id": st.sampled_from([None, ID, "2000000002"]),
    }
)
readings = st.lists(rows, min_size=1, max_size=3, unique_by=lambda row: (row["asset"], row["owner"]))


def value(row: StoredTrade) -> Value:
    return row.trade.asset, row.trade.owner


def hear(watch: Watch, belief: Belief) -> None:
    """Let what was planned leave, and believe it."""
    for message in watch.rows(messages):
        with watch.engine.connect() as connection:
            tellings = tell(connection, [message.id]) if message.status == "planned" else {}
        for told in tellings.get(message.id, ()):
            belief.take(told)
            watch.send(message.id, *told.said.items())


def standing(watch: Watch) -> Counter[Value]:
    """Return what the current versions tell."""
    current = (filings.c.id == versions.c.filing_id) & (filings.c.version == versions.c.version)
    with watch.engine.connect() as connection:
        stored = load(connection, connection.scalars(select(versions.c.id).join(filings, current)).all())
    return Counter(value(row) for filing in stored.values() for row in filing.rows if row.tells)


@given(st.data(), st.lists(readings, min_size=2, max_size=4), st.sampled_from(["each", "all"]))
@settings(max_examples=15, suppress_health_check=SLOW)
def test_who_hears_of_everything_believes_what_stands(
    watch: Watch, data: st.DataObject, filed: list[list[dict[str, Any]]], planned: str
) -> None:
    watch.forget()
    watch.rule(watch.subscriber(), members=[GREENE])
    ids = [watch.listed(filed=FIRST + timedelta(days=day)) for day in range(len(filed))]
    belief = Belief()

    for number in data.draw(st.permutations(range(len(filed)))):
        watch.restate(
            ids[number], *(a_trade(row=n, ticker=None, **row) for n, row in enumerate(filed[number], 1))
        )
        if planned == "each":
            watch.plan(storm=100)
            hear(watch, belief)
    watch.plan(storm=100)
    hear(watch, belief)

    stands = standing(watch)
    # An amendment that was told as news, because its original was not known, counts beside it for good.
    assert belief.values >= stands
    assert set(+belief.values) == set(stands)
