"""What one subscriber must be told of a version, after all that they heard."""

from common.alerts.planning.contents import contents
from common.alerts.planning.known import Heard
from common.alerts.subscriptions.criteria import Frequency
from common.mail.model import Kind
from tests.support.alerts import GREENE, PELOSI
from tests.support.contents import MSFT, ODD, heard, rule, since, told, version


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


def test_a_changed_row_is_corrected_to_who_asks_for_it_now_though_the_rule_that_asked_before_was_stopped() -> (
    None
):
    first, second = version(1, {}, MSFT), version(2, {"ticker": "AMD"}, MSFT | {"owner": "JT"})

    answer = contents(second, [since(second, tickers=["AMD"])], [heard(first, "new", "new")])

    assert told(answer) == {"corrected": [1]}


def test_a_row_is_paired_with_one_of_its_security_first() -> None:
    first = version(1, {}, {"ticker": "AMD", "amount_min": 15001, "amount_max": 50000})
    second = version(2, {"ticker": "AMD"}, {"amount_min": 15001, "amount_max": 50000})

    answer = contents(second, [rule()], [heard(first, "new", "new")])

    changed = [(one.before.trade.ticker, one.after.trade.ticker) for one in answer.corrected]
    assert changed == [("NVDA", "NVDA"), ("AMD", "AMD")]


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
