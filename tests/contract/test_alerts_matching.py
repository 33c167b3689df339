"""Which rules match which rows: at the edges, and always as the evidence says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from common.alerts.planning.batch import match_batch, matched, work_space
from common.alerts.planning.disclosed import Disclosed, load
from common.alerts.planning.evidence import Revision, matches, misses
from common.alerts.subscriptions.rules import revisions_of, save_rule
from common.db.alert_tables import rule_revisions, subscribers
from common.db.engine import write_transaction
from common.db.tables import versions
from common.disclosures.records import Trade
from tests.support.alerts import FILED, GREENE, PELOSI, SCAN, WARREN, Watch, a_draft, some_criteria
from tests.support.trades import a_trade

EVER = datetime(2020, 1, 1, tzinfo=UTC)
OVER_50_MILLION = {"amount_min": 50_000_001, "amount_max": None}
OVER_1_MILLION = {"amount_min": 1_000_001, "amount_max": None, "owner": "SP"}
NO_AMOUNT = {"amount_min": None, "amount_max": None}


@pytest.fixture
def watch(engine: Engine) -> Watch:
    return Watch(engine)


def rules_and_filings(watch: Watch) -> tuple[set[tuple[int, int]], list[Revision], Sequence[Disclosed]]:
    """Let all rules be in force ever since; return (revision, version) of all matches, the revisions and the versions."""
    watch.set(subscribers, confirmed_at=EVER)
    watch.set(rule_revisions, effective_from=EVER)
    with write_transaction(watch.engine) as tx, work_space(tx):
        ids = tx.scalars(select(versions.c.id)).all()
        match_batch(tx, ids)
        found = tx.execute(select(matched.c.revision_id, matched.c.version_id)).all()
        everybody = tx.scalars(select(subscribers.c.id)).all()
        asked = [revision for of in revisions_of(tx, everybody).values() for revision in of]
        assert len(found) == len(set(found)), "each once"
        return {(row.revision_id, row.version_id) for row in found}, asked, list(load(tx, ids).values())


def pairs_that_match(watch: Watch, cases: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> list[bool]:
    """Whether, of each of CASES, the rule that asks the latter matches a filing of the one row that is the former.

    The evidence must say the same of every rule and every filing.
    """
    kyle = watch.subscriber()
    asked = [watch.rule(kyle, **asks) for _, asks in cases]
    filed = [watch.file(a_trade(**row)) for row, _ in cases]
    found, rules, filings = rules_and_filings(watch)
    assert found == {
        (rule.id, filing.version_id) for rule in rules for filing in filings if matches(rule.criteria, filing)
    }
    by_rule = {rule.rule_id: rule.id for rule in rules}
    by_filing = {filing.filing_id: filing.version_id for filing in filings}
    return [(by_rule[rule], by_filing[filing]) in found for rule, filing in zip(asked, filed, strict=True)]


BOTH, MAYBE, NONE = {"at_least", "possibly"}, {"possibly"}, set[str]()


EDGES: list[tuple[dict[str, Any], int, set[str]]] = [
    ({}, 1_001, BOTH),
    ({}, 1_002, MAYBE),
    ({}, 15_000, MAYBE),
    ({}, 15_001, NONE),
    (OVER_50_MILLION, 50_000_001, BOTH),
    (OVER_50_MILLION, 50_000_002, MAYBE),
    (OVER_50_MILLION, 999_000_000, MAYBE),
    (OVER_1_MILLION, 1_000_000, BOTH),
    (OVER_1_MILLION, 5_000_000, MAYBE),
    (NO_AMOUNT, 1, NONE),
]


def test_ranges_at_their_edges(watch: Watch) -> None:
    cases = [(row, dollars, mode, mode in modes) for row, dollars, modes in EDGES for mode in sorted(BOTH)]

    found = pairs_that_match(
        watch, [(row, {"amount_mode": mode, "amount": dollars}) for row, dollars, mode, _ in cases]
    )

    assert list(zip(cases, found, strict=True)) == [(case, case[-1]) for case in cases]


CRITERIA: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"transaction_type": "S (partial)"}, {"side": "sell"}, True),
    ({"transaction_type": "S"}, {"side": "sell"}, True),
    ({"transaction_type": "P"}, {"side": "sell"}, False),
    ({"transaction_type": "E"}, {"side": "exchange"}, True),
    ({"ticker": "BRK.B"}, {"tickers": ["BRK-B"]}, True),
    ({"ticker": None}, {"tickers": ["NVDA"]}, False),
    ({"owner": ""}, {"owner": "self"}, True),
    ({"owner": "DC"}, {"owner": "self"}, False),
    ({"owner": "DC"}, {"owner": "child"}, True),
    ({"asset_type": "OP"}, {"asset_type": "OP"}, True),
    ({"asset_type": None}, {"asset_type": "OP"}, False),
    ({"transaction_date": FILED - timedelta(45), "notification_date": FILED - timedelta(30)}, {"filed_late": True}, False),
    ({"transaction_date": FILED - timedelta(46), "notification_date": FILED - timedelta(30)}, {"filed_late": True}, True),
    ({"transaction_date": FILED - timedelta(40), "notification_date": FILED - timedelta(31)}, {"filed_late": True}, True),
    ({"transaction_date": FILED - timedelta(90), "notification_date": None}, {"filed_late": True}, False),
    ({}, {"party": "Republican"}, True),
    ({}, {"party": "Democrat"}, False),
    ({}, {"state": "GA", "chamber": "house", "members": [GREENE, PELOSI]}, True),
    ({}, {"chamber": "senate"}, False),
    ({}, {"members": [GREENE], "tickers": ["NVDA"], "side": "sell"}, False),
]  # fmt: skip


def test_each_criterion(watch: Watch) -> None:
    found = pairs_that_match(watch, [(row, asks) for row, asks, _ in CRITERIA])

    assert list(zip(CRITERIA, found, strict=True)) == [(case, case[-1]) for case in CRITERIA]


def test_all_criteria_must_hold_for_one_and_the_same_row(watch: Watch) -> None:
    watch.rule(watch.subscriber(), tickers=["NVDA"], side="sell")
    watch.file(a_trade(), a_trade(row=2, ticker="MSFT", transaction_type="S"))

    found, _, _ = rules_and_filings(watch)

    assert found == set()


def test_who_is_nobody_s_member_still_files_in_a_state_and_a_chamber(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, chamber="house", state="OH")
    watch.rule(kyle, party="Republican")
    watch.file(by=None)

    found, (by_state, _), (filing,) = rules_and_filings(watch)

    assert found == {(by_state.id, filing.version_id)}


def test_the_term_of_the_filing_date_says_which_party(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, party="Democrat")
    watch.rule(kyle, party="Independent")
    watch.file(by=PELOSI)

    found, (then, _), (filing,) = rules_and_filings(watch)

    assert found == {(then.id, filing.version_id)}


def test_a_senator_is_of_the_senate_s_term_and_late_by_45_days_alone(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, state="MA", party="Democrat", filed_late=True)
    traded = a_trade(transaction_date=FILED - timedelta(46), notification_date=None)
    watch.file(traded, by=WARREN, chamber="senate", state_district="")

    found, (rule,), (filing,) = rules_and_filings(watch)

    assert found == {(rule.id, filing.version_id)}
    assert filing.rows[0].late == 1


def test_what_a_rule_lacks_is_named_with_both_values(watch: Watch) -> None:
    watch.file(a_trade(), a_trade(row=2, quarantine=("amount: odd",)))
    _, _, (filing,) = rules_and_filings(watch)
    asks = some_criteria(
        members=[PELOSI], tickers=["MSFT", "AMD"], owner="spouse", amount_mode="at_least", amount=50_001
    )

    first, second = (misses(asks, filing, row) for row in filing.rows)

    assert [(miss.criterion, miss.wanted, miss.found) for miss in first] == [
        ("members", PELOSI, GREENE),
        ("tickers", "AMD or MSFT", "NVDA"),
        ("owner", "spouse", "self"),
        ("at_least", "a lower bound of at least $50,001", "$1,001-$15,000"),
    ]
    assert {miss.found for miss in second[1:]} == {"could not be read for certain"}


# ---- the database and the evidence, on whatever comes

dates = st.one_of(st.none(), st.integers(0, 70).map(lambda days: FILED - timedelta(days)))
bounds = st.sampled_from([(1_001, 15_000), (15_001, 50_000), (1_000_001, None), (None, None), (350, 351)])
trades = st.builds(
    lambda bound, **said: a_trade(amount_min=bound[0], amount_max=bound[1], **said),
    bounds,
    ticker=st.sampled_from(["NVDA", "BRK.B", None, "brk/b"]),
    owner=st.sampled_from(["", "SP", "JT", "DC"]),
    asset_type=st.sampled_from(["ST", "OP", None]),
    transaction_type=st.sampled_from(["P", "S", "S (partial)", "E"]),
    transaction_date=dates,
    notification_date=dates,
    quarantine=st.sampled_from([(), (), (), ("amount: odd",)]),
    filing_status=st.sampled_from(["New", "New", None, "Amended", "Deleted"]),
)
asks = st.fixed_dictionaries(
    {},
    optional={
        "members": st.sets(st.sampled_from([GREENE, PELOSI, WARREN]), min_size=1).map(list),
        "tickers": st.sets(st.sampled_from(["NVDA", "BRK-B", "AMD"]), min_size=1).map(list),
        "chamber": st.sampled_from(["house", "senate"]),
        "party": st.sampled_from(["Republican", "Democrat"]),
        "state": st.sampled_from(["GA", "CA", "OH", "MA"]),
        "side": st.sampled_from(["buy", "sell", "exchange"]),
        "owner": st.sampled_from(["self", "spouse", "child"]),
        "asset_type": st.sampled_from(["ST", "OP"]),
        "filed_late": st.just(value=True),
    },
)
amounts: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {
            "amount_mode": st.sampled_from(["at_least", "possibly"]),
            "amount": st.sampled_from([351, 1_001, 15_000, 15_001, 1_000_001]),
        }
    ),
)


@st.composite
def filings(draw: st.DrawFn) -> list[tuple[list[Trade], dict[str, Any]]]:
    """Draw what some people file, and how it is listed; no row = a scan."""
    by = st.sampled_from([GREENE, PELOSI, WARREN, None])
    found = []
    for _ in range(draw(st.integers(1, 4))):
        rows = draw(st.lists(trades, max_size=3))
        listing = {"filed": draw(st.sampled_from([FILED, FILED, date(2020, 1, 1), None]))}
        found.append((rows, {"by": draw(by), **listing}))
    return found


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(
    filings(), st.lists(st.tuples(asks, amounts).map(lambda both: both[0] | both[1]), min_size=1, max_size=12)
)
def test_the_database_matches_exactly_what_the_evidence_says(
    watch: Watch, filed: list[tuple[list[Trade], dict[str, Any]]], asked: list[dict[str, Any]]
) -> None:
    watch.forget()
    kyle = watch.subscriber()
    for rows, listing in filed:
        numbered = [replace(row, row=number) for number, row in enumerate(rows, start=1)]
        watch.file(*(numbered or (SCAN,)), **listing)
    with write_transaction(watch.engine) as tx:
        for one in asked:
            save_rule(tx, kyle, a_draft(**(one or {"chamber": "house"})))

    found, rules, versions_ = rules_and_filings(watch)

    assert found == {
        (rule.id, filing.version_id)
        for rule in rules
        for filing in versions_
        if matches(rule.criteria, filing)
    }
