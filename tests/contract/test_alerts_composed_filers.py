"""How a letter names the filer, on every database."""

import pytest
from sqlalchemy import Engine

from common.alerts.sending.claims import Letter
from common.disclosures.records import Trade
from common.disclosures.store import Reading
from tests.support.alerts import GREENE, PELOSI, SCAN, WARREN, Watch
from tests.support.letters import tell
from tests.support.restated import FIRST, SECOND, deleted
from tests.support.trades import a_trade

DOUBTFUL = a_trade(quarantine=("amount: odd",))


@pytest.fixture
def watch(engine: Engine) -> Watch:
    return Watch(engine)


def test_a_senator_has_no_district(watch: Watch) -> None:
    watch.rule(watch.subscriber(), chamber="senate")
    watch.file(by=WARREN, chamber="senate", state_district="")

    assert tell(watch).mail.subject.startswith("Warren (D-MA) bought NVDA")


def test_a_member_at_large_has_no_number(watch: Watch) -> None:
    watch.rule(watch.subscriber(), chamber="house")
    watch.file(by=None, state_district="AK00")

    assert "AK at large" in tell(watch).mail.text


def test_a_filer_whose_source_prints_no_name_holds_up_no_mail(watch: Watch) -> None:
    watch.rule(watch.subscriber(), chamber="house")
    watch.file(by=None, filer_name="")

    assert "NVDA" in tell(watch).mail.subject


def told_again(watch: Watch, first: Trade | Reading, *, follows: list[str]) -> Letter:
    """Return the second mail of whoever FOLLOWS: FIRST was told as Greene's, and turned out to be a trade of Pelosi's."""
    watch.rule(watch.subscriber(), members=follows)
    filing = watch.file(first)
    tell(watch)
    watch.restate(filing, a_trade(), by=PELOSI)
    return tell(watch)


@pytest.mark.parametrize("first", [a_trade(), DOUBTFUL, SCAN])
def test_a_report_of_somebody_else_is_withdrawn_under_the_name_it_was_told_by(
    watch: Watch, first: Trade | Reading
) -> None:
    letter = told_again(watch, first, follows=[GREENE])

    assert letter.mail.category == "withdrawal"
    assert "Greene" in letter.mail.text
    assert "Pelosi" not in letter.mail.text


@pytest.mark.parametrize("first", [a_trade(), DOUBTFUL, SCAN])
def test_both_names_are_told_to_who_follows_both(watch: Watch, first: Trade | Reading) -> None:
    letter = told_again(watch, first, follows=[GREENE, PELOSI])

    assert letter.mail.category == "alert"
    assert "Greene" in letter.mail.text
    assert "Pelosi" in letter.mail.text


def test_what_two_mails_told_of_somebody_who_did_not_file_it_is_withdrawn_once(watch: Watch) -> None:
    watch.rule(watch.subscriber(), members=[GREENE])
    other = a_trade(row=2, ticker="MSFT", asset_name="Microsoft")
    filing = watch.file(a_trade())
    tell(watch)
    watch.restate(filing, a_trade(), other)
    tell(watch)
    watch.restate(filing, a_trade(), other, by=PELOSI)

    assert tell(watch).mail.text.count("Microsoft") == 1


def test_who_heard_that_a_doubtful_row_is_not_theirs_hears_it_once(watch: Watch) -> None:
    watch.rule(watch.subscriber(), members=[GREENE])
    filing = watch.file(DOUBTFUL)
    tell(watch)
    watch.restate(filing, DOUBTFUL, by=PELOSI)
    tell(watch)
    watch.restate(filing, a_trade(), by=PELOSI)

    assert watch.plan().notices == 0


def test_a_deletion_is_told_with_the_report_that_deletes_whoever_the_original_was_told_to_be_of(
    watch: Watch,
) -> None:
    watch.rule(watch.subscriber(), tickers=["NVDA"])
    filing = watch.file(a_trade(), by=None, filed=FIRST)
    tell(watch)
    watch.file(deleted(), filed=SECOND)
    watch.restate(filing, a_trade(owner="SP"))

    assert "20090002" in tell(watch).mail.text
