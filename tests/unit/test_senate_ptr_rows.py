"""Rows of the Senate's reports: each cell by its own grammar, and doubts that name their field."""

from datetime import date

import pytest

from local.standins.senate_rows import (
    bond_detail,
    senate_row,
)
from tests.support.senate_reading import page_with, read, read_row


def test_a_plain_row_is_read_field_by_field() -> None:
    trade = read_row(
        "07/20/2026",
        "Spouse",
        "BRK-B",
        "Berkshire  Hathaway & Co ",
        kind="Sale (Partial)",
        amount="$15,001 - $50,000",
        comment='Sold by "the" broker',
    )

    assert (trade.owner, trade.transaction_type, trade.transaction_date) == (
        "SP",
        "S (partial)",
        date(2026, 7, 20),
    )
    assert (trade.ticker, trade.asset, trade.asset_name, trade.asset_type) == (
        "BRK-B",
        "Berkshire Hathaway & Co",
        "Berkshire Hathaway & Co",
        "Stock",
    )
    assert (trade.amount_text, trade.amount_min, trade.amount_max) == ("$15,001 - $50,000", 15_001, 50_000)
    assert (trade.comments, trade.description, trade.details) == ('Sold by "the" broker', None, {})
    assert trade.quarantine == ()


def test_a_row_keeps_what_each_of_its_cells_prints() -> None:
    trade = read_row("07/20/2026", "Self", "NVDA", "NVIDIA", detail=bond_detail("5%", "01/01/30"))

    assert trade.raw == {
        "number": "1",
        "transaction_date": "07/20/2026",
        "owner": "Self",
        "ticker": "NVDA",
        "asset": "NVIDIA\nRate/Coupon: 5% Matures: 01/01/30",
        "asset_type": "Stock",
        "transaction_type": "Purchase",
        "amount_text": "$1,001 - $15,000",
        "comments": "--",
    }


def test_what_the_senate_s_form_does_not_say_is_left_open() -> None:
    trade = read_row()

    assert (trade.transaction_id, trade.notification_date, trade.amount_exact, trade.filing_status) == (
        None,
    ) * 4
    assert (trade.cap_gains_over_200, trade.subholding_of, trade.location) == (None,) * 3


@pytest.mark.parametrize(
    ("printed", "owner"), [("Self", ""), ("Spouse", "SP"), ("Joint", "JT"), ("Child", "DC")]
)
def test_each_owner_has_the_house_s_letters(printed: str, owner: str) -> None:
    trade = read_row("07/20/2026", printed)

    assert (trade.owner, trade.quarantine) == (owner, ())


@pytest.mark.parametrize(
    ("printed", "kind"),
    [("Purchase", "P"), ("Sale (Full)", "S"), ("Sale (Partial)", "S (partial)"), ("Exchange", "E")],
)
def test_each_type_has_the_house_s_letters(printed: str, kind: str) -> None:
    trade = read_row(kind=printed)

    assert (trade.transaction_type, trade.quarantine) == (kind, ())


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("$1,001 - $15,000", 1_001, 15_000),
        ("$15,001 - $50,000", 15_001, 50_000),
        ("$50,001 - $100,000", 50_001, 100_000),
        ("$100,001 - $250,000", 100_001, 250_000),
        ("$250,001 - $500,000", 250_001, 500_000),
        ("$500,001 - $1,000,000", 500_001, 1_000_000),
        ("$1,000,001 - $5,000,000", 1_000_001, 5_000_000),
        ("$5,000,001 - $25,000,000", 5_000_001, 25_000_000),
        ("$25,000,001 - $50,000,000", 25_000_001, 50_000_000),
    ],
)
def test_a_range_keeps_both_its_bounds(text: str, least: int, most: int) -> None:
    trade = read_row(amount=text)

    assert (trade.amount_min, trade.amount_max, trade.quarantine) == (least, most, ())


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("Over $50,000,000", 50_000_001),
        ("Over $1,000,000", 1_000_001),
        ("Over $1,000,000 (Spouse/Dependent Child)", 1_000_001),
    ],
)
def test_an_open_range_has_no_upper_bound_and_begins_above_its_figure(text: str, least: int) -> None:
    trade = read_row(amount=text)

    assert (trade.amount_min, trade.amount_max, trade.quarantine) == (least, None, ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "$1,001",
        "$1,001 - $50,000",
        "$15,001-$50,000",
        "$2,345.67",
        "Over $25,000,000",
        "Over $1,000,000 (or so)",
        "Unascertainable",
    ],
)
def test_an_amount_that_the_form_does_not_know_has_no_bounds_and_a_doubt(text: str) -> None:
    trade = read_row(amount=text)

    assert (trade.amount_min, trade.amount_max) == (None, None)
    assert trade.quarantine == ((f"amount: {text!r} is unknown" if text else "amount: none is printed"),)


@pytest.mark.parametrize(
    ("field", "change", "doubt"),
    [
        ("owner", {"owner": "Trustee"}, "owner: 'Trustee' is unknown"),
        ("owner", {"owner": ""}, "owner: none is printed"),
        ("transaction_type", {"kind": "Gift"}, "transaction_type: 'Gift' is unknown"),
        ("transaction_type", {"kind": ""}, "transaction_type: none is printed"),
        ("asset_type", {"asset_type": "Fine Art"}, "asset_type: 'Fine Art' is unknown"),
    ],
)
def test_a_word_that_the_form_does_not_know_is_kept_and_doubted(
    field: str, change: dict[str, str], doubt: str
) -> None:
    trade = read_row(**change)

    assert trade.quarantine == (doubt,)
    assert (getattr(trade, field) or "") == trade.raw[field]


