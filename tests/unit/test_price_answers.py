"""Alpaca's answers, read: exact numbers, odd entries left out, another shape refused."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from common.errors import SourceChanged
from common.prices import answers
from common.prices.records import Bar, Quote, Rename, Split

WHAT = "Alpaca/test"
TRADE = {"t": "2025-06-03T14:29:53.123456789Z", "x": "V", "p": 137.1, "s": 100, "c": ["@"], "i": 1, "z": "C"}
BAR = {
    "t": "2025-06-02T04:00:00Z",
    "o": 174,
    "h": 174.84,
    "l": 172.31,
    "c": 174.61,
    "v": 85998033,
    "n": 7,
    "vw": 173.7,
}
SPLIT = {"symbol": "SRE", "ex_date": "2023-08-22", "new_rate": 2, "old_rate": 1, "payable_date": "2023-08-21"}
CHANGE = {"old_symbol": "BSAQ", "new_symbol": "VFS", "process_date": "2023-08-15"}


def read(answer: Any) -> dict[str, Any]:
    return answers.read(json.dumps(answer).encode(), WHAT)


def test_a_snapshot_is_its_last_trade_to_the_cent_and_the_moment() -> None:
    (quote,) = answers.quotes(read({"BRK.B": {"latestTrade": TRADE, "latestQuote": {}, "dailyBar": BAR}}))

    at = datetime(2025, 6, 3, 14, 29, 53, 123456, tzinfo=UTC)
    assert quote == Quote("BRK-B", Decimal("137.1"), at, "Alpaca, IEX")
    assert str(quote.price) == "137.1"


@pytest.mark.parametrize(
    "snapshot",
    [
        None,
        {},
        {"latestTrade": None},
        {"latestTrade": {"t": TRADE["t"]}},
        *({"latestTrade": TRADE | {"p": price}} for price in (0, -1, "137.1", True, None, 1e13, 1e-7)),
        *({"latestTrade": TRADE | {"t": at}} for at in (None, "soon", "2025-06-03T14:29:53")),
    ],
)
def test_a_snapshot_without_a_sound_trade_is_no_price(snapshot: Any) -> None:
    good = {"latestTrade": TRADE}

    assert [q.ticker for q in answers.quotes(read({"AAA": snapshot, "BBB": good, "no symbol": good}))] == [
        "BBB"
    ]


def test_a_bar_is_raw_and_of_new_yorks_day() -> None:
    winter = BAR | {"t": "2025-01-02T05:00:00Z", "v": 12.0}

    first, second = answers.bars(read({"bars": {"A": [BAR, winter]}, "next_page_token": None}), WHAT)

    assert first == Bar(
        ticker="A",
        day=date(2025, 6, 2),
        open=Decimal(174),
        high=Decimal("174.84"),
        low=Decimal("172.31"),
        close=Decimal("174.61"),
        volume=85998033,
        source="Alpaca, SIP",
    )
    assert (second.day, second.volume) == (date(2025, 1, 2), 12)


@pytest.mark.parametrize(
    "change",
    [{"t": None}, {"o": None}, {"h": 0}, {"l": "x"}, {"c": -1}, {"v": None}, {"v": -1}, {"v": 10**12}],
)
def test_a_bar_that_makes_no_sense_is_left_out(change: dict[str, Any]) -> None:
    listed = [BAR | change, BAR]

    found = list(answers.bars(read({"bars": {"A": listed, "B": None, "no symbol": [BAR]}}), WHAT))

    assert len(found) == 1


def test_an_entry_that_is_no_object_is_no_price() -> None:
    groups = {"forward_splits": ["SRE"], "name_changes": [7]}
    actions = read({"corporate_actions": groups})

    found = [
        *answers.quotes(read({"AAPL": "137.1", "MSFT": {"latestTrade": [137.1]}})),
        *answers.bars(
            read({"bars": {"AAPL": [174], "MSFT": [BAR | {"t": "0001-01-01T00:00:00+14:00"}]}}), WHAT
        ),
        *answers.splits(actions, WHAT),
        *answers.renames(actions, WHAT),
    ]

    assert found == []


@pytest.mark.parametrize("odd", [7, {}, "SRE"])
def test_entries_that_are_no_list_are_an_answer_of_another_shape(odd: Any) -> None:
    actions = read({"corporate_actions": {"reverse_splits": odd, "name_changes": odd}})

    for entries in (answers.bars({"bars": {"AAPL": odd}}, WHAT), answers.splits(actions, WHAT)):
        with pytest.raises(SourceChanged, match=f"{WHAT}: no list"):
            list(entries)
    with pytest.raises(SourceChanged, match=f"{WHAT}: no list"):
        list(answers.renames(actions, WHAT))


@pytest.mark.parametrize("nothing", [{}, None])
def test_no_bars_are_none(nothing: Any) -> None:
    assert list(answers.bars(read({"bars": nothing}), WHAT)) == []


def test_splits_of_both_kinds_are_new_shares_for_old_on_the_day_they_are_traded_without() -> None:
    reverse = {"symbol": "MNTS", "ex_date": "2023-08-24", "new_rate": 1, "old_rate": 50}
    groups = {"forward_splits": [SPLIT], "reverse_splits": [reverse], "cash_dividends": [{}]}

    found = list(answers.splits(read({"corporate_actions": groups}), WHAT))

    assert found == [
        Split("SRE", date(2023, 8, 22), Decimal(2), Decimal(1), "Alpaca"),
        Split("MNTS", date(2023, 8, 24), Decimal(1), Decimal(50), "Alpaca"),
    ]


@pytest.mark.parametrize(
    "change",
    [{"ex_date": None}, {"new_rate": 0}, {"old_rate": "1"}, {"symbol": None}, {"symbol": "0037VR020X"}],
)
def test_a_split_that_makes_no_sense_is_left_out(change: dict[str, Any]) -> None:
    odd = SPLIT | change

    found = answers.splits(read({"corporate_actions": {"forward_splits": [odd]}}), WHAT)

    assert [split.ticker for split in found] == (["0037VR020X"] if "0037VR020X" in change.values() else [])


def test_a_change_of_symbol_is_a_rename_and_one_of_the_name_alone_is_none() -> None:
    listed = [
        CHANGE,
        CHANGE | {"new_symbol": "BSAQ"},
        CHANGE | {"process_date": ""},
        CHANGE | {"old_symbol": None},
    ]

    found = list(answers.renames(read({"corporate_actions": {"name_changes": listed}}), WHAT))

    assert found == [Rename("BSAQ", date(2023, 8, 15), "VFS", "Alpaca")]


def test_no_actions_are_none() -> None:
    answer = read({"corporate_actions": {}, "next_page_token": None})

    assert (list(answers.splits(answer, WHAT)), list(answers.renames(answer, WHAT))) == ([], [])


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"a": NaN}', b"\xff", b"[" * 100_000, b"1" * 5000])
def test_what_is_no_json_object_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(SourceChanged, match="Alpaca/test: no JSON"):
        answers.read(body, WHAT)


@pytest.mark.parametrize("answer", [{}, {"bars": [BAR]}, {"message": "hello"}])
def test_an_answer_without_bars_is_another_one(answer: Any) -> None:
    with pytest.raises(SourceChanged, match="Alpaca/test: no object 'bars'"):
        list(answers.bars(read(answer), WHAT))


@pytest.mark.parametrize(
    ("body", "message", "symbol"),
    [
        (b'{"message": "invalid symbol: P027445"}', "invalid symbol: P027445", "P027445"),
        (b'{"code": 42210000, "message": "invalid symbol"}', "invalid symbol", ""),
        (b'{"message": "unexpected parameter(s): x"}', "unexpected parameter(s): x", None),
        (b"[]", "", None),
        (b"<html>", "", None),
    ],
)
def test_an_error_may_name_the_symbol_that_is_none(body: bytes, message: str, symbol: str | None) -> None:
    assert answers.message_of(body) == message
    assert answers.invalid_symbol(message) == symbol


def test_the_sample_of_two_bars_reads_back(corpus: Path) -> None:
    folder = corpus.parent / "prices" / "alpaca"
    answer = answers.read((folder / "bars_multi.from-tests.json").read_bytes(), WHAT)

    found = list(answers.bars(answer, WHAT))

    assert [(bar.ticker, bar.day, str(bar.close), bar.volume) for bar in found] == [
        ("AAPL", date(2022, 2, 1), "174.61", 85998033),
        ("AAPL", date(2022, 2, 2), "175.84", 84817432),
    ]


def test_the_samples_of_errors_are_told_apart(corpus: Path) -> None:
    listed = json.loads((corpus.parent / "prices" / "alpaca" / "errors.json").read_text())
    messages = {name: listed[name]["body"]["message"] for name in ("401", "422 bad param")}

    assert {name: answers.invalid_symbol(text) for name, text in messages.items()} == {
        "401": None,
        "422 bad param": "...",
    }
