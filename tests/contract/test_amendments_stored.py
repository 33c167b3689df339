"""Links between stored rows: the same whatever came first, on every database."""

from collections.abc import Callable
from datetime import date
from itertools import permutations

import pytest
from sqlalchemy import Engine, update

from common.db.amendment_tables import restatements
from common.db.engine import write_transaction
from common.db.tables import filings, reviews, to_match
from common.disclosures.amendments.deciding import Name
from common.disclosures.amendments.store import decide, undo
from common.errors import InvalidRequest
from tests.support.alerts import GREEN, GREENE, NOW, SCAN, Watch
from tests.support.restated import (
    FIRST,
    FOURTH,
    SECOND,
    THIRD,
    amended,
    deleted,
    first_filed,
    in_review,
    linked,
    of_the_senate,
    versions_of,
)
from tests.support.trades import a_trade

ODD = ("amount: odd",)


@pytest.fixture
def watch(engine: Engine) -> Watch:
    return Watch(engine)


def doc(watch: Watch, filing_id: int, row: int = 1) -> Name:
    return Name(next(one.doc_id for one in watch.rows(filings) if one.id == filing_id), row)


# ---- the House


def test_an_amended_row_is_linked_in_the_transaction_that_stores_it(watch: Watch) -> None:
    watch.file(a_trade(), a_trade(row=2, ticker="MSFT", asset="Microsoft [ST]"), filed=FIRST)

    watch.file(amended(owner="SP"), filed=SECOND)

    assert linked(watch) == {"2/1": "1/1"}
    assert first_filed(watch) == [FIRST]
    assert versions_of(watch) == {1: 1, 2: 1}
    assert in_review(watch) == {}


def test_reading_the_same_again_changes_nothing(watch: Watch) -> None:
    filing, amendment = watch.file(a_trade(), filed=FIRST), watch.file(amended(owner="SP"), filed=SECOND)

    again = watch.restate(filing, a_trade()), watch.restate(amendment, amended(owner="SP"))

    assert again == (False, False)
    assert linked(watch) == {"2/1": "1/1"}


def test_an_original_that_comes_after_its_amendment_is_found_and_makes_a_version(watch: Watch) -> None:
    watch.file(amended(owner="SP"), filed=SECOND)
    assert in_review(watch) == {str(doc(watch, 1)): []}

    watch.file(a_trade(), filed=FIRST)

    assert linked(watch) == {"1/1": "2/1"}
    assert versions_of(watch) == {1: 2, 2: 1}
    assert [(row.filing_id, row.version) for row in watch.rows(to_match)] == [(1, 1), (1, 2), (2, 1)]
    assert in_review(watch) == {}
    assert [row.decision["method"] for row in watch.rows(reviews)] == ["facts"]


def test_an_amendment_from_before_the_watch_is_linked_and_told_to_nobody(watch: Watch) -> None:
    watch.file(amended(owner="SP"), filed=SECOND, alertable=False)

    watch.file(a_trade(), filed=FIRST, alertable=False)

    assert linked(watch) == {"1/1": "2/1"}
    assert watch.rows(to_match) == []


CHAIN: list[tuple[date, Callable[[], object]]] = [
    (FIRST, a_trade),
    (SECOND, lambda: amended(owner="SP")),
    (THIRD, lambda: deleted(owner="SP")),
    (FOURTH, lambda: amended(owner="SP", amount_min=15001, amount_max=50000)),
]


@pytest.mark.parametrize("order", list(permutations(range(4)))[5::9])
def test_a_chain_is_the_same_in_whatever_order_it_is_read(watch: Watch, order: tuple[int, ...]) -> None:
    ids = {number: watch.file(CHAIN[number][1](), filed=CHAIN[number][0]) for number in order}  # type: ignore[arg-type] # each is a Trade

    o, a, d, again = (ids[number] for number in range(4))
    assert linked(watch) == {f"{a}/1": f"{o}/1", f"{d}/1": f"{a}/1", f"{again}/1": f"{d}/1"}
    assert first_filed(watch) == [FIRST] * 3


