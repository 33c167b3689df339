"""Rows, captions and boxes from words at their places, without a PDF."""

from dataclasses import replace

import pytest

from common.disclosures.house_ptr.boxes import Box
from common.disclosures.house_ptr.drawings import Frame
from common.disclosures.house_ptr.filings import filing_of
from common.disclosures.records import Filing, Trade
from common.errors import SourceChanged
from tests.support.ptr_pages import APPLE, CAPTION, LEFTS, Draft, one_page, pages_of


def read(*drafts: Draft) -> Filing:
    return filing_of(pages_of(drafts), doc_id="20990001")


def refused(*drafts: Draft) -> str:
    with pytest.raises(SourceChanged) as refusal:
        read(*drafts)
    return str(refusal.value)


def only(filing: Filing) -> Trade:
    (trade,) = filing.trades
    return trade


def without(name: str) -> dict[str, str]:
    return {field: text for field, text in APPLE.items() if field != name}


def test_a_row_keeps_what_is_printed_beside_what_it_means() -> None:
    trade = only(read(one_page(APPLE)))

    assert trade.quarantine == ()
    assert (trade.row, trade.page, trade.ticker, trade.asset_type) == (1, 1, "AAPL", "ST")
    assert (trade.amount_min, trade.amount_max, trade.cap_gains_over_200) == (1001, 15000, False)
    assert trade.raw == {**APPLE, "filing_status": "New"}


def test_a_filing_names_its_filer_and_its_signature() -> None:
    filing = read(one_page(APPLE))

    assert (filing.filer_name, filing.filer_status, filing.state_district) == (
        "Hon. Pat Example",
        "Member",
        "GA14",
    )
    assert (filing.signed_text, str(filing.signed_date)) == ("Hon. Pat Example , 03/04/2025", "2025-03-04")
    assert (filing.pages, filing.generation) == (1, "G3")


def test_an_unsigned_filing_is_read_without_a_date() -> None:
    draft = one_page(APPLE)
    draft.words = [word for word in draft.words if word.y > draft.y]

    filing = read(draft)

    assert (filing.signed_text, filing.signed_date) == (None, None)
    assert only(filing).quarantine == ()


def test_wrapped_cells_and_captions_are_put_together_again() -> None:
    draft = Draft().head().header()
    draft.row({**APPLE, "asset": "Apple Inc.", "amount_text": "$50,001 -", "transaction_type": "S"})
    draft.more(asset="(AAPL) [ST]", amount_text="$100,000", transaction_type="(partial)")
    draft.caption("filing_status", "New").caption("description", "Sold by").further("the trustee.").end()

    trade = only(read(draft))

    assert (trade.asset, trade.amount_text) == ("Apple Inc. (AAPL) [ST]", "$50,001 - $100,000")
    assert (trade.transaction_type, trade.description) == ("S (partial)", "Sold by the trustee.")
    assert trade.raw["amount_text"] == "$50,001 -\n$100,000"
    assert trade.quarantine == ()


def test_a_row_cut_by_a_page_break_goes_on_under_the_next_header() -> None:
    first = Draft().head().header().row({**APPLE, "asset": "Apple Inc."}, box=True)
    second = Draft().header().more(asset="(AAPL) [ST]")
    second.boxes.append(Box(549.4, second.y + 12, ticked=True))
    second.caption("filing_status", "New").row(APPLE).caption("filing_status", "New").end()

    cut, whole = read(first, second).trades

    assert (cut.asset, cut.page, cut.cap_gains_over_200) == ("Apple Inc. (AAPL) [ST]", 1, True)
    assert (whole.page, whole.cap_gains_over_200) == (2, False)
    assert cut.quarantine == whole.quarantine == ()


def test_captions_of_a_row_may_stand_on_the_next_page() -> None:
    first = Draft().head().header().row(APPLE).caption("filing_status", "New").caption("comments", "See")
    second = Draft().header().further("the letter.").caption("location", "US").end()

    trade = only(read(first, second))

    assert (trade.comments, trade.location, trade.quarantine) == ("See the letter.", "US", ())


def test_the_table_may_end_with_the_last_line_of_its_page() -> None:
    first = Draft().head().header().row(APPLE).caption("filing_status", "New")
    second = Draft(y=760).line(25.3, "Filing ID #20990001", size=8.25).end()

    assert only(read(first, second)).quarantine == ()


def test_equal_rows_are_lots_and_stay_two() -> None:
    assert len(read(one_page(APPLE, APPLE)).trades) == 2


