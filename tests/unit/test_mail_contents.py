"""What a mail says in which case: rows that are too many, corrections, doubts, earlier trades, rules."""

from dataclasses import replace
from datetime import timedelta

from common.mail.model import Amended, Confirmation, Kind, Reason, Unreadable
from common.mail.page import MOST_REASONS
from common.mail.render import LARGEST_HTML, render
from common.mail.view import MOST_ROWS
from tests.support.mails import (
    DOUBT,
    EACH_KIND,
    EARLIER,
    HOSTILE,
    LETTERHEAD,
    LINDQVIST,
    LINKS,
    MARSH,
    MICROSOFT,
    NVIDIA,
    RESTATED,
    mail,
    many,
    news,
    report,
)


def test_more_than_25_rows_are_cut_and_the_rest_is_a_link() -> None:
    for name in ("alert_of_many", "weekly_digest"):
        outgoing = render(EACH_KIND[name], LETTERHEAD)

        assert outgoing.html.count('class="row"') == MOST_ROWS
        assert outgoing.text.count("Range: ") == MOST_ROWS
        assert LINKS.everything in outgoing.html
        assert LINKS.everything in outgoing.text
    assert "15 of 40 rows are not in this mail." in render(EACH_KIND["alert_of_many"], LETTERHEAD).text


def test_rows_in_doubt_and_corrections_count_as_rows_too() -> None:
    crowded = report(*many(20).new, corrected=(RESTATED,) * 4, withdrawn=(NVIDIA,) * 3, doubts=(DOUBT,) * 5)

    outgoing = render(mail(news(Kind.ALERT, crowded)), LETTERHEAD)

    assert outgoing.html.count('class="row"') == MOST_ROWS
    assert "7 of 32 rows are not in this mail." in outgoing.text
    assert "5 rows need a look" in outgoing.text
    assert DOUBT.text not in outgoing.text


def test_the_rows_of_a_digest_are_counted_over_all_of_its_reports() -> None:
    first = report(*many(10).new, corrected=(RESTATED,) * 5, doubts=(DOUBT,) * 5)

    outgoing = render(mail(news(Kind.DAILY, first, many(15), many(9))), LETTERHEAD)

    assert outgoing.text.count("Range: ") == 20
    assert outgoing.text.count(f'"{DOUBT.text}"') == 5
    assert outgoing.text.count("== Theodora Ann Marsh ==") == 2
    assert "19 of 44 rows are not in this mail." in outgoing.text


def test_each_row_links_to_its_page() -> None:
    rows = (replace(NVIDIA, page=1, row=1), replace(NVIDIA, page=7, row=30))

    text = render(mail(news(Kind.ALERT, report(*rows, doubts=(DOUBT,)))), LETTERHEAD).text

    assert (
        "See page 1, row 1: https://clerk.example.gov/public_disc/ptr-pdfs/2026/20040001.pdf#page=1\n" in text
    )
    assert (
        "See page 7, row 30: https://clerk.example.gov/public_disc/ptr-pdfs/2026/20040001.pdf#page=7\n"
        in text
    )
    assert (
        "See page 3, row 6: https://clerk.example.gov/public_disc/ptr-pdfs/2026/20040001.pdf#page=3\n" in text
    )


def test_a_mail_without_too_many_rows_says_nothing_of_a_rest() -> None:
    outgoing = render(mail(news(Kind.ALERT, many(MOST_ROWS))), LETTERHEAD)

    assert "not in this mail" not in outgoing.text
    assert LINKS.everything not in outgoing.html


def test_several_rules_say_what_each_of_them_matched() -> None:
    text = render(EACH_KIND["alert_of_several"], LETTERHEAD).text

    assert "Matched NVDA, MSFT, AAPL options and 2 more." in text
    assert "Matched MSFT." in text


def test_of_very_many_rules_the_first_are_named_and_the_others_counted() -> None:
    rules = tuple(Reason(f"r{n}", f"Rule {n}", "every trade", f"https://x.example/{n}") for n in range(15))

    text = render(mail(news(Kind.ALERT, report(NVIDIA), reasons=rules)), LETTERHEAD).text

    assert f"Rule {MOST_REASONS - 1}\n" in text
    assert f"Rule {MOST_REASONS}\n" not in text
    assert "3 more alerts of yours matched, too." in text


