"""What was traded, by the Senate's reports: tickers, exchanges of two assets, options, bonds, and what is unlisted."""

import pytest

from local.standins.senate_rows import (
    bond_detail,
    company_detail,
    option_detail,
    platform_detail,
    senate_row,
)
from tests.support.senate_reading import page_with, read, read_row


@pytest.mark.parametrize(
    "symbol", ["F", "BRK.B", "COF-PP", "^MWE", "RDSA.AS", "0QZI.IL", "SPY160219P00180000", "BTC-USD"]
)
def test_a_ticker_is_the_text_of_its_link(symbol: str) -> None:
    trade = read_row("07/20/2026", "Self", symbol)

    assert (trade.ticker, trade.quarantine) == (symbol, ())


def test_a_ticker_is_in_capitals() -> None:
    assert read_row("07/20/2026", "Self", "nvda").ticker == "NVDA"


@pytest.mark.parametrize(
    ("cell", "doubt"),
    [
        ("", "ticker: none is printed"),
        ("NVDA", "ticker: 'NVDA' is of unknown shape"),
        ("<a>NVDA</a> -- ", "ticker: 'NVDA --' is of unknown shape"),
        ("<a>NVDA</a><a>AMD</a>", "ticker: 'NVDAAMD' is of unknown shape"),
        ("<a>NVDA</a><br><a>AMD</a>", "ticker: 'NVDA\\nAMD' is of unknown shape"),
        ("<a>N/A</a>", "ticker: 'N/A' is of unknown shape"),
        ("<a>--</a>", "ticker: '--' is of unknown shape"),
        ("<a>NVIDIA Corporation</a>", "ticker: 'NVIDIA Corporation' is of unknown shape"),
    ],
)
def test_a_ticker_cell_of_unknown_shape_gives_no_ticker_and_a_doubt(cell: str, doubt: str) -> None:
    traded, owner, _, *others = senate_row("07/20/2026", asset="Acme")

    (trade,) = read(page_with((traded, owner, cell, *others))).trades

    assert (trade.ticker, trade.quarantine) == (None, (doubt,))


def test_an_exchange_of_two_assets_has_both_with_their_tickers() -> None:
    trade = read_row(
        "07/20/2026", "Self", "T", "AT&T Inc.", received="Warner", received_ticker="WBD", kind="Exchange"
    )

    assert (trade.asset, trade.ticker, trade.quarantine) == ("AT&T Inc.", "T", ())
    assert trade.details == {"exchange_form": "pair", "received_asset": "Warner", "received_ticker": "WBD"}


@pytest.mark.parametrize(
    ("tickers", "read_as"),
    [
        (("--", "WBD"), (None, "WBD")),
        (("--", None), (None, None)),
        (("T", None), ("T", None)),
        (("T", "--"), ("T", None)),
    ],
)
def test_either_side_of_an_exchange_may_have_no_ticker(
    tickers: tuple[str, str | None], read_as: tuple[str | None, str | None]
) -> None:
    given, received = tickers

    trade = read_row(
        "07/20/2026", "Self", given, received="Warner", received_ticker=received, kind="Exchange"
    )

    assert (trade.ticker, trade.details.get("received_ticker"), trade.quarantine) == (*read_as, ())


def test_an_exchange_of_bonds_keeps_the_details_below_it() -> None:
    trade = read_row(received="Acme 2038", kind="Exchange", detail=bond_detail("3.125%", "02/15/2038"))

    assert trade.details == {
        "exchange_form": "pair",
        "received_asset": "Acme 2038",
        "rate": "3.125%",
        "matures": "02/15/2038",
    }


def test_an_exchange_of_the_first_years_names_one_asset() -> None:
    trade = read_row("07/20/2026", "Self", "ADI", "Analog Devices, Inc.", kind="Exchange")

    assert (trade.asset, trade.ticker, trade.details) == (
        "Analog Devices, Inc.",
        "ADI",
        {"exchange_form": "single"},
    )
    assert trade.quarantine == ()