def test_what_a_filer_types_like_a_caption_is_text() -> None:
    draft = Draft().head().header().row(APPLE).caption("filing_status", "New")
    draft.caption("description", "Two sales.").further("Location: the same broker.").end()

    trade = only(read(draft))

    assert (trade.description, trade.location) == ("Two sales. Location: the same broker.", None)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"transaction_date": "01/02/3031"}, "transaction_date: '01/02/3031' cannot be"),
        ({"transaction_date": "01/02/0205"}, "transaction_date: '01/02/0205' cannot be"),
        ({"transaction_date": "02/31/2025"}, "transaction_date: '02/31/2025' is no date"),
        ({"notification_date": "soon"}, "notification_date: 'soon' is no date"),
        ({"owner": "XX"}, "owner: 'XX' is unknown"),
        ({"transaction_type": "Q"}, "transaction_type: 'Q' is unknown"),
        ({"amount_text": "much"}, "amount: 'much' is no amount"),
        (
            {"asset": "Apple \ufffe\ufffe (AAPL) [ST]"},
            r"asset: 'Apple \ufffe\ufffe (AAPL) [ST]' has characters without meaning",
        ),
        ({"transaction_id": "12"}, "transaction_id: '12' is not ten digits"),
    ],
)
def test_a_row_that_cannot_be_is_kept_and_quarantined(changed: dict[str, str], reason: str) -> None:
    trade = only(read(one_page({**APPLE, **changed})))

    assert reason in trade.quarantine


def test_a_year_to_come_is_kept_as_printed() -> None:
    trade = only(read(one_page({**APPLE, "transaction_date": "01/02/3031"})))

    assert str(trade.transaction_date) == "3031-01-02"


def test_a_year_to_come_is_doubted_on_an_unsigned_filing_too() -> None:
    draft = one_page({**APPLE, "transaction_date": "01/02/3031"})
    draft.words = [word for word in draft.words if word.y > draft.y]

    assert only(read(draft)).quarantine == ("transaction_date: '01/02/3031' cannot be",)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("asset", "asset: none is printed"),
        ("transaction_date", "transaction_date: none is printed"),
        ("notification_date", "notification_date: none is printed"),
        ("transaction_type", "transaction_type: none is printed"),
        ("amount_text", "amount: none is printed"),
    ],
)
def test_a_row_without_one_of_its_cells_is_kept_and_quarantined(name: str, reason: str) -> None:
    _, trade = read(one_page(APPLE, without(name))).trades

    assert trade.quarantine == (reason,)


def test_a_row_without_type_and_dates_is_kept_and_quarantined() -> None:
    _, trade = read(one_page(APPLE, {name: APPLE[name] for name in ("asset", "amount_text")})).trades

    assert trade.asset == APPLE["asset"]
    assert len(trade.quarantine) == 3


def test_a_trade_that_is_dated_after_its_notice_is_believed() -> None:
    trade = only(read(one_page({**APPLE, "transaction_date": "03/30/2025"})))

    assert trade.quarantine == ()


def test_an_amended_row_has_the_id_of_the_row_it_amends() -> None:
    draft = Draft().head().header()
    draft.row({**APPLE, "transaction_id": "2000990001"}).caption("filing_status", "Amended")
    draft.row(APPLE).caption("filing_status", "Deleted")
    draft.row({**APPLE, "transaction_id": "2000990001"}).caption("filing_status", "New").end()

    amended, deleted, new = read(draft).trades

    assert (amended.transaction_id, amended.quarantine) == ("2000990001", ())
    assert deleted.quarantine == ("transaction_id: none on a row that is Deleted",)
    assert new.quarantine == ("transaction_id: 2000990001 on a row that is New",)


def test_a_row_without_box_or_with_two_opinions_is_quarantined() -> None:
    draft = Draft().head().header().row(APPLE, box=None).caption("filing_status", "New")
    draft.row(APPLE, box=True).caption("filing_status", "New")
    draft.boxes.append(draft.boxes[-1]._replace(ticked=False))
    draft.end()

    missing, unclear = read(draft).trades

    assert missing.quarantine == ("cap_gains_over_200: no box is drawn",)
    assert unclear.quarantine == ("cap_gains_over_200: its box is neither empty nor ticked",)
    assert missing.cap_gains_over_200 is unclear.cap_gains_over_200 is None


def test_a_form_without_the_box_has_no_answer_and_no_doubt() -> None:
    draft = Draft().head().header(columns=7).row(APPLE, box=None).caption("filing_status", "New").end()

    trade = only(read(draft))

    assert (trade.cap_gains_over_200, trade.quarantine) == (None, ())


def test_captions_in_disorder_are_quarantined() -> None:
    draft = Draft().head().header().row(APPLE).further("a line of none")
    draft.caption("filing_status", "New").caption("location", "US").caption("location", "UK")
    draft.further("US L\ufffe\ufffe: UK").end()

    reasons = only(read(draft)).quarantine

    assert "caption: 'a line of none' belongs to none" in reasons
    assert "location: printed twice in one row" in reasons
    assert r"caption: 'US L\ufffe\ufffe: UK' may hold another one" in reasons


def test_captions_above_every_row_are_a_row_to_look_at() -> None:
    draft = Draft().head().header().caption("filing_status", "New").end()

    assert "asset: none is printed" in only(read(draft)).quarantine


def test_what_stands_below_the_table_belongs_to_no_row() -> None:
    draft = one_page(APPLE)
    draft.line(29, "Brokerage (Owner: SP)").line(29, "L\ufffe\ufffe\ufffe\ufffe\ufffe\ufffe\ufffe: US")
    draft.boxes.append(Box(549.4, draft.y, ticked=True))

    trade = only(read(draft))

    assert (trade.owner, trade.location, trade.cap_gains_over_200, trade.quarantine) == ("", None, False, ())