def test_a_better_reading_of_the_original_carries_the_link_and_makes_no_other_version(watch: Watch) -> None:
    filing = watch.file(a_trade(), filed=FIRST)
    watch.file(amended(owner="SP"), filed=SECOND)

    watch.restate(filing, a_trade(), a_trade(row=2, ticker="MSFT", asset="Microsoft [ST]", owner="JT"))

    assert linked(watch) == {"2/1": "1/1"}
    assert versions_of(watch) == {1: 2, 2: 1}


def test_a_better_reading_of_the_amendment_keeps_what_its_row_restates(watch: Watch) -> None:
    watch.file(a_trade(), filed=FIRST)
    amendment = watch.file(amended(owner="SP"), filed=SECOND)

    watch.restate(amendment, amended(owner="JT"))
    unchanged = watch.restate(amendment, amended(owner="JT"))

    assert linked(watch) == {"2/1": "1/1"}
    assert versions_of(watch) == {1: 1, 2: 2}
    assert not unchanged
    assert [row.stands for row in watch.rows(restatements)] == [False, True]


def test_an_original_that_nothing_restates_any_more_is_stored_again(watch: Watch) -> None:
    watch.file(a_trade(), filed=FIRST)
    amendment = watch.file(amended(owner="SP"), filed=SECOND)

    watch.restate(amendment, amended(owner="SP", transaction_type="S"))

    assert linked(watch) == {}
    assert versions_of(watch) == {1: 2, 2: 2}
    assert not watch.restate(1, a_trade())


def test_several_candidates_go_to_review_and_a_second_one_takes_the_link_back(watch: Watch) -> None:
    watch.file(a_trade(), filed=FIRST)
    watch.file(amended(owner="SP"), filed=SECOND)

    watch.file(a_trade(owner="JT"), filed=FIRST)

    assert linked(watch) == {}
    assert in_review(watch) == {str(doc(watch, 2)): [str(doc(watch, 1)), str(doc(watch, 3))]}
    assert versions_of(watch) == {1: 2, 2: 2, 3: 1}


def test_what_is_in_doubt_is_linked_when_it_is_sure(watch: Watch) -> None:
    filing = watch.file(a_trade(quarantine=ODD), filed=FIRST)
    amendment = watch.file(amended(owner="SP", quarantine=ODD), filed=SECOND)
    assert (linked(watch), in_review(watch)) == ({}, {})

    watch.restate(amendment, amended(owner="SP"))
    assert in_review(watch) == {str(doc(watch, amendment)): []}
    watch.restate(filing, a_trade())

    assert linked(watch) == {"2/1": "1/1"}


def test_an_original_that_becomes_readable_later_is_found(watch: Watch) -> None:
    scan = watch.file(SCAN, filed=FIRST)
    watch.file(amended(owner="SP"), filed=SECOND)

    watch.restate(scan, a_trade())

    assert linked(watch) == {"2/1": "1/1"}


def test_nothing_is_linked_before_the_filer_is_settled_nor_to_somebody_elses_trades(watch: Watch) -> None:
    watch.file(a_trade(), filed=FIRST)
    watch.file(a_trade(), by=GREEN, filed=FIRST)
    amendment = watch.file(amended(owner="SP"), by=None, filed=SECOND)
    assert (linked(watch), in_review(watch)) == ({}, {})

    watch.restate(amendment, amended(owner="SP"), by=GREEN)
    assert linked(watch) == {"3/1": "2/1"}
    watch.restate(amendment, amended(owner="SP"), by=GREENE)

    assert linked(watch) == {"3/1": "1/1"}
    assert versions_of(watch) == {1: 1, 2: 2, 3: 3}