@pytest.mark.parametrize(
    ("cell", "kind", "doubt"),
    [
        ("", "Purchase", "asset: none is printed"),
        (" (Exchanged)<br>B (Received)", "Exchange", "asset: none is printed"),
        ("A<br>B", "Purchase", "asset: 'A\\nB' is of unknown shape"),
        ("A (Exchanged)<br>B (Received)", "Purchase", "asset: 'A (Exchanged)\\nB (Received)' is of unknown shape"),
        ("A<br>B", "Exchange", "asset: 'A\\nB' is of unknown shape"),
        ("A (Exchanged)<br>B", "Exchange", "asset: 'A (Exchanged)\\nB' is of unknown shape"),
        ("A (Exchanged)", "Exchange", "asset: 'A (Exchanged)' is of unknown shape"),
        ("A (Exchanged)<br>B (Received)<br>C (Received)", "Exchange", "is of unknown shape"),
        ("A<p>B</p>", "Purchase", "asset: it has a <p>"),
        ("A<div>B</div>", "Purchase", "asset: it has a <div>"),
        ('A<a href="x">B</a>', "Purchase", "asset: it has a link 'B'"),
        ('A<div class="text-muted"><em>Company:</em> B</div> C', "Purchase", "asset: it goes on below its details with 'C'"),
        ('A<div class="text-muted"><em>Colour:</em> B</div>', "Purchase", "asset: it has a detail 'Colour': 'B'"),
        ('A<div class="text-muted">B</div>', "Purchase", "asset: it has a detail 'B': ''"),
        (
            'A<div class="text-muted"><em>Company:</em> B</div><div class="text-muted"><em>Company:</em> C</div>',
            "Purchase",
            "asset: it has a detail 'Company': 'C'",
        ),
    ],
)  # fmt: skip
def test_an_asset_cell_of_unknown_shape_is_doubted(cell: str, kind: str, doubt: str) -> None:
    traded, owner, ticker, _, *others = senate_row("07/20/2026", kind=kind)

    (trade,) = read(page_with((traded, owner, ticker, cell, *others))).trades

    assert len(trade.quarantine) == 1
    assert doubt in trade.quarantine[0]


@pytest.mark.parametrize("kind", ["Call", "Put", "Short Sale", "Neither"])
def test_an_option_has_its_type_its_strike_and_its_end(kind: str) -> None:
    trade = read_row(asset_type="Stock Option", detail=option_detail(kind, "$75.00", "2026-08-21"))

    assert trade.details == {"option_type": kind, "strike": "$75.00", "expires": "2026-08-21"}
    assert trade.quarantine == ()


def test_an_option_of_unknown_type_is_doubted() -> None:
    trade = read_row(detail=option_detail("Straddle", "$75.00", "08/21/2026"))

    assert trade.quarantine == ("option_type: 'Straddle' is unknown",)


@pytest.mark.parametrize(
    ("rate", "matures"), [("4.55", "08/01/27"), ("1.7% - Variable", "07/30/219"), ("3.00 %", "2026-12-01")]
)
def test_a_bond_has_its_rate_and_its_end_as_the_filer_wrote_them(rate: str, matures: str) -> None:
    trade = read_row(detail=bond_detail(rate, matures))

    assert (trade.details, trade.quarantine) == ({"rate": rate, "matures": matures}, ())


@pytest.mark.parametrize(
    ("detail", "details", "description"),
    [
        (
            company_detail("Acme (Holdings) LP", "Dover, DE", "Land, held"),
            {"company": "Acme (Holdings) LP", "company_location": "Dover, DE"},
            "Land, held",
        ),
        (company_detail("Acme (Holdings)"), {"company": "Acme (Holdings)"}, None),
        (company_detail("Acme", "Dover (Kent), DE "), {"company": "Acme", "company_location": "Dover (Kent), DE "}, None),
        (company_detail("", description="Index-linked  note"), {}, "Index-linked note"),
        (platform_detail("River: the"), {"platform": "River: the"}, None),
        (bond_detail("", "01/01/30"), {"matures": "01/01/30"}, None),
    ],
)  # fmt: skip
def test_what_is_unlisted_is_described(detail: str, details: dict[str, str], description: str | None) -> None:
    trade = read_row(detail=detail)

    assert (trade.details, trade.description, trade.quarantine) == (details, description, ())


def test_a_filer_s_own_words_are_never_taken_for_labels() -> None:
    trade = read_row(
        detail=company_detail("Matures: 2030 <em>Company:</em> B", description="Option Type: Put")
    )

    assert trade.details == {"company": "Matures: 2030 <em>Company:</em> B"}
    assert trade.description == "Option Type: Put"