def test_a_filing_number_between_the_captions_is_no_caption() -> None:
    draft = Draft().head().header().row(APPLE).caption("filing_status", "New")
    draft.line(LEFTS["asset"], "Filing ID #20990001", size=CAPTION).caption("comments", "none").end()

    trade = only(read(draft))

    assert (trade.filing_status, trade.comments, trade.quarantine) == ("New", "none", ())


def test_a_report_that_says_it_has_no_transactions_has_none() -> None:
    assert read(Draft().head().line(22, "None disclosed.").end()).trades == ()


def test_a_report_without_rows_is_refused() -> None:
    assert "no transaction" in refused(Draft().head().header().end())


@pytest.mark.parametrize(
    ("drafts", "reason"),
    [
        (
            (Draft().line(21.8, "F\ufffe D\ufffe R\ufffe"), Draft()),
            "not headed Periodic Transaction Report but 'F? D? R?'",
        ),
        ((Draft().head().header().row(APPLE),), "ends before its certification"),
        ((one_page(APPLE), Draft()), "page 2 of 2 has no text"),
    ],
)
def test_another_document_or_half_of_one_is_refused(drafts: tuple[Draft, ...], reason: str) -> None:
    assert reason in refused(*drafts)


def test_a_report_that_names_no_filer_is_refused() -> None:
    draft = one_page(APPLE)
    draft.words = [word for word in draft.words if word.text != "Status:"]

    assert "names no filer" in refused(draft)


def test_a_page_that_lost_its_header_is_refused() -> None:
    first = Draft().head().header().row(APPLE).caption("filing_status", "New")
    second = Draft().row(APPLE).caption("filing_status", "New").end()

    assert "page 2 goes on without the table's header" in refused(first, second)


def test_a_first_page_that_lost_its_header_is_refused() -> None:
    second = Draft().header().row(APPLE).caption("filing_status", "New").end()

    assert "page 1 lacks the table's header, which page 2 has" in refused(Draft().head(), second)


def test_a_page_of_nothing_but_a_box_amid_the_table_is_refused() -> None:
    first = Draft().head().header().row(APPLE).caption("filing_status", "New")
    second = Draft().line(300, "gfedc")
    third = Draft().header().row(APPLE).caption("filing_status", "New").end()

    pages = list(pages_of([first, second, third]))
    pages[1] = replace(pages[1], text="gfedc")
    with pytest.raises(SourceChanged, match="page 2 goes on without"):
        filing_of(pages, doc_id="20990001")


def test_a_second_table_is_refused() -> None:
    again = Draft().header().row(APPLE).caption("filing_status", "New").end()

    assert "page 2 has a table below the table's end" in refused(one_page(APPLE), again)


def test_a_box_beside_no_row_is_refused() -> None:
    draft = Draft().head().header().row(APPLE).caption("filing_status", "New")
    draft.boxes.append(Box(549.4, draft.y - 30, ticked=False))
    draft.y -= 50

    assert "page 1 has a check box beside no row" in refused(draft.end())


def test_a_box_below_the_rows_of_a_further_page_is_refused() -> None:
    first = Draft().head().header().row(APPLE).caption("filing_status", "New")
    second = Draft().header().row(APPLE).caption("filing_status", "New")
    second.boxes.append(Box(549.4, second.y - 30, ticked=False))
    second.y -= 50

    assert "page 2 has a check box beside no row" in refused(first, second.end())


def test_a_refusal_names_only_the_first_faults() -> None:
    draft = Draft().head().header().row(APPLE).caption("filing_status", "New")
    draft.boxes += [Box(549.4, draft.y - down, ticked=False) for down in range(30, 60, 5)]
    draft.y -= 80

    assert refused(draft.end()).count("beside no row") == 3


def test_a_framed_row_that_is_not_printed_is_refused() -> None:
    draft = one_page(APPLE)
    draft.frames = [Frame(21.8, top - 24, top) for top in (200.0, 176.0)]

    assert "page 1 frames a row that it does not print" in refused(draft)


def test_the_lowest_frame_may_be_empty() -> None:
    draft = Draft().head().header().row(APPLE)
    draft.frames = [Frame(21.8, draft.y - 5, draft.y + 20), Frame(21.8, draft.y - 300, draft.y - 250)]
    draft.caption("filing_status", "New").end()

    assert len(read(draft).trades) == 1


def test_a_status_or_dates_that_no_row_took_are_refused() -> None:
    draft = one_page(APPLE)
    draft.line(29, "F\ufffe\ufffe\ufffe\ufffe\ufffe S\ufffe\ufffe\ufffe\ufffe\ufffe: New")
    draft.line(21.8, "P 01/02/2025 01/03/2025 $1,001").line(21.8, "S 01/02/2025 01/03/2025 $1,001")

    reason = refused(draft)

    assert "2 filing statuses are printed, but 1 rows were read" in reason
    assert "3 pairs of dates are printed, but 1 rows were read" in reason
