"""A subject says the fact first, in at most sixty characters on one line."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.mail.headline import LONGEST_SUBJECT, heading, subject
from common.mail.model import Amount, Correction, Kind, Member, Row, Side
from tests.support.mails import EACH_KIND, LINDQVIST, MARSH, NVIDIA, RANGES, TREASURY, mail, news, report

SUBJECTS = {
    "alert": "Marsh (R-GA) bought NVDA, $1,001-$15,000",
    "alert_of_several": "Marsh: 5 trades in one filing",
    "alert_of_many": "Marsh: 40 trades in one filing",
    "alert_after_unreadable": "Marsh: 2 trades in one filing",
    "alert_with_corrections": "Marsh: 3 trades in one filing",
    "alert_with_prices": "Marsh: 2 trades in one filing",
    "rows_in_doubt": "Marsh (R-GA): 2 rows need a look",
    "unreadable": "Marsh (R-GA) filed a report we could not read",
    "correction": "Correction: Marsh (R-GA) bought NVDA, $15,001-$50,000",
    "withdrawal": "Withdrawn: Marsh (R-GA) bought NVDA, $1,001-$15,000",
    "unreadable_of_another": "Withdrawn: the report we could not read is not Marsh's",
    "daily_digest": "Daily digest: 4 trades, 3 members",
    "weekly_digest": "Weekly digest: 35 trades, 3 members",
    "storm_digest": "Busy hour: 4 trades, 2 members",
    "confirm": "Confirm your CapitolScope alerts",
    "operator_alert": "CapitolScope: congressional_sync is late",
}


@pytest.mark.parametrize("name", EACH_KIND)
def test_the_subject_of_each_kind(name: str) -> None:
    assert subject(EACH_KIND[name]) == SUBJECTS[name]


def about(row: Row, member: Member = MARSH, kind: Kind = Kind.ALERT) -> str:
    return subject(mail(news(kind, report(row, member=member))))


@pytest.mark.parametrize(
    ("row", "member", "said"),
    [
        (replace(NVIDIA, side=Side.SOLD_PART), MARSH, "Marsh (R-GA) sold part of NVDA, $1,001-$15,000"),
        (replace(NVIDIA, asset_type="OP"), MARSH, "Marsh (R-GA) bought NVDA options, $1,001-$15,000"),
        (replace(NVIDIA, amount=RANGES["over"]), MARSH, "Marsh (R-GA) bought NVDA, Over $50,000,000"),
        (NVIDIA, replace(MARSH, party=None), "Marsh (GA) bought NVDA, $1,001-$15,000"),
        (TREASURY, MARSH, "Marsh sold part of US Treasury Not…, $25,000,001-$50,000,000"),
        (
            replace(NVIDIA, amount=RANGES["25m"]),
            LINDQVIST,
            "Lindqvist-Castellanos bought NVDA, $25,000,001-$50,000,000",
        ),
        (TREASURY, LINDQVIST, "Lindqvist-Castellanos sold part of US Treasury Note 4.25% d…"),
    ],
)
def test_what_does_not_fit_is_cut_where_it_hurts_least(row: Row, member: Member, said: str) -> None:
    assert about(row, member) == said


def test_the_heading_has_the_whole_fact() -> None:
    whole = heading(mail(news(Kind.ALERT, report(TREASURY, member=LINDQVIST))))

    assert whole == (
        "Lindqvist-Castellanos (I-AK) sold part of US Treasury Note 4.25% due 05/15/2035, held at Example Brokerage, "
        "$25,000,001\N{EN DASH}$50,000,000"
    )


def test_a_correction_of_several_rows_counts_them() -> None:
    several = news(Kind.WITHDRAWAL, report(withdrawn=(NVIDIA, TREASURY)))

    assert subject(mail(several)) == "Withdrawn: Marsh, 2 trades in one filing"


def test_one_row_in_doubt_is_one() -> None:
    doubts = EACH_KIND["rows_in_doubt"].content.reports[0].doubts[:1]  # type: ignore[union-attr]  # it is news

    assert subject(mail(news(Kind.ALERT, report(doubts=doubts)))) == "Marsh (R-GA): 1 row needs a look"


def test_a_digest_counts_what_was_told_before_apart_from_its_trades() -> None:
    mixed = report(NVIDIA, corrected=(Correction(NVIDIA, TREASURY),) * 2, withdrawn=(TREASURY,))

    assert subject(mail(news(Kind.DAILY, mixed))) == (
        "Daily digest: 1 trade, 2 corrections, 1 withdrawal, 1 member"
    )
    assert (
        subject(mail(news(Kind.DAILY, report(withdrawn=(NVIDIA,))))) == "Daily digest: 1 withdrawal, 1 member"
    )


def test_a_digest_that_says_too_much_leaves_its_members_to_the_mail() -> None:
    many = report(*[NVIDIA] * 100, corrected=(Correction(NVIDIA, TREASURY),) * 10, withdrawn=(TREASURY,) * 10)
    digest = mail(news(Kind.WEEKLY, many))

    assert subject(digest) == "Weekly digest: 100 trades, 10 corrections, 10 withdrawals"
    assert heading(digest) == "Weekly digest: 100 trades, 10 corrections, 10 withdrawals, 1 member"


def test_a_digest_without_trades_counts_reports() -> None:
    unread = EACH_KIND["unreadable"].content.reports[0]  # type: ignore[union-attr]  # it is news

    assert subject(mail(news(Kind.DAILY, unread))) == "Daily digest: 1 report, 1 member"


AMOUNTS = st.builds(Amount, st.none() | st.integers(0, 10**12), st.none() | st.integers(0, 10**12))


ROWS = st.builds(
    replace,
    st.just(NVIDIA),
    asset=st.text(max_size=200),
    ticker=st.none() | st.text(max_size=60),
    side=st.sampled_from(Side),
    amount=AMOUNTS,
)


@given(
    st.text(min_size=1, max_size=80), ROWS, st.sampled_from([Kind.ALERT, Kind.CORRECTION, Kind.WITHDRAWAL])
)
def test_whatever_the_names_a_subject_is_one_short_line(surname: str, row: Row, kind: Kind) -> None:
    said = about(row, replace(MARSH, last=surname), kind)

    assert len(said) <= LONGEST_SUBJECT
    assert said == " ".join(said.split())
    assert said.isprintable()
