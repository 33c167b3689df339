"""Rows that are kept and quarantined with their reasons, and odd ones that are believed."""

import pytest

from tests.support.ptr_pages import APPLE, Draft, one_page, only, read


def without(name: str) -> dict[str, str]:
    return {field: text for field, text in APPLE.items() if field != name}


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
