"""The Senate's search: what is asked, and how an answer is read or refused."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.disclosures.senate.search import (
    LONGEST_CELL,
    MOST_ANSWER_BYTES,
    SearchRow,
    parse_search,
    search_form,
)
from common.errors import SessionExpired, SourceChanged
from local.standins.senate_pages import SenateReport, landing_page, search_answer, search_page, search_row

LINDQVIST = SenateReport("0b5c1a52-7d6f-4c1e-9a63-5f1f6f0c2a11", "Ada M", "Lindqvist", date(2026, 8, 3))
PAPER = SenateReport(
    "00A81DE2-0AC3-4373-9C2C-27A9C8D5DB00", "RICHARD ", "MARSH,  ", date(2026, 7, 30), paper_pages=3
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


def answer_with(row: object = None, **fields: Any) -> bytes:
    """Return an answer of one row; ROW stands in place of the right one, FIELDS change the whole."""
    answer = {
        "draw": 1,
        "recordsTotal": 1,
        "recordsFiltered": 1,
        "data": [row if row is not None else search_row(LINDQVIST)],
    }
    return json.dumps({**answer, **fields}).encode()


def row_with(**cells: str) -> list[str]:
    names = ("first", "last", "office", "link", "received")
    return [cells.get(name, cell) for name, cell in zip(names, search_row(LINDQVIST), strict=True)]


def refusal_of(answer: bytes) -> str:
    with pytest.raises(SourceChanged) as refused:
        parse_search(answer)
    return str(refused.value)


def outcome_of(answer: bytes) -> str:
    try:
        parse_search(answer)
    except SourceChanged:
        return "SourceChanged"
    return "read"


def test_a_window_of_received_dates_is_asked_for_with_both_its_ends() -> None:
    form = search_form(date(2026, 1, 1), date(2026, 1, 31), start=100, draw=3)

    assert form == {
        "draw": "3",
        "start": "100",
        "length": "100",
        "report_types": "[11]",
        "filer_types": "[]",
        "submitted_start_date": "01/01/2026 00:00:00",
        "submitted_end_date": "01/31/2026 23:59:59",
        "candidate_state": "",
        "senator_state": "",
        "office_id": "",
        "first_name": "",
        "last_name": "",
        "order[0][column]": "4",
        "order[0][dir]": "desc",
    }


@pytest.mark.parametrize(("column", "number"), [("received", "4"), ("last", "1")])
def test_a_window_can_be_asked_for_in_another_order(column: str, number: str) -> None:
    newest = search_form(date(2026, 1, 1), date(2026, 1, 31), column=column)
    oldest = search_form(date(2026, 1, 1), date(2026, 1, 31), column=column, descending=False)

    assert (newest["order[0][column]"], newest["order[0][dir]"]) == (number, "desc")
    assert (oldest["order[0][column]"], oldest["order[0][dir]"]) == (number, "asc")


def test_an_answer_gives_its_rows_and_how_many_there_are_in_all() -> None:
    answer = parse_search(search_answer([LINDQVIST, PAPER], total=131))

    assert answer.total == 131
    assert [row.uuid for row in answer.rows] == [LINDQVIST.uuid, PAPER.uuid]


def test_a_row_is_read_field_by_field() -> None:
    (row,) = parse_search(search_answer([LINDQVIST], total=1)).rows

    assert row == SearchRow(
        uuid="0b5c1a52-7d6f-4c1e-9a63-5f1f6f0c2a11",
        kind="ptr",
        first="Ada M",
        last="Lindqvist",
        office="Lindqvist, Ada M (Senator)",
        title="Periodic Transaction Report for 08/03/2026",
        received=date(2026, 8, 3),
        path="/search/view/ptr/0b5c1a52-7d6f-4c1e-9a63-5f1f6f0c2a11/",
        cells=tuple(search_row(LINDQVIST)),
    )


def test_a_row_of_paper_keeps_its_capitals_and_its_stray_comma_and_loses_its_blanks() -> None:
    (row,) = parse_search(search_answer([PAPER], total=1)).rows

    assert (row.kind, row.uuid, row.first, row.last, row.office) == (
        "paper",
        "00A81DE2-0AC3-4373-9C2C-27A9C8D5DB00",
        "RICHARD",
        "MARSH,",
        "Senator",
    )
    assert row.cells[1] == "MARSH,  "


@pytest.mark.parametrize(
    "title",
    [
        "Periodic Transaction Report for 12/08/2025 (Amendment 2)",
        "Periodic Transaction Report for 02/30/2026",
        "Periodic Transaction Report (Amendment)",
        "Periodic Transaction Report",
    ],
)
def test_a_report_is_listed_whatever_its_title_says_of_dates_and_amendments(title: str) -> None:
    link = f'<a href="{LINDQVIST.path}" target="_blank">{title}</a>'

    (row,) = parse_search(answer_with(row_with(link=link))).rows

    assert (row.uuid, row.title, row.received) == (LINDQVIST.uuid, title, LINDQVIST.received)


def test_an_answer_without_rows_is_one() -> None:
    answer = parse_search(search_answer([], total=0))

    assert (answer.rows, answer.total) == ((), 0)


def test_an_answer_that_does_not_say_ok_in_so_many_words_is_one() -> None:
    assert len(parse_search(answer_with()).rows) == 1


def test_the_form_of_agreement_means_that_the_session_is_gone() -> None:
    with pytest.raises(SessionExpired, match="agree once more"):
        parse_search(landing_page("token"))


@pytest.mark.parametrize(
    ("page", "title"),
    [
        (b"<html><head><title>Access Denied</title></head></html>", "'Access Denied'"),
        (b"\n<html>", "''"),
        (search_page(), "'eFD: Find Reports'"),
    ],
)
def test_any_other_page_is_refused_with_its_title(page: bytes, title: str) -> None:
    assert f"a page came in place of JSON, titled {title}" in refusal_of(page)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "it is no JSON"),
        (b"\xff\xfe\xfd", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"[]", "it does not say that it is ok"),
        (answer_with(result="error"), "it does not say that it is ok"),
        (b" " * (MOST_ANSWER_BYTES + 1), "1000001 bytes, more than 1000000"),
        (answer_with(recordsTotal="1"), "it counts '1' records, 1 of them filtered"),
        (answer_with(recordsTotal=True), "it counts True records"),
        (answer_with(recordsTotal=-1, recordsFiltered=-1), "it counts -1 records"),
        (answer_with(recordsFiltered=2), "it counts 1 records, 2 of them filtered"),
        (answer_with(recordsTotal=[1], recordsFiltered=[1]), "it counts list records"),
        (answer_with(recordsTotal=0, recordsFiltered=0), "its `data` is no list of at most 0 rows"),
        (answer_with(data={}), "its `data` is no list"),
        (answer_with({"first": "Ada"}), "row 1 is not 5 texts but dict"),
        (answer_with(["Ada"]), "row 1 is not 5 texts but list"),
        (answer_with(["Ada", None, "", "", ""]), "row 1 is not 5 texts"),
        (answer_with("five!"), "row 1 is not 5 texts but 'five!'"),
        (answer_with(row_with(first="A\0a")), "row 1 is not 5 texts"),
        (answer_with(row_with(first="\ud800")), "row 1 is not 5 texts"),
        (answer_with(row_with(last="a" * (LONGEST_CELL + 1))), "row 1 is not 5 texts"),
        (answer_with(row_with(link="a report")), "row 1 has 0 links: 'a report'"),
        (answer_with(row_with(link="<a>x</a><a>y</a>")), "row 1 has 2 links"),
        (answer_with(row_with(link="<a>x</a>")), "row 1 links to ''"),
        (answer_with(row_with(received="13/01/2026")), "row 1 has the date '13/01/2026'"),
        (answer_with(row_with(received="")), "row 1 has the date ''"),
    ],
)
def test_a_malformed_answer_is_refused_with_its_reason(answer: bytes, reason: str) -> None:
    refusal = refusal_of(answer)

    assert refusal.startswith("Senate search: ")
    assert reason in refusal


@pytest.mark.parametrize(
    "path",
    [
        f"/search/view/annual/{LINDQVIST.uuid}/",
        f"/search/view/ptr/{LINDQVIST.uuid}//",
        "/search/view/ptr/0b5c1a52/",
        f"https://elsewhere.example/search/view/ptr/{LINDQVIST.uuid}/",
    ],
)
def test_a_link_to_anything_but_a_periodic_report_is_refused(path: str) -> None:
    link = f'<a href="{path}">Periodic Transaction Report for 08/03/2026</a>'

    assert f"row 1 links to {path!r}" in refusal_of(answer_with(row_with(link=link)))


def test_a_title_that_is_no_periodic_report_s_is_refused() -> None:
    link = f'<a href="{LINDQVIST.path}" target="_blank">Annual Report for CY 2025</a>'

    assert "row 1 is titled 'Annual Report for CY 2025'" in refusal_of(answer_with(row_with(link=link)))


@settings(max_examples=60)
@given(JSON)
def test_whatever_json_comes_is_read_or_refused_by_name(value: object) -> None:
    answers = (answer_with([value] * 5), answer_with(data=value), json.dumps(value).encode())

    outcomes = {outcome_of(answer) for answer in answers}

    assert outcomes <= {"read", "SourceChanged"}
