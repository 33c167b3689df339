"""What one subscriber must be told of a version, after all that they heard."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from common.alerts.contents import Contents, Heard, Said, contents, untold
from common.alerts.criteria import Frequency
from common.alerts.disclosed import Disclosed, StoredTrade
from common.alerts.evidence import Revision
from common.mail.model import Kind
from tests.support.alerts import GREENE, PELOSI, some_criteria
from tests.support.trades import a_trade

NOW = datetime(2025, 3, 6, 15, 0, tzinfo=UTC)
ids = count(1)


def version(number: int, *trades: dict[str, Any], **changes: Any) -> Disclosed:
    """Return a version of one filing, holding TRADES."""
    rows = tuple(
        StoredTrade(next(ids), a_trade(**{"row": row} | said), 0) for row, said in enumerate(trades, start=1)
    )
    said: dict[str, Any] = {
        "version_id": next(ids),
        "filing_id": 1,
        "version": number,
        "chamber": "house",
        "doc_id": "20090001",
        "url": "http://127.0.0.1/20090001.pdf",
        "filed": date(2025, 3, 5),
        "first_seen": NOW,
        "posted": None,
        "stored_at": NOW + number * timedelta(hours=1),
        "planned_at": None,
        "alertable": True,
        "readable": True,
        "fetched": True,
        "filing_state": "parsed",
        "reason": None,
        "filer_name": "Hon. Marjorie Taylor Greene",
        "state_district": "GA14",
        "bioguide": GREENE,
        "name": "Marjorie Taylor Greene",
        "last": "Greene",
        "party": "Republican",
        "state": "GA",
        "district": 14,
        "rows": rows,
    }
    return Disclosed(**said | changes)


def rule(number: int = 1, frequency: str = "immediate", **asks: Any) -> Revision:
    """Return a rule that is in force since before everything."""
    return Revision(
        id=number,
        rule_id=number,
        number=1,
        name=f"Rule {number}",
        subscriber_id=1,
        criteria=some_criteria(**asks or {"members": [GREENE]}),
        frequency=Frequency(frequency),
        effective_from=NOW - timedelta(days=1),
        effective_until=None,
        stopped_at=None,
    )


def heard(of: Disclosed, *said: Said | None) -> Heard:
    """Return a mail about OF that said SAID of its rows in their order; None = nothing of that row."""
    return Heard(of, {row.id: word for row, word in zip(of.rows, said, strict=True) if word})


def told(answer: Contents) -> dict[str, list[int]]:
    """Return the rows of each section that has any, as numbered in the document."""
    sections = {
        "new": [fresh.row.trade.row for fresh in answer.new],
        "corrected": [changed.after.trade.row for changed in answer.corrected],
        "withdrawn": [gone.row.trade.row for gone in answer.withdrawn],
        "doubts": [row.trade.row for row in answer.doubts],
    }
    return {section: rows for section, rows in sections.items() if rows}


ODD = {"quarantine": ("amount: odd",)}
MSFT = {"ticker": "MSFT", "asset_type": "OP", "owner": "SP", "amount_min": 15001, "amount_max": 50000}


def test_rows_that_match_are_new_to_who_heard_nothing_each_with_the_rules_that_matched_it() -> None:
    first = version(1, {}, MSFT, ODD)
    asks = [rule(1), rule(2, "daily", tickers=["NVDA"])]

    answer = contents(first, asks)

    assert told(answer) == {"new": [1, 2], "doubts": [3]}
    assert [[one.id for one in fresh.rules] for fresh in answer.new] == [[1, 2], [1]]
    assert (answer.kind, answer.frequency, answer.follow_up) == (Kind.ALERT, Frequency.IMMEDIATE, False)
    assert list(answer.said.values()) == ["new", "new", "doubt"]


def test_what_was_told_and_still_holds_is_not_told_again() -> None:
    first, second = version(1, {}, MSFT), version(2, {}, MSFT, {"ticker": "AMD"})

    answer = contents(second, [rule()], [heard(first, "new", "new")])

    assert told(answer) == {"new": [3]}


def test_a_row_that_moved_is_the_same_row() -> None:
    first, second = version(1, {}, MSFT), version(2, MSFT, {})

    assert contents(second, [rule()], [heard(first, "new", "new")]).kind is None


def test_a_changed_row_is_corrected_and_one_that_is_gone_withdrawn() -> None:
    first, second = version(1, {}, MSFT), version(2, {"amount_min": 15001, "amount_max": 50000})

    answer = contents(second, [rule()], [heard(first, "new", "new")])

    assert told(answer) == {"corrected": [1], "withdrawn": [2]}
    assert answer.kind is Kind.CORRECTION
    (changed,) = answer.corrected
    assert (changed.before.trade.amount_max, changed.after.trade.amount_max) == (15000, 50000)
    assert set(answer.said.values()) == {"corrected", "withdrawn"}


def test_a_correction_is_due_when_the_new_values_no_longer_match() -> None:
    first, second = version(1, {}), version(2, {"ticker": "AMD"})

    answer = contents(second, [rule(tickers=["NVDA"])], [heard(first, "new")])

    assert told(answer) == {"corrected": [1]}


def test_nobody_is_corrected_for_a_rule_that_they_stopped() -> None:
    first, second = version(1, {}), version(2, {"ticker": "AMD"})

    answer = contents(second, [rule(tickers=["MSFT"])], [heard(first, "new")])

    assert answer.kind is None


def test_a_row_that_was_corrected_is_compared_with_its_correction() -> None:
    first, second, third = version(1, {}), version(2, {"owner": "SP"}), version(3, {"owner": "SP"}, MSFT)
    mails = [heard(first, "new"), heard(second, "corrected")]

    assert told(contents(third, [rule(tickers=["NVDA"])], mails)) == {}
    assert told(contents(version(3, {}), [rule()], mails)) == {"corrected": [1]}
    assert told(contents(version(3, MSFT), [rule(tickers=["NVDA"])], mails)) == {"withdrawn": [1]}


def test_a_row_that_was_withdrawn_and_comes_back_is_new() -> None:
    first, second, third = version(1, {}, MSFT), version(2, MSFT), version(3, {}, MSFT)
    withdrawal = Heard(second, {first.rows[0].id: "withdrawn"})

    answer = contents(third, [rule()], [heard(first, "new", "new"), withdrawal])

    assert told(answer) == {"new": [1]}


def test_exact_duplicates_are_lots_and_a_third_one_is_new() -> None:
    first, second = version(1, {}, {}), version(2, {}, {}, {})

    assert told(contents(second, [rule()], [heard(first, "new", "new")])) == {"new": [3]}


def test_rows_of_somebody_else_are_withdrawn_and_those_of_the_true_filer_new() -> None:
    first, second = version(1, {}), version(2, {}, bioguide=PELOSI)

    answer = contents(second, [rule(members=[GREENE, PELOSI])], [heard(first, "new")])

    assert told(answer) == {"new": [1], "withdrawn": [1]}


def test_a_filer_who_is_settled_later_changes_nothing_that_was_told() -> None:
    first, second = version(1, {}, bioguide=None), version(2, {})

    assert contents(second, [rule(chamber="house")], [heard(first, "new")]).kind is None


# ---- what could not be read


def test_an_unread_filing_is_told_once_and_by_wide_rules_alone() -> None:
    scan = version(1, readable=False)
    again = version(2, readable=False)

    first = contents(scan, [rule(), rule(2, tickers=["NVDA"])])

    assert (first.kind, [reason.id for reason in first.reasons]) == (Kind.UNREADABLE, [1])
    assert contents(scan, [rule(2, tickers=["NVDA"])]).kind is None
    assert contents(again, [rule()], [heard(scan)]).kind is None


def test_when_it_is_read_later_a_follow_up_carries_the_rows() -> None:
    scan = version(1, readable=False)

    answer = contents(version(2, {}), [rule()], [heard(scan)])

    assert (told(answer), answer.follow_up) == ({"new": [1]}, True)


def test_a_doubtful_row_that_becomes_sure_is_followed_up() -> None:
    first, second = version(1, ODD, MSFT), version(2, {}, MSFT)

    answer = contents(second, [rule()], [heard(first, "doubt", "new")])

    assert (told(answer), answer.follow_up) == ({"new": [1]}, True)


def test_a_doubtful_row_is_told_once_and_not_withdrawn() -> None:
    first = version(1, ODD, MSFT)
    mails = [heard(first, "doubt", "new")]

    assert contents(version(2, ODD, MSFT), [rule()], mails).kind is None
    assert contents(version(2, MSFT), [rule()], mails).kind is None


def test_a_row_that_was_sure_and_fell_in_doubt_is_told_as_such() -> None:
    answer = contents(version(2, ODD), [rule(tickers=["NVDA"])], [heard(version(1, {}), "new")])

    assert told(answer) == {"doubts": [1]}


def test_what_was_read_before_is_not_withdrawn_because_it_cannot_be_read_now() -> None:
    answer = contents(version(2, readable=False), [rule()], [heard(version(1, {}), "new")])

    assert answer.kind is None


@pytest.mark.parametrize(("since", "until"), [(2, None), (-9, 1)])
def test_a_rule_that_was_not_in_force_is_no_reason(since: int, until: int | None) -> None:
    moment = rule()
    changed = Revision(
        **{
            **{name: getattr(moment, name) for name in Revision.__slots__},
            "effective_from": NOW + since * timedelta(hours=1),
            "effective_until": NOW + until * timedelta(hours=1) if until else None,
        }
    )

    assert contents(version(1, {}), [changed]).kind is None


def test_a_mail_that_comes_after_a_later_one_says_only_what_that_one_left_out() -> None:
    first = version(
        1, {}, MSFT, {"ticker": "AMD"}, ODD | {"ticker": "IBM", "owner": "DC", "asset_type": "CS"}
    )
    second = version(
        2, {"amount_min": 15001}, MSFT, ODD | {"ticker": "IBM", "owner": "DC", "asset_type": "CS"}
    )
    late = contents(first, [rule()])

    left = untold(late, [heard(second, "corrected", None, None)])

    assert told(left) == {"new": [2], "doubts": [4]}
    assert told(untold(late, [])) == told(late)


def test_a_withdrawal_that_comes_after_a_later_mail_holds_unless_that_one_told_the_row_anew() -> None:
    first, second = version(1, {}, MSFT), version(2, {})
    late = contents(second, [rule()], [heard(first, "new", "new")])
    still_gone, back = version(3, {}), version(3, {}, MSFT)

    assert told(untold(late, [heard(still_gone, None)])) == {"withdrawn": [2]}
    assert told(untold(late, [heard(back, None, "new")])) == {}


def test_nobody_is_told_that_a_filing_cannot_be_read_after_they_were_told_what_it_says() -> None:
    late = contents(version(1, readable=False), [rule()])

    assert untold(late, [heard(version(2, {}), "new")]).kind is None


def test_a_row_that_was_told_fell_in_doubt_and_is_gone_is_withdrawn() -> None:
    first, second, third = version(1, {}), version(2, ODD), version(3, MSFT)
    heard_all = [heard(first, "new"), heard(second, "doubt")]

    assert told(contents(third, [rule(tickers=["NVDA"])], heard_all)) == {"withdrawn": [1]}


def test_a_row_that_was_told_fell_in_doubt_and_says_something_else_is_corrected() -> None:
    first, second, third = version(1, {}), version(2, ODD), version(3, {"ticker": "AMD"})
    heard_all = [heard(first, "new"), heard(second, "doubt")]

    answer = contents(third, [rule(tickers=["NVDA"])], heard_all)

    assert told(answer) == {"corrected": [1]}
    assert answer.corrected[0].before.trade.ticker == "NVDA"


def test_a_row_that_was_told_and_fell_in_doubt_is_followed_up_once_sure_again() -> None:
    first, second, third, fourth = version(1, {}), version(2, ODD), version(3, {}), version(4, {}, MSFT)
    heard_all = [heard(first, "new"), heard(second, "doubt")]
    last = contents(third, [rule()], heard_all)

    assert (told(last), last.follow_up) == ({"new": [1]}, True)
    assert told(contents(fourth, [rule()], [*heard_all, heard(third, "new")])) == {"new": [2]}
