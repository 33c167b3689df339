"""Pages of the Senate's: which of them are electronic reports, whole ones, and what their headings say."""

import re
from datetime import date, datetime, time, timedelta, timezone

import pytest

from common.disclosures.senate.ptr.documents import LONGEST_TAG, MOST_BYTES, MOST_TAGS
from common.disclosures.senate.ptr.pages import page_of
from common.errors import NoTextLayer, SessionExpired, SourceChanged
from local.standins.senate_pages import landing_page, paper_page, search_page
from local.standins.senate_rows import senate_row
from tests.support.senate_reading import UUID, page_with, read, report_of

ROWS = (
    senate_row("07/20/2026", "Self", "NVDA", "NVIDIA Corporation"),
    senate_row("07/20/2026", "Joint", "NVDA", "NVIDIA Corporation"),
    senate_row("07/21/2026", "Spouse", asset="Acme"),
    senate_row("07/21/2026", "Child", asset="Acme"),
)


def refusal_of(page: bytes) -> str:
    with pytest.raises(SourceChanged) as refused:
        read(page)
    return str(refused.value)


def changed(old: str, new: str, *, times: int = 1) -> bytes:
    """Return a whole report in which OLD is NEW."""
    page = page_with(*ROWS)
    assert old.encode() in page
    return page.replace(old.encode(), new.encode(), times)


def test_a_report_has_its_rows_in_the_order_of_the_page() -> None:
    filing = read(page_with(*ROWS))

    assert (filing.doc_id, filing.pages, filing.generation, filing.amendment) == (UUID, 1, "page", 0)
    assert [trade.row for trade in filing.trades] == [1, 2, 3, 4]
    assert [trade.raw["number"] for trade in filing.trades] == ["4", "3", "2", "1"]
    assert {trade.page for trade in filing.trades} == {1}


def test_the_filer_is_named_without_the_line_that_changes_when_they_leave() -> None:
    filing = read(page_with(*ROWS, prefix="Mrs.", suffix="Jr."))

    assert (filing.filer_name, filing.filer_status, filing.state_district) == (
        "Mrs. Ada M Lindqvist Jr.",
        "",
        "",
    )
    assert page_of(page_with(prefix="Mrs."), uuid=UUID).filer == (
        "Mrs. Ada M",
        "Lindqvist",
        "",
        "(Lindqvist, Ada M)",
    )


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (time(15, 0), "08/03/2026 @ 3 PM"),
        (time(15, 7), "08/03/2026 @ 3:07 PM"),
        (time(12, 0), "08/03/2026 @ 12 PM"),
        (time(0, 30), "08/03/2026 @ 12:30 AM"),
        (time(11, 59), "08/03/2026 @ 11:59 AM"),
    ],
)
def test_a_report_was_filed_at_a_minute_in_washington(at: time, text: str) -> None:
    page = page_of(page_with(at=at), uuid=UUID)

    eastern_summer = timezone(timedelta(hours=-4))
    assert (page.filed_text, page.filed) == (
        text,
        datetime.combine(date(2026, 8, 3), at, tzinfo=eastern_summer),
    )


def test_the_day_of_filing_is_the_one_printed_however_late_the_hour() -> None:
    filing = read(page_with(at=time(23, 59)))

    assert (filing.signed_date, filing.signed_text) == (date(2026, 8, 3), "08/03/2026 @ 11:59 PM")


def test_an_amendment_has_its_number_and_the_original_s_date() -> None:
    amendment = page_with(amendment=3, titled=date(2025, 12, 8))

    assert read(amendment).amendment == 3
    assert page_of(amendment, uuid=UUID).titled == date(2025, 12, 8)
    assert page_of(amendment, uuid=UUID).heading == "Periodic Transaction Report for 12/08/2025 (Amendment 3)"


def test_rows_that_are_equal_stay_as_many_as_they_are() -> None:
    filing = read(page_with(ROWS[0], ROWS[0], ROWS[0]))

    assert len(filing.trades) == 3


def test_numbers_that_repeat_are_no_reason_to_doubt() -> None:
    filing = read(changed("<td>4</td>", "<td>3</td>"))

    assert [trade.raw["number"] for trade in filing.trades] == ["3", "3", "2", "1"]
    assert not any(trade.quarantine for trade in filing.trades)


def test_the_form_of_agreement_means_that_the_session_is_gone() -> None:
    with pytest.raises(SessionExpired, match=f"Senate report {UUID}: .* agree once more"):
        read(landing_page("token"))


def test_a_report_on_paper_has_no_text() -> None:
    page = paper_page(report_of((), paper_pages=3))

    with pytest.raises(NoTextLayer, match=r"3 page\(s\) of paper"):
        read(page)