@pytest.mark.parametrize(
    "name",
    [
        "Stock",
        "Stock Option",
        "Municipal Security",
        "Corporate Bond",
        "Other Securities",
        "Other",
        "Non-Public Stock",
        "Cryptocurrency",
        "Commodities/Futures Contract",
    ],
)
def test_each_type_of_asset_is_known(name: str) -> None:
    trade = read_row(asset_type=name)

    assert (trade.asset_type, trade.quarantine) == (name, ())


def test_a_row_of_the_first_years_has_no_type_of_asset() -> None:
    trade = read_row(asset_type="")

    assert (trade.asset_type, trade.quarantine) == (None, ())


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("", "transaction_date: none is printed"),
        ("July", "transaction_date: 'July' is no date"),
        ("02/30/2026", "transaction_date: '02/30/2026' is no date"),
        ("07/20/3031", "transaction_date: '07/20/3031' cannot be"),
        ("07/20/1926", "transaction_date: '07/20/1926' cannot be"),
        ("01/01/2028", "transaction_date: '01/01/2028' cannot be"),
    ],
)
def test_a_date_that_cannot_be_is_doubted(text: str, doubt: str) -> None:
    assert read_row(text).quarantine == (doubt,)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12/11/2026", date(2026, 12, 11)),
        ("12/31/2027", date(2027, 12, 31)),
        ("01/01/1990", date(1990, 1, 1)),
    ],
)
def test_a_date_long_before_its_report_or_soon_after_it_is_no_reason_to_doubt(text: str, day: date) -> None:
    trade = read_row(text)

    assert (trade.transaction_date, trade.quarantine) == (day, ())


@pytest.mark.parametrize(
    ("printed", "comments"),
    [
        ("--", None),
        ("", None),
        ("Two blocks, sold  at once ", "Two blocks, sold  at once"),
        ("One line\r\nand another", "One line\nand another"),
        ("R&D 'x'", "R&D 'x'"),
    ],
)
def test_comments_are_kept_with_their_lines(printed: str, comments: str | None) -> None:
    trade = read_row(comment=printed)

    assert (trade.comments, trade.quarantine) == (comments, ())


def test_remarks_of_the_page_s_own_in_a_cell_say_nothing() -> None:
    traded, owner, ticker, asset, *others = senate_row(
        "07/20/2026", asset="Acme", detail=bond_detail("5%", "01/01/30")
    )
    asset = asset.replace("<em>", "<!-- its --><em>") + "<!-- here -->"

    (trade,) = read(page_with((traded, owner, ticker, asset, *others))).trades

    assert (trade.asset, trade.details["rate"], trade.quarantine) == ("Acme", "5%", ())


@pytest.mark.parametrize(
    ("place", "cell", "doubt"),
    [
        (0, "07/20/2026<b> </b>", "transaction_date: it has a <b>"),
        (7, '<a href="x">see</a>', "comments: it has a link 'see'"),
        (
            7,
            '<div class="text-muted"><em>Rate/Coupon:</em> 5%</div>',
            "comments: it has details {'rate': '5%'}",
        ),
        (7, "a\x01b", "comments: 'a\\x01b' has characters without meaning"),
        (7, "a\x92b", "comments: 'a\\x92b' has characters without meaning"),
        (3, "a\ufffdb", "asset: 'a\ufffdb' has characters without meaning"),
    ],
)
def test_what_never_stood_in_a_cell_is_doubted(place: int, cell: str, doubt: str) -> None:
    cells = list(senate_row("07/20/2026", asset="Acme"))
    cells[place] = cell

    page = page_with(tuple(cells)).replace(b">0 Self<", b">1 Self<")

    assert doubt in read(page).trades[0].quarantine


@pytest.mark.parametrize(
    ("place", "name"),
    [(0, "transaction_date"), (1, "owner"), (4, "asset_type"), (5, "transaction_type"), (6, "amount_text")],
)
def test_a_second_line_in_a_cell_that_never_had_one_is_doubted(place: int, name: str) -> None:
    cells = list(senate_row("07/20/2026", asset="Acme"))
    cells[place] += "<br>more"

    page = page_with(tuple(cells)).replace(b">0 Self<", b">1 Self<")

    assert f"{name}: it has 2 lines" in read(page).trades[0].quarantine


def test_a_second_line_beside_a_number_is_doubted() -> None:
    page = page_with().replace(b"<td>1</td>", b"<td>1<br>2</td>")

    assert "number: it has 2 lines" in read(page).trades[0].quarantine


def test_a_row_whose_number_is_none_is_doubted() -> None:
    page = page_with().replace(b"<td>1</td>", b"<td>one</td>")

    assert read(page).trades[0].quarantine == ("number: 'one' is unknown",)


def test_an_owner_that_the_page_does_not_count_leaves_the_others_right() -> None:
    filing = read(
        page_with(senate_row("07/20/2026", "Trustee", asset="Acme"), senate_row("07/20/2026", asset="Acme"))
    )

    assert [trade.quarantine for trade in filing.trades] == [("owner: 'Trustee' is unknown",), ()]