def test_an_alert_that_is_called_after_what_it_watches_says_so_once() -> None:
    reason = Reason("r1", "Theodora Ann Marsh", "Theodora Ann Marsh", "https://x.example/1")

    outgoing = render(mail(news(Kind.ALERT, report(NVIDIA), reasons=(reason,))), LETTERHEAD)

    why = outgoing.text.partition("-- Why you got this --")[2]
    assert why.count("Theodora Ann Marsh") == 1
    assert outgoing.html.partition("Why you got this")[2].count("Theodora Ann Marsh") == 1


def test_a_changed_row_says_what_it_was() -> None:
    text = render(EACH_KIND["correction"], LETTERHEAD).text

    assert "Changed: Range was $1,001\N{EN DASH}$15,000, is $15,001\N{EN DASH}$50,000" in text
    assert "Changed: Traded was Apr 12, 2026, is Apr 21, 2026" in text
    assert "Owner was" not in text


def test_an_amended_row_without_its_original_says_so() -> None:
    assert (
        "Amended; the original is not in our records"
        in render(EACH_KIND["alert_after_unreadable"], LETTERHEAD).html
    )


def test_an_amendment_told_for_the_first_time_is_named_as_one() -> None:
    amended = replace(NVIDIA, amended=Amended.YES)

    assert "\n  Amended\n" in render(mail(news(Kind.ALERT, report(amended))), LETTERHEAD).text


def test_the_senate_prints_no_notification_date() -> None:
    row = replace(NVIDIA, notified=None)

    senate = render(mail(news(Kind.ALERT, report(row, member=LINDQVIST))), LETTERHEAD).text
    house = render(mail(news(Kind.ALERT, report(row))), LETTERHEAD).text

    assert "Notified: not printed" in senate
    assert "Notified: not given" in house


def test_earlier_trades_are_told_only_of_tickers_in_the_mail() -> None:
    empty = replace(EARLIER, ticker="MSFT", trades=(), total=0)

    text = render(mail(news(Kind.ALERT, report(MICROSOFT, context=(EARLIER, empty)))), LETTERHEAD).text

    assert "Earlier by" not in text


def test_all_earlier_trades_need_no_count_of_more() -> None:
    few = replace(EARLIER, total=3)

    assert (
        "more before these"
        not in render(mail(news(Kind.ALERT, report(NVIDIA, context=(few,)))), LETTERHEAD).text
    )


def test_a_new_subscriber_need_not_have_named_rules_yet() -> None:
    bare = Confirmation("https://alerts.example.org/confirm?t=k1", (), timedelta(hours=48))

    assert "What we would send" not in render(mail(bare), LETTERHEAD).html


def test_the_worst_mail_that_can_be_made_stays_small() -> None:
    long = HOSTILE * 5
    row = replace(
        NVIDIA, asset=long, ticker=long, asset_type=long, amended=Amended.ORIGINAL_UNKNOWN, rules=("r0",)
    )
    context = replace(EARLIER, ticker=long)
    crowd = report(*[row] * 30, context=(context,) * 30, member=replace(MARSH, name=long, last=long))
    rules = tuple(Reason(f"r{n}", long, long, f"https://x.example/{n:0200}") for n in range(30))

    outgoing = render(mail(news(Kind.DAILY, crowd, crowd, reasons=rules)), LETTERHEAD)

    assert len(outgoing.html.encode()) < LARGEST_HTML
    assert outgoing.html.count('class="row"') == outgoing.text.count("Range: ") == 12
    assert "48 of 60 rows are not in this mail." in outgoing.text


def test_an_unreadable_report_is_one_click_away_and_promises_the_rest() -> None:
    text = render(EACH_KIND["unreadable"], LETTERHEAD).text

    assert Unreadable.SCAN in text
    assert "should we read it later, you get its trades" in text
    assert "Open the filing\nhttps://clerk.example.gov/" in text