@pytest.mark.parametrize(("old", "new"), [("filingImage", "advert"), (UUID, UUID[::-1])])
def test_paper_without_pictures_or_of_another_report_is_refused(old: str, new: str) -> None:
    page = paper_page(report_of((), paper_pages=3)).replace(old.encode(), new.encode())

    assert "picture(s) of paper" in refusal_of(page)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (search_page(), "the search page came in its place"),
        (b"<html><head><title>Access Denied</title></head></html>", "the site denies access"),
        (b"<title>eFD</title>Sorry, too many\n requests", "the site says 'Sorry, too many requests'"),
        (b"<title>eFD: \n Annual Report for 2024</title>", "it is titled 'eFD: Annual Report for 2024'"),
        (b"<title>eFD: Extension Notice</title>", "it is titled 'eFD: Extension Notice'"),
        (b"", "it is titled ''"),
        (b"%PDF-1.7", "it is titled ''"),
        (b"\xff\xfe<html>", "it is not UTF-8 (invalid start byte at byte 0)"),
        (b"<html>\0", "it has a NUL byte"),
        (b" " * (MOST_BYTES + 1), "2000001 bytes, more than 2000000"),
        (b"<p>" * (MOST_TAGS + 1), "40001 tags, more than 40000"),
        (b"<p " + b"a " * LONGEST_TAG + b">", "a tag of more than 10000 bytes"),
    ],
)
def test_every_other_page_is_refused_with_the_report_s_name_and_the_reason(page: bytes, reason: str) -> None:
    refusal = refusal_of(page)

    assert refusal.startswith(f"Senate report {UUID}: ")
    assert reason in refusal


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("</html>", "", "it breaks off before </html>"),
        ("for 08/03/2026", "", "its heading is 'Periodic Transaction Report'"),
        ("for 08/03/2026", "for 02/30/2026", "'02/30/2026' is no date"),
        ('<h1 class="mb-2">', "<h1></h1><h1>", "2 times h1 instead of once"),
        ("Filed  08/03/2026 @", "Signed 08/03/2026 @", "its time of filing is 'Signed 08/03/2026 @ 3 PM'"),
        ("@ 3 PM", "@ 13 PM", "its time of filing is 'Filed 08/03/2026 @ 13 PM'"),
        ("Filed  08/03/2026", "Filed  13/03/2026", "'13/03/2026' is no date"),
        ('class="noWrap"', "", "0 times strong.noWrap instead of once"),
        ("filedReport", "", "0 times h2.filedReport instead of once"),
        ("List of transactions added", "List of holdings added", "0 tables with the caption"),
        ("<caption", "<!-- <caption", "0 tables with the caption"),
        ("Asset Type</th>", "Kind</th>", "its columns are '#, Transaction Date"),
        ('<th scope="col">Comment</th>', "", "its columns are '#, Transaction Date"),
        ("(4 transactions total)", "(5 transactions total)", "4 row(s), and 5 by its own count"),
        ("(4 transactions total)", "(3 transactions total)", "4 row(s), and 3 by its own count"),
        ("(4 transactions total)", "4 transactions", "its total is '4 transactions'"),
        ("1 Self", "1 Self or so", "it counts '1 Self or so"),
        ("1 Self", "Self", "a count is 'Self'"),
        ("<td>4</td>", "", "row 1 has 8 cells, not 9"),
        ("<td>4</td>", "<td>4</td><td></td>", "row 1 has 10 cells, not 9"),
        ("<td>4</td>", "<th>4</th>", "its columns are"),
    ],
)
def test_a_report_that_is_not_drawn_as_it_was_is_refused_with_the_reason(
    old: str, new: str, reason: str
) -> None:
    refusal = refusal_of(changed(old, new))

    assert refusal.startswith(f"Senate report {UUID}: ")
    assert reason in refusal


@pytest.mark.parametrize("owner", ["Self", "Joint", "Spouse", "Dependent Child"])
@pytest.mark.parametrize("count", [0, 2])
def test_each_owner_s_count_is_held_against_the_rows(owner: str, count: int) -> None:
    refusal = refusal_of(changed(f">1 {owner}<", f">{count} {owner}<"))

    assert f"'{owner}': {count - 1}" in refusal


def test_a_report_without_rows_is_refused() -> None:
    page = re.sub(rb"<tr>.*?</tr>", b"", page_with(), flags=re.DOTALL).replace(
        b"(1 transaction", b"(0 transaction"
    )

    assert "0 row(s), and 0 by its own count" in refusal_of(page.replace(b">1 Self<", b">0 Self<"))


def test_a_report_without_its_counts_is_refused() -> None:
    assert "it counts ''" in refusal_of(page_with().replace(b"list-inline-item", b"item"))


def test_a_report_that_names_no_filer_is_refused() -> None:
    page = re.sub(rb"(?<=filedReport\">).*?(?=</h2>)", b"(Former Senator)", page_with(), flags=re.DOTALL)

    assert "it names no filer" in refusal_of(page)


def test_a_table_drawn_twice_is_refused() -> None:
    page = page_with()
    table = re.search(rb"<table.*</table>", page, re.DOTALL)

    assert table is not None
    assert "2 tables with the caption" in refusal_of(page.replace(b"</section>", table[0] + b"</section>"))


def test_rows_in_a_second_body_of_the_table_are_read() -> None:
    page = changed("</tr>\n\n                                <tr>", "</tr></tbody><tbody><tr>")

    assert len(read(page).trades) == 4


def test_a_table_around_the_report_is_no_second_one() -> None:
    page = changed("<section", "<table><tr><td><section").replace(
        b"</section>", b"</section></td></tr></table>"
    )

    assert len(read(page).trades) == 4
