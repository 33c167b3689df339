"""What a restated trade looks like to whoever asks: how late it was, why it was (not) mailed, and what the mail shows."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from common.alerts.explain import explain
from common.alerts.planning.digest import gather_digests
from common.alerts.planning.disclosed import load
from common.alerts.subscriptions.criteria import Frequency
from common.alerts.subscriptions.preview import Preview, preview
from common.db.alert_tables import messages, notices
from common.db.engine import make_engine, write_transaction
from common.db.tables import versions
from tests.support.alerts import GREENE, NOW, Watch, some_criteria
from tests.support.letters import last, tell
from tests.support.restated import (
    FIRST,
    SECOND,
    THIRD,
    amended,
    deleted,
    leave,
    named,
    of_the_senate,
    says,
)
from tests.support.settings import some_settings
from tests.support.trades import a_trade

MSFT = {"ticker": "MSFT", "asset": "Microsoft [OP]", "asset_type": "OP"}
OTHER = {"transaction_id": "2000000002", "transaction_type": "E", "owner": "DC"}
LATE = date(2025, 4, 30)
"""More than 45 days after the trade, and not within 30 of its notification."""


@pytest.fixture
def watch(sqlite_url: str) -> Iterator[Watch]:
    engine = make_engine(some_settings(database_url=sqlite_url))
    yield Watch(engine)
    engine.dispose()


def lateness(watch: Watch) -> dict[int, list[int | None]]:
    """Return how late the rows of each filing's last version are."""
    with watch.engine.connect() as connection:
        stored = load(connection, [row.id for row in watch.rows(versions)])
    return {filing.filing_id: [row.late for row in filing.rows] for filing in stored.values()}


def explained(watch: Watch, who: int, filing_id: int) -> tuple[str, tuple[str, ...]]:
    """Return the verdict on a filing's last version, and which rows restate which."""
    with watch.engine.connect() as connection:
        decision = explain(connection, who, named(watch, filing_id).doc_id)[-1]
    return decision.verdict, decision.restated


# ---- how late


def test_late_counts_from_the_chains_first_disclosure(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, filed_late=True)
    watch.file(a_trade(), filed=FIRST)
    watch.file(amended(owner="SP"), filed=SECOND)

    watch.file(amended(owner="SP", amount_min=15001, amount_max=50000), filed=LATE)
    watch.file(a_trade(ticker="AMD", asset="AMD [ST]"), filed=LATE)
    watch.plan()

    assert lateness(watch) == {1: [0], 2: [0], 3: [0], 4: [27]}
    assert [key for _, key, _, _ in watch.mails()] == ["f/4/1"]


def test_where_the_original_is_unknown_it_is_not_established(watch: Watch) -> None:
    watch.rule(watch.subscriber(), filed_late=True)
    watch.file(amended(), filed=LATE)
    watch.file(of_the_senate({}, amendment=1), chamber="senate", filed=LATE)

    planned = watch.plan()

    assert lateness(watch) == {1: [None], 2: [None]}
    assert planned.notices == 0


def test_an_original_that_was_late_makes_its_amendment_late_by_as_much(watch: Watch) -> None:
    watch.rule(watch.subscriber(), filed_late=True)
    watch.file(of_the_senate({}), chamber="senate", filed=date(2025, 4, 22))
    amendment = watch.file(of_the_senate({"ticker": "AMD"}, amendment=1), chamber="senate", filed=LATE)

    watch.plan()

    assert lateness(watch) == {1: [5], 2: [5]}
    assert [key for _, key, _, _ in watch.mails()] == [f"f/{amendment}/1"]


# ---- why


def test_explain_names_what_restates_what(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, tickers=["NVDA"])
    filing = watch.file(a_trade(), a_trade(row=2, **MSFT), filed=FIRST)
    second_row = amended(**MSFT | {"row": 2, "owner": "JT", "transaction_id": None})
    amendment = watch.file(amended(owner="SP"), second_row, amended(row=3, **OTHER), filed=SECOND)
    deletion = watch.file(deleted(owner="SP"), filed=THIRD)
    watch.plan()

    first, second = named(watch, filing).doc_id, named(watch, amendment).doc_id
    third = named(watch, deletion).doc_id
    restated = "not told: what matched is restated by a later filing, or takes a row back"
    assert explained(watch, kyle, filing) == (
        restated,
        (f"row 1 is taken back by row 1 of {third}", f"row 2 stands as row 2 of {second}"),
    )
    assert explained(watch, kyle, amendment)[1] == (
        f"row 1 restates row 1 of {first}",
        f"row 1 is taken back by row 1 of {third}",
        f"row 2 restates row 2 of {first}",
        "row 3 restates a row that is not in our records",
    )
    assert explained(watch, kyle, deletion) == (restated, (f"row 1 restates row 1 of {second}",))


