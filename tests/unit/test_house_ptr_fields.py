"""The grammar of the form's cells, without a PDF."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.disclosures.forms import RANGES, date_of
from common.disclosures.house.ptr.amounts import amount_of
from common.disclosures.house.ptr.assets import asset_of
from common.disclosures.house.ptr.boxes import Box, Stroke, boxes_from, is_white
from common.disclosures.house.ptr.letter_case import is_doubtful, true_case


@pytest.mark.parametrize(("least", "most"), RANGES.items())
def test_a_range_keeps_both_its_bounds(least: int, most: int) -> None:
    amount = amount_of(f"${least:,} - ${most:,}")

    assert (amount.least, amount.most, amount.exact, amount.doubts) == (least, most, None, ())


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("Over $50,000,000", 50_000_001),
        ("Spouse/DC Over $1,000,000", 1_000_001),
        ("Spouse/DC over $1,000,000", 1_000_001),
        ("Spouse/ DC Over $1,000,000", 1_000_001),
    ],
)
def test_an_open_range_has_no_upper_bound_and_begins_above_its_figure(text: str, least: int) -> None:
    amount = amount_of(text)

    assert (amount.least, amount.most, amount.doubts) == (least, None, ())


@pytest.mark.parametrize(
    ("text", "least", "most", "exact"),
    [
        ("$350.78", 350, 351, "350.78"),
        ("$.25", 0, 1, ".25"),
        ("$1.00", 1, 1, "1"),
        ("$1,001.00", 1001, 1001, "1001"),
        ("$1,500", 1500, 1500, "1500"),
    ],
)
def test_an_exact_amount_lies_between_its_whole_dollars(text: str, least: int, most: int, exact: str) -> None:
    amount = amount_of(text)

    assert (amount.least, amount.most, amount.exact, amount.doubts) == (least, most, Decimal(exact), ())


@pytest.mark.parametrize("text", ["$1,001", "$50,000", "$50,000,000"])
def test_a_bound_without_cents_may_be_half_of_a_range(text: str) -> None:
    amount = amount_of(text)

    assert amount.doubts == (f"amount: {text!r} may be half of a range",)


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_every_exact_amount_reads_back_as_printed(exact: Decimal) -> None:
    amount = amount_of(f"${exact:,}")

    assert amount.exact == exact
    assert amount.least is not None
    assert amount.most is not None
    assert amount.least <= exact <= amount.most


@pytest.mark.parametrize("text", ["$1,001 - $50,000", "$50,000 - $15,001", "Over $7"])
def test_a_range_that_the_law_does_not_know_is_read_and_doubted(text: str) -> None:
    amount = amount_of(text)

    assert amount.least is not None
    assert amount.doubts == (f"amount: {text!r} is no range of the form",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "N/A",
        "$50,001 -",
        "$1,001 - $15,000 $50,000",
        "1001",
        "$1,00",
        "$1,001-",
        "$1,000,000,000,000,000",
        f"${10**15}",
        f"Over ${10**15}",
    ],
)
def test_what_is_no_amount_has_no_bounds_but_a_reason(text: str) -> None:
    amount = amount_of(text)

    assert (amount.least, amount.most, amount.exact) == (None, None, None)
    assert len(amount.doubts) == 1


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_doubted(text: str) -> None:
    amount = amount_of(text)

    assert amount.doubts or amount.least is not None


@pytest.mark.parametrize(
    ("text", "name", "ticker", "tag"),
    [
        ("Apple Inc. - Common Stock (AAPL) [ST]", "Apple Inc. - Common Stock", "AAPL", "ST"),
        ("Berkshire Hathaway Inc. New (BRK.B) [ST]", "Berkshire Hathaway Inc. New", "BRK.B", "ST"),
        ("AT&T Preferred, Series A (T$A) [ST]", "AT&T Preferred, Series A", "T$A", "ST"),
        ("Sensata Technologies (ST) [ST]", "Sensata Technologies", "ST", "ST"),
        ("Some Income Fund (fikmx) [AB]", "Some Income Fund", "FIKMX", "AB"),
        ("Brown-Forman Class B (BF- B) [ST]", "Brown-Forman Class B", "BF-B", "ST"),
        ("Bitcoin (BTC-USD) [CT]", "Bitcoin", "BTC-USD", "CT"),
        ("Family LLC (N/A) [OL]", "Family LLC (N/A)", None, "OL"),
        ("US Treasury Bill 04/15/2025 [GS]", "US Treasury Bill 04/15/2025", None, "GS"),
        ("Small Cap Bull 3X ETF - TNA [OT]", "Small Cap Bull 3X ETF - TNA", None, "OT"),
        ("XRP (Ripple) [CT]", "XRP (Ripple)", None, "CT"),
        ("Growth IX, LP (GLAS Funds, LP) [HN]", "Growth IX, LP (GLAS Funds, LP)", None, "HN"),
        ("County Water Bond (123456AB7) [GS]", "County Water Bond (123456AB7)", None, "GS"),
        ("FIG (NYSE) [ST]", "FIG (NYSE)", None, "ST"),
    ],
)
def test_a_ticker_is_the_symbol_in_brackets_right_before_the_type(
    text: str, name: str, ticker: str | None, tag: str
) -> None:
    asset = asset_of(text, tagged=True)

    assert (asset.name, asset.ticker, asset.tag, asset.doubts) == (name, ticker, tag, ())


def test_a_form_without_types_ends_an_asset_with_its_ticker() -> None:
    asset = asset_of("Cheniere Energy, Inc. (LNG)", tagged=False)

    assert (asset.name, asset.ticker, asset.tag, asset.doubts) == ("Cheniere Energy, Inc.", "LNG", None, ())


@pytest.mark.parametrize(
    ("text", "tagged", "reason"),
    [
        ("", True, "asset: none is printed"),
        ("", False, "asset: none is printed"),
        ("Apple Inc.", True, "asset: no type such as [ST] is printed"),
        ("[ST]", True, "asset: nothing but its type is printed"),
        ("US Treasury Note (GS) [GS]", True, "ticker: (GS) repeats the type"),
        ("Apple Inc. (AAPL) [ST] Common", True, "asset: ' Common' follows its type"),
    ],
)
def test_an_asset_that_lacks_something_is_doubted(text: str, tagged: bool, reason: str) -> None:  # noqa: FBT001
    asset = asset_of(text, tagged=tagged)

    assert asset.doubts == (reason,)


@given(st.dates(min_value=date(1, 1, 1)))
def test_every_day_reads_back_padded_or_not(day: date) -> None:
    padded, bare = f"{day.month:02}/{day.day:02}/{day.year:04}", f"{day.month}/{day.day}/{day.year:04}"

    assert date_of(padded) == date_of(bare) == day


@pytest.mark.parametrize(
    "text", ["", "02/31/2025", "13/01/2025", "1/1/25", "2025-01-01", "01/02/2025 01/03/2025"]
)
def test_what_is_no_day_of_the_calendar_is_no_date(text: str) -> None:
    assert date_of(text) is None


@pytest.mark.parametrize(
    ("character", "advance", "true"),
    [("l", 0.604, "L"), ("l", 0.286, "l"), ("m", 0.927, "M"), ("m", 0.880, "m")],
)
def test_a_wide_letter_is_the_capital(character: str, advance: float, true: str) -> None:
    assert true_case(character, advance) == true


def test_only_small_letters_are_doubtful() -> None:
    assert [is_doubtful(character) for character in "aZ9é"] == [True, False, False, False]


def test_strokes_at_one_place_make_one_box() -> None:
    empty = [
        Stroke(549.4, 639.4, stroked=False, white=False),
        Stroke(549.4, 639.0, stroked=True, white=False),
    ]
    ticked = [
        Stroke(549.4, 585.4, stroked=False, white=False),
        Stroke(549.5, 585.6, stroked=True, white=True),
    ]
    unclear = [Stroke(549.4, 531.0, stroked=False, white=True)]

    boxes = boxes_from([*ticked, *empty, *unclear])

    assert [(round(box.y), box.ticked) for box in boxes] == [(639, False), (586, True), (531, None)]


def test_two_boxes_on_one_line_stay_two() -> None:
    boxes = boxes_from(
        [Stroke(30, 280, stroked=True, white=False), Stroke(64, 280, stroked=True, white=False)]
    )

    assert boxes == (Box(30, 280, ticked=False), Box(64, 280, ticked=False))


def test_nearly_white_is_white() -> None:
    assert is_white(255, 250, 240)
    assert not is_white(255, 118, 255)