def test_a_filing_date_that_the_index_corrects_corrects_the_chains_first_disclosure(watch: Watch) -> None:
    filing = watch.file(a_trade(), filed=FIRST)
    watch.file(amended(owner="SP"), filed=THIRD)
    with write_transaction(watch.engine) as tx:
        tx.execute(update(filings).where(filings.c.id == filing).values(filed=SECOND))

    watch.restate(filing, a_trade())

    assert first_filed(watch) == [SECOND]


# ---- the Senate


def test_the_senates_rows_restate_each_other_whatever_their_tickers(watch: Watch) -> None:
    watch.file(of_the_senate({"ticker": None}, {"asset_name": "Other"}), chamber="senate", filed=FIRST)

    watch.file(of_the_senate({}, {"owner": "SP"}, amendment=1), chamber="senate", filed=SECOND)

    assert linked(watch) == {"2/1": "1/1"}
    assert first_filed(watch) == [FIRST]
    assert in_review(watch) == {}


def test_the_chambers_keep_apart(watch: Watch) -> None:
    watch.file(a_trade(filing_status=None, notification_date=None, asset_type="Stock"), filed=FIRST)

    watch.file(of_the_senate({}, amendment=1), chamber="senate", filed=SECOND)

    assert linked(watch) == {}


# ---- an operator


def test_an_operator_says_which_it_is_and_takes_that_back(watch: Watch) -> None:
    watch.file(a_trade(), a_trade(row=2), filed=FIRST)
    amendment = watch.file(amended(owner="SP"), filed=SECOND)
    name, second = doc(watch, amendment), doc(watch, 1, 2)

    with write_transaction(watch.engine) as tx:
        made = decide(tx, name, second, NOW)
    assert made
    assert linked(watch) == {"2/1": "1/2"}
    assert in_review(watch) == {}
    assert versions_of(watch) == {1: 1, 2: 2}
    watch.restate(amendment, amended(owner="SP"))
    assert linked(watch) == {"2/1": "1/2"}

    with write_transaction(watch.engine) as tx:
        assert undo(tx, name, NOW)
    assert linked(watch) == {}
    assert in_review(watch) == {str(name): [str(doc(watch, 1)), str(doc(watch, 1, 2))]}
    assert versions_of(watch) == {1: 2, 2: 3}


def test_an_operator_says_that_it_is_none_of_them(watch: Watch) -> None:
    watch.file(a_trade(), filed=FIRST)
    name = doc(watch, watch.file(amended(owner="SP"), filed=SECOND))

    with write_transaction(watch.engine) as tx:
        decide(tx, name, None, NOW)

    assert (linked(watch), in_review(watch)) == ({}, {})
    assert versions_of(watch) == {1: 2, 2: 2}


def test_a_decision_about_a_row_that_is_read_otherwise_since_is_asked_for_again(watch: Watch) -> None:
    watch.file(a_trade(), a_trade(row=2), filed=FIRST)
    amendment = watch.file(amended(owner="SP"), filed=SECOND)
    name, second = doc(watch, amendment), doc(watch, 1, 2)
    with write_transaction(watch.engine) as tx:
        decide(tx, name, second, NOW)

    watch.restate(amendment, amended(owner="JT"))

    assert linked(watch) == {}
    assert list(in_review(watch)) == [str(name)]


def test_what_cannot_be_is_refused_by_name(watch: Watch) -> None:
    watch.file(a_trade(), filed=FIRST)
    amendment = watch.file(amended(owner="SP"), filed=SECOND)
    watch.file(a_trade(ticker="AMD", asset="AMD [ST]"), filed=THIRD)
    name, later = doc(watch, amendment), doc(watch, 3)

    for row, original, field in (
        (doc(watch, 1), None, "amendment"),
        (name, later, "original"),
        (name, Name("1", 1), "original"),
    ):
        with pytest.raises(InvalidRequest) as refused, write_transaction(watch.engine) as tx:
            decide(tx, row, original, NOW)
        assert refused.value.field == field
    with pytest.raises(InvalidRequest, match="no operator decided"), write_transaction(watch.engine) as tx:
        undo(tx, name, NOW)
    assert linked(watch) == {"2/1": "1/1"}