def test_a_mail_is_explained_by_the_rows_that_it_told_though_they_were_restated_since(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, members=[GREENE])
    filing = watch.file(a_trade(), a_trade(row=2, **MSFT), filed=FIRST)
    watch.plan()
    watch.send(1)
    watch.file(amended(owner="SP"), filed=SECOND)
    watch.plan()

    with watch.engine.connect() as connection:
        (decision,) = explain(connection, kyle, named(watch, filing).doc_id)

    (answer,) = decision.answers
    assert [row.trade.row for row in answer.rows] == [1, 2]


def test_a_preview_counts_a_trade_once_however_often_it_was_restated(watch: Watch) -> None:
    watch.file(a_trade(), filed=FIRST)
    watch.file(amended(owner="SP"), filed=SECOND)
    watch.file(deleted(**OTHER), filed=THIRD)
    asks = some_criteria(members=[GREENE])

    with watch.engine.connect() as connection:
        found = preview(connection, asks, Frequency.IMMEDIATE, today=THIRD)

    assert found == Preview(filings=1, mails=1)


# ---- what the mail shows


def test_a_row_whose_original_is_unknown_says_so(watch: Watch) -> None:
    watch.rule(watch.subscriber(), tickers=["NVDA"])
    watch.file(amended())

    letter = tell(watch)

    assert "Amended; the original is not in our records" in letter.mail.text
    assert "not established" in letter.mail.text


def test_a_correction_shows_the_difference(watch: Watch) -> None:
    watch.rule(watch.subscriber(), tickers=["NVDA"])
    watch.file(a_trade(), filed=FIRST)
    tell(watch)
    watch.file(amended(amount_min=15001, amount_max=50000), filed=SECOND)

    letter = tell(watch)

    assert letter.mail.subject.startswith("Correction: Greene (R-GA) bought NVDA")
    assert "$1,001" in letter.mail.text
    assert "$15,001" in letter.mail.text
    assert "not in our records" not in letter.mail.text


def test_a_withdrawal_points_to_the_row_that_takes_it_back(watch: Watch) -> None:
    watch.rule(watch.subscriber(), tickers=["NVDA"])
    watch.file(a_trade(page=7), filed=FIRST)
    tell(watch)
    deletion = watch.file(a_trade(**MSFT, owner="JT"), deleted(row=2, page=3), filed=SECOND)

    letter = tell(watch)

    assert letter.mail.subject.startswith("Withdrawn: Greene")
    assert f"{named(watch, deletion).doc_id}.pdf#page=3" in letter.mail.text


def test_earlier_trades_leave_out_what_was_restated(watch: Watch) -> None:
    watch.rule(watch.subscriber(), tickers=["NVDA"])
    watch.file(a_trade(), filed=FIRST)
    watch.file(amended(owner="SP"), filed=SECOND)
    watch.file(a_trade(owner="JT", transaction_type="S"), filed=THIRD)
    watch.plan()

    text = last(watch).mail.text

    assert text.count("Bought, $1,001") == 1


# ---- digests, and versions on their way


def test_a_digest_tells_the_trade_once_as_it_stands(watch: Watch) -> None:
    kyle = watch.subscriber()
    watch.rule(kyle, tickers=["NVDA", "MSFT"], frequency="daily")
    filing = watch.file(a_trade(), a_trade(row=2, **MSFT), filed=FIRST)
    watch.plan()
    amendment = watch.file(amended(owner="SP"), filed=SECOND)
    watch.plan()
    watch.set(notices, planned_at=NOW - timedelta(days=9))
    with write_transaction(watch.engine) as tx:
        gather_digests(tx, "America/New_York")

    (message,) = watch.rows(messages)

    assert says(watch, message.id) == {"new": [f"{filing}/2", f"{amendment}/1"]}


def test_an_unplanned_newer_version_of_the_original_holds_back_the_older_ones_mail(watch: Watch) -> None:
    watch.rule(watch.subscriber(), tickers=["NVDA", "MSFT"])
    filing = watch.file(a_trade(), a_trade(row=2, **MSFT), filed=FIRST)
    watch.plan()
    watch.file(amended(owner="SP"), filed=SECOND)
    watch.plan()
    leave(watch, 2)

    watch.restate(filing, a_trade(), a_trade(row=2, **MSFT | {"owner": "JT"}))
    between = says(watch, 1)
    watch.plan()

    assert between == {}
    assert says(watch, 3) == {"new": [f"{filing}/2"]}
