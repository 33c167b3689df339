"""What one subscriber must be told of what could not be read, or not for certain."""

from datetime import timedelta

import pytest

from common.alerts.planning.contents import contents, untold
from common.alerts.planning.evidence import Revision
from common.mail.model import Kind
from tests.support.contents import MSFT, NOW, ODD, heard, rule, told, version


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
