"""Which earlier trades the rows of a numbered amendment of the Senate restate; and what holds for both chambers."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from common.disclosures.amendments.deciding import Row, restatements
from tests.support.restating import a_row, links, unsure


def amended(doc_id: str = "b", row: int = 1, *, number: int = 1, day: int = 1, **said: Any) -> Row:
    return a_row(doc_id, row, amendment=number, day=day, **said)


def test_rows_that_agree_restate_each_other() -> None:
    originals = a_row("a", 1), a_row("a", 2, asset="amd")

    assert links("senate", *originals, amended(row=1, asset="amd"), amended(row=2)) == {
        "b/1": "a/2",
        "b/2": "a/1",
    }


def test_equal_lots_are_matched_one_by_one_and_none_is_lost() -> None:
    lots = [a_row("a", row) for row in (1, 2)]

    assert links("senate", *lots, *(amended(row=row) for row in (1, 2, 3))) == {"b/1": "a/1", "b/2": "a/2"}


def test_lots_that_are_alike_in_everything_go_together() -> None:
    lots = a_row("a", 1, beside=("$70",)), a_row("a", 2, beside=("$75",))

    assert links("senate", *lots, amended(beside=("$75",))) == {"b/1": "a/2"}


def test_what_an_amendment_lacks_stays_as_it_was() -> None:
    assert links("senate", a_row("a", 1), a_row("a", 2, asset="amd"), amended()) == {"b/1": "a/1"}


def test_a_row_that_comes_near_is_for_somebody_to_decide() -> None:
    found = restatements("senate", [a_row("a"), amended(owner="SP")])

    assert found.links == {}
    assert unsure(found) == {"b/1": ["a/1"]}


def test_a_row_that_resembles_nothing_is_in_nobodys_queue() -> None:
    found = restatements("senate", [a_row("a"), amended(owner="SP", asset="amd")])

    assert (found.links, found.unsure) == ({}, {})


def test_an_amendment_of_the_amendment_restates_what_stands() -> None:
    second = amended("c", number=2, day=1)

    assert links("senate", a_row("a"), amended(), second) == {"b/1": "a/1", "c/1": "b/1"}


def test_reports_that_are_no_amendments_restate_nothing() -> None:
    assert links("senate", a_row("a"), a_row("b", day=1)) == {}


ROWS = st.builds(
    lambda asset, owner: {"asset": asset, "owner": owner}, st.sampled_from("xyz"), st.sampled_from(["", "SP"])
)
STATUSES = st.sampled_from([None, None, "Amended", "Deleted"])
IDS = st.sampled_from([None, "2000000001", "2000000002"])


@st.composite
def filings(draw: st.DrawFn, chamber: str) -> list[Row]:
    """Return what one filer filed on different days; every filing has rows of its own."""
    rows = []
    for day in range(draw(st.integers(1, 4))):
        amendment = draw(st.integers(0, 1)) if chamber == "senate" else 0
        for number, said in enumerate(draw(st.lists(ROWS, min_size=1, max_size=4)), start=1):
            status = draw(STATUSES) if chamber == "house" else None
            printed = draw(IDS) if status else None
            rows.append(
                a_row(
                    str(day),
                    number,
                    day=day,
                    amendment=amendment,
                    status=status,
                    transaction_id=printed,
                    **said,
                )
            )
    return rows


@given(
    data=st.data(),
    chamber_rows=st.sampled_from(["house", "senate"]).flatmap(lambda c: st.tuples(st.just(c), filings(c))),
)
@settings(max_examples=60)
def test_links_depend_on_what_is_stored_and_not_on_when_it_came(
    data: st.DataObject, chamber_rows: tuple[str, list[Row]]
) -> None:
    chamber, rows = chamber_rows

    shuffled = data.draw(st.permutations(rows))

    assert links(chamber, *shuffled) == links(chamber, *rows)


@given(chamber_rows=st.sampled_from(["house", "senate"]).flatmap(lambda c: st.tuples(st.just(c), filings(c))))
@settings(max_examples=60)
def test_an_original_is_earlier_and_restated_once(chamber_rows: tuple[str, list[Row]]) -> None:
    chamber, rows = chamber_rows
    by_name = {row.name: row for row in rows}

    found = restatements(chamber, rows)

    originals = [link.original for link in found.links.values()]
    assert len(originals) == len(set(originals))
    assert all(by_name[link.original].place < by_name[name].place for name, link in found.links.items())
    assert all(by_name[name].amends for name in (*found.links, *found.unsure))
    assert not found.links.keys() & found.unsure.keys()


@given(rows=filings("senate"))
@settings(max_examples=60)
def test_matching_neither_loses_nor_doubles_a_lot(rows: list[Row]) -> None:
    found = restatements("senate", rows)

    gone = {link.original for link in found.links.values()}
    standing = Counter(row.agreed for row in rows if row.name not in gone)
    most = Counter[object]()
    for day in {row.name.doc_id for row in rows}:
        of_filing = [row for row in rows if row.name.doc_id == day]
        said = Counter(row.agreed for row in of_filing)
        if of_filing[0].amendment:
            most |= said
    everything = Counter(row.agreed for row in rows)
    for lot, times in standing.items():
        assert times == everything[lot] - sum(row.agreed == lot for row in rows if row.name in found.links)
        assert times >= most[lot]
